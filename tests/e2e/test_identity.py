# SPDX-License-Identifier: MIT
"""Who the gateway is: identities of every source, chosen by foreign peers."""
import re
import signal
import ssl
import subprocess

from lib import conf, ports
from lib.gateway import Gateway, command, unframed
from lib.harness import expect, expect_equal, expect_in, test
from lib.streams import dial


class Maker:
    """Self-signed certificates in the test's folder, made with openssl."""

    def __init__(self, t):
        self.t = t
        self.openssl = t.tool("openssl")

    def run(self, *arguments):
        subprocess.run([self.openssl, *map(str, arguments)], cwd=self.t.tmp,
                       check=True, stdin=subprocess.DEVNULL,
                       capture_output=True)

    def make(self, name, names, kind="ec", folder=None):
        """Returns the paths of NAME.pem and NAME.key."""
        folder = folder or self.t.tmp
        folder.mkdir(exist_ok=True)
        key, pem = folder / f"{name}.key", folder / f"{name}.pem"
        new = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
               "rsa": ["rsa:2048"], "ed25519": ["ed25519"]}[kind]
        self.run("req", "-x509", "-newkey", *new, "-nodes", "-days", "99",
                 "-subj", f"/CN={name}", "-addext",
                 f"subjectAltName={names}", "-keyout", key, "-out", pem)
        key.chmod(0o600)
        return str(pem), str(key)

    def identity(self, name, names, kind="ec"):
        pem, key = self.make(name, names, kind)
        return {"name": name, "certificate": pem, "private_key": key}


def settings(t, tls, identities=(), host=None, **more):
    """One echo service that accepts TLS with these options."""
    port = t.ports.one()
    tcp = {"bind": conf.address(port)}
    hop = {"layers": [{"tcp": tcp}, {"tls": tls}]}
    if host:
        hop = {"url": f"tls://{host}:{port}", "tcp": tcp, "tls": tls}
    whole = conf.gateway(conf.echo("work", hop, **more))
    if identities:
        whole["identities"] = list(identities)
    return port, whole


def names(whole):
    """What `identity` lists."""
    return [identity["name"] for identity in whole]


def shown(t, port, *arguments, fails=False, ip="127.0.0.1"):
    """The subject's common name that openssl is shown; "" when it fails."""
    done = subprocess.run(
        [t.tool("openssl"), "s_client", "-connect", f"{ip}:{port}",
         *arguments], input=b"", capture_output=True, timeout=t.patience)
    text = done.stdout.decode(errors="replace")
    found = re.search(r"^subject=CN ?= ?(\S+)", text, re.MULTILINE)
    expect(fails or found, f"openssl s_client: {text} {done.stderr}")
    return found.group(1) if found else ""


@test
def the_name_decides_in_any_letters(t):
    make = Maker(t)
    two = [make.identity("one", "DNS:one.test,DNS:*.wild.test"),
           make.identity("two", "DNS:Two.Test,DNS:exact.wild.test")]
    port, whole = settings(t, {"identity": names(two)}, two)
    gateway = Gateway(t, whole).start()
    for name, wanted in (("one.test", "one"), ("two.test", "two"),
                         ("TWO.test", "two"), ("ONE.TEST", "one"),
                         ("any.wild.test", "one"), ("ANY.Wild.Test", "one"),
                         ("exact.wild.test", "two"),
                         ("a.b.wild.test", "one"), ("wild.test", "one"),
                         ("unknown.test", "one")):
        expect_equal(shown(t, port, "-servername", name), wanted, name)
    expect_equal(shown(t, port, "-noservername"), "one", "without a name")
    gateway.stop()


@test
def the_stated_default_is_shown_to_the_rest(t):
    make = Maker(t)
    two = [make.identity("one", "DNS:one.test"),
           make.identity("two", "DNS:two.test,IP:192.0.2.1")]
    for tls, host, wanted in (
            ({"default_certificate": "two.test"}, None, "two"),
            ({"default_certificate": "192.0.2.1"}, "one.test", "two"),
            ({}, "two.test", "two"), ({}, None, "one")):
        port, whole = settings(t, {"identity": names(two), **tls}, two, host)
        gateway = Gateway(t, whole).start()
        expect_equal(shown(t, port, "-noservername"), wanted, str(tls))
        expect_equal(shown(t, port, "-servername", "one.test"), "one", "one")
        gateway.stop()


def shows_by_address(t, bind, *rows):
    """Who is shown at each address without a name; with one it decides."""
    make = Maker(t)
    two = [make.identity("one", "DNS:one.test,IP:127.0.0.1"),
           make.identity("two", "DNS:two.test,IP:127.0.0.2,IP:::1")]
    port, whole = settings(t, {"identity": names(two),
                               "default_certificate": "one.test"}, two)
    whole["services"][0]["accept"]["layers"][0]["tcp"]["bind"] = \
        f"{bind}:{port}"
    gateway = Gateway(t, whole).start()
    for ip, wanted in rows:
        expect_equal(shown(t, port, "-noservername", ip=ip), wanted, ip)
        expect_equal(shown(t, port, "-servername", "one.test", ip=ip), "one",
                     f"{ip} with a name")
    gateway.stop()


@test
def a_client_without_a_name_sees_the_address_that_it_reached(t):
    shows_by_address(t, "0.0.0.0", ("127.0.0.1", "one"), ("127.0.0.2", "two"),
                     ("127.0.0.3", "one"))


@test
def a_client_without_a_name_sees_the_address_of_its_family(t):
    t.ipv6()
    shows_by_address(t, "[::]", ("127.0.0.2", "two"), ("[::1]", "two"),
                     ("127.0.0.1", "one"))


@test
def the_signatures_that_a_client_takes_decide(t):
    make = Maker(t)
    three = [make.identity("rsa", "DNS:both.test", "rsa"),
             make.identity("ec", "DNS:both.test"),
             make.identity("ed", "DNS:both.test", "ed25519")]
    port, whole = settings(t, {"identity": names(three)}, three)
    gateway = Gateway(t, whole).start()
    for arguments, wanted in (
            ((), "ec"),
            (("-sigalgs", "RSA-PSS+SHA256"), "rsa"),
            (("-sigalgs", "ECDSA+SHA256"), "ec"),
            (("-sigalgs", "ECDSA+SHA256:RSA-PSS+SHA256"), "ec"),
            (("-sigalgs", "ed25519"), "ed"),
            (("-tls1_2",), "ec"),
            (("-tls1_2", "-sigalgs", "RSA-PSS+SHA256"), "rsa"),
            (("-tls1_2", "-sigalgs", "RSA+SHA256"), "rsa"),
            (("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"), "rsa"),
            (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"), "ec")):
        expect_equal(shown(t, port, "-servername", "both.test", *arguments),
                     wanted, " ".join(arguments))
    gateway.stop()


@test
def a_client_that_takes_no_key_is_told(t):
    make = Maker(t)
    two = [make.identity("ec", "DNS:one.test"),
           make.identity("rsa", "DNS:two.test", "rsa")]
    port, whole = settings(t, {"identity": names(two)}, two)
    gateway = Gateway(t, whole).start()
    expect_equal(shown(t, port, "-servername", "one.test", "-sigalgs",
                       "RSA-PSS+SHA256", fails=True), "", "a certificate")
    line = gateway.wait_log("of these keys: RSA")
    expect_in("for one.test have these: ECDSA P-256", line, "the reason")
    gateway.stop()


@test
def python_verifies_each_name(t):
    make = Maker(t)
    two = [make.identity("one", "DNS:one.test"),
           make.identity("two", "DNS:*.two.test", "rsa")]
    port, whole = settings(t, {"identity": names(two)}, two)
    gateway = Gateway(t, whole).start()
    for name, identity in (("one.test", two[0]), ("x.two.test", two[1])):
        context = ssl.create_default_context(cafile=identity["certificate"])
        stream = dial(t, port)
        stream.sock.settimeout(t.patience)
        with context.wrap_socket(stream.sock, server_hostname=name) as tls:
            tls.sendall(b"hello")
            expect_equal(tls.recv(5), b"hello", name)
    gateway.stop()


@test
def keystores_of_openssl_open(t):
    make = Maker(t)
    pem, key = make.make("gw", "DNS:gw.test", "rsa")
    t.file("pw", "secret\n")
    t.file("wrong", "secrets\n")
    for name, options in (("modern", ()), ("legacy", ("-legacy",)),
                          ("3des", ("-legacy", "-certpbe",
                                    "PBE-SHA1-3DES", "-keypbe",
                                    "PBE-SHA1-3DES"))):
        store = t.tmp / f"{name}.p12"
        make.run("pkcs12", "-export", *options, "-in", pem, "-inkey", key,
                 "-passout", "pass:secret", "-out", store)
        store.chmod(0o600)
        port, whole = settings(t, {"keystore": str(store),
                                   "password_file": str(t.tmp / "pw")},
                               host="gw.test")
        gateway = Gateway(t, whole, name=name).start()
        expect_equal(shown(t, port), "gw", name)
        gateway.stop()
    port, whole = settings(t, {"keystore": str(store),
                               "password_file": str(t.tmp / "wrong")})
    done = command(t, "check", "-c", t.file("wrong.conf", conf.text(whole)))
    expect(done.returncode != 0, "the wrong password is taken")
    expect_in("does not open", done.stderr, "the reason")


@test
def keystores_of_java_open(t):
    """RSA does; of a curve's key, which GnuTLS cannot read, a way is shown."""
    keytool = t.tool("keytool", "default-jre-headless")
    t.file("pw", "secret1\n")
    for kind in ("RSA", "EC"):
        store = t.tmp / f"{kind}.p12"
        subprocess.run(
            [keytool, "-genkeypair", "-keyalg", kind, "-alias", "a",
             "-dname", "CN=gw.test", "-ext", "san=dns:gw.test",
             "-storetype", "PKCS12", "-keystore", str(store), "-storepass",
             "secret1"], check=True, capture_output=True)
        store.chmod(0o600)
        port, whole = settings(t, {"keystore": str(store),
                                   "password_file": str(t.tmp / "pw")},
                               host="gw.test")
        done = command(t, "check", "-c", t.file(f"{kind}.conf",
                                                conf.text(whole)))
        if kind == "EC" and done.returncode != 0:
            expect_in("openssl pkcs12 -in '", done.stderr, "the reason")
        else:
            expect_equal(done.returncode, 0, done.stderr)


@test
def encrypted_keys_of_openssl_open(t):
    make = Maker(t)
    t.file("pw", "secret\n")
    for kind in ("rsa", "ec"):
        pem, key = make.make(kind, "DNS:gw.test", kind)
        locked = t.tmp / f"{kind}.locked"
        for form in (["pkcs8", "-topk8", "-v2", "aes256"],
                     ["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"],
                     [kind, *(["-traditional"] if kind == "rsa" else []),
                      "-aes256"]):
            make.run(*form, "-in", key, "-passout", "pass:secret", "-out",
                     locked)
            locked.chmod(0o600)
            port, whole = settings(t, {
                "certificate": pem, "private_key": str(locked),
                "password_file": str(t.tmp / "pw")}, host="gw.test")
            gateway = Gateway(t, whole).start()
            expect_equal(shown(t, port), kind, " ".join(form))
            gateway.stop()


@test
def a_folder_of_pairs_may_grow(t):
    make = Maker(t)
    folder = t.tmp / "pairs"
    for name in ("one", "two"):
        make.make(name, f"DNS:{name}.test", folder=folder)
    port, whole = settings(t, {"directory": str(folder)})
    gateway = Gateway(t, whole).start()
    expect_equal(shown(t, port, "-servername", "two.test"), "two", "two")
    expect_equal(shown(t, port, "-servername", "three.test"), "one", "three")
    make.make("three", "DNS:three.test", folder=folder)
    gateway.signal(signal.SIGHUP)
    t.wait("the third certificate", lambda: shown(
        t, port, "-servername", "three.test") == "three")
    gateway.stop()
    (folder / "two.key").unlink()
    done = command(t, "check", "-c", gateway.conf)
    expect(done.returncode != 0, "a pair without a key is taken")
    expect_in("two.pem has no private key", done.stderr, "the reason")


@test
def a_thousand_pairs_start_and_serve(t):
    make = Maker(t)
    folder = t.tmp / "pairs"
    pem, key = make.make("one", "DNS:one.test", folder=folder)
    last, last_key = make.make("zzz", "DNS:last.test", folder=folder)
    with open(pem, encoding="ascii") as a, open(key, encoding="ascii") as b:
        text = a.read() + b.read()
    for number in range(1000):
        path = folder / f"pair-{number:04}.pem"
        path.write_text(text)
        path.chmod(0o600)
    port, whole = settings(t, {"identity": "many"},
                           [{"name": "many", "directory": str(folder)}])
    gateway = Gateway(t, whole).start()
    expect_equal(shown(t, port, "-servername", "last.test"), "zzz", "last")
    gateway.stop()
    done = command(t, "explain", "-c", gateway.conf)
    expect_in("1002 in all", done.stdout, "explain")


@test
def the_urls_host_must_be_in_a_certificate(t):
    make = Maker(t)
    two = [make.identity("one", "DNS:one.test"),
           make.identity("two", "DNS:two.test,IP:127.0.0.2")]
    port, whole = settings(t, {"identity": names(two)}, two, "three.test")
    done = command(t, "check", "-c", t.file("bad.conf", conf.text(whole)))
    expect(done.returncode != 0, "an uncovered host is taken")
    for part in ("three.test", "one.test, two.test, 127.0.0.2", "bad.conf:"):
        expect_in(part, done.stderr, "the reason")
    for host in ("one.test", "two.test", "127.0.0.2"):
        port, whole = settings(t, {"identity": names(two)}, two, host)
        done = command(t, "check", "-c", t.file("good.conf", conf.text(whole)))
        expect_equal(done.returncode, 0, f"{host}: {done.stderr}")


def verifying_server(t, own, ca):
    """An `openssl s_server` that names `ca` and turns lines around. Returns its
    log and its port."""
    port = t.ports.one()
    log = t.tmp / f"{ca.name}.log"
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [t.tool("openssl"), "s_server", "-brief", "-rev", "-accept",
             f"127.0.0.1:{port}", "-cert", own[0], "-key", own[1],
             "-CAfile", ca, "-Verify", "1", "-verify_return_error"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    t.defer(process.wait)
    t.defer(process.kill)
    t.wait("openssl s_server", lambda: ports.listening(port))
    return log, port


@test
def a_back_end_is_shown_what_it_asks_for(t):
    make = Maker(t)
    front = make.make("front", "DNS:front.test")
    back = make.make("back", "DNS:back.test")
    for name in ("red", "blue"):
        make.run("req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", "99", "-subj",
                 f"/CN={name}-ca", "-keyout", f"{name}-ca.key", "-out",
                 f"{name}-ca.pem")
        make.run("req", "-new", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                 "-keyout", f"{name}.key", "-out", f"{name}.csr")
        make.run("x509", "-req", "-in", f"{name}.csr", "-CA",
                 f"{name}-ca.pem", "-CAkey", f"{name}-ca.key", "-days", "99",
                 "-CAcreateserial", "-out", f"{name}.pem")
        (t.tmp / f"{name}.key").chmod(0o600)
    ours = [{"name": name, "certificate": str(t.tmp / f"{name}.pem"),
             "private_key": str(t.tmp / f"{name}.key")}
            for name in ("red", "blue")]
    for name in ("red", "blue"):
        log, behind = verifying_server(t, back, t.tmp / f"{name}-ca.pem")
        port = t.ports.one()
        whole = conf.gateway(conf.service(
            "work", {"url": f"tls://front.test:{port}",
                     "tcp": {"bind": conf.address(port)},
                     "tls": {"certificate": front[0],
                             "private_key": front[1]}},
            {"url": f"tls://back.test:{behind}",
             "tcp": {"address": conf.address(behind)},
             "tls": {"trust": back[0], "identity": ["red", "blue"]}},
            type="proxy"))
        whole["identities"] = ours
        gateway = Gateway(t, whole, name=name).start()
        context = ssl.create_default_context(cafile=front[0])
        stream = dial(t, port)
        stream.sock.settimeout(t.patience)
        with context.wrap_socket(stream.sock,
                                 server_hostname="front.test") as tls:
            tls.sendall(b"abc\n")
            expect_equal(tls.recv(4), b"cba\n", "the back-end's word")
            t.wait("what the back-end saw", lambda: re.search(
                f"Peer certificate: CN ?= ?{name}$", log.read_text(),
                re.MULTILINE))
        gateway.stop()


@test
def libcrypto_signs_where_it_is_installed(t):
    t.needs("signer-openssl")
    make = Maker(t)
    for kind, signer, wanted in (("rsa", "auto", "openssl"),
                                 ("rsa", "openssl", "openssl"),
                                 ("rsa", "gnutls", "gnutls"),
                                 ("ec", "auto", "gnutls"),
                                 ("ec", "openssl", "openssl"),
                                 ("ed25519", "openssl", "gnutls")):
        pem, key = make.make(kind, "DNS:gw.test", kind)
        port, whole = settings(t, {"certificate": pem, "private_key": key,
                                   "signer": signer}, host="gw.test")
        gateway = Gateway(t, whole).start()
        done = command(t, "explain", "-c", gateway.conf)
        expect_in(f"signed with by {wanted}", unframed(done.stdout),
                  f"{kind}, {signer}")
        for version in ("-tls1_2", "-tls1_3"):
            expect_equal(shown(t, port, version, "-CAfile", pem,
                               "-verify_return_error"), kind, signer)
        gateway.stop()


@test
def a_signer_that_is_not_there_is_named(t):
    make = Maker(t)
    pem, key = make.make("gw", "DNS:gw.test")
    port, whole = settings(t, {"certificate": pem, "private_key": key,
                               "signer": "none-such"})
    done = command(t, "check", "-c", t.file("bad.conf", conf.text(whole)))
    expect(done.returncode != 0, "an unknown signer is taken")
    expect_in('no plugin signs as "none-such"', done.stderr, "the reason")
    expect_in("signer-none-such", done.stderr, "what to do")


@test
def explain_shows_who_is_who(t):
    make = Maker(t)
    two = [make.identity("one", "DNS:one.test"),
           make.identity("two", "DNS:two.test")]
    port, whole = settings(t, {"identity": names(two)}, two)
    done = command(t, "explain", "-c", t.file("good.conf", conf.text(whole)))
    for part in ("one.test", "two.test", "CN=one", "CN=two", "sha256:",
                 "valid until", "default certificate", "one.pem", "one.key"):
        expect_in(part, unframed(done.stdout), "explain")
    expect_equal(unframed(done.stdout).count("valid until"), 2,
                 "each is shown once")
