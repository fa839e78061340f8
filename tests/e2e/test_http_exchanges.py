# SPDX-License-Identifier: MIT
"""Exchanges that do not go as usual: old clients, early answers, clients that
wait for 100 or close one direction, trailers, hints."""
import itertools

from lib import conf, httpraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server
from lib.streams import dial, dial_tls

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BLOCK = bytes(64 * 1024)
HOPS = list(itertools.product(("http", "https"), repeat=2))


class World:
    """A gateway between a client and a back-end in our hands."""

    def __init__(self, t, front="http", back="http", **http):
        self.t, self.front = t, front
        self.server = Server.with_certificate(t) if back == "https" else \
            Server(t)
        self.port = t.ports.one()
        self.gateway = Gateway(t, conf.gateway(conf.service(
            "work", conf.accept(front, self.port, t.certs, path="/",
                                http=http),
            conf.connect(back, self.server.port, t.certs, path="/")))).start()

    def dial(self):
        return dial(self.t, self.port) if self.front == "http" else \
            dial_tls(self.t, self.port, trust=self.t.certs.front)


def read_request(back):
    return back.receive_until(b"\r\n\r\n").decode()


# -- HTTP/1.0 --------------------------------------------------------------

@test
def old_clients_get_the_end_as_frame(t):
    for front, back in HOPS:
        world = World(t, front, back)
        for answer in (CHUNKED + b"3\r\nabc\r\n0\r\nX-Trailer: y\r\n\r\n",
                       b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"):
            client = world.dial()
            client.send(b"GET / HTTP/1.0\r\nHost: gateway.test\r\n\r\n")
            behind = world.server.accept()
            read_request(behind)
            behind.send(answer)
            if b"close" in answer:
                behind.finish()
            status, fields = httpraw.read_head(client)
            expect_equal((status, fields.get("connection"),
                          fields.get("transfer-encoding")),
                         (200, "close", None), "head")
            expect_equal((client.receive_all(), client.end),
                         (b"abc", "clean"), "body and end")
            behind.close()


@test
def old_clients_that_keep_alive(t):
    world = World(t)
    client, behind = world.dial(), None
    for _ in range(5):
        client.send(b"GET / HTTP/1.0\r\nHost: gateway.test\r\n"
                    b"Connection: keep-alive\r\n\r\n")
        behind = behind or world.server.accept()
        expect_in("HTTP/1.1\r\n", read_request(behind), "the version behind")
        behind.send(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" + OK)
        response = httpraw.read_response(client)
        expect_equal((response.status, response.field("connection"),
                      response.body), (200, "keep-alive", b"ok"), "answer")
    client.send(b"GET / HTTP/1.0\r\nHost: gateway.test\r\n\r\n")
    read_request(behind)
    behind.send(OK)
    expect_equal(httpraw.read_response(client).body, b"ok", "the last")
    expect_equal((client.receive_all(), client.end), (b"", "clean"), "end")


# -- 100-continue ----------------------------------------------------------

EXPECT = "Expect: 100-continue\r\nContent-Length: 4\r\n"


@test
def a_client_that_waits_hears_100_from_the_back_end(t):
    for front, back in HOPS:
        world = World(t, front, back)
        client = world.dial()
        client.send(httpraw.request(method="PUT", extra=EXPECT))
        behind = world.server.accept()
        expect_in("Expect: 100-continue\r\n", read_request(behind), "request")
        behind.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        expect_equal(httpraw.read_head(client)[0], 100, "go on")
        client.send(b"body")
        expect_equal(behind.receive(4), b"body", "body")
        behind.send(OK)
        expect_equal(httpraw.read_response(client).status, 200, "answer")


@test
def a_client_that_waits_may_hear_a_final_answer(t):
    for status in (417, 401, 200):
        world = World(t)
        client = world.dial()
        client.send(httpraw.request(method="PUT", extra=EXPECT))
        behind = world.server.accept()
        read_request(behind)
        behind.send(b"HTTP/1.1 %d Early\r\nContent-Length: 1\r\n\r\n!"
                    % status)
        response = httpraw.read_response(client)
        # whether the body will come is not known: RFC 9110 10.1.1
        expect_equal((response.status, response.body,
                      response.field("connection")),
                     (status, b"!", "close"), "answer")
        expect_equal((client.receive_all(), client.end), (b"", "clean"),
                     "the end")


@test
def a_client_that_does_not_wait_after_all(t):
    world = World(t)
    client = world.dial()
    client.send(httpraw.request(method="PUT", extra=EXPECT) + b"body")
    behind = world.server.accept()
    read_request(behind)
    expect_equal(behind.receive(4), b"body", "body")
    behind.send(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
    expect_equal(httpraw.read_response(client).status, 200, "answer")


# -- early answers ---------------------------------------------------------

def early(t, front, back, chunked, end):
    """The answer comes while the upload goes on; it arrives, and is whole,
    though the client reads only when it has sent a great deal more."""
    world = World(t, front, back)
    client = world.dial()
    framing = "Transfer-Encoding: chunked\r\n" if chunked else \
        "Content-Length: 100000000\r\n"
    client.send(httpraw.request(method="PUT", extra=framing))
    part = b"10000\r\n" + BLOCK + b"\r\n" if chunked else BLOCK
    client.send(part)
    behind = world.server.accept()
    read_request(behind)
    behind.receive(1000)
    behind.send(b"HTTP/1.1 413 Too Much\r\nContent-Length: 5\r\n\r\nstop!")
    if end == "closes":
        behind.close()
    elif end == "resets":
        wait_for_answer(client)
        behind.abort()
    for _ in range(64):
        client.send(part)
    response = httpraw.read_response(client)
    expect_equal((response.status, response.body), (413, b"stop!"),
                 f"{front} {back} {framing} {end}")
    client.sock.close()


def wait_for_answer(client):
    """Until the answer is there, without taking it."""
    while not client.received:
        client._turn(read=True)


@test
def an_early_answer_reaches_a_client_that_still_sends(t):
    for (front, back), chunked, end in itertools.product(
            HOPS, (False, True), ("goes on", "closes", "resets")):
        early(t, front, back, chunked, end)


@test
def an_early_answer_of_ours_reaches_a_client_that_still_sends(t):
    for front in ("http", "https"):
        world = World(t, front, max_head="1k", max_line="512")
        client = world.dial()
        client.send(b"PUT / HTTP/1.1\r\nHost: gateway.test\r\n"
                    b"Transfer-Encoding: gzip, chunked\r\n\r\n")
        for _ in range(64):
            client.send(BLOCK)
        expect_equal(httpraw.read_response(client).status, 501, "answer")
        client.sock.close()


@test
def a_pipeline_is_answered_in_order_behind_an_early_answer(t):
    world = World(t)
    client = world.dial()
    client.send(httpraw.request(
        "/1", method="POST", extra="Content-Length: 50000\r\n") + b"x" * 9)
    behind = world.server.accept()
    read_request(behind)
    behind.send(OK)
    expect_equal(httpraw.read_response(client).body, b"ok", "the first")
    client.send(b"x" * (50000 - 9) + httpraw.request("/2") +
                httpraw.request("/3"))
    for path in ("/2", "/3"):
        behind = world.server.accept() if path == "/2" else behind
        expect_in(f"GET {path} ", read_request(behind), "the next request")
        behind.send(OK.replace(b"ok", path.encode()))
        expect_equal(httpraw.read_response(client).body.decode(), path,
                     "the next answer")


# -- ends, interim responses, trailers -------------------------------------

@test
def a_client_may_end_its_direction_behind_its_request(t):
    for front, back in HOPS:
        world = World(t, front, back)
        for request in (httpraw.request(),
                        httpraw.request(method="POST", body=b"x" * 5),
                        httpraw.request("/1") + httpraw.request("/2")):
            client = world.dial()
            client.send(request)
            client.finish()
            behind = None
            for _ in range(request.count(b" HTTP/1.1")):
                behind = behind or world.server.accept()
                if b"POST" in read_request(behind).encode():
                    behind.receive(5)
                behind.send(OK)
                expect_equal(httpraw.read_response(client).body, b"ok",
                             "answer")
            expect_equal((client.receive_all(), client.end), (b"", "clean"),
                         "the end")
            behind.close()


@test
def interim_responses_are_passed_on(t):
    for front, back in HOPS:
        world = World(t, front, back)
        client = world.dial()
        client.send(httpraw.request())
        behind = world.server.accept()
        read_request(behind)
        for n in range(3):
            behind.send(b"HTTP/1.1 103 Early Hints\r\nLink: <%d>\r\n\r\n" % n)
            status, fields = httpraw.read_head(client)
            expect_equal((status, fields["link"]), (103, f"<{n}>"), "hint")
        behind.send(b"HTTP/1.1 102 Processing\r\n\r\n" + OK)
        expect_equal(httpraw.read_head(client)[0], 102, "another")
        expect_equal(httpraw.read_response(client).body, b"ok", "answer")


@test
def trailers_go_both_ways(t):
    for front, back in HOPS:
        world = World(t, front, back)
        client = world.dial()
        client.send(httpraw.request(
            method="POST",
            extra="TE: trailers\r\nTransfer-Encoding: chunked\r\n") +
            b"3\r\nabc\r\n0\r\nX-Sum: up\r\nContent-Length: 9\r\n\r\n")
        behind = world.server.accept()
        read_request(behind)
        expect_equal(behind.receive_until(b"\r\n\r\n"),
                     b"3\r\nabc\r\n0\r\nX-Sum: up\r\n\r\n", "up")
        behind.send(CHUNKED + b"2\r\nok\r\n0\r\nX-Sum: down\r\n"
                    b"Transfer-Encoding: x\r\n\r\n")
        expect_equal(httpraw.read_head(client)[0], 200, "status")
        expect_equal(client.receive_until(b"\r\n\r\n"),
                     b"2\r\nok\r\n0\r\nX-Sum: down\r\n\r\n", "down")


@test
def responses_without_body_keep_the_connection(t):
    for front, back in HOPS:
        world = World(t, front, back)
        client, behind = world.dial(), None
        for method, head in (
                ("GET", b"204 No Content\r\n\r\n"),
                ("GET", b"304 Not Modified\r\nContent-Length: 10\r\n\r\n"),
                ("HEAD", b"200 OK\r\nContent-Length: 10\r\n\r\n"),
                ("HEAD", b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                ("GET", b"200 OK\r\nContent-Length: 0\r\n\r\n")):
            client.send(httpraw.request(method=method))
            behind = behind or world.server.accept()
            read_request(behind)
            behind.send(b"HTTP/1.1 " + head)
            response = httpraw.read_response(client, method)
            expect_equal((str(response.status), response.body),
                         (head[:3].decode(), b""), f"{method} {head}")
        expect(client.end is None, "still open")
