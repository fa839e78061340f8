# SPDX-License-Identifier: MIT
"""The answers that the gateway gives by itself: each status, why, with which
fields, and whether the connection goes on. 425 is never one of them: see
doc/conformance.md."""
import signal

from lib import conf, httpraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server
from lib.streams import dial

CLOSE, KEEP = True, False


def proxy(name, hop, connect, **options):
    return conf.service(name, hop, connect, type="proxy", **options)


class World:
    """One gateway with a service for each reason on one address."""

    def __init__(self, t):
        self.t = t
        self.port, self.hasty = t.ports.one(), t.ports.one()
        silent, cut = Server(t), Server(t, self.cut)
        gone = t.ports.one()
        at = self.at
        Gateway(t, conf.gateway(
            conf.respond("page", at("/page"), body="page\n"),
            conf.respond("hasty", conf.accept(
                "http", self.hasty, path="/page",
                http={"header_timeout": "300ms"}), body="page\n"),
            conf.respond("few", at("/few", methods=["GET", "POST"],
                                   max_body=10), body="few\n"),
            conf.respond("told", at("/told", require_length=True),
                         body="told\n"),
            conf.echo("ws", at("/ws", "ws")),
            proxy("gone", at("/gone"), conf.connect("http", gone, path="/")),
            proxy("cut", at("/cut"), conf.connect("http", cut.port, path="/")),
            proxy("silent", at("/silent"), conf.connect(
                "http", silent.port, path="/",
                http={"response_timeout": "300ms"})),
            proxy("loop", at("/loop"), conf.connect(
                "http", self.port, path="/loop", name="gateway.test")),
            conf.service("away", at("/away"), type="redirect",
                         to="https://gateway.test{path}"),
            conf.service("tunnel", at("/"), [conf.connect("tcp", gone)],
                         type="tunnel"))).start()

    @staticmethod
    def cut(stream):
        stream.receive_until(b"\r\n\r\n")
        stream.send(b"HTTP/1.1 200 OK\r\nContent-Le")

    def at(self, path, scheme="http", **http):
        """All of http's own options but those of a service are equal."""
        return conf.accept(scheme, self.port, path=path, http={
            "max_line": 1000, "max_head": 2000, **http})


def head(start, *fields, host="gateway.test"):
    lines = [start] + ([f"Host: {host}"] if host else []) + list(fields)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


CHUNKED = "Transfer-Encoding: chunked"

# what is sent, the status, whether the connection closes, further fields
ROWS = {
    "a malformed request": (
        head("GET /page HTTP/1.1", "Bad Name: x"), 400, CLOSE, {}),
    "no Host": (head("GET /page HTTP/1.1", host=None), 400, CLOSE, {}),
    "a target that is not listed": (
        head("CONNECT other.test:1 HTTP/1.1"), 403, CLOSE, {}),
    "a method that is not listed": (
        head("DELETE /few HTTP/1.1"), 405, KEEP,
        {"allow": "GET, POST, HEAD"}),
    "a method that is not the service's": (
        head("GET / HTTP/1.1"), 405, KEEP, {"allow": "CONNECT"}),
    "a head that does not end": (
        b"GET /page HTTP/1.1\r\nHost: gateway.test\r\n", 408, CLOSE, {}),
    "HTTP/1.0 and a body of no length": (
        head("POST /page HTTP/1.0"), 411, CLOSE, {}),
    "a body of no length where it must have one": (
        head("POST /told HTTP/1.1", CHUNKED) + b"0\r\n\r\n", 411, CLOSE, {}),
    "a body that is told to be too long": (
        head("POST /few HTTP/1.1", "Content-Length: 11"), 413, CLOSE, {}),
    "a body that turns out to be too long": (
        head("POST /few HTTP/1.1", CHUNKED) + b"b\r\n01234567890\r\n", 413,
        CLOSE, {}),
    "a long request line": (
        head("GET /page?" + "x" * 1000 + " HTTP/1.1"), 414, CLOSE, {}),
    "an expectation that nobody knows": (
        head("GET /page HTTP/1.1", "Expect: tea"), 417, CLOSE, {}),
    "a host that is not served": (
        head("GET /page HTTP/1.1", host="other.test"), 421, KEEP, {}),
    "no upgrade where one is needed": (
        head("GET /ws HTTP/1.1"), 426, KEEP, {"upgrade": "websocket"}),
    "a long field": (
        head("GET /page HTTP/1.1", "X: " + "x" * 1000), 431, CLOSE, {}),
    "too many fields": (
        head("GET /page HTTP/1.1", *["X: y"] * 101), 431, CLOSE, {}),
    "a method that nobody knows": (
        head("BREW /few HTTP/1.1"), 501, KEEP, {}),
    "a coding that nobody knows": (
        head("POST /page HTTP/1.1", "Transfer-Encoding: gzip, chunked"), 501,
        CLOSE, {}),
    "a back-end that is not there": (
        head("GET /gone HTTP/1.1"), 502, KEEP, {}),
    "a back-end that stops in its head": (
        head("GET /cut HTTP/1.1"), 502, KEEP, {}),
    "a back-end that does not answer": (
        head("GET /silent HTTP/1.1"), 504, KEEP, {}),
    "another HTTP": (
        head("GET /page HTTP/3.0"), 505, CLOSE, {}),
    "a loop": (head("GET /loop HTTP/1.1"), 508, KEEP, {}),
}


@test(rows=list(ROWS))
def http_answers_of_the_gateway(t):
    world = World(t)
    for name, (sent, status, close, fields) in ROWS.items():
        if not t.wants_row(name):
            continue
        stream = dial(t, world.hasty if status == 408 else world.port)
        stream.send(sent)
        got = httpraw.read_response(stream)
        expect_equal(got.status, status, name)
        expect_equal("close" in (got.field("connection") or ""), close,
                     f"Connection: close, {name}")
        for field, value in fields.items():
            expect_equal(got.field(field), value, f"{field}, {name}")
        expect(got.field("server") is None, f"a banner: {got}")
        expect(got.body.startswith(str(status).encode()) or
               status in (405, 426, 508), f"{name}: body {got.body!r}")
        expect(len(got.body) < 200, f"{name}: a long body: {got.body!r}")
        if close:
            expect_equal(stream.receive_all(), b"", f"behind it, {name}")
            continue
        got = httpraw.ask(stream, "/page")
        expect_equal((got.status, got.body), (200, b"page\n"), f"after {name}")


@test
def http_404_and_503_of_the_gateway(t):
    port = t.ports.one()
    one = conf.accept("http", port, path="/one")
    Gateway(t, conf.gateway(
        conf.respond("one", one, body="one\n"),
        conf.service("rest", conf.accept("http", port, path="/two"),
                     type="respond", status=503, body="not now\n"))).start()
    stream = dial(t, port)
    for path, status in (("/", 404), ("/onetwo", 404), ("/two", 503)):
        expect_equal(httpraw.ask(stream, path).status, status, path)
    expect_equal(httpraw.ask(stream, "/one").body, b"one\n", "still open")


@test
def http_rules_of_services_on_one_address(t):
    port = t.ports.one()

    def service(name, **http):
        return conf.respond(name, conf.accept("http", port, path="/" + name,
                                              http=http), body=name)
    Gateway(t, conf.gateway(
        service("read", methods="GET"),
        service("write", methods=["POST", "PUT"], max_body="1k"),
        service("all", require_length=True))).start()
    stream = dial(t, port)
    for method, path, body, status in (
            ("GET", "/read", b"", 200), ("POST", "/read", b"x", 405),
            ("HEAD", "/read", b"", 200), ("GET", "/write", b"", 405),
            ("PUT", "/write", b"x" * 1024, 200), ("GET", "/all", b"", 200),
            ("PATCH", "/all", b"x" * 2000, 200),
            ("PUT", "/write", b"x" * 1025, 413)):
        if stream.end or status == 405 and body:
            stream = dial(t, port)
        expect_equal(httpraw.ask(stream, path, method=method,
                                 body=body).status, status,
                     f"{method} {path} {len(body)}")
        if body and status != 200:
            stream = dial(t, port)


@test
def http_rules_change_with_a_reload(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.respond(
        "page", conf.accept("http", port, path="/", http={"methods": "GET"}),
        body="page"))).start()
    stream = dial(t, port)
    expect_equal(httpraw.ask(stream, "/", method="PUT").status, 405, "before")
    text = gateway.conf.read_text()
    gateway.conf.write_text(text.replace('methods = "GET"',
                                         'methods = "PUT"'))
    gateway.signal(signal.SIGHUP)
    t.wait("the new rules", lambda: httpraw.ask(
        dial(t, port), "/", method="PUT").status == 200)
    expect_equal(httpraw.ask(stream, "/", method="PUT").status, 200,
                 "on a connection of before")
    expect_equal(httpraw.ask(stream, "/").status, 405, "GET")


@test
def http_413_ends_what_a_back_end_was_sent(t):
    back = Server(t)
    port = t.ports.one()
    Gateway(t, conf.gateway(proxy(
        "in", conf.accept("http", port, path="/", http={"max_body": 1000}),
        conf.connect("http", back.port, path="/")))).start()
    stream = dial(t, port)
    stream.send(head("POST /x HTTP/1.1", CHUNKED) + b"5\r\nhello\r\n")
    far = back.accept()
    far.receive_until(b"hello")
    stream.send(b"3e8\r\n" + b"x" * 1000 + b"\r\n0\r\n\r\n")
    expect_equal(httpraw.read_response(stream).status, 413, "status")
    rest = far.receive_all()
    expect(b"0\r\n\r\n" not in rest, "the back-end saw an end")
    expect_equal(far.end, "reset", "the back-end's end")
