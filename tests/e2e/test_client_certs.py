# SPDX-License-Identifier: MIT
"""Certificates of clients: who may come in, and what a back-end hears of it."""
import base64
import hashlib
import ssl

from lib import conf, httpraw, tools
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.paths import Paths
from lib.servers import Server
from lib.streams import client_context, dial_tls

CLIENT = "extendedKeyUsage = clientAuth\n"
FIELDS = ["Client-Cert: tls.peer.certificate",
          "X-Client-Subject: tls.peer.subject",
          "X-Client-Names: tls.peer.names",
          "X-Client-Serial: tls.peer.serial",
          "X-Client-Verified: tls.peer.verified"]


def people(t):
    """Clients whose authority the gateway knows, and some that it refuses."""
    paths = Paths.begin(t)
    paths.peer("alice", names="email:alice@example.com,URI:spiffe://a.test/x",
               more=CLIENT)
    paths.peer("bob", names="DNS:bob.example.com", more=CLIENT)
    paths.peer("mallory", names="DNS:mallory.example.com", more=CLIENT)
    paths.peer("expired", names="DNS:old.example.com", days=(-9, -2))
    paths.peer("server", names="DNS:server.example.com",
               more="extendedKeyUsage = serverAuth\n")
    other = Paths.begin(t, "other")
    other.peer("stranger", names="DNS:bob.example.com", more=CLIENT)
    return paths, other


def context(t, paths=None, name=None, version=None):
    made = client_context(t.certs.front, version=version)
    if name:
        made.load_cert_chain(getattr(paths, name), getattr(paths, f"{name}_key"))
    return made


def comes_in(t, port, *who, **how):
    try:
        stream = dial_tls(t, port, context=context(t, *who, **how))
        return stream.exchange(b"hello", 5) == b"hello"
    except (ssl.SSLError, OSError, AssertionError):
        return False


def echo(t, port, **tls):
    return Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        "tls", port, t.certs, tls=tls)))).start()


@test
def each_client_is_judged(t):
    paths, other = people(t)
    port = t.ports.one()
    gateway = echo(t, port, client_auth="request", client_trust={
        "certificates": paths.root, "crl": paths.lists("root", "mallory")})
    words = {"mallory": r"\(CN=mallory\) is revoked by",
             "expired": r"\(CN=expired\) expired on",
             "server": "is not made for TLS clients"}
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        expect(comes_in(t, port, version=version), "nobody at all")
        for name in ("alice", "bob", "mallory", "expired", "server"):
            expect_equal(comes_in(t, port, paths, name, version=version),
                         name not in words, name)
        expect(not comes_in(t, port, other, "stranger", version=version),
               "a stranger")
    for says in words.values():
        gateway.wait_log(says, 2)
    gateway.wait_log(r"\(CN=stranger\) is not trusted", 2)


@test
def names_and_fingerprints_narrow(t):
    paths, _ = people(t)
    ports = [t.ports.one() for _ in range(3)]
    der = ssl.PEM_cert_to_DER_cert(open(paths.bob).read())
    prints = hashlib.sha256(der).hexdigest()
    rules = ({"client_names": ["bob.*.com", "email:*@example.org"]},
             {"client_names": "spiffe://a.test/**"},
             {"client_fingerprints": prints})
    gateway = Gateway(t, conf.gateway(*(
        conf.echo(f"echo{n}", conf.accept(
            "tls", port, t.certs, tls={"client_auth": "require",
                                       "client_trust": paths.root, **rule}))
        for n, (port, rule) in enumerate(zip(ports, rules))))).start()
    got = [[comes_in(t, port, paths, name) for name in ("alice", "bob")]
           for port in ports]
    expect_equal(got, [[False, True], [True, False], [False, True]],
                 "alice and bob")
    gateway.wait_log("echo0.*client_names.*email:alice@example.com")
    gateway.wait_log("echo2.*client_fingerprints")


@test
def openssl_is_told_who_is_believed_and_why_it_is_refused(t):
    paths, other = people(t)
    port = t.ports.one()
    echo(t, port, client_auth="require", client_trust=paths.root)

    def visit(*options, until=None):
        client = tools.Program(t, [
            t.tool("openssl"), "s_client", "-connect", f"127.0.0.1:{port}",
            "-servername", "gateway.test", *options])
        client.send(b"hello\n")
        output = client.receive_until(until) if until else client.receive_all()
        client.end()
        return output.decode(errors="replace") + open(client.log.name, errors="replace").read()
    words = visit("-cert", paths.alice, "-key", paths.alice_key,
                  until=b"hello\n")
    expect_in("Penstock test root CA", words, "acceptable authorities")
    for version, alert in (("-tls1_3", "alert certificate required"),
                           ("-tls1_2", "alert handshake failure")):
        expect_in(alert, visit(version), "nobody")
    for version in ("-tls1_3", "-tls1_2"):
        expect_in("alert unknown ca",
                  visit(version, "-cert", other.stranger, "-key",
                        other.stranger_key), "a stranger")


class Heads:
    """A back-end that answers each request and keeps its fields."""

    def __init__(self, t):
        self.seen = []
        self.port = Server(t, self.serve).port

    def serve(self, stream):
        while True:
            try:
                head = stream.receive_until(b"\r\n\r\n")
            except AssertionError:
                return
            lines = head.decode().split("\r\n")[1:-2]
            self.seen.append([tuple(line.split(": ", 1)) for line in lines])
            stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def about(self, number=-1):
        """Fields that tell of a client, names in lower case."""
        return {name.lower(): value for name, value in self.seen[number]
                if "client" in name.lower()}


def https_to_http(t, back, trust, fields, **tls):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work",
        conf.accept("https", port, t.certs, path="/",
                    tls={"client_trust": trust, **tls},
                    http={"identity_fields": fields}),
        conf.connect("http", back.port, path="/")))).start()
    return port


FORGED = "".join(f"{name}: CN=root\r\n" for name in (
    "Client-Cert", "client-cert", "Client_Cert", "X-CLIENT-SUBJECT",
    "X_Client_Subject", "x-client_verified", "X-Client-Names",
    "X-Client-Serial")) + "Connection: x-client-subject, client-cert\r\n"


@test
def a_proven_client_is_told_and_a_forged_one_is_not(t):
    paths, _ = people(t)
    back = Heads(t)
    port = https_to_http(t, back, paths.root, FIELDS, client_auth="request",
                         peer_certificate=True)
    der = ssl.PEM_cert_to_DER_cert(open(paths.alice).read())
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        stream = dial_tls(t, port,
                          context=context(t, paths, "alice", version=version))
        for extra in ("", FORGED):  # on one connection
            expect_equal(httpraw.ask(stream, extra=extra).status, 200, "ask")
            told = back.about()
            serial = told.pop("x-client-serial")
            expect_equal(int(serial, 16) > 0, True, serial)
            expect_equal(told, {
                "client-cert": f":{base64.b64encode(der).decode()}:",
                "x-client-subject": "CN=alice",
                "x-client-names": "email:alice@example.com, "
                                  "URI:spiffe://a.test/x",
                "x-client-verified": "yes"}, "alice")
        nobody = dial_tls(t, port, context=context(t, version=version))
        for extra in ("", FORGED):
            expect_equal(httpraw.ask(nobody, extra=extra).status, 200, "ask")
            expect_equal(back.about(), {"x-client-verified": "no"}, "nobody")


@test
def trailers_tell_nothing_of_a_client(t):
    paths, _ = people(t)
    back = Server(t)
    port = https_to_http(t, back, paths.root, FIELDS, client_auth="request")
    stream = dial_tls(t, port, context=context(t, paths, "bob"))
    stream.send(b"POST / HTTP/1.1\r\nHost: gateway.test\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
                b"0\r\nX-Client_Subject: CN=root\r\nX-Sum: 1\r\n\r\n")
    request = back.accept()
    request.receive_until(b"\r\n\r\n")
    rest = request.receive_until(b"X-Sum: 1\r\n")
    expect(b"root" not in rest, rest)


@test
def a_client_that_resumes_is_told_again(t):
    paths, _ = people(t)
    back = Heads(t)
    port = https_to_http(t, back, paths.root,
                         ["X-Client-Subject: tls.peer.subject"],
                         client_auth="require")
    session = t.tmp / "session.pem"
    for version in ("-tls1_2", "-tls1_3"):
        for option in ("-sess_out", "-sess_in"):
            client = tools.Program(t, [
                t.tool("openssl"), "s_client", "-connect",
                f"127.0.0.1:{port}", "-servername", "gateway.test", version,
                "-cert", paths.alice, "-key", paths.alice_key, option,
                session])
            client.send(b"GET / HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
            words = client.receive_until(b"\r\n\r\nok")
            client.end_input()
            client.end()
            expect_equal(back.about(), {"x-client-subject": "CN=alice"},
                         f"{version} {option}")
        expect_in(b"Reused, TLSv1", words, version)
