# SPDX-License-Identifier: MIT
"""What is spoken is what was configured: versions, suites, groups, signatures,
and their order, as foreign clients and scanners find them."""
import re
import ssl
import subprocess

from lib import conf, tools
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server
from lib.streams import client_context, dial, dial_tls


def listen(t, *, certificate="gateway", **tls):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        "tls", port, t.certs, certificate=certificate, tls=tls)))).start()
    return port


def spoken(t, port, *options):
    """(version, suite, rest) of what `openssl s_client` agrees on; None when
    it does not."""
    done = subprocess.run(
        [t.tool("openssl"), "s_client", "-connect", f"127.0.0.1:{port}",
         "-servername", "gateway.test", *options],
        input=b"", capture_output=True, timeout=t.patience, cwd=t.tmp,
        check=False)
    out = (done.stdout + done.stderr).decode(errors="replace")
    found = re.search(r"New, (\S+), Cipher is (\S+)", out)
    if not found or found[2] == "(NONE)":
        return None
    return found[1], found[2], out


def suite(t, port, *options):
    got = spoken(t, port, *options)
    return got and got[1]


@test
def a_scan_of_tls_1_3_alone_is_that_of_the_krakend_document(t):
    """Its list of groups has X25519 besides."""
    for tls in ({"min_version": "1.3"}, {"profile": "modern"}):
        port = listen(t, certificate="rsa", **tls)
        out = tools.run(t, [t.tool("sslscan"), "--no-colour",
                            f"127.0.0.1:{port}"]).decode()
        for line in ("SSLv2     disabled", "SSLv3     disabled",
                     "TLSv1.0   disabled", "TLSv1.1   disabled",
                     "TLSv1.2   disabled", "TLSv1.3   enabled",
                     "Server supports TLS Fallback SCSV",
                     "Session renegotiation not supported",
                     "TLSv1.3 not vulnerable to heartbleed"):
            expect_in(line, out, "sslscan")
        # Debian's sslscan cannot ask for compression; TLS 1.3 has none
        expect(re.search("Compression disabled|not support compression", out),
               f"compression: {out}")
        suites = re.findall(r"(Preferred|Accepted)\s+(\S+)\s+\d+ bits\s+(\S+)",
                            out)
        expect_equal(suites, [
            ("Preferred", "TLSv1.3", "TLS_AES_128_GCM_SHA256"),
            ("Accepted", "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
            ("Accepted", "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256")],
            "suites")
        groups = out.partition("Key Exchange Group")[2]
        groups = re.findall(r"^TLSv1.3\s+\d+ bits\s+(\S+)", groups, re.M)
        expect_equal(sorted(groups), ["secp256r1", "secp384r1", "secp521r1",
                                      "x25519"], "groups")


@test
def the_default_refuses_what_is_old(t):
    port = listen(t)
    expect_equal(spoken(t, port)[:2], ("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
                 "default")
    expect_equal(suite(t, port, "-tls1_2"), "ECDHE-ECDSA-AES128-GCM-SHA256",
                 "TLS 1.2")
    for version in ("-tls1", "-tls1_1"):
        expect_equal(spoken(t, port, version, "-cipher", "ALL:@SECLEVEL=0"),
                     None, version)
    for name in ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256",
                 "ECDHE-ECDSA-AES128-CCM"):
        expect_equal(suite(t, port, "-tls1_2", "-cipher",
                           name + ":@SECLEVEL=0"), None, name)


@test
def legacy_serves_old_clients_and_warns(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        "tls", port, t.certs, certificate="rsa",
        tls={"profile": "legacy"})))).start()
    gateway.wait_log(r"profile.*legacy.*known to be weak")
    for version, name in (("-tls1", "TLSv1"), ("-tls1_1", "TLSv1.1")):
        got = spoken(t, port, version, "-cipher", "ALL:@SECLEVEL=0")
        expect(got is not None, f"{version} is refused: {gateway.log()}")
        expect_in(f"Protocol  : {name}", got[2], "version")
    for name in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES256-SHA"):
        expect_equal(suite(t, port, "-tls1_2", "-cipher",
                           name + ":@SECLEVEL=0"), name, "suite")
    expect_equal(spoken(t, port)[0], "TLSv1.3", "new clients")


@test
def exactly_the_suites_that_are_named_are_spoken(t):
    port = listen(t, certificate="rsa", ciphers=[4866, 49200])
    expect_equal(suite(t, port), "TLS_AES_256_GCM_SHA384", "1.3")
    expect_equal(suite(t, port, "-ciphersuites", "TLS_AES_128_GCM_SHA256",
                       "-tls1_3"), None, "another of 1.3")
    expect_equal(suite(t, port, "-tls1_2"), "ECDHE-RSA-AES256-GCM-SHA384",
                 "1.2")
    for name in ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"):
        expect_equal(suite(t, port, "-tls1_2", "-cipher", name), None, name)


@test
def the_order_of_suites_and_groups_is_the_preference(t):
    port = listen(t, ciphers=["TLS_CHACHA20_POLY1305_SHA256",
                              "TLS_AES_128_GCM_SHA256"],
                  min_version="1.3", groups=["P-384", "X25519"])
    got = spoken(t, port, "-groups", "X25519:P-384:P-256")
    expect_equal(got[1], "TLS_CHACHA20_POLY1305_SHA256", "suite")
    expect_equal(spoken(t, port, "-groups", "P-256"), None, "P-256")
    port = listen(t, prefer_server=False, min_version="1.3")
    expect_equal(suite(t, port, "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"
                       ":TLS_AES_128_GCM_SHA256"),
                 "TLS_CHACHA20_POLY1305_SHA256", "the client's preference")


@test
def signatures_are_those_that_are_named(t):
    port = listen(t, certificate="rsa", min_version="1.3",
                  signature_algorithms=["rsa_pss_rsae_sha512"])
    got = spoken(t, port)
    expect_in("Peer signing digest: SHA512", got[2], "signature")
    expect_equal(spoken(t, port, "-sigalgs", "RSA-PSS+SHA256"), None,
                 "another signature")


@test
def dhe_works_with_and_without_parameters(t):
    params = t.tmp / "dh.pem"
    tools.run(t, [t.tool("openssl"), "genpkey", "-genparam", "-algorithm",
                  "DH", "-pkeyopt", "group:ffdhe3072", "-out", params])
    for more, bits in (({}, 2048), ({"dhparam": str(params)}, 3072)):
        port = listen(t, certificate="rsa", max_version="1.2",
                      ciphers=["DHE-RSA-AES128-GCM-SHA256"], **more)
        for groups in ("P-256", "ffdhe2048:ffdhe3072"):
            got = spoken(t, port, "-cipher", "DHE-RSA-AES128-GCM-SHA256",
                         "-groups", groups)
            expect(got is not None, "DHE is refused")
            expect_in(f"Server Temp Key: DH, {bits} bits", got[2], groups)


@test
def the_connect_hop_says_what_it_is_told(t):
    """X25519 first, and its share alone."""
    port, hellos = t.ports.one(), []
    server = Server(t, lambda stream: hellos.append(read_hello(stream)))
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port),
        conf.connect("tls", server.port, t.certs, tls={
            "ciphers": ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"],
            "min_version": "1.3"})))).start()
    dial(t, port).receive_all()
    hello = hellos[0]
    suites = [hello["suites"][i:i + 4]
              for i in range(0, len(hello["suites"]), 4)]
    expect_equal([s for s in suites if s != "00ff"], ["1302", "1301"],
                 "suites")
    expect_equal(hello[10][4:], "001d001700180019", "groups")
    expect_equal(hello[51][:12], "0024001d0020", "one share, X25519")
    expect_equal(hello[43], "020304", "versions")


def read_hello(stream):
    """Suites and extensions of a ClientHello in one record, in hexadecimal."""
    head = stream.receive(5)
    data = stream.receive(int.from_bytes(head[3:], "big"))[4:]
    at = 34
    at += 1 + data[at]
    count = int.from_bytes(data[at:at + 2], "big")
    found = {"suites": data[at + 2:at + 2 + count].hex()}
    at += 2 + count
    at += 1 + data[at] + 2
    while at + 4 <= len(data):
        kind, size = (int.from_bytes(data[at + i:at + i + 2], "big")
                      for i in (0, 2))
        found[kind] = data[at + 4:at + 4 + size].hex()
        at += 4 + size
    return found


def checked(t, **tls):
    port = t.ports.one()
    path = t.file("bad.conf", conf.text(conf.gateway(conf.echo(
        "work", conf.accept("tls", port, t.certs, certificate="rsa",
                            tls=tls)))))
    return command(t, "check", "-c", path)


@test
def bad_settings_are_errors_with_file_and_line(t):
    short = t.tmp / "short.pem"
    tools.run(t, [t.tool("openssl"), "dhparam", "-out", short, "512"])
    cases = (
        ({"min_version": "TLS12"}, "min_version", 'write "1.2"'),
        ({"min_version": "1.0"}, "min_version", 'profile = "legacy"'),
        ({"ciphers": [49199, 49196]}, "ciphers", "no suite for TLS 1.3"),
        ({"ciphers": [4865, 49200]}, "ciphers", "cannot be spoken without"),
        ({"ciphers": [5]}, "ciphers", "uses RC4"),
        ({"ciphers": "HIGH:!aNULL"}, "ciphers", "expression of OpenSSL"),
        ({"ciphers": "TLS_AES_128_GCM_SHA265"}, "ciphers", "did you mean"),
        ({"groups": "X25591"}, "groups", "did you mean"),
        ({"signature_algorithms": "rsa_pkcs1_md5"}, "signature_algorithms",
         "is not a signature scheme"),
        ({"dhparam": str(short)}, "dhparam", "512 bits"),
        ({"curve_preferences": [23]}, "curve_preferences", "use groups"),
        ({"cipher_suites": [4865]}, "cipher_suites", "use ciphers"),
        ({"ssl_verify_client": "required"}, "ssl_verify_client",
         "use client_auth"),
    )
    for tls, option, words in cases:
        done = checked(t, **tls)
        expect(done.returncode != 0, f"{tls} is accepted")
        said = done.stdout + done.stderr
        expect_in(words, said, f"{tls}")
        expect(re.search(rf"bad\.conf:\d+: services\.work\.accept\.tls\."
                         rf"{option}", said), f"no line for {tls}: {said}")


@test
def a_list_that_go_has_by_default_works_as_it_stands(t):
    """KrakenD's nine suites, in the order of its document."""
    done = checked(t, ciphers=[4865, 4866, 4867, 49199, 49200, 52392, 49196,
                               52393, 49195])
    expect_equal(done.returncode, 0, done.stderr)


@test
def old_openssl_names_for_versions_are_agreed_on(t):
    """Python's client, version by version."""
    port = listen(t, min_version="1.2", max_version="1.2")
    for version, good in ((ssl.TLSVersion.TLSv1_2, True),
                          (ssl.TLSVersion.TLSv1_3, False)):
        context = client_context(t.certs.front, version=version)
        try:
            dial_tls(t, port, context=context).close()
            expect(good, f"{version} is accepted")
        except ssl.SSLError as error:
            expect(not good, f"{version}: {error}")
