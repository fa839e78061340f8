# SPDX-License-Identifier: MIT
"""Clients that are slow on purpose: heads, bodies and reading."""
from lib import conf, httpraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server
from lib.streams import dial


def start(t, body="fine\n", **http):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.respond(
        "work", conf.accept("http", port, http=http), body=body))).start()
    return gateway, port


def is_late(gateway, stream, text):
    """408 in words, then the end; the log says why."""
    response = httpraw.read_response(stream)
    expect_equal((response.status, response.field("connection")),
                 (408, "close"), "response")
    expect(text.encode() in response.body, f"body {response.body}")
    expect_equal(stream.receive_all(), b"", "after the response")
    gateway.wait_log(f"class=timeout.*{text}")


CHUNKED = "Transfer-Encoding: chunked\r\n"
PARTS = {"a request line": b"GET /wo",
         "a field": b"GET /work HTTP/1.1\r\nHost: gateway.t"}
BODIES = {"a body of known length": httpraw.request(
              "/work", method="POST", extra="Content-Length: 9\r\n") + b"ab",
          "no body at all": httpraw.request(
              "/work", method="POST", extra="Content-Length: 9\r\n"),
          "a chunk's size": httpraw.request(
              "/work", method="POST", extra=CHUNKED) + b"5",
          "a chunk": httpraw.request(
              "/work", method="POST", extra=CHUNKED) + b"5\r\nab",
          "trailers": httpraw.request(
              "/work", method="POST", extra=CHUNKED) + b"0\r\nA: b\r\n"}


@test
def a_head_that_stops_gets_408(t):
    gateway, port = start(t, header_timeout="100ms")
    for part in PARTS.values():
        stream = dial(t, port)
        stream.send(part)
        is_late(gateway, stream, "head did not arrive in time")


@test
def a_body_that_stops_gets_408(t):
    gateway, port = start(t, body_timeout="100ms")
    for part in BODIES.values():
        stream = dial(t, port)
        stream.send(part)
        is_late(gateway, stream, "body did not arrive in time")


@test
def a_body_that_trickles_gets_408(t):
    """One byte at a time is never a pause, but far from the rate."""
    gateway, port = start(t, min_rate="1m", min_rate_time="200ms",
                          body_timeout="1h")
    stream = dial(t, port)
    stream.send(httpraw.request("/work", method="POST",
                                extra="Content-Length: 1000000\r\n"))
    for _ in range(10):
        stream.send(b"x")
    is_late(gateway, stream, "body arrives too slowly")


@test
def a_late_body_does_not_look_complete_to_the_back_end(t):
    def play(stream):
        stream.receive_until(b"\r\n\r\n")
        got = stream.receive_all()
        return got, stream.end
    server = Server(t, play)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("http", port, http={"body_timeout": "1s"}),
        conf.connect("http", server.port)))).start()
    stream = dial(t, port)
    stream.send(BODIES["a chunk"])
    is_late(gateway, stream, "body did not arrive in time")
    got, _ = server.result()
    expect(b"0\r\n\r\n" not in got, f"the back-end got {got}")


@test
def a_response_that_is_not_read_is_cut_off(t):
    large = t.tmp / "large"
    large.write_bytes(b"x" * (7 << 20))
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("http", port, http={
            "min_rate": "1m", "min_rate_time": "200ms"}),
        type="respond", file=str(large)))).start()
    stream = dial(t, port, receive_buffer=4096)
    stream.send(httpraw.request("/work"))
    gateway.wait_log("class=timeout.*read too slowly")


@test
def quick_clients_are_not_disturbed(t):
    _, port = start(t, min_rate="1k", min_rate_time="30s", body_timeout="30s")
    stream = dial(t, port)
    for _ in range(20):
        response = httpraw.ask(stream, "/work", method="POST",
                               body=b"x" * 300000)
        expect_equal(response.status, 200, "answer")
