# SPDX-License-Identifier: MIT
"""Whom the gateway believes that a back-end is who it says: OpenSSL's server
with chains that hold and chains that do not."""
import signal
import subprocess

from lib import conf, tools
from lib.gateway import Gateway, command, unframed
from lib.harness import expect, expect_equal, expect_in, test
from lib.paths import Paths
from lib.streams import dial

# name, how to make it, what the log must say (None: the chain holds)
CHAINS = (
    ("good", {}, None),
    ("wildcard", {"names": "DNS:*.test"}, "is not for backend.test"),
    ("inner", {"names": "DNS:b*.test"}, "is not for backend.test"),
    ("wrong", {"names": "DNS:other.test"},
     "the names in it .* are: other.test"),
    ("onlycn", {"names": "", "subject": "/CN=backend.test"}, "are: none"),
    ("expired", {"days": (-9, -2)}, "expired on"),
    ("future", {"days": (2, 9)}, "is not valid before"),
    ("clients", {"more": "extendedKeyUsage = clientAuth\n"},
     "not made for TLS servers"),
    ("sha1", {"digest": "sha1"}, "SHA-1"),
    ("small", {"rsa": 1024}, "RSA key of 1024 bits"),
)


class Back:
    """openssl s_server for each of several certificates."""

    def __init__(self, t):
        self.t = t
        self.paths = Paths.begin(t)

    def serve(self, name, *options):
        port = self.t.ports.one()
        folder = self.paths.folder
        # OpenSSL shows weak certificates only when it is told that it may
        program = tools.Program(self.t, [
            self.t.tool("openssl"), "s_server", "-quiet", "-rev", "-accept",
            f"127.0.0.1:{port}", "-cert", folder / f"{name}.pem", "-key",
            folder / f"{name}.key", "-cipher", "DEFAULT:@SECLEVEL=0",
            *options])
        program.wait_listening(port)
        return port


def hop(port, **tls):
    return {"url": f"tls://backend.test:{port}",
            "tcp": {"address": f"127.0.0.1:{port}"}, "tls": tls}


def start(t, hops, *, lists=None):
    """A gateway with one service for each hop; returns it and the ports."""
    ports = {name: t.ports.one() for name in hops}
    settings = conf.gateway(*(
        conf.service(name, conf.accept("tcp", ports[name]), back)
        for name, back in hops.items()))
    settings.update(lists or {})
    return Gateway(t, settings).start(), ports


def passes(t, port):
    """Do bytes come back from the back-end? It serves one at a time."""
    stream = dial(t, port)
    try:
        return stream.exchange(b"hello\n", 6) == b"olleh\n"
    except (AssertionError, OSError):
        return False
    finally:
        stream.close()


@test
def openssl_servers_with_good_and_bad_chains(t):
    back = Back(t)
    for name, how, _ in CHAINS:
        back.paths.peer(name, **how)
    hops = {name: hop(back.serve(name), trust=back.paths.root)
            for name, _, _ in CHAINS}
    gateway, ports = start(t, hops)
    for name, _, says in CHAINS:
        expect_equal(passes(t, ports[name]), says is None, name)
        if says:
            gateway.wait_log(rf"{name}.*{says}")


@test
def openssl_servers_behind_intermediates(t):
    back = Back(t)
    paths = back.paths
    paths.middle("middle")
    paths.peer("leaf", "middle")
    paths.middle("narrow", more="nameConstraints = critical,permitted;"
                                "DNS:example.org\n")
    paths.peer("outside", "narrow")
    paths.middle("last", more="basicConstraints = critical,CA:TRUE,"
                              "pathlen:0\n")
    paths.middle("below", "last")
    paths.peer("toodeep", "below")
    paths.peer("nobody")
    (paths.folder / "nobody.cnf").write_text(
        (paths.folder / "middle.cnf").read_text())
    paths.peer("byleaf", "nobody")
    paths.middle("authority", more="subjectAltName = DNS:backend.test\n"
                                   "keyUsage = digitalSignature,"
                                   "keyCertSign\n")
    paths.sign("version1", "root", "", subject="/CN=backend.test")
    shown = {
        "leaf": (("middle",), None),
        "outside": (("narrow",), "name constraints or path length"),
        "toodeep": (("below", "last"), "name constraints or path length"),
        "byleaf": (("nobody",), "is no authority"),
        "authority": ((), "it is an authority"),
        "version1": ((), "X.509 version 1"),
    }
    hops = {}
    for name, (chain, _) in shown.items():
        options = []
        if chain:
            options = ["-cert_chain", paths.joined(f"{name}-chain", *chain)]
        hops[name] = hop(back.serve(name, *options), trust=paths.root)
    hops["missing"] = hop(back.serve("leaf"), trust=paths.root)
    shown["missing"] = ((), "issued by CN=middle, and no chain leads")
    gateway, ports = start(t, hops)
    for name, (_, says) in shown.items():
        expect_equal(passes(t, ports[name]), says is None, name)
        if says:
            gateway.wait_log(rf"{name}.*{says}")


@test
def names_are_shared_and_folders_and_stores_are_read(t):
    back = Back(t)
    paths = back.paths
    paths.peer("good")
    port = back.serve("good")
    folder = t.tmp / "folder"
    folder.mkdir()
    for number in range(3):  # the same one, three times
        (folder / f"{number}.crt").write_text(
            (paths.folder / "root.pem").read_text())
    paths.run("pkcs12", "-export", "-nokeys", "-in", "root.pem", "-passout",
              "pass:secret", "-out", "store.p12")
    paths.run("x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der")
    t.file("password", "secret\n")
    store = {"keystore": str(paths.folder / "store.p12"),
             "password_file": str(t.tmp / "password")}
    hops = {
        "name": hop(port, trust="corp"),
        "both": hop(port, trust=["system", "corp"]),
        "folder": hop(port, trust=str(folder)),
        "der": hop(port, trust=str(paths.folder / "root.der")),
        "place": hop(port, trust=store),
        "stranger": hop(port, trust=t.certs.front),
        "system": hop(port),
    }
    gateway, ports = start(t, hops, lists={"trusts": [
        {"name": "corp", "certificates": paths.root}]})
    got = {name: passes(t, ports[name]) for name in hops}
    expect_equal([name for name, ok in got.items() if not ok],
                 ["stranger", "system"], "who is refused")
    gateway.wait_log("stranger.*no chain leads")
    gateway.wait_log("system.*the system's store")
    done = command(t, "explain", "-c", gateway.conf)
    for part in ("1 certificate", "the system's store"):
        expect_in(part, unframed(done.stdout), "explain")
    for part in ("authority", "until 20", str(paths.root)):
        expect_in(part, done.stdout, "the certificates of a trust")


@test
def javas_truststores_become_pkcs12(t):
    back = Back(t)
    paths = back.paths
    paths.peer("good")
    keytool = t.tool("keytool", "default-jre-headless")
    for kind in ("jks", "pkcs12"):
        tools.run(t, [keytool, "-importcert", "-noprompt", "-alias", "corp",
                      "-file", paths.root, "-keystore", t.tmp / f"t.{kind}",
                      "-storetype", kind, "-storepass", "secret"])
    t.file("password", "secret\n")
    gateway, ports = start(t, {"java": hop(
        back.serve("good"), trust={"keystore": str(t.tmp / "t.pkcs12"),
                                   "password_file": str(t.tmp / "password")})})
    expect(passes(t, ports["java"]), gateway.log())
    bad = t.file("bad.conf", conf.text(conf.gateway(conf.service(
        "work", conf.accept("tcp", ports["java"]),
        hop(1, trust=str(t.tmp / "t.jks"))))))
    done = command(t, "check", "-c", bad)
    expect_equal(done.returncode, 1, "check")
    expect_in("keytool -importkeystore", done.stderr + done.stdout, "check")


@test
def a_back_end_is_revoked_while_the_gateway_runs(t):
    back = Back(t)
    paths = back.paths
    paths.peer("good")
    paths.peer("other")
    ours = paths.lists()
    trust = {"certificates": paths.root, "crl": ours}
    gateway, ports = start(t, {
        "good": hop(back.serve("good"), trust=trust),
        "other": hop(back.serve("other"), trust=trust)})
    expect(passes(t, ports["good"]), "before it is revoked")
    paths.lists("root", "good")
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("new configuration is taken over")
    t.wait("the list to count", lambda: not passes(t, ports["good"]))
    gateway.wait_log(r"good.*\(CN=good\) is revoked by .*root\.crl")
    expect(passes(t, ports["other"]), "who is not revoked")


@test
def lists_that_prove_nothing_are_refused(t):
    paths = Paths.begin(t)
    old = paths.lists(days=30, name="old.crl")
    stranger = Paths.begin(t, "stranger")
    foreign = stranger.lists()

    def check(crl):
        path = t.file("gateway.conf", conf.text(conf.gateway(conf.service(
            "work", conf.accept("tcp", 9000),
            hop(9001, trust={"certificates": paths.root, "crl": crl})))))
        done = command(t, "check", "-c", path)
        return done.returncode, done.stdout + done.stderr
    expect_equal(check(old)[0], 0, "a list of ours")
    status, words = check(foreign)
    expect_equal(status, 1, words)
    expect_in("no certificate that is trusted here signed", words, "check")
    status, words = check(paths.root)
    expect_equal(status, 1, words)
    expect_in("no revocation list", words, "check")


def pin(paths, name):
    """As curl's manual page makes one."""
    key = subprocess.run(
        ["openssl", "x509", "-in", paths.folder / f"{name}.pem", "-pubkey",
         "-noout"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"],
                         input=key, check=True, capture_output=True).stdout
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"],
                            input=der, check=True, capture_output=True).stdout
    text = subprocess.run(["openssl", "enc", "-base64"], input=digest,
                          check=True, capture_output=True).stdout
    return "sha256//" + text.decode().strip()


@test
def pins_are_what_curl_pins(t):
    back = Back(t)
    paths = back.paths
    paths.peer("good")
    paths.peer("other")
    port = back.serve("good")
    right, wrong = pin(paths, "good"), pin(paths, "other")
    gateway, ports = start(t, {
        "right": hop(port, trust=paths.root, pins=right),
        "wrong": hop(port, trust=paths.root, pins=[wrong]),
        "one": hop(port, trust=paths.root, pins=f"{wrong};{right}"),
        "alone": hop(port, verify="pins", pins=right),
        "alonewrong": hop(port, verify="pins", pins=wrong),
        "chain": hop(port, trust=t.certs.front, pins=right)})
    got = [name for name, port in ports.items() if passes(t, port)]
    expect_equal(got, ["right", "one", "alone"], "who passes")
    line = gateway.wait_log("wrong.*is none of those in")
    expect_in(right, line, "the pin that it has")


@test
def unverified_back_ends_are_warned_of_and_counted(t):
    back = Back(t)
    back.paths.peer("wrong", names="DNS:other.test")
    port = back.serve("wrong")
    gateway, ports = start(t, {"work": hop(port, verify="off")})
    expect(passes(t, ports["work"]), gateway.log())
    expect_in("whoever answers is taken for the back-end", gateway.log(),
              "a warning at start")
    done = command(t, "check", "-c", gateway.conf)
    expect_in("whoever answers", done.stdout + done.stderr, "check")
    done = command(t, "explain", "-c", gateway.conf)
    expect_in("whoever answers", unframed(done.stdout), "explain")
    demands = t.file("demands.conf", conf.text(conf.gateway(conf.service(
        "work", conf.accept("tcp", ports["work"]), hop(port, verify="off"),
        require=["back.authenticated"]))))
    done = command(t, "check", "-c", demands)
    expect_equal(done.returncode, 1, "status of check")
    expect_in("back.authenticated", done.stdout + done.stderr, "check")


@test
def another_name_may_be_looked_for(t):
    back = Back(t)
    paths = back.paths
    paths.peer("german", names="DNS:xn--bcher-kva.test,IP:127.0.0.1")
    port = back.serve("german")
    _, ports = start(t, {
        "unicode": hop(port, trust=paths.root, server_name="bücher.test"),
        "ascii": hop(port, trust=paths.root, server_name="XN--Bcher-KVA.test"),
        "address": hop(port, trust=paths.root, verify_name="127.0.0.1"),
        "other": hop(port, trust=paths.root, verify_name="127.0.0.2")})
    got = [name for name, port in ports.items() if passes(t, port)]
    expect_equal(got, ["unicode", "ascii", "address"], "who passes")
