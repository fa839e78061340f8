# SPDX-License-Identifier: MIT
"""HTTP/1.1 at the front: exchanges, routes, and what is refused."""
from lib import conf, httpraw, tools, wspeers, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import dial, dial_tls

BODY = "the answer\n"


def start(t, **more):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.respond(
        "work", conf.accept("http", port, **more), body=BODY))).start()
    return gateway, port


def answer_to(t, port, raw):
    """Send bytes on a new connection; the final response."""
    stream = dial(t, port)
    stream.send(raw)
    return httpraw.read_response(stream)


def get(path="/work", host="gateway.test", extra=""):
    return httpraw.request(path, host, extra=extra)


@test
def keep_alive_serves_many_requests(t):
    _, port = start(t)
    stream = dial(t, port)
    for _ in range(100):
        response = httpraw.ask(stream, "/work")
        expect_equal((response.status, response.body), (200, BODY.encode()),
                     "response")
    expect_equal(stream.end, None, "still open")


@test
def pipelined_requests_are_answered_in_order(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(*(
        conf.respond(f"s{n}", conf.accept("http", port, path=f"/{n}"),
                     body=f"answer {n}") for n in range(3)))).start()
    stream = dial(t, port)
    stream.send(b"".join(get(f"/{n % 3}") for n in range(300)))
    for n in range(300):
        response = httpraw.read_response(stream)
        expect_equal(response.body, f"answer {n % 3}".encode(), f"answer {n}")


@test
def pipelined_requests_byte_by_byte(t):
    port = t.ports.one()
    chaos = [{"above": "tcp", "layer": "chaos", "chaos": {"chunk": 1}}]
    Gateway(t, conf.gateway(conf.respond(
        "work", conf.accept("http", port, insert=chaos), body=BODY))).start()
    stream = dial(t, port)
    stream.send(get() * 30)
    for _ in range(30):
        expect_equal(httpraw.read_response(stream).body, BODY.encode(), "body")


@test
def connection_close_is_obeyed(t):
    _, port = start(t)
    stream = dial(t, port)
    stream.send(get(extra="Connection: close\r\n") + get())
    response = httpraw.read_response(stream)
    expect_equal((response.status, response.field("connection")),
                 (200, "close"), "response")
    expect_equal(stream.receive_all(), b"", "after the last response")


@test
def http_1_0_is_answered_and_closed(t):
    _, port = start(t)
    stream = dial(t, port)
    stream.send(b"GET /work HTTP/1.0\r\nHost: gateway.test\r\n\r\n")
    response = httpraw.read_response(stream)
    expect_equal((response.status, response.body), (200, BODY.encode()),
                 "response")
    expect_equal(stream.receive_all(), b"", "after the response")


@test
def head_has_no_body(t):
    _, port = start(t)
    stream = dial(t, port)
    stream.send(httpraw.request("/work", method="HEAD") + get())
    first = httpraw.read_response(stream, "HEAD")
    expect_equal((first.status, first.field("content-length")),
                 (200, str(len(BODY))), "HEAD")
    expect_equal(httpraw.read_response(stream).body, BODY.encode(), "then GET")


@test
def request_bodies_are_taken_whole(t):
    """Of known and of unknown length; the next request follows behind."""
    _, port = start(t)
    stream = dial(t, port)
    body = b"GET /other HTTP/1.1\r\n\r\n" * 10000
    chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part)
                      for part in (body[:1], body[1:70000], body[70000:]))
    stream.send(httpraw.request("/work", method="POST", body=body))
    expect_equal(httpraw.read_response(stream).status, 200, "fixed body")
    stream.send(httpraw.request(
        "/work", method="POST", extra="Transfer-Encoding: chunked\r\n") +
        chunks + b"0\r\nTrailer: here\r\n\r\n")
    expect_equal(httpraw.read_response(stream).status, 200, "chunked body")
    expect_equal(httpraw.ask(stream, "/work").status, 200, "and then")


@test
def expect_100_continue_is_answered(t):
    _, port = start(t)
    out = tools.curl(t, port, f"http://gateway.test:{port}/work",
                     "--expect100-timeout", "3600", "--header",
                     "Expect: 100-continue", "--data", "x" * 2000)
    expect_equal(out, BODY.encode(), "curl got")


@test
def unknown_path_is_404(t):
    _, port = start(t)
    stream = dial(t, port)
    for path in ("/", "/wor", "/worker", "/Work", "/other/work"):
        expect_equal(httpraw.ask(stream, path).status, 404, path)
    for below in ("", "/", "/deeper", "?query=1"):
        path = "/work" + below
        expect_equal(httpraw.ask(stream, path).status, 200, path)


@test
def unknown_host_is_refused(t):
    _, port = start(t)
    stream = dial(t, port)
    for host in ("unknown.test", "gateway.test.evil", "xgateway.test",
                 "127.0.0.1", ""):
        status = httpraw.ask(stream, "/work", host=host).status
        expect(status in (400, 404, 421), f"Host {host!r} got {status}")
    for host in ("gateway.test", "GATEWAY.test", f"gateway.test:{port}"):
        expect_equal(httpraw.ask(stream, "/work", host=host).status, 200, host)


@test
def services_share_a_port_by_host_and_longest_path(t):
    port = t.ports.one()
    hops = {"root": ("gateway.test", "/"), "deep": ("gateway.test", "/a/b"),
            "mid": ("gateway.test", "/a"), "else": ("other.test", "/a")}
    services = []
    for name, (host, path) in hops.items():
        hop = {"url": f"http://{host}:{port}{path}",
               "tcp": {"bind": f"127.0.0.1:{port}"}}
        services.append(conf.respond(name, hop, body=name))
    Gateway(t, conf.gateway(*services)).start()
    stream = dial(t, port)
    for host, path, name in (
            ("gateway.test", "/", "root"), ("gateway.test", "/ab", "root"),
            ("gateway.test", "/a", "mid"), ("gateway.test", "/a/bc", "mid"),
            ("gateway.test", "/a/b", "deep"),
            ("gateway.test", "/a/b/c", "deep"), ("other.test", "/a", "else"),
            ("other.test:80", "/a/b", "else")):
        response = httpraw.ask(stream, path, host=host)
        expect_equal(response.body.decode(), name, f"{host}{path}")
    expect_equal(httpraw.ask(stream, "/", host="other.test").status, 404,
                 "other.test/")


@test
def websocket_and_http_share_a_port(t):
    wspeers.library()
    port = t.ports.one()
    Gateway(t, conf.gateway(
        conf.echo("echo", conf.accept("wss", port, t.certs, path="/echo")),
        conf.respond("page", conf.accept("https", port, t.certs, path="/page"),
                     body=BODY))).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    expect_equal(httpraw.ask(stream, "/page").body, BODY.encode(), "page")
    wsraw.upgrade(stream, path="/echo")
    stream.send(wsraw.frame(wsraw.TEXT, b"on the same connection"))
    expect_equal(wsraw.read_message(stream),
                 (wsraw.TEXT, b"on the same connection"), "echo")

    async def play(connection):
        await connection.send("hello")
        return await connection.recv()
    got = wspeers.client(t, port, play, trust=t.certs.front,
                         path="/echo").result()
    expect_equal(got, "hello", "Python's echo")


BAD_REQUESTS = {
    "no Host": b"GET /work HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET /work HTTP/1.1\r\nHost: gateway.test\r\n"
                 b"Host: gateway.test\r\n\r\n",
    "space before the colon": b"GET /work HTTP/1.1\r\nHost : gateway.test"
                              b"\r\n\r\n",
    "folded line": b"GET /work HTTP/1.1\r\nHost: gateway.test\r\nA: b\r\n"
                   b" c\r\n\r\n",
    "space before a name": b"GET /work HTTP/1.1\r\n Host: gateway.test"
                           b"\r\n\r\n",
    "NUL in a value": b"GET /work HTTP/1.1\r\nHost: gateway.test\r\n"
                      b"A: b\0c\r\n\r\n",
    "CR in a value": b"GET /work HTTP/1.1\r\nHost: gateway.test\r\n"
                     b"A: b\rc\r\n\r\n",
    "name that is no token": b"GET /work HTTP/1.1\r\nHost: gateway.test\r\n"
                             b"A(b): c\r\n\r\n",
    "no colon": b"GET /work HTTP/1.1\r\nHost: gateway.test\r\nnonsense"
                b"\r\n\r\n",
    "bare LF": b"GET /work HTTP/1.1\nHost: gateway.test\n\n",
    "two spaces": b"GET  /work HTTP/1.1\r\nHost: gateway.test\r\n\r\n",
    "tab in the line": b"GET\t/work HTTP/1.1\r\nHost: gateway.test\r\n\r\n",
    "method that is no token": b"G@T /work HTTP/1.1\r\nHost: gateway.test"
                               b"\r\n\r\n",
    "lower-case version": b"GET /work http/1.1\r\nHost: gateway.test\r\n\r\n",
    "no version": b"GET /work\r\nHost: gateway.test\r\n\r\n",
    "target without slash": b"GET work HTTP/1.1\r\nHost: gateway.test\r\n\r\n",
    "control in the target": b"GET /wo\x01rk HTTP/1.1\r\nHost: gateway.test"
                             b"\r\n\r\n",
    "Host with a space": b"GET /work HTTP/1.1\r\nHost: gateway.test x"
                         b"\r\n\r\n",
    "length and chunks": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                         b"Content-Length: 5\r\nTransfer-Encoding: chunked"
                         b"\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                   b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "list of lengths": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                       b"Content-Length: 5, 6\r\n\r\nhello",
    "signed length": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                     b"Content-Length: +5\r\n\r\nhello",
    "negative length": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                       b"Content-Length: -1\r\n\r\n",
    "hexadecimal length": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                          b"Content-Length: 0x5\r\n\r\nhello",
    "endless length": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                      b"Content-Length: 99999999999999999999999\r\n\r\n",
    "empty length": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                    b"Content-Length: \r\n\r\n",
    "chunked twice": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                     b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                        b"Transfer-Encoding: chunked, identity\r\n\r\n",
    "chunks in HTTP/1.0": b"POST /work HTTP/1.0\r\nHost: gateway.test\r\n"
                          b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk size that is none": b"POST /work HTTP/1.1\r\nHost: gateway.test"
                               b"\r\nTransfer-Encoding: chunked\r\n\r\n"
                               b"zz\r\n",
    "chunk without CRLF": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                          b"Transfer-Encoding: chunked\r\n\r\n"
                          b"3\r\nabcdef\r\n0\r\n\r\n",
    "endless chunk": b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n"
                     b"fffffffffffffffff\r\n",
}


def accepted(name):
    """A length beyond all numbers may also be called too large."""
    return (400, 413) if "endless" in name else (400,)


UNKNOWN_CODING = (b"POST /work HTTP/1.1\r\nHost: gateway.test\r\n"
                  b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")


@test
def bad_requests_are_400_and_end_the_connection(t):
    gateway, port = start(t)
    wrong = []
    for name, raw in BAD_REQUESTS.items():
        stream = dial(t, port)
        try:
            stream.send(raw)
            response = httpraw.read_response(stream)
            if "chunk" in name and response.status == 200:
                # The head was good: the answer may be on its way already.
                rest = stream.receive_all()
                if stream.end not in ("clean", "reset") or b"200" in rest:
                    wrong.append(f"{name}: not ended after {response.status}")
                continue
            if response.status not in accepted(name):
                wrong.append(f"{name}: {response.status}")
                continue
            stream.receive_all()
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    expect(not wrong, "; ".join(wrong))
    response = answer_to(t, port, UNKNOWN_CODING)
    expect(response.status in (400, 501), f"gzip coding: {response.status}")
    expect_equal(answer_to(t, port, get()).status, 200, "and then")
    gateway.stop()


@test
def nothing_is_answered_behind_a_bad_request(t):
    """What follows a request with two lengths could be smuggled."""
    _, port = start(t)
    stream = dial(t, port)
    stream.send(BAD_REQUESTS["length and chunks"] + get() * 3)
    expect_equal(httpraw.read_response(stream).status, 400, "status")
    expect_equal(stream.receive_all(), b"", "behind it")


@test
def unknown_version_is_505(t):
    _, port = start(t)
    for version in (b"HTTP/2.0", b"HTTP/3.7"):
        raw = b"GET /work " + version + b"\r\nHost: gateway.test\r\n\r\n"
        expect_equal(answer_to(t, port, raw).status, 505, version.decode())


@test
def a_head_that_never_ends_is_refused_in_bounded_memory(t):
    gateway, port = start(t)
    before = gateway.memory()
    for start_of_it in (b"GET /" + b"a" * 100,
                        b"GET /work HTTP/1.1\r\nHost: gateway.test\r\n"):
        stream = dial(t, port)
        try:
            stream.send(start_of_it)
            for n in range(20000):
                part = b"a" * 1024 if b"Host" not in start_of_it else \
                    b"X-%d: %s\r\n" % (n, b"b" * 1000)
                stream.send(part)
        except (ConnectionResetError, BrokenPipeError):
            pass
        stream.receive_all()
    grown = gateway.memory() - before
    expect(grown < (4 if not t.sanitized else 40) * 1024, f"{grown} KiB grown")
    expect_equal(answer_to(t, port, get()).status, 200, "and then")


@test
def a_large_head_is_431_and_a_long_target_414(t):
    _, port = start(t)
    large = answer_to(t, port, get(extra=f"X: {'b' * 200000}\r\n"))
    expect_equal(large.status, 431, "status of a large head")
    long = answer_to(t, port, get("/work/" + "a" * 200000))
    expect(long.status in (414, 431), f"status of a long target {long.status}")


@test
def upgrade_with_a_wrong_version_is_426(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(
        conf.echo("work", conf.accept("ws", port)))).start()
    for version in ("8", "12", "14", "x", "0", "113"):
        raw = wsraw.request("/work", "gateway.test", version=version)
        response = answer_to(t, port, raw)
        expect_equal(response.status, 426, f"version {version}")
        expect_equal(response.field("sec-websocket-version"), "13",
                     "the version that would do")


@test
def a_request_without_upgrade_is_426_at_a_websocket(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(
        conf.echo("work", conf.accept("ws", port)))).start()
    stream = dial(t, port)
    response = httpraw.ask(stream, "/work")
    expect(response.status in (400, 426), f"status {response.status}")
    if response.status == 426:
        expect_in("websocket", response.field("upgrade") or "", "Upgrade")
        wsraw.upgrade(stream)


@test
def bad_handshakes_are_refused(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(
        conf.echo("work", conf.accept("ws", port)))).start()
    good = wsraw.request("/work", "gateway.test",
                         key="dGhlIHNhbXBsZSBub25jZQ==").decode()
    edits = {
        "POST": ("GET /work", "POST /work"),
        "HTTP/1.0": ("HTTP/1.1", "HTTP/1.0"),
        "no key": ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
        "short key": ("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="),
        "key that is no base64": ("dGhlIHNhbXBsZSBub25jZQ==", "!" * 24),
        "two keys": ("Sec-WebSocket-Version",
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version"),
        "no Connection": ("Connection: Upgrade\r\n", ""),
        "no version": ("Sec-WebSocket-Version: 13\r\n", ""),
    }
    wrong = []
    for name, (old, new) in edits.items():
        expect(old in good, name)
        status = answer_to(t, port, good.replace(old, new).encode()).status
        if not 400 <= status < 500:
            wrong.append(f"{name}: {status}")
    expect(not wrong, "; ".join(wrong))
    stream = dial(t, port)
    wsraw.upgrade(stream, extra="Connection: keep-alive, upgrade\r\n")


@test
def bytes_behind_the_upgrade_request_are_its_first_frames(t):
    server = Server(t, echo)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("ws", port),
        conf.connect("tcp", server.port)))).start()
    stream = dial(t, port)
    stream.send(wsraw.request("/work", "gateway.test") +
                wsraw.frame(wsraw.BINARY, b"early bird"))
    stream.receive_until(b"\r\n\r\n")
    expect_equal(wsraw.read_bytes(stream, wsraw.BINARY, 10), b"early bird",
                 "echo")


@test
def bad_frames_are_answered_with_their_close_code(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        "ws", port, ws={"max_message": "64k"})))).start()
    frame, header = wsraw.frame, wsraw.header
    table = {
        "unmasked": (frame(1, b"hi", mask=None), 1002),
        "reserved bit": (frame(1, b"hi", reserved=4), 1002),
        "unknown opcode": (frame(3, b"hi"), 1002),
        "unknown control": (frame(11, b"hi"), 1002),
        "long ping": (frame(9, b"x" * 126), 1002),
        "fragmented ping": (frame(9, b"x", fin=False), 1002),
        "continuation of nothing": (frame(0, b"x"), 1002),
        "new message inside one": (frame(1, b"a", fin=False) +
                                   frame(1, b"b"), 1002),
        "length not minimal, 16": (header(2, 5, bits=16) + b"hello", 1002),
        "length not minimal, 64": (header(2, 5, bits=64) + b"hello", 1002),
        "length with top bit": (header(2, 1 << 63, bits=64), 1002),
        "text that is not UTF-8": (frame(1, b"\xff\xfe"), 1007),
        "text cut in a character": (frame(1, b"\xe2\x82"), 1007),
        "surrogate": (frame(1, b"\xed\xa0\x80"), 1007),
        "close of one byte": (frame(8, b"\x03"), 1002),
        "close code 1005": (wsraw.close_frame(1005), 1002),
        "close code 999": (wsraw.close_frame(999), 1002),
        "close text that is not UTF-8": (frame(8, b"\x03\xe8\xff"), 1007),
        "too large": (header(2, 65537) + b"x" * 65537, 1009),
        "too large in pieces": (frame(2, b"x" * 40000, fin=False) +
                                frame(0, b"x" * 40000), 1009),
    }
    wrong = []
    for name, (raw, code) in table.items():
        stream = dial(t, port)
        wsraw.upgrade(stream)
        try:
            stream.send(raw)
            got, _ = wsraw.read_close(stream)
            if got != code:
                wrong.append(f"{name}: {got} instead of {code}")
            stream.send(wsraw.close_frame(code))
            stream.receive_all()
        except (AssertionError, OSError) as error:
            wrong.append(f"{name}: {error}")
    expect(not wrong, "; ".join(wrong))
    gateway.stop()
