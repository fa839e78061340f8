# SPDX-License-Identifier: MIT
"""A gateway with many services of HTTP, and what scenarios do with it."""
from . import conf, httpraw, wsraw
from .gateway import Gateway
from .harness import expect, expect_equal
from .http_responses import LENGTH, OK, Row, response
from .httpback import Recorder
from .httpends import RULES, Backs, World, play, play_response
from .httptext import HOST, get, head, post
from .servers import Server, echo
from .streams import dial, dial_tls

LAST = "0\r\n\r\n"
GOOD = response(OK, LENGTH)


class Site(World):
    """The gateway under test: services by path, and two back-ends, one that
    notes what it gets and one that is us."""

    def __init__(self, t):
        self.t = t
        self.port = t.ports.one()
        self.back = Recorder(t)
        self.backs = Backs(t)
        (t.tmp / "files").mkdir()
        t.file("files/page.txt", "a page\n")
        self.gateway = Gateway(t, conf.gateway(
            *self.services(), level="error")).start()
        self.marker = dial(t, self.port)
        self.marks = 0

    def proxy(self, name, path, to, port=None, connect=None, **options):
        return conf.service(
            name, conf.accept("http", self.port, path=path),
            conf.connect("http", port or self.back.port, path=to,
                         **(connect or {})), type="proxy", **options)

    def services(self):
        yield self.proxy("back", "/", "/")
        yield self.proxy("plain", "/plain", "/b/c")
        yield self.proxy("slash", "/slash/", "/b/c/")
        yield self.proxy("chain", "/chain", "/far", self.port)
        yield self.proxy("far", "/far", "/end")
        yield self.proxy("loop", "/loop", "/loop", self.port)
        yield self.proxy("down", "/down", "/", self.t.ports.one())
        yield self.proxy("host", "/host", "/host", host="other.test")
        yield self.proxy("relay", "/relay", "/ws", self.port)
        yield self.proxy("shop", "/shop", "/app", self.backs.server.port)
        yield self.proxy("slow", "/slow", "/", self.backs.server.port,
                         {"http": {"response_timeout": "100ms"}})
        yield conf.service(
            "files", conf.accept("http", self.port, path="/files"),
            type="directory", root=str(self.t.tmp))
        yield conf.service(
            "rules", conf.accept("http", self.port, path="/rules",
                                 http=RULES),
            conf.connect("http", self.back.port, path="/rules"))
        yield conf.echo("ws", conf.accept("ws", self.port, path="/ws"))


# -- what is asked ------------------------------------------------------------

def asks(answers, raw, *seen):
    """The client's bytes, the answers, and what the back-end saw."""
    data = raw.encode("latin-1") if isinstance(raw, str) else raw
    return lambda site: play(site, answers, data, seen)


def gets(raw, answer="200 kept", back="used", **more):
    """The back-end's bytes, and what the client gets."""
    return lambda site: play_response(
        site.backs, Row("", answer, back, raw, **more))


def both(*plays):
    def run(site):
        for each in plays:
            each(site)
    return run


def starts(line, raw, *lines, lacks=()):
    """The first lines of the answer."""
    def run(site):
        stream = dial(site.t, site.port)
        stream.send(raw.encode("latin-1"))
        got = stream.receive_until(b"\r\n\r\n").decode("latin-1")
        expect(got.startswith(line), f"{got!r} does not begin with {line!r}")
        for each in lines:
            expect(each.lower() in got.lower().split("\r\n"),
                   f"no {each!r} in {got!r}")
        for name in lacks:
            expect(f"\r\n{name}:".lower() not in got.lower(),
                   f"{name} in {got!r}")
        stream.close()
        site.seen()
    return run


def via(path, count, *before):
    """The back-end sees the Via fields of `count` hops, none with a name of
    this machine."""
    def run(site):
        stream = dial(site.t, site.port)
        stream.send(get(path, *before).encode())
        expect_equal(httpraw.read_response(stream).status, 200, "status")
        seen = [each for each in site.seen() if "/end" in each.target
                or "/a" in each.target]
        hops = [hop.strip() for value in seen[-1].all("via")
                for hop in value.split(",")]
        expect_equal(len(hops), count, f"hops in {hops}")
        for hop in hops[len(before):]:
            expect(hop.startswith("1.1 penstock"), f"hop {hop!r}")
        if before:
            expect_equal(f"Via: {hops[0]}", before[0], "the hop before")
        stream.close()
    return run


def upgrades(path="/ws"):
    return starts("HTTP/1.1 101 ", wsraw.request(
        path, "gateway.test", key="dGhlIHNhbXBsZSBub25jZQ==").decode(),
        "Upgrade: websocket", "Connection: Upgrade")


def closes_behind_close(site):
    """What we send with Connection: close is the last of a connection."""
    backs = site.backs
    client = dial(site.t, backs.port)
    client.send((get("/a", "Content-Length: 2") + "hi").encode())
    back = backs.server.accept()
    expect(b"connection: close" in back.receive_until(b"\r\n\r\n").lower(),
           "no Connection: close")
    expect_equal(back.receive(2), b"hi", "the body")
    back.send(GOOD.encode())
    expect_equal(httpraw.read_response(client).status, 200, "status")
    expect_equal(back.receive_all(), b"", "behind it")
    client.close()


def is_not_pipelined(site):
    """One request at a time goes over a connection to the back-end."""
    backs = site.backs
    client = dial(site.t, backs.port)
    client.send((get("/a") + get("/b")).encode())
    back = backs.server.accept()
    expect(back.receive_until(b"\r\n\r\n").startswith(b"GET /a "), "first")
    expect_equal(back.available(), b"", "before the answer")
    back.send(GOOD.encode())
    expect(back.receive_until(b"\r\n\r\n").startswith(b"GET /b "), "second")
    back.send(GOOD.replace("OK\r\n", "OK\r\nConnection: close\r\n").encode())
    for _ in range(2):
        expect_equal(httpraw.read_response(client).status, 200, "status")
    client.close()


def kept(site):
    """A client, and the connection to the back-end kept since its first."""
    client = dial(site.t, site.backs.port)
    client.send(get("/first").encode())
    back = site.backs.server.accept()
    back.receive_until(b"\r\n\r\n")
    back.send(GOOD.encode())
    expect_equal(httpraw.read_response(client).status, 200, "first")
    return client, back


def is_sent_once(method):
    def run(site):
        client, back = kept(site)
        client.send(head(f"{method} /a HTTP/1.1", "Content-Length: 0")
                    .encode())
        expect(back.receive_until(b"\r\n\r\n").startswith(
            f"{method} /a ".encode()), "on the kept connection")
        back.close()
        expect_equal(httpraw.read_response(client).status, 502, "status")
        expect(site.backs.server.streams.empty(), "it was sent again")
        client.close()
    return run


def is_sent_again(method):
    """What may be sent twice is repeated when a kept connection ends."""
    def run(site):
        client, back = kept(site)
        client.send(head(f"{method} /a HTTP/1.1").encode())
        back.receive_until(b"\r\n\r\n")
        back.close()
        again = site.backs.server.accept()
        expect(again.receive_until(b"\r\n\r\n").startswith(
            f"{method} /a ".encode()), "again")
        again.send(GOOD.replace("OK\r\n", "OK\r\nConnection: close\r\n")
                   .encode())
        expect_equal(httpraw.read_response(client).status, 200, "status")
        client.close()
    return run


def streams(upward):
    """Each piece arrives before the next is sent."""
    def run(site):
        backs = site.backs
        client = dial(site.t, backs.port)
        client.send((post("Content-Length: 30") if upward
                     else get()).encode())
        back = backs.server.accept()
        back.receive_until(b"\r\n\r\n")
        source, sink = (client, back) if upward else (back, client)
        if not upward:
            back.send(f"{OK}\r\nConnection: close\r\n"
                      "Content-Length: 30\r\n\r\n".encode())
            client.receive_until(b"\r\n\r\n")
        for n in range(3):
            source.send(b"%d" % n * 10)
            expect_equal(sink.receive(10), b"%d" % n * 10, f"piece {n}")
        if upward:
            back.send(GOOD.replace("OK\r\n", "OK\r\nConnection: close\r\n")
                      .encode())
            expect_equal(httpraw.read_response(client).status, 200, "status")
        back.close()
        client.close()
    return run


def relays(ends_first):
    """An upgrade through the gateway; then one side ends."""
    def run(site):
        backs = site.backs
        client = dial(site.t, backs.port)
        client.send(get("/a", "Connection: Upgrade", "Upgrade: foo",
                        "Authorization: Basic eDp5").encode())
        back = backs.server.accept()
        asked = back.receive_until(b"\r\n\r\n").lower()
        expect(b"\r\nupgrade: foo\r\n" in asked and
               b"\r\nauthorization: basic edp5\r\n" in asked, f"{asked!r}")
        back.send(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\n"
                  b"Upgrade: foo\r\n\r\nhello")
        expect(client.receive_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 "),
               "no 101")
        expect_equal(client.receive(5), b"hello", "from the back-end")
        client.send(b"olleh")
        expect_equal(back.receive(5), b"olleh", "from the client")
        first, second = (client, back) if ends_first == "client" else \
            (back, client)
        first.finish()
        expect_equal(second.receive_all(), b"", "at the other side")
        second.finish()
        expect_equal(first.receive_all(), b"", "and back")
        client.close()
        back.close()
    return run


def is_slow(site):
    client = dial(site.t, site.port)
    client.send(get("/slow").encode())
    back = site.backs.server.accept()
    expect_equal(httpraw.read_response(client).status, 504, "status")
    back.close()
    client.close()


def idle_is_ended(site):
    """A kept connection is not kept for ever."""
    t, backs = site.t, Backs(site.t, http={"keep_timeout": "50ms"})
    client = dial(t, backs.port)
    client.send(get().encode())
    back = backs.server.accept()
    back.receive_until(b"\r\n\r\n")
    back.send(GOOD.encode())
    expect_equal(httpraw.read_response(client).status, 200, "status")
    expect_equal(back.receive_all(), b"", "the connection ends")
    client.close()


def tls_in_front(site):
    """TLS ends here; the back-end hears that it was there."""
    t, port = site.t, site.t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "secure", conf.accept("https", port, t.certs, path="/"),
        conf.connect("http", site.back.port, path="/")), level="error"),
        name="secure").start()
    stream = dial_tls(t, port, trust=t.certs.front)
    expect_equal(httpraw.ask(stream, "/a").status, 200, "status")
    seen = site.seen()
    expect_equal([each.all("x-forwarded-proto") for each in seen],
                 [["https"]], "X-Forwarded-Proto")
    stream.close()


def forwarded(path, count):
    def run(site):
        stream = dial(site.t, site.port)
        stream.send(get(path, "X-Forwarded-For: 192.0.2.1").encode())
        expect_equal(httpraw.read_response(stream).status, 200, "status")
        seen = site.seen()[-1]
        hops = [hop for value in seen.all("x-forwarded-for")
                for hop in value.split(",")]
        expect("192.0.2.1" not in str(hops), f"believed: {hops}")
        expect_equal(len(hops), count, f"hops {hops}")
        expect_equal(seen.all("x-forwarded-proto"), ["http"], "proto")
        stream.close()
    return run


def half_complete(site):
    """Each ends within its head or its body; others are served meanwhile."""
    whole = post("Content-Length: 5") + "hello"
    halves = [dial(site.t, site.port) for _ in range(3)]
    for stream, raw in zip(halves, ("GE", get()[:-2], whole[:-2])):
        stream.send(raw.encode())
    asks("200 kept", get(), "GET /a")(site)
    for stream in halves:
        stream.finish()
        expect_equal(stream.receive_all()[9:12], b"400", "the answer")
        stream.close()
    asks("200 kept", get(), "GET /a")(site)


def cookie_path(site):
    """A cookie for the back-end's path is for the client's."""
    client = dial(site.t, site.port)
    client.send(get("/shop/a").encode())
    back = site.backs.server.accept()
    expect(back.receive_until(b"\r\n\r\n").startswith(b"GET /app/a "), "asked")
    back.send(response(OK, LENGTH, "Connection: close",
                       "Set-Cookie: a=b; Path=/app/c; HttpOnly").encode())
    expect_equal(httpraw.read_response(client).field("set-cookie"),
                 "a=b; Path=/shop/c; HttpOnly", "Set-Cookie")
    client.close()


def from_directory(site):
    stream = dial(site.t, site.port)
    response_ = httpraw.ask(stream, "/files/page.txt")
    expect_equal((response_.status, response_.body), (200, b"a page\n"),
                 "the page")
    tag = response_.field("etag")
    stream.send(get("/files/page.txt", f"If-None-Match: {tag}").encode())
    expect_equal(httpraw.read_response(stream).status, 304, "status")
    stream.close()


def connects(site):
    """The service tunnel; elsewhere the table has what CONNECT is."""
    t, port, server = site.t, site.t.ports.one(), Server(site.t, echo)
    Gateway(t, conf.gateway(conf.service(
        "tunnel", conf.accept("http", port, path="/"),
        [conf.connect("tcp", server.port)], type="tunnel"), level="error"),
        name="tunnel").start()
    stream = dial(t, port)
    stream.send(head(f"CONNECT backend.test:{server.port} HTTP/1.1").encode())
    got = stream.receive_until(b"\r\n\r\n")
    expect(got.startswith(b"HTTP/1.1 200 "), f"{got!r}")
    expect_equal(stream.exchange(b"hello", 5), b"hello", "echo")
    stream.close()


def host_comes_first(site):
    client = dial(site.t, site.backs.port)
    client.send(head("GET /a HTTP/1.1", "A: b", HOST, host=None).encode())
    back = site.backs.server.accept()
    lines = back.receive_until(b"\r\n\r\n").split(b"\r\n")
    expect(lines[1].startswith(b"Host: gateway.test"), f"{lines[:2]}")
    back.send(GOOD.replace("OK\r\n", "OK\r\nConnection: close\r\n").encode())
    expect_equal(httpraw.read_response(client).status, 200, "status")
    client.close()
    back.close()
