# SPDX-License-Identifier: MIT
"""What the scanners of others say about our listeners."""
import json
import subprocess

from lib import conf
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.tools import run

GRAVE = ("MEDIUM", "HIGH", "CRITICAL")
# The end-entity certificate as a public authority would make it: scanners
# judge it too.
EXTENSIONS = """subjectAltName = DNS:localhost,DNS:gateway.test
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://localhost/none.crl
"""


def public_certificate(t, rsa):
    """Paths of a certificate and its key, issued by the CA "front"."""
    name = "rsa" if rsa else "gateway"
    key = getattr(t.certs, name + "_key")
    request, made = t.tmp / f"{name}.csr", t.tmp / f"public-{name}.pem"
    settings = t.tmp / "extensions"
    settings.write_text(EXTENSIONS)
    openssl = t.tool("openssl")
    run(t, [openssl, "req", "-new", "-key", key, "-subj", "/CN=localhost",
            "-out", request])
    run(t, [openssl, "x509", "-req", "-in", request, "-days", "90",
            "-CA", t.certs.front, "-CAkey", t.certs.front_key,
            "-CAcreateserial", "-CAserial", t.tmp / "serial",
            "-extfile", settings, "-out", made])
    return made, key


def listener(t, rsa=False, **tls):
    """The port of a gateway that serves wss with these settings."""
    port = t.ports.one()
    certificate, key = public_certificate(t, rsa)
    hop = {"url": f"wss://localhost:{port}/",
           "tcp": {"bind": f"127.0.0.1:{port}"},
           "tls": {"certificate": str(certificate), "private_key": str(key),
                   **tls}}
    Gateway(t, conf.gateway(conf.echo("scanned", hop), level="error")).start()
    return port


def testssl(t, port):
    """Every finding of testssl.sh: (severity, id, sentence)."""
    found = t.tmp / "testssl.json"
    log = t.tmp / "testssl.log"
    with open(log, "wb") as out:
        subprocess.run(
            [t.tool("testssl", "testssl.sh"), "--quiet", "--color", "0",
             "--warnings", "off", "--nodns", "min", "--ip", "127.0.0.1",
             "--add-ca", t.certs.front, "--jsonfile", str(found),
             f"localhost:{port}"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=t.tmp,
            timeout=10 * t.patience, check=False)
    expect(found.exists(), f"testssl.sh said: {log.read_text()[-500:]}")
    return [(f["severity"], f["id"], f["finding"])
            for f in json.loads(found.read_text())]


def check_testssl(t, rsa):
    findings = testssl(t, listener(t, rsa))
    names = [name for _, name, _ in findings]
    for part in ("TLS1_3", "cipher_negotiated", "heartbleed", "ROBOT"):
        expect_in(part, names, "the parts that testssl.sh looked at")
    grave = [f for f in findings if f[0] in GRAVE]
    expect_equal(grave, [], "grave findings of testssl.sh")


@test
def testssl_finds_nothing_with_ecdsa(t):
    check_testssl(t, rsa=False)


@test
def testssl_finds_nothing_with_rsa(t):
    check_testssl(t, rsa=True)


def sslscan(t, port):
    """The sections of sslscan's report: title to lines."""
    text = run(t, [t.tool("sslscan"), "--no-colour",
                   f"127.0.0.1:{port}"]).decode()
    sections, title = {}, ""
    for line in text.splitlines():
        if line.startswith("  ") and line.rstrip().endswith(":"):
            title = line.strip()
        elif line.strip():
            sections.setdefault(title, []).append(line.split())
    return sections


def versions(report):
    return [line[0] for line in report["SSL/TLS Protocols:"]
            if line[1] == "enabled"]


def suites(report):
    return [(line[1], line[4])
            for line in report["Supported Server Cipher(s):"]]


def groups(report, version):
    return {line[3] for line in report["Server Key Exchange Group(s):"]
            if line[0] == version}


GROUPS = {"secp256r1", "secp384r1", "secp521r1", "x25519"}
SUITES_1_3 = [("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
              ("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
              ("TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256")]


def check_hygiene(report):
    expect_equal(report["TLS Fallback SCSV:"],
                 ["Server supports TLS Fallback SCSV".split()], "fallback")
    expect_equal(report["TLS renegotiation:"],
                 ["Session renegotiation not supported".split()],
                 "renegotiation")
    for line in report["Heartbleed:"]:
        expect_in("not", line, "heartbleed")


@test
def sslscan_sees_the_default(t):
    report = sslscan(t, listener(t, rsa=True))
    expect_equal(versions(report), ["TLSv1.2", "TLSv1.3"], "versions")
    expect_equal(suites(report), SUITES_1_3 + [
        ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
        ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384"),
        ("TLSv1.2", "ECDHE-RSA-CHACHA20-POLY1305")], "suites")
    expect_equal(groups(report, "TLSv1.2"), GROUPS, "groups")
    check_hygiene(report)


@test
def sslscan_sees_tls_1_3_alone(t):
    """As KrakenD's documentation prints it for its default, and X25519."""
    report = sslscan(t, listener(t, rsa=True, min_version="1.3"))
    expect_equal(versions(report), ["TLSv1.3"], "versions")
    expect_equal(suites(report), SUITES_1_3, "suites and their order")
    expect_equal(groups(report, "TLSv1.3"), GROUPS, "groups")
    check_hygiene(report)


@test
def nmap_gives_the_best_grade(t):
    port = listener(t, rsa=True)
    said = run(t, [t.tool("nmap"), "-n", "-Pn", "-p", str(port), "--script",
                   "ssl-enum-ciphers,ssl-cert,ssl-dh-params,ssl-poodle,"
                   "ssl-heartbleed,ssl-ccs-injection,sslv2,sslv2-drown",
                   "127.0.0.1"]).decode()
    expect_in("least strength: A", said, "nmap's report")
    expect("VULNERABLE" not in said, f"nmap says: {said}")
