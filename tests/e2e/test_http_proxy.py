# SPDX-License-Identifier: MIT
"""Exchanges joined to exchanges: HTTP in front, HTTP behind."""
import hashlib
import http.server
import os
import threading

from lib import conf, httpraw, tools, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo, serve_pages
from lib.streams import dial, dial_tls

LARGE = os.urandom(4 * 1024 * 1024)


class Origin(http.server.BaseHTTPRequestHandler):
    """A back-end on Python's own server."""
    protocol_version = "HTTP/1.1"
    seen = None

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = b""
            while True:
                size = int(self.rfile.readline(), 16)
                if size == 0:
                    while self.rfile.readline() not in (b"\r\n", b""):
                        pass
                    return data
                data += self.rfile.read(size)
                self.rfile.readline()
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_GET(self):
        body = self.body()
        self.seen.append((self.command, self.path, list(self.headers.items()),
                          body))
        if "/status/" in self.path:
            status = int(self.path.rsplit("/", 1)[1])
            self.send_response(status)
            if status not in (204, 304):
                self.send_header("Content-Length", "0")
            self.end_headers()
            return
        answer = LARGE if "/large" in self.path else \
            hashlib.sha256(body).hexdigest().encode()
        self.send_response(200)
        self.send_header("X-Origin", "here")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        if "/chunked" in self.path:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if self.command != "HEAD":
                for at in range(0, len(answer), 10):
                    part = answer[at:at + 10]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.write(b"0\r\nX-Trailer: end\r\n\r\n")
            return
        if "/until-close" in self.path:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_GET

    def log_message(self, *arguments):
        pass


def origin(t, tls=False):
    handler = type("ThisOrigin", (Origin,), {"seen": []})
    return serve_pages(t, handler, "backend" if tls else None), handler.seen


def start(t, front="http", back="http", port_back=None, **layers):
    port = t.ports.one()
    if port_back is None:
        port_back, seen = origin(t, back == "https")
    else:
        seen = None
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs, path="/", **layers),
        conf.connect(back, port_back, t.certs, path="/")))).start()
    return gateway, port, seen


def digest(body):
    return hashlib.sha256(body).hexdigest().encode()


@test
def requests_and_responses_pass(t):
    _, port, seen = start(t)
    stream = dial(t, port)
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
        body = b"" if method in ("GET", "OPTIONS") else os.urandom(1000)
        response = httpraw.ask(stream, "/path?query=1&x=%20", method=method,
                               body=body)
        expect_equal((response.status, response.body), (200, digest(body)),
                     method)
        expect_equal(response.field("x-origin"), "here", "a field")
        expect_equal(seen[-1][:2], (method, "/path?query=1&x=%20"), "seen")
        expect_equal(seen[-1][3], body, "the body")


@test
def https_to_https_with_curl(t):
    _, port, _ = start(t, "https", "https")
    url = f"https://gateway.test:{port}"
    t.file("upload", LARGE)
    got = tools.curl(t, port, f"{url}/up", "--cacert", t.certs.front,
                     "--data-binary", f"@{t.tmp}/upload")
    expect_equal(got, digest(LARGE), "digest of the upload")
    got = tools.curl(t, port, f"{url}/large", "--cacert", t.certs.front)
    expect(got == LARGE, f"{len(got)} bytes came down")


@test
def chunked_bodies_pass_both_ways(t):
    _, port, _ = start(t)
    stream = dial(t, port)
    body = os.urandom(100000)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + 7000]),
                                         body[at:at + 7000])
                      for at in range(0, len(body), 7000)) + b"0\r\n\r\n"
    for path in ("/chunked", "/plain"):
        stream.send(httpraw.request(path, method="POST",
                                    extra="Transfer-Encoding: chunked\r\n") +
                    chunks)
        response = httpraw.read_response(stream)
        expect_equal((response.status, response.body), (200, digest(body)),
                     path)


@test
def bodies_until_the_close_are_whole(t):
    _, port, _ = start(t)
    stream = dial(t, port)
    response = httpraw.ask(stream, "/until-close/large")
    expect(response.body == LARGE, f"{len(response.body)} bytes")


@test
def responses_without_body_do_not_hang(t):
    _, port, _ = start(t)
    stream = dial(t, port)
    for path, method in (("/status/204", "GET"), ("/status/304", "GET"),
                         ("/status/404", "GET"), ("/large", "HEAD"),
                         ("/chunked", "HEAD"), ("/status/200", "HEAD")):
        stream.send(httpraw.request(path, method=method))
        response = httpraw.read_response(stream, method)
        if "status" in path:
            expect_equal(response.status, int(path[-3:]), path)
        else:
            expect_equal(response.status, 200, path)
    expect_equal(httpraw.ask(stream, "/last").status, 200, "and then")


@test
def pipelined_requests_are_answered_in_order(t):
    _, port, seen = start(t)
    stream = dial(t, port)
    bodies = [os.urandom(n * 100) for n in range(30)]
    stream.send(b"".join(httpraw.request(f"/{n}", method="POST", body=body)
                         for n, body in enumerate(bodies)))
    for n, body in enumerate(bodies):
        expect_equal(httpraw.read_response(stream).body, digest(body), f"{n}")
    expect_equal([entry[1] for entry in seen],
                 [f"/{n}" for n in range(30)], "order at the origin")


@test
def fields_of_one_hop_stay_there(t):
    _, port, seen = start(t)
    stream = dial(t, port)
    response = httpraw.ask(
        stream, "/x", extra="Connection: keep-alive, X-Mine\r\nX-Mine: 1\r\n"
        "Keep-Alive: timeout=5\r\nTE: trailers\r\nX-Kept: yes\r\n"
        "Proxy-Connection: keep-alive\r\n")
    names = {name.lower(): value for name, value in seen[0][2]}
    for name in ("x-mine", "keep-alive", "te"):
        expect(name not in names, f"{name} reached the origin")
    expect_equal(names.get("x-kept"), "yes", "a field of the end")
    expect("keep-alive" not in response.fields, "the origin's Keep-Alive")


@test
def nothing_can_be_smuggled(t):
    """A request inside a body stays a body."""
    _, port, seen = start(t)
    stream = dial(t, port)
    inner = b"GET /smuggled HTTP/1.1\r\nHost: gateway.test\r\n\r\n"
    response = httpraw.ask(stream, "/outer", method="POST", body=inner)
    expect_equal(response.body, digest(inner), "the body")
    for extra in ("Transfer-Encoding : chunked\r\n",
                  "Transfer-Encoding: xchunked\r\n",
                  "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                  "Content-Length: 4\r\nContent-Length: 50\r\n",
                  "Content-Length: 0\nTransfer-Encoding: chunked\r\n"):
        bad = dial(t, port)
        bad.send((f"POST /bad HTTP/1.1\r\nHost: gateway.test\r\n{extra}\r\n"
                  ).encode() + b"0\r\n\r\n" + inner)
        expect(httpraw.read_response(bad).status in (400, 501), extra)
        bad.receive_all()
    paths = {entry[1] for entry in seen}
    expect_equal(paths, {"/outer"}, "paths that the origin saw")


@test
def an_upload_that_is_cut_never_looks_complete(t):
    begun = threading.Event()

    def play(stream):
        head = stream.receive_until(b"\r\n\r\n")
        begun.set()
        return head, stream.receive_all(), stream.end
    for front in ("http", "https"):
        for framing, body in (("Content-Length: 1000", b"x" * 100),
                              ("Transfer-Encoding: chunked",
                               b"64\r\n" + b"x" * 100 + b"\r\n")):
            server = Server(t, play)
            gateway, port, _ = start(t, front, "http", server.port)
            stream = (dial_tls(t, port, trust=t.certs.front)
                      if front == "https" else dial(t, port))
            stream.send((f"POST /up HTTP/1.1\r\nHost: gateway.test\r\n"
                         f"{framing}\r\n\r\n").encode() + body)
            t.wait("the head at the back-end", begun.is_set)
            begun.clear()
            stream.fin()
            _, got, end = server.result()
            expect(end in ("reset", "clean"), f"{framing}: {end}")
            if end == "clean":  # then the framing must say what is missing
                expect(not got.endswith(b"0\r\n\r\n"), f"{framing} is whole")
            gateway.stop()


@test
def a_response_that_is_cut_never_looks_complete(t):
    for framing, body in (("Content-Length: 1000", b"x" * 100),
                          ("Transfer-Encoding: chunked",
                           b"64\r\n" + b"x" * 100 + b"\r\n")):
        def play(stream, framing=framing, body=body):
            stream.receive_until(b"\r\n\r\n")
            stream.send(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode() +
                        body)
            stream.finish()
        server = Server(t, play)
        gateway, port, _ = start(t, "http", "http", server.port)
        stream = dial(t, port)
        stream.send(httpraw.request("/x"))
        got = stream.receive_all()
        expect(stream.end in ("reset", "clean"), f"{framing}: {stream.end}")
        if got.startswith(b"HTTP/1.1 200") and stream.end == "clean":
            expect(b"1000" in got or not got.endswith(b"0\r\n\r\n"),
                   f"{framing} looks whole: {got[-40:]!r}")
        gateway.stop()


@test
def bad_responses_are_502(t):
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
    for raw in (b"nonsense\r\n\r\n", b"HTTP/1.1 20 OK\r\n\r\n",
                b"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
                good + b"Content-Length: 3\r\n\r\nhi",
                good + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"",
                b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100000 + b"\r\n\r\n"):
        def play(stream, raw=raw):
            stream.receive_until(b"\r\n\r\n")
            stream.send(raw)
            stream.finish()
            stream.receive_all()
        server = Server(t, play)
        gateway, port, _ = start(t, "http", "http", server.port)
        response = httpraw.ask(dial(t, port), "/x")
        expect_equal(response.status, 502, f"{raw[:60]!r}")
        gateway.stop()


@test
def a_back_end_that_is_down_is_502(t):
    _, port, _ = start(t, "http", "http", t.ports.one())
    stream = dial(t, port)
    for _ in range(3):
        expect_equal(httpraw.ask(stream, "/x").status, 502, "status")
        if stream.end:
            stream = dial(t, port)


@test
def interim_responses_pass_or_are_dropped(t):
    def play(stream):
        stream.receive_until(b"\r\n\r\n")
        stream.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                    b"HTTP/1.1 102 Processing\r\n\r\n"
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        stream.receive_all()
    server = Server(t, play)
    _, port, _ = start(t, "http", "http", server.port)
    response = httpraw.ask(dial(t, port), "/x")
    expect_equal((response.status, response.body), (200, b"ok"), "response")


@test
def expect_100_continue_works_through(t):
    _, port, _ = start(t)
    got = tools.curl(t, port, f"http://gateway.test:{port}/up", "--header",
                     "Expect: 100-continue", "--expect100-timeout", "3600",
                     "--data", "x" * 5000)
    expect_equal(got, digest(b"x" * 5000), "curl got")


@test
def an_early_answer_to_an_endless_upload(t):
    """The origin says 413 and closes while the client still sends."""
    def play(stream):
        stream.receive_until(b"\r\n\r\n")
        stream.send(b"HTTP/1.1 413 No\r\nContent-Length: 3\r\n"
                    b"Connection: close\r\n\r\nno\n")
        stream.finish()
        stream.receive_all()
    server = Server(t, play)
    _, port, _ = start(t, "http", "http", server.port)
    stream = dial(t, port)
    stream.send(b"POST /x HTTP/1.1\r\nHost: gateway.test\r\n"
                b"Content-Length: 100000000\r\n\r\n" + b"x" * 10000)
    response = httpraw.read_response(stream)
    expect_equal((response.status, response.body), (413, b"no\n"), "response")


@test
def an_upgrade_is_a_tunnel_or_is_refused(t):
    """Bytes behind a 101 pass, or there is no 101."""
    def play(stream):
        head = stream.receive_until(b"\r\n\r\n").lower()
        if b"upgrade:" not in head:
            stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return stream.receive_all()
        stream.send(b"HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\n"
                    b"Connection: Upgrade\r\n\r\n\x81\x05early")
        return echo(stream)
    server = Server(t, play)
    _, port, _ = start(t, "http", "http", server.port)
    stream = dial(t, port)
    stream.send(wsraw.request("/x", "gateway.test"))
    if httpraw.read_response(stream).status != 101:
        return
    expect_equal(wsraw.read_message(stream), (wsraw.TEXT, b"early"), "message")
    expect(stream.exchange(LARGE, len(LARGE)) == LARGE, "another echo")
    stream.finish()
    expect_equal((stream.receive_all(), stream.end), (b"", "clean"), "end")
    expect_equal(server.result(), (len(LARGE), "clean"), "the back-end saw")


@test
def a_slow_reader_pushes_back(t):
    _, port, _ = start(t)
    stream = dial(t, port, receive_buffer=4096)
    stream.send(httpraw.request("/large") * 8)
    for _ in range(8):
        response = httpraw.read_response(stream)
        expect(response.body == LARGE, "another body")


@test
def byte_by_byte_through_both_hops(t):
    chaos = {"insert": [{"above": "tcp", "layer": "chaos",
                         "chaos": {"chunk": 1}}]}
    back, seen = origin(t)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("http", port, path="/", **chaos),
        conf.connect("http", back, path="/", **chaos)))).start()
    stream = dial(t, port)
    body = os.urandom(5000)
    for path in ("/plain", "/chunked"):
        response = httpraw.ask(stream, path, method="POST", body=body)
        expect_equal((response.status, response.body), (200, digest(body)),
                     path)
    expect_in("/plain", [entry[1] for entry in seen], "the origin saw")
