# SPDX-License-Identifier: MIT
"""penstock-cert, as an administrator types it; openssl judges what it makes."""
import os
import random
import re
import stat
import subprocess
from datetime import datetime, timedelta, timezone

from lib import tools
from lib.gateway import REPORTS, environment
from lib.harness import Skip, expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.tinyca import TinyCA

COMMANDS = ("self-signed", "ca", "request", "issue", "revoke", "show",
            "verify", "export", "fetch")
KINDS = ("ecdsa:p256", "ecdsa:p384", "ed25519", "rsa:2048", "rsa:3072",
         "rsa:4096")


def cert(t, *arguments, status=0, stdin=None):
    """Run penstock-cert; returns it with stdout and stderr as text."""
    program = t.build / "plugins" / "tls" / "penstock-cert"
    if not program.exists():
        raise Skip("missing penstock-cert")
    command = [str(program), *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, timeout=t.patience, cwd=t.tmp,
        env={**environment(t), "LC_ALL": "C.UTF-8",
             "RES_OPTIONS": "timeout:1 attempts:1"},
        input=stdin if stdin is not None else b"")
    done.raw = done.stdout
    done.stdout = done.stdout.decode(errors="replace")
    done.stderr = done.stderr.decode(errors="replace")
    shown = " ".join(command[1:])
    expect(not REPORTS.search(done.stderr), f"{shown}: {done.stderr}")
    if status is not None:
        expect_equal(done.returncode, status,
                     f"{shown}: {done.stdout}{done.stderr}")
    if status == 1:
        expect(done.stdout + done.stderr, f"{shown}: not a word")
    return done


def refused(t, words, *arguments, status=1, stdin=None):
    """The command fails, with these words on stderr or stdout."""
    done = cert(t, *arguments, status=status, stdin=stdin)
    expect_in(words, " ".join((done.stdout + done.stderr).split()),
              " ".join(map(str, arguments)))
    return done


def openssl(t, *arguments, status=0, data=b""):
    return tools.run(t, [t.tool("openssl"), *arguments], status=status,
                     data=data).decode(errors="replace")


def text_of(t, file):
    return openssl(t, "x509", "-in", file, "-noout", "-text")


def mode(t, file):
    return stat.S_IMODE((t.tmp / file).stat().st_mode)


def own_ca(t):
    """An authority of the tool's own, ca.pem and ca.key."""
    cert(t, "ca", "Test CA")
    return "ca.pem"


def tiny_ca(t):
    """An authority that openssl made, for odd certificates."""
    t.tool("openssl")
    folder = t.tmp / "odd"
    folder.mkdir()
    ca = TinyCA(folder)
    ca.authority("front")
    return ca


def nothing_left(t, *files):
    """Only these files are there; no half-written one under another name."""
    ours = {"home", *files}
    left = {path.name for path in t.tmp.iterdir() if path.is_file()} - ours
    expect(not left, f"left behind: {left}")


# -- the command line ------------------------------------------------------

@test
def help_names_commands_and_options(t):
    for arguments in (("--help",), ("help",), ("-h",)):
        text = cert(t, *arguments).stdout
        for name in COMMANDS:
            expect_in(name, text, "help")
    for name in COMMANDS:
        done = cert(t, name, "--help")
        expect_equal(done.stderr, "", name)
        expect_in(f"penstock-cert {name}", done.stdout, "help")
    expect(re.match(r"penstock-cert \d+\.\d+", cert(t, "--version").stdout),
           "version")


@test
def manual_has_every_option(t):
    manual = (t.source / "plugins/tls/cert/penstock-cert.8").read_text()
    manual = manual.replace("\\-", "-")
    for name in COMMANDS:
        expect_in(f".SS {name}", manual, "penstock-cert(8)")
        for option in re.findall(r"--[a-z-]+", cert(t, name, "--help").stdout):
            if option != "--help":
                expect_in(option, manual, f"penstock-cert(8), {name}")


@test
def wrong_usage_is_told_with_status_2(t):
    for arguments, words in (
            ((), "Usage"), (("veriffy",), "did you mean verify"),
            (("self-singed",), "did you mean self-signed"),
            (("frobnicate",), 'no command "frobnicate" Usage'),
            (("self-signed",), "needs NAME"),
            (("ca", "a", "b"), "one too many"),
            (("self-signed", "--dais", "3", "x"), "did you mean --days"),
            (("self-signed", "x", "--days"), "value is missing"),
            (("self-signed", "x", "--days", "0"), "--days"),
            (("self-signed", "x", "--key", "rsa:512"), "no kind of key"),
            (("self-signed", "x", "--out", "a", "--out", "b"), "both a and b"),
            (("issue", "x"), "needs --ca"), (("issue", "--ca", "x"), "needs a"),
            (("revoke", "--ca", "x"), "needs --crl"),
            (("revoke", "--crl", "x"), "needs --ca"),
            (("revoke", "--ca", "x", "--crl", "y", "--days", "x"), "--days"),
            (("verify", "wss://gw:99999/"), "no URL"),
            (("verify", "ws://gw/"), "no TLS"),
            (("fetch", "tls://gw"), "no port"),
            (("verify", "tls://gw:1", "tls://gw:2"), "one too many"),
            (("verify", "tls://gw:1", "--address", "x"), "HOST:PORT"),
            (("export", "x", "--format", "jks"), "pem, der or p12"),
            (("export", "x", "--format", "p12"), "--password-file"),
            (("export", "x", "--format", "der", "--with-key"), "no key")):
        refused(t, words, *arguments, status=2)
    nothing_left(t)


# -- self-signed -----------------------------------------------------------

@test
def self_signed_is_what_rfc_5280_wants(t):
    cert(t, "self-signed", "gw.example.com", "*.gw.example.com", "192.0.2.1",
         "2001:db8::1", "bücher.example", "--out", "gateway")
    expect_equal((mode(t, "gateway.key"), mode(t, "gateway.pem")),
                 (0o600, 0o644), "modes")
    openssl(t, "verify", "-x509_strict", "-purpose", "sslserver",
            "-verify_hostname", "a.gw.example.com", "-CAfile", "gateway.pem",
            "gateway.pem")
    text = text_of(t, "gateway.pem")
    for part in ("Version: 3", "CA:FALSE", "Digital Signature",
                 "TLS Web Server Authentication", "DNS:gw.example.com",
                 "DNS:*.gw.example.com", "IP Address:192.0.2.1",
                 "IP Address:2001:DB8:0:0:0:0:0:1",
                 "DNS:xn--bcher-kva.example", "NIST CURVE: P-256",
                 "Subject Key Identifier", "ecdsa-with-SHA256"):
        expect_in(part, text, "the certificate")
    expect("Client Authentication" not in text, "it is for clients, too")


@test
def self_signed_says_what_to_do_with_it(t):
    out = cert(t, "self-signed", "localhost").stdout
    for part in ("localhost.pem", "localhost.key", "sha256",
                 'certificate = "localhost.pem"', "--cacert localhost.pem"):
        expect_in(part, out, "stdout")
    wanted = openssl(t, "x509", "-in", "localhost.pem", "-noout",
                     "-fingerprint", "-sha256").strip().partition("=")[2]
    expect_in(wanted, out, "the fingerprint")


@test
def serial_numbers_are_random_and_long(t):
    serials = set()
    for n in range(4):
        cert(t, "self-signed", "localhost", "--out", f"n{n}")
        serials.add(openssl(t, "x509", "-in", f"n{n}.pem", "-noout",
                            "-serial"))
    expect_equal(len(serials), 4, "different serial numbers")
    expect(all(len(s.strip()) >= len("serial=") + 30 for s in serials),
           f"short: {serials}")


@test
def days_say_how_long(t):
    def valid(file):
        return subprocess.run(
            [t.tool("openssl"), "x509", "-in", file, "-noout", "-checkend",
             str(9 * 86400)], cwd=t.tmp, capture_output=True).returncode == 0
    cert(t, "self-signed", "a", "--days", "8", "--out", "short")
    cert(t, "self-signed", "a", "--days", "10", "--out", "long")
    expect_equal((valid("short.pem"), valid("long.pem")), (False, True),
                 "valid in nine days")
    done = cert(t, "self-signed", "a", "--days", "399", "--out", "longer")
    expect_in("398", done.stderr, "a warning about browsers")
    expect_equal(cert(t, "self-signed", "b").stderr, "", "the default")


@test
def each_kind_of_key(t):
    own_ca(t)
    for kind in KINDS:
        name = kind.replace(":", "-")
        cert(t, "issue", "--ca", "ca.pem", "gw.test", "--key", kind, "--out",
             name)
        openssl(t, "pkey", "-in", f"{name}.key", "-check", "-noout")
        openssl(t, "verify", "-x509_strict", "-CAfile", "ca.pem",
                f"{name}.pem")
        label = {"ecdsa": "ECDSA P-", "ed255": "Ed25519",
                 "rsa:2": "RSA 2048", "rsa:3": "RSA 3072",
                 "rsa:4": "RSA 4096"}[kind[:5]]
        expect_in(label, cert(t, "show", f"{name}.pem").stdout, "show")
        cert(t, "verify", f"{name}.pem", f"{name}.key", "--trust", "ca.pem")


@test
def an_authority_of_each_kind_signs(t):
    for kind in KINDS[:4]:
        name = "ca-" + kind.replace(":", "-")
        cert(t, "ca", "Test", "--key", kind, "--out", name)
        cert(t, "issue", "--ca", f"{name}.pem", "gw.test", "--out",
             f"of-{name}")
        openssl(t, "verify", "-x509_strict", "-CAfile", f"{name}.pem",
                f"of-{name}.pem")


@test
def what_exists_is_not_overwritten(t):
    for present in ("gateway.pem", "gateway.key"):
        t.file(present, "precious\n")
        refused(t, "exists; --force replaces it", "self-signed", "a", "--out",
                "gateway")
        expect_equal((t.tmp / present).read_text(), "precious\n", present)
        nothing_left(t, present)
        (t.tmp / present).unlink()
    (t.tmp / "gateway.pem").symlink_to("/nonexistent/elsewhere")
    refused(t, "exists", "self-signed", "a", "--out", "gateway")


@test
def force_replaces_both_at_once(t):
    t.file("gateway.pem", "old\n", 0o644)
    t.file("gateway.key", "old\n", 0o644)
    cert(t, "self-signed", "a", "--out", "gateway", "--force")
    expect_equal(mode(t, "gateway.key"), 0o600, "mode of the key")
    cert(t, "verify", "gateway.pem", "gateway.key", "--trust", "gateway.pem")
    nothing_left(t, "gateway.pem", "gateway.key")


@test
def where_nothing_can_be_written(t):
    refused(t, "cannot be written", "self-signed", "a", "--out",
            "no/such/folder/gateway")
    (t.tmp / "gateway.pem").mkdir()
    refused(t, "is a folder", "self-signed", "a", "--out", "gateway",
            "--force")
    t.file("file", "")
    refused(t, "cannot be written", "self-signed", "a", "--out", "file/x")
    nothing_left(t, "file")


@test
def what_may_not_be_read_or_written(t):
    """As somebody who is not root, since root may do everything."""
    own_ca(t)
    locked = t.tmp / "locked"
    locked.mkdir()
    (t.tmp / "ca.key").rename(locked / "ca.key")
    locked.chmod(0o000)
    t.defer(locked.chmod, 0o700)
    program = os.open(t.build / "plugins" / "tls" / "penstock-cert",
                      os.O_RDONLY)
    for words, arguments in (
            ("may not read it", ("show", locked / "ca.key")),
            ("cannot be written", ("self-signed", "a", "--out",
                                   locked / "a"))):
        done = subprocess.run(
            ["penstock-cert", *map(str, arguments)], cwd="/",
            executable=f"/proc/self/fd/{program}", pass_fds=[program],
            user=65534 if os.getuid() == 0 else None, extra_groups=[]
            if os.getuid() == 0 else None, capture_output=True,
            env=environment(t))
        expect_equal(done.returncode, 1, f"status ({done.stderr})")
        expect_in(words, done.stderr.decode(), "stderr")


@test
def a_key_is_used_again(t):
    cert(t, "self-signed", "a", "--out", "old")
    cert(t, "self-signed", "a", "--key-file", "old.key", "--out", "new")
    expect(not (t.tmp / "new.key").exists(), "a key was made")
    pins = [re.search(r"sha256//\S+", cert(t, "show", f).stdout).group()
            for f in ("old.pem", "new.pem")]
    expect_equal(pins[0], pins[1], "the key pin")
    wanted = openssl(t, "x509", "-in", "old.pem", "-noout", "-pubkey")
    der = tools.run(t, [t.tool("openssl"), "pkey", "-pubin", "-outform",
                        "DER"], data=wanted.encode())
    pin = tools.run(t, [t.tool("openssl"), "dgst", "-sha256", "-binary"],
                    data=der)
    expect_equal(pins[0], "sha256//" + openssl(
        t, "base64", data=pin).strip(), "the key pin of openssl")
    refused(t, "--key-file", "self-signed", "a", "--key-file", "old.key",
            "--key", "rsa", "--out", "b", status=2)
    refused(t, "holds no private key", "self-signed", "a", "--key-file",
            "old.pem", "--out", "b")


@test
def a_password_encrypts_the_key(t):
    t.file("right", "correct horse\nsecond line\n")
    t.file("wrong", "battery\n")
    t.file("empty", "\n")
    t.file("long", "x" * 2000 + "\n")
    cert(t, "self-signed", "a", "--password-file", "right")
    expect_in("ENCRYPTED", (t.tmp / "a.key").read_text(), "the key")
    openssl(t, "pkey", "-in", "a.key", "-passin", "pass:correct horse",
            "-noout")
    for name in ("a.key",):
        cert(t, "show", name, "--password-file", "right")
        refused(t, "--password-file", "show", name)
        refused(t, "does not open", "show", name, "--password-file", "wrong")
    refused(t, "is empty", "show", "a.key", "--password-file", "empty")
    refused(t, "longer than", "show", "a.key", "--password-file", "long")
    refused(t, "No such file", "show", "a.key", "--password-file", "none")
    cert(t, "self-signed", "a", "--key-file", "a.key", "--password-file",
         "right", "--out", "b")


@test
def bad_names_are_refused_in_words(t):
    for name, words in (("gw:9000", "give the host alone: gw"),
                        ("https://gw.example.com/", "URI"),
                        ("alice@example.com", "--client"),
                        ("*.com", "first label"), ("a..b", "empty label"),
                        ("", "empty"), ("a b", "neither a host name"),
                        ("x" * 64 + ".com", "longer than 63")):
        refused(t, words, "self-signed", name)
    refused(t, "more than 100 names", "self-signed",
            *(f"n{n}.example" for n in range(101)))
    refused(t, "--subject", "self-signed", "a", "--subject", "no equals sign")
    refused(t, "longer than 64", "ca", "x" * 65)
    nothing_left(t)


@test
def a_long_first_name_leaves_the_subject_empty(t):
    name = ".".join(["label-of-some-length"] * 5) + ".example.com"
    cert(t, "self-signed", name, "--out", "long")
    text = text_of(t, "long.pem")
    expect(re.search(r"Subject: *\n", text), text)
    expect_in("Subject Alternative Name: critical", text, "RFC 5280 4.2.1.6")
    openssl(t, "verify", "-x509_strict", "-CAfile", "long.pem", "long.pem")


# -- authorities -----------------------------------------------------------

@test
def an_authority_issues_for_servers_and_clients(t):
    own_ca(t)
    expect_equal(mode(t, "ca.key"), 0o600, "mode of the authority's key")
    text = text_of(t, "ca.pem")
    for part in ("CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign",
                 "Subject: CN = Test CA"):
        expect_in(part, text, "the authority")
    cert(t, "issue", "--ca", "ca.pem", "gw.test", "--out", "server")
    cert(t, "issue", "--ca", "ca.pem", "--client", "alice@example.com",
         "spiffe://example.com/alice", "--subject", "CN=Alice,O=Example",
         "--out", "client")
    cert(t, "issue", "--ca", "ca.pem", "--client", "--server", "both.test",
         "--out", "both")
    for name, purposes in (("server", "sslserver"), ("client", "sslclient"),
                           ("both", "sslserver sslclient")):
        for purpose in ("sslserver", "sslclient"):
            openssl(t, "verify", "-x509_strict", "-purpose", purpose,
                    "-CAfile", "ca.pem", f"{name}.pem",
                    status=0 if purpose in purposes else 2)
    text = text_of(t, "client.pem")
    for part in ("O = Example, CN = Alice", "email:alice@example.com",
                 "URI:spiffe://example.com/alice"):
        expect(part in text or part == "O = Example, CN = Alice" and
               "CN = Alice" in text and "O = Example" in text,
               f"{part} is not in {text}")


@test
def names_of_a_request_are_taken_and_nothing_else(t):
    own_ca(t)
    openssl(t, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout",
            "x.key", "-out", "x.csr", "-subj", "/CN=x.test", "-addext",
            "subjectAltName=DNS:x.test,DNS:*.x.test,IP:192.0.2.7",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
            "keyUsage=keyCertSign", "-addext",
            "extendedKeyUsage=codeSigning,clientAuth")
    cert(t, "issue", "--ca", "ca.pem", "--request", "x.csr", "--out", "x")
    text = text_of(t, "x.pem")
    for part in ("CA:FALSE", "DNS:x.test, DNS:*.x.test, IP Address:192.0.2.7",
                 "Digital Signature, Key Encipherment",
                 "TLS Web Server Authentication"):
        expect_in(part, text, "the certificate")
    for part in ("CA:TRUE", "Certificate Sign", "Code Signing", "Client"):
        expect(part not in text, f"{part} was smuggled in: {text}")
    openssl(t, "verify", "-x509_strict", "-CAfile", "ca.pem", "x.pem")
    cert(t, "verify", "x.pem", "x.key", "--trust", "ca.pem", "--name",
         "a.x.test")


@test
def a_request_of_our_own_is_read_by_openssl(t):
    out = cert(t, "request", "gw.test", "www.gw.test", "--subject",
               "CN=gw.test,O=Example").stdout
    expect_in("gw.test.csr", out, "stdout")
    text = openssl(t, "req", "-in", "gw.test.csr", "-noout", "-text",
                   "-verify")
    expect_in("DNS:gw.test, DNS:www.gw.test", text, "the request")
    expect_equal(mode(t, "gw.test.key"), 0o600, "mode of the key")
    out = cert(t, "show", "gw.test.csr").stdout
    for part in ("gw.test, www.gw.test", "signature good", "O=Example"):
        expect_in(part, " ".join(out.split()), "show")


@test
def names_given_replace_those_of_a_request(t):
    own_ca(t)
    cert(t, "request", "asked.test", "--out", "r")
    cert(t, "issue", "--ca", "ca.pem", "--request", "r.csr", "given.test",
         "--out", "r")
    text = text_of(t, "r.pem")
    expect("DNS:given.test" in text and "DNS:asked.test" not in text, text)


@test
def bad_requests_are_refused(t):
    own_ca(t)

    def request(name, san):
        openssl(t, "req", "-new", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", "-subj", f"/CN={name}",
                *(("-addext", f"subjectAltName={san}") if san else ()))
        return ("issue", "--ca", "ca.pem", "--request", f"{name}.csr",
                "--out", name)
    refused(t, "asks for no names", *request("bare", None))
    cert(t, *request("bare", None), "bare.test")
    refused(t, "of a kind that is not issued",
            *request("rid", "RID:1.2.3.4"))
    refused(t, "--client", *request("mail", "email:a@example.com"))
    refused(t, "first label", *request("star", "DNS:*"))
    refused(t, "neither a host name", *request("slash", "DNS:a/b"))
    refused(t, "authority's own", *request("Test CA", "DNS:a.test"))
    refused(t, "no certificate request", "issue", "--ca", "ca.pem",
            "--request", "ca.pem", "--out", "y")
    refused(t, "say nothing here", *request("two", "DNS:a.test"), "--key",
            "rsa", status=2)


@test
def a_request_that_was_changed_is_refused(t):
    own_ca(t)
    cert(t, "request", "first.test", "--out", "r")
    der = tools.run(t, [t.tool("openssl"), "req", "-in", t.tmp / "r.csr",
                        "-outform", "DER"])
    (t.tmp / "r.der").write_bytes(der.replace(b"first.test", b"other.test"))
    refused(t, "signature is wrong", "issue", "--ca", "ca.pem", "--request",
            "r.der", "--out", "other")
    expect_in("BAD", cert(t, "show", "r.der").stdout, "show")


def dated_ca(ca, name, begin, end, extensions="basicConstraints=CA:TRUE"):
    """An authority that is valid between two days from now."""
    ca.key(name)
    (ca.folder / f"{name}.ext").write_text(extensions + "\n")
    ca.run("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name} CA",
           "-out", f"{name}.csr")
    now = datetime.now(timezone.utc)
    first, last = ((now + timedelta(days=d)).strftime("%Y%m%d%H%M%SZ")
                   for d in (begin, end))
    ca.run("ca", "-batch", "-notext", "-config", "front.cnf", "-selfsign",
           "-keyfile", f"{name}.key", "-in", f"{name}.csr", "-extfile",
           f"{name}.ext", "-startdate", first, "-enddate", last, "-out",
           f"{name}.pem")
    return ca.folder / f"{name}.pem"


@test
def an_authority_out_of_its_time_issues_nothing(t):
    ca = tiny_ca(t)
    refused(t, "expired on", "issue", "--ca", dated_ca(ca, "old", -9, -2), "a")
    refused(t, "not valid before", "issue", "--ca", dated_ca(ca, "new", 2, 9),
            "a")
    done = cert(t, "issue", "--ca", dated_ca(ca, "short", -2, 20), "a")
    expect_in("ends with its authority", done.stderr, "a warning")
    end = re.search(r"Not After : (.*)", text_of(t, "a.pem")).group(1)
    expect_in(end, text_of(t, ca.short), "the authority's end")


@test
def who_is_no_authority_issues_nothing(t):
    own_ca(t)
    cert(t, "issue", "--ca", "ca.pem", "leaf.test", "--out", "leaf")
    refused(t, "no authority's", "issue", "--ca", "leaf.pem", "a")
    refused(t, "is not the key of", "issue", "--ca", "ca.pem", "--ca-key",
            "leaf.key", "a")
    (t.tmp / "ca.key").rename(t.tmp / "moved.key")
    refused(t, "--ca-key", "issue", "--ca", "ca.pem", "a")
    cert(t, "issue", "--ca", "ca.pem", "--ca-key", "moved.key", "a")
    ca = tiny_ca(t)
    mute = dated_ca(ca, "mute", -1, 99, "basicConstraints=CA:TRUE\n"
                    "keyUsage=digitalSignature")
    refused(t, "may not sign", "issue", "--ca", mute, "b")
    nothing_left(t, "ca.pem", "moved.key", "leaf.pem", "leaf.key", "a.pem",
                 "a.key")


@test
def an_authority_with_a_password(t):
    t.file("pw", "secret\n")
    cert(t, "ca", "Test", "--password-file", "pw")
    refused(t, "encrypted", "issue", "--ca", "ca.pem", "a")
    cert(t, "issue", "--ca", "ca.pem", "--ca-password-file", "pw", "a")


@test
def what_nobody_would_accept_is_not_issued(t):
    ca = tiny_ca(t)
    narrow = dated_ca(ca, "narrow", -1, 99, "basicConstraints=CA:TRUE\n"
                      "nameConstraints=permitted;DNS:inside.test")
    cert(t, "issue", "--ca", narrow, "gw.inside.test")
    refused(t, "nobody would accept", "issue", "--ca", narrow, "gw.other.test")
    expect(not (t.tmp / "gw.other.test.key").exists(), "a key was left")


@test
def an_intermediate_issues_with_its_chain(t):
    ca = tiny_ca(t)
    ca.key("middle")
    (ca.folder / "middle.ext").write_text(
        "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    ca.run("req", "-new", "-key", "middle.key", "-subj", "/CN=middle CA",
           "-out", "middle.csr")
    ca.run("x509", "-req", "-in", "middle.csr", "-CA", "front.pem", "-CAkey",
           "front.key", "-CAcreateserial", "-extfile", "middle.ext", "-days",
           "99", "-out", "middle.pem")
    bundle = ca.folder / "bundle.pem"
    bundle.write_text(open(ca.middle).read() + open(ca.front).read())
    cert(t, "issue", "--ca", bundle, "--ca-key", ca.middle_key, "gw.test",
         "--out", "gw")
    expect_equal((t.tmp / "gw.pem").read_text().count("BEGIN CERT"), 2,
                 "certificates: its own and the intermediate's")
    cert(t, "verify", "gw.pem", "gw.key", "--trust", ca.front)
    first = (t.tmp / "gw.pem").read_text().partition("-----END")[0]
    t.file("alone.pem", first + "-----END CERTIFICATE-----\n")
    refused(t, "issued by CN=middle CA, which is neither in the chain nor",
            "verify", "alone.pem", "--trust", ca.front)
    t.file("turned.pem", open(ca.middle).read() + first +
           "-----END CERTIFICATE-----\n")
    refused(t, "out of order", "verify", "turned.pem", "--trust", ca.front)


# -- revoke ----------------------------------------------------------------

def revoked(t, name):
    """What openssl says with the list ca.crl."""
    return subprocess.run(
        [t.tool("openssl"), "verify", "-crl_check", "-CRLfile", "ca.crl",
         "-CAfile", "ca.pem", f"{name}.pem"], cwd=t.tmp,
        capture_output=True).returncode != 0


@test
def revoke_makes_and_continues_a_list(t):
    own_ca(t)
    for name in ("a", "b", "c"):
        cert(t, "issue", "--ca", "ca.pem", f"{name}.test", "--out", name)
    ca = ("--ca", "ca.pem", "--crl", "ca.crl")
    expect_in("0 certificates", cert(t, "revoke", *ca).stdout, "a new list")
    expect_equal([revoked(t, n) for n in "abc"], [False] * 3, "none revoked")
    out = cert(t, "revoke", *ca, "a.pem").stdout
    for part in ("CN=a.test", "1 certificate of", 'crl = "ca.crl"'):
        expect_in(part, out, "stdout")
    cert(t, "revoke", *ca, "c.pem")
    expect_equal([revoked(t, n) for n in "abc"], [True, False, True],
                 "a and c are revoked")
    expect_in("revoked already", cert(t, "revoke", *ca, "a.pem").stderr,
              "stderr")
    text = openssl(t, "crl", "-in", "ca.crl", "-CAfile", "ca.pem", "-noout",
                   "-text")
    expect_equal(text.count("Serial Number"), 2, "entries")
    expect(re.search(r"CRL Number: *\n\s+4\n", text), text)
    expect_in("Authority Key Identifier", text, "the list")
    expect_in("2 certificates", cert(t, "show", "ca.crl").stdout, "show")
    cert(t, "revoke", *ca, "--days", "5")
    when = re.search(r"Next Update: (.*) GMT",
                     openssl(t, "crl", "-in", "ca.crl", "-noout", "-text"))
    left = datetime.strptime(when.group(1), "%b %d %H:%M:%S %Y") - \
        datetime.now(timezone.utc).replace(tzinfo=None)
    expect_equal(left.days in (4, 5), True, f"days until {when.group(1)}")


@test
def the_number_of_a_list_grows_past_its_bytes(t):
    ca = tiny_ca(t)
    settings = ca.folder / "front.cnf"
    settings.write_text(settings.read_text().replace(
        "[this]\n", f"[this]\ncrlnumber = {ca.folder}/number\n"))
    for before, after in (("7E", "0x7F"), ("7F", "0x80"), ("FF", "0x0100"),
                          ("7FFF", "0x8000")):
        (ca.folder / "number").write_text(before + "\n")
        ca.run("ca", "-gencrl", "-config", "front.cnf", "-cert", "front.pem",
               "-keyfile", "front.key", "-crldays", "9", "-out", "front.crl")
        cert(t, "revoke", "--ca", ca.front, "--crl", ca.folder / "front.crl")
        got = openssl(t, "crl", "-in", ca.folder / "front.crl", "-noout",
                      "-crlnumber").strip().partition("=")[2]
        expect_equal(int(got, 16), int(after, 16), f"the number after {before}")


@test
def revoke_refuses_what_is_not_its_own(t):
    own_ca(t)
    cert(t, "issue", "--ca", "ca.pem", "a.test", "--out", "a")
    cert(t, "self-signed", "b.test", "--out", "b")
    cert(t, "ca", "Test CA", "--out", "other")
    ca = ("--ca", "ca.pem", "--crl", "ca.crl")
    refused(t, "was not issued by ca.pem", "revoke", *ca, "b.pem")
    refused(t, "holds no certificate", "revoke", *ca, "a.key")
    refused(t, "was not issued by other.pem", "revoke", "--ca", "other.pem",
            "--crl", "other.crl", "a.pem")
    expect(not (t.tmp / "ca.crl").exists(), "a list was written")
    cert(t, "revoke", *ca)
    refused(t, "was not made by the authority", "revoke", "--ca", "other.pem",
            "--crl", "ca.crl")
    refused(t, "is no revocation list", "revoke", "--ca", "ca.pem", "--crl",
            "a.pem")
    refused(t, "cannot be written", "revoke", "--ca", "ca.pem", "--crl",
            "no/such/ca.crl")


# -- show ------------------------------------------------------------------

@test
def show_tells_what_is_in_each_form(t):
    own_ca(t)
    cert(t, "issue", "--ca", "ca.pem", "gw.test", "192.0.2.1", "--out", "gw")
    t.file("pw", "secret\n")
    cert(t, "export", "--format", "der", "gw.pem", "--out", "gw.der")
    cert(t, "export", "--format", "p12", "--with-key", "--password-file",
         "pw", "gw.pem", "gw.key", "ca.pem", "--out", "gw.p12")
    openssl(t, "pkey", "-in", "gw.key", "-outform", "DER", "-out", "key.der")
    for file, more in (("gw.pem", ()), ("gw.der", ()),
                       ("gw.p12", ("--password-file", "pw"))):
        out = cert(t, "show", file, *more).stdout
        for part in ("gw.test, 192.0.2.1", "CN=Test CA", "days left",
                     "ECDSA P-256", "servers", "problems"):
            expect_in(part, out, file)
    for file in ("gw.key", "key.der"):
        expect_in("private key (ECDSA P-256)", cert(t, "show", file).stdout,
                  file)
    expect_in("belongs to certificate 1",
              cert(t, "show", "gw.p12", "--password-file", "pw").stdout, "p12")
    both = (t.tmp / "gw.pem").read_bytes() + (t.tmp / "gw.key").read_bytes()
    expect_in("belongs to certificate 1",
              cert(t, "show", "-", stdin=both).stdout, "standard input")
    out = cert(t, "show", "gw.pem", "ca.pem").stdout
    expect("gw.pem:" in out and "ca.pem:" in out, out)


@test
def show_tells_of_revocation_lists(t):
    ca = tiny_ca(t)
    ca.run("ca", "-gencrl", "-config", "front.cnf", "-cert", "front.pem",
           "-keyfile", "front.key", "-crldays", "9", "-out", "front.crl")
    out = cert(t, "show", ca.folder / "front.crl").stdout
    expect("Penstock test front CA" in out and "0 certificates" in out, out)


@test
def strange_files_are_refused_in_words(t):
    cert(t, "self-signed", "a")
    openssl(t, "crl2pkcs7", "-nocrl", "-certfile", "a.pem", "-out", "a.p7")
    openssl(t, "x509", "-in", "a.pem", "-trustout", "-out", "a.trusted")
    body = (t.tmp / "a.pem").read_text()
    for name, content, words in (
            ("empty", "", "is empty"), ("words", "hello\n", "neither PEM"),
            ("jks", b"\xfe\xed\xfe\xed\0\0\0\2", "keytool -importkeystore"),
            ("jceks", b"\xce\xce\xce\xce\0\0\0\2", "-srcstoretype JCEKS"),
            ("ssh", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "ssh-keygen"),
            ("cut", body[:300], "cannot be read"),
            ("bad", body.replace("MII", "MIJ", 1), "cannot be read"),
            ("other", "-----BEGIN DH PARAMETERS-----\n", "neither a cert"),
            ("der", b"0\x82\x01\x00abc", "cannot be read")):
        t.file(name, content)
        refused(t, words, "show", name)
    refused(t, "PKCS#7", "show", "a.p7")
    refused(t, "OpenSSL's own form", "show", "a.trusted")
    refused(t, "No such file", "show", "none")
    refused(t, "directory", "show", ".")
    refused(t, "larger than 16 MiB", "show", "/dev/zero")


@test
def no_input_breaks_it(t):
    own_ca(t)
    cert(t, "issue", "--ca", "ca.pem", "gw.test", "--out", "gw")
    t.file("pw", "secret\n")
    cert(t, "export", "--format", "p12", "--with-key", "--password-file",
         "pw", "gw.pem", "gw.key", "--out", "gw.p12")
    cert(t, "request", "gw.test", "--out", "r")
    chance = random.Random(20)
    files = [openssl_der(t, kind, file) for kind, file in (
        ("x509", "gw.pem"), ("req", "r.csr"), ("pkey", "gw.key"))]
    files.append((t.tmp / "gw.p12").read_bytes())
    for n in range(60):
        data = bytearray(chance.choice(files))
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        t.file("broken", bytes(data[:chance.choice((len(data), 40, 200))]))
        done = cert(t, "show", "broken", "--password-file", "pw", status=None)
        expect(done.returncode in (0, 1), f"{n}: status {done.returncode} "
               f"{done.stderr}")


def openssl_der(t, kind, file):
    return tools.run(t, [t.tool("openssl"), kind, "-in", t.tmp / file,
                         "-outform", "DER"])


# -- verify files ----------------------------------------------------------

@test
def verify_finds_each_fault(t):
    own_ca(t)
    trust = ("--trust", "ca.pem")
    cert(t, "issue", "--ca", "ca.pem", "gw.test", "--out", "gw")
    cert(t, "issue", "--ca", "ca.pem", "--client", "a.test", "--out", "cl")
    out = cert(t, "verify", "gw.pem", "gw.key", *trust, "--name",
               "gw.test").stdout
    expect_in("good: whoever trusts ca.pem accepts it for gw.test", out, "")
    refused(t, "other.test is not covered: the certificate is for gw.test",
            "verify", "gw.pem", *trust, "--name", "other.test")
    refused(t, "does not belong", "verify", "gw.pem", "cl.key", *trust)
    refused(t, "not made for servers", "verify", "cl.pem", *trust)
    refused(t, "not made for clients", "verify", "--client", "gw.pem", *trust)
    cert(t, "verify", "--client", "cl.pem", "cl.key", *trust)
    refused(t, "in 396 days", "verify", "gw.pem", *trust, "--days", "400")
    cert(t, "verify", "gw.pem", *trust, "--days", "300")
    refused(t, "the system's store", "verify", "gw.pem")
    refused(t, "nor in cl.pem or the system's store", "verify", "gw.pem",
            "--trust", "cl.pem", "--trust", "system")
    cert(t, "verify", "gw.pem", "--trust", "system", *trust)
    (t.tmp / "gw.key").chmod(0o644)
    refused(t, "chmod 600", "verify", "gw.pem", "gw.key", *trust)
    refused(t, "holds no certificate", "verify", "gw.key", *trust)
    refused(t, "holds no certificate", "verify", "gw.pem", "--trust",
            "gw.key")
    cert(t, "ca", "Test CA", "--force")
    refused(t, "the authority was made anew", "verify", "gw.pem", *trust)


@test
def verify_of_a_self_signed_one(t):
    cert(t, "self-signed", "gw.test", "--out", "gw")
    refused(t, "is self-signed, and not in the system's store", "verify",
            "gw.pem")
    cert(t, "verify", "gw.pem", "--trust", "gw.pem", "--name", "gw.test")


@test
def verify_finds_old_and_weak_certificates(t):
    ca = tiny_ca(t)
    trust = ("--trust", ca.front)
    ca.issue("old", "front", "DNS:a.test", days=(-9, -2))
    refused(t, "expired on", "verify", ca.old, *trust)
    ca.issue("soon", "front", "DNS:a.test", days=(2, 9))
    refused(t, "clock", "verify", ca.soon, *trust)
    ca.issue("long", "front", "DNS:a.test", days=(-1, 900))
    expect_in("398", cert(t, "verify", ca.long, *trust).stdout, "a note")

    def make(name, *options, extensions="subjectAltName=DNS:a.test",
             key=("-newkey", "rsa:2048")):
        ca.run("req", "-new", *key, "-nodes", "-keyout", f"{name}.key",
               "-subj", "/CN=a.test", "-out", f"{name}.csr")
        (ca.folder / f"{name}.ext").write_text(extensions + "\n")
        ca.run("x509", "-req", "-in", f"{name}.csr", "-CA", "front.pem",
               "-CAkey", "front.key", "-CAcreateserial", "-days", "9", "-out",
               f"{name}.pem", *options,
               *(("-extfile", f"{name}.ext") if extensions else ()))
        return getattr(ca, name)
    refused(t, "weak key (RSA 1024)", "verify",
            make("weak", key=("-newkey", "rsa:1024")), *trust)
    refused(t, "SHA1, which is broken", "verify", make("sha", "-sha1"), *trust)
    refused(t, "version 1", "verify", make("first", extensions=""), *trust)
    refused(t, "no names (subjectAltName); its common name", "verify",
            make("bare", extensions="basicConstraints=CA:FALSE"), *trust,
            "--name", "a.test")
    root = make("root", extensions="basicConstraints=CA:TRUE\n"
                "subjectAltName=DNS:a.test")
    refused(t, "authority's certificate (CA:TRUE)", "verify", root, *trust)
    done = cert(t, "verify", root, "--trust", root)
    expect_in("CA:TRUE", done.stdout, "a note about what is trusted itself")


# -- verify and fetch: servers ---------------------------------------------

def serve(t, name, *options, chain=None):
    """`openssl s_server` with a certificate of this folder."""
    port = t.ports.one()
    program = tools.Program(t, [
        t.tool("openssl"), "s_server", "-quiet", "-accept",
        f"127.0.0.1:{port}", "-cert", t.tmp / f"{name}.pem", "-key",
        t.tmp / f"{name}.key",
        *(("-cert_chain", t.tmp / chain) if chain else ()), *options])
    program.wait_listening(port)
    return port


@test
def verify_of_a_server(t):
    own_ca(t)
    cert(t, "issue", "--ca", "ca.pem", "localhost", "--out", "gw")
    port = serve(t, "gw")
    out = cert(t, "verify", f"wss://localhost:{port}/x", "--trust",
               "ca.pem").stdout
    for part in ("TLS1.3", "localhost", "CN=Test CA", "good:"):
        expect_in(part, out, "stdout")
    cert(t, "verify", f"localhost:{port}", "--trust", "ca.pem")
    refused(t, "127.0.0.1 is not covered: the certificate is for localhost",
            "verify", f"tls://127.0.0.1:{port}", "--trust", "ca.pem")
    cert(t, "verify", f"tls://127.0.0.1:{port}", "--trust", "ca.pem",
         "--name", "localhost")
    refused(t, "gw.test is not covered", "verify", "https://gw.test/",
            "--address", f"127.0.0.1:{port}", "--trust", "ca.pem")
    refused(t, "neither in the chain nor in the system's store", "verify",
            f"tls://localhost:{port}")


@test
def verify_of_a_server_with_old_tls(t):
    cert(t, "self-signed", "localhost", "--out", "gw", "--key", "rsa:2048")
    port = serve(t, "gw", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0",)
    refused(t, "nothing better than TLS1.1", "verify",
            f"tls://localhost:{port}", "--trust", "gw.pem")


@test
def verify_of_what_is_no_tls_server(t):
    def hang_up(stream):
        stream.receive(1)
        stream.close()
    port = t.ports.one()
    refused(t, "refused", "verify", f"tls://127.0.0.1:{port}")
    refused(t, "no-such-host.invalid", "verify",
            "tls://no-such-host.invalid:443")
    for play in (lambda stream: (stream.receive(1), stream.send(
            b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9)), hang_up):
        refused(t, "plain port", "verify",
                f"tls://127.0.0.1:{Server(t, play).port}")


@test
def verify_says_that_a_client_certificate_is_wanted(t):
    own_ca(t)
    cert(t, "issue", "--ca", "ca.pem", "localhost", "--out", "gw")
    cert(t, "issue", "--ca", "ca.pem", "--client", "a@example.com", "--out",
         "alice")
    cert(t, "self-signed", "--client", "m@example.com", "--out", "mallory")
    for version in ("-tls1_3", "-tls1_2"):
        port = serve(t, "gw", "-Verify", "1", "-verify_return_error",
                     "-CAfile", t.tmp / "ca.pem", version)
        url = (f"tls://localhost:{port}", "--trust", "ca.pem")
        out = cert(t, "verify", *url, "--certificate", "alice.pem",
                   "--private-key", "alice.key").stdout
        expect_in("a client's certificate, of CN=Test CA", out, version)
        for more in ((), ("--certificate", "mallory.pem", "--private-key",
                          "mallory.key")):
            done = cert(t, "verify", *url, *more, status=1)
            expect(re.search("alert|hangs up", done.stdout + done.stderr),
                   f"{version}: {done.stdout}{done.stderr}")
    refused(t, "needs --certificate", "verify", "tls://localhost:1",
            "--private-key", "alice.key", status=2)
    refused(t, "private key are needed", "verify", "tls://localhost:1",
            "--certificate", "alice.pem")
    refused(t, "is not the key of", "verify", "tls://localhost:1",
            "--certificate", "alice.pem", "--private-key", "mallory.key")


@test
def verify_reaches_ipv6(t):
    t.ipv6()
    server = Server.with_certificate(t, echo, ip="::1")
    cert(t, "verify", f"tls://[::1]:{server.port}", "--trust", t.certs.back)


@test
def a_password_opens_a_truststore(t):
    own_ca(t)
    t.file("pw", "secret\n")
    cert(t, "issue", "--ca", "ca.pem", "gw.test", "--out", "gw")
    cert(t, "export", "--format", "p12", "--password-file", "pw", "ca.pem",
         "--out", "trust.p12")
    cert(t, "verify", "gw.pem", "--trust", "trust.p12", "--password-file",
         "pw")


@test
def fetch_takes_the_chain_and_says_what_it_is_worth(t):
    own_ca(t)
    cert(t, "issue", "--ca", "ca.pem", "localhost", "--out", "gw")
    port = serve(t, "gw", chain="ca.pem")
    done = cert(t, "fetch", f"wss://localhost:{port}/")
    expect_equal(done.stdout.split(), (t.tmp / "gw.pem").read_text().split() +
                 (t.tmp / "ca.pem").read_text().split(), "the chain")
    expect_in("proves nothing", done.stderr, "stderr")
    for file in ("gw.pem", "ca.pem"):
        expect_in(openssl(t, "x509", "-in", file, "-noout", "-fingerprint",
                          "-sha256").strip().partition("=")[2], done.stderr,
                  "stderr")
    cert(t, "fetch", "wss://localhost/", "--address", f"localhost:{port}",
         "--out", "new.pem")
    refused(t, "exists", "fetch", f"wss://localhost:{port}/", "--out",
            "new.pem")
    cert(t, "fetch", f"wss://localhost:{port}/", "--out", "new.pem",
         "--force")


# -- export ----------------------------------------------------------------

@test
def export_in_each_form(t):
    own_ca(t)
    cert(t, "issue", "--ca", "ca.pem", "gw.test", "--out", "gw")
    t.file("pw", "secret\n")
    der = cert(t, "export", "--format", "der", "gw.pem").raw
    expect_equal(der, openssl_der(t, "x509", "gw.pem"), "DER")
    pem = cert(t, "export", "gw.pem", "ca.pem").stdout
    expect_equal(pem.count("BEGIN CERTIFICATE"), 2, "certificates")
    refused(t, "DER holds one", "export", "--format", "der", "gw.pem",
            "ca.pem")
    done = cert(t, "export", "gw.pem", "gw.key")
    expect("PRIVATE" not in done.stdout, "the key went out unasked")
    expect_in("--with-key", done.stderr, "a warning")
    cert(t, "export", "--with-key", "gw.pem", "gw.key", "--out", "both.pem")
    expect_equal(mode(t, "both.pem"), 0o600, "mode with a key")
    cert(t, "verify", "both.pem", "--trust", "ca.pem")
    cert(t, "export", "--format", "der", "gw.pem", "--out", "gw.cer")
    expect_equal(mode(t, "gw.cer"), 0o644, "mode without a key")
    refused(t, "is not the key", "export", "--with-key", "gw.pem", "ca.key")
    refused(t, "no private key", "export", "--with-key", "gw.pem")
    refused(t, "holds no certificate", "export", "gw.key")


@test
def a_keystore_goes_out_and_comes_back(t):
    own_ca(t)
    cert(t, "issue", "--ca", "ca.pem", "gw.test", "--out", "gw")
    t.file("pw", "secret\n")
    cert(t, "export", "--format", "p12", "--with-key", "--alias", "gw",
         "--password-file", "pw", "gw.pem", "gw.key", "ca.pem", "--out",
         "gw.p12")
    expect_equal(mode(t, "gw.p12"), 0o600, "mode")
    text = openssl(t, "pkcs12", "-in", "gw.p12", "-passin", "pass:secret",
                   "-nodes")
    expect_equal((text.count("BEGIN CERT"), text.count("PRIVATE KEY-----")),
                 (2, 2), "what openssl finds")
    expect_in("friendlyName: gw", text, "the alias")
    t.file("bad", "wrong\n")
    refused(t, "does not open the keystore", "show", "gw.p12",
            "--password-file", "bad")
    refused(t, "is wanted in --password-file", "show", "gw.p12")
    cert(t, "export", "--with-key", "--password-file", "pw", "gw.p12",
         "--out", "back.pem")
    cert(t, "verify", "back.pem", "--trust", "ca.pem")
    expect_in("BEGIN PRIVATE KEY", (t.tmp / "back.pem").read_text(),
              "the key, as the gateway reads it")


@test
def java_reads_the_keystore(t):
    keytool = t.tool("keytool", "default-jre-headless")
    cert(t, "self-signed", "gw.test", "--out", "gw")
    t.file("pw", "secret1\n")
    cert(t, "export", "--format", "p12", "--with-key", "--alias", "gw",
         "--password-file", "pw", "gw.pem", "gw.key", "--out", "gw.p12")
    text = tools.run(t, [keytool, "-list", "-keystore", "gw.p12",
                         "-storepass", "secret1"]).decode()
    expect("gw," in text and "PrivateKeyEntry" in text, text)
    for kind in ("JKS", "JCEKS"):
        tools.run(t, [keytool, "-genkeypair", "-keyalg", "RSA", "-alias", "a",
                      "-dname", "CN=a.test", "-storetype", kind, "-keystore",
                      f"{kind}.store", "-storepass", "secret1", "-keypass",
                      "secret1"])
        hint = refused(t, f"is a Java keystore ({kind})", "show",
                       f"{kind}.store").stderr
        command = hint[hint.index("keytool -import"):].split()
        tools.run(t, [keytool, *command[1:], "-srcstorepass", "secret1",
                      "-deststorepass", "secret1"])
        expect_in("CN=a.test", cert(t, "show", f"{kind}.store.p12",
                                    "--password-file", "pw").stdout, kind)


@test
def a_curve_key_of_java_is_taken_out_with_openssl(t):
    keytool = t.tool("keytool", "default-jre-headless")
    t.file("pw", "secret1\n")
    tools.run(t, [keytool, "-genkeypair", "-keyalg", "EC", "-alias", "a",
                  "-dname", "CN=a.test", "-storetype", "PKCS12", "-keystore",
                  "a.p12", "-storepass", "secret1"])
    done = cert(t, "show", "a.p12", "--password-file", "pw", status=None)
    if done.returncode == 0:
        return  # a newer GnuTLS reads it
    for line in done.stderr.splitlines()[1:]:
        command = line.strip().replace("-nodes", "-nodes -passin file:pw"
                                       ).replace("-nokeys",
                                                 "-nokeys -passin file:pw")
        tools.run(t, ["sh", "-c", command])
    expect_in("belongs to certificate 1", cert(
        t, "show", "-", stdin=(t.tmp / "NEW.pem").read_bytes() +
        (t.tmp / "NEW.key").read_bytes()).stdout, "what was taken out")
