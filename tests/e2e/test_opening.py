# SPDX-License-Identifier: MIT
"""The 101 comes when the back-end is there, and not before."""
import socket
import threading

from lib import conf, httpraw, wspeers, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import Tls, dial, dial_tls, server_context


def start(t, front, back, back_port, **layers):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs),
        conf.connect(back, back_port, t.certs, **layers)))).start()
    return gateway, port


def open_front(t, front, port):
    return (dial_tls(t, port, trust=t.certs.front)
            if conf.secure(front) else dial(t, port))


def upgrade_status(t, front, port):
    stream = open_front(t, front, port)
    stream.send(wsraw.request("/work", f"gateway.test:{port}"))
    return httpraw.read_response(stream).status


@test
def back_end_that_is_down_is_502_before_the_101(t):
    for back in ("tcp", "tls", "ws", "wss"):
        gateway, port = start(t, "ws", back, t.ports.one())
        expect_equal(upgrade_status(t, "ws", port), 502, f"back {back}")
        gateway.wait_log("refused")
        gateway.stop()


@test
def the_connection_can_be_used_again_after_a_502(t):
    port, down = t.ports.one(), t.ports.one()
    Gateway(t, conf.gateway(
        conf.service("down", conf.accept("wss", port, t.certs, path="/down"),
                     conf.connect("tcp", down)),
        conf.echo("up", conf.accept("wss", port, t.certs, path="/up")))
            ).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.send(wsraw.request("/down", "gateway.test"))
    response = httpraw.read_response(stream)
    expect_equal(response.status, 502, "status")
    if response.field("connection") == "close":
        return
    wsraw.upgrade(stream, path="/up")


@test
def tcp_back_end_that_is_down_resets_the_client(t):
    for front in ("tcp", "tls"):
        gateway, port = start(t, front, "tcp", t.ports.one())
        try:
            stream = open_front(t, front, port)
            stream.send(b"anybody?")
            stream.receive_all()
            end = stream.end
        except OSError as error:
            end = "reset" if isinstance(error, ConnectionResetError) else error
        wanted = ("reset",) if front == "tcp" else ("reset", "cut")
        expect(end in wanted, f"{front}: the client saw {end}")
        gateway.stop()


class HeldBack:
    """A TLS back-end that does not answer before `go` is set."""

    def __init__(self, t, inner=None):
        self.seen, self.go = threading.Event(), threading.Event()
        self.context = server_context(t.certs.backend, t.certs.backend_key)
        self.inner = inner or echo
        self.server = Server(t, self.play)
        t.defer(self.go.set)

    def play(self, stream):
        while not stream.received:
            stream._turn(read=True)
        self.seen.set()
        self.go.wait()
        stream.start_tls(Tls(self.context, server_side=True))
        return self.inner(stream)


@test
def no_101_before_a_slow_tls_back_end_is_up(t):
    for front in ("ws", "wss"):
        back = HeldBack(t)
        gateway, port = start(t, front, "tls", back.server.port)
        stream = open_front(t, front, port)
        stream.send(wsraw.request("/work", f"gateway.test:{port}") +
                    wsraw.frame(wsraw.BINARY, b"early"))
        t.wait("the ClientHello at the back-end", back.seen.is_set)
        expect_equal(stream.available(), b"", "before the back-end is up")
        back.go.set()
        head = stream.receive_until(b"\r\n\r\n")
        expect_in(b" 101 ", head, "the answer")
        expect_equal(wsraw.read_message(stream), (wsraw.BINARY, b"early"),
                     "what was sent early")
        stream.send(wsraw.close_frame(1000))
        stream.receive_all()
        gateway.stop()


@test
def no_101_before_a_slow_ws_back_end_has_sent_its_own(t):
    seen, go = threading.Event(), threading.Event()
    t.defer(go.set)

    def play(stream):
        head = stream.receive_until(b"\r\n\r\n").decode()
        seen.set()
        go.wait()
        key = wsraw.field(head, "Sec-WebSocket-Key")
        stream.send(("HTTP/1.1 101 Fine\r\nConnection: upgrade\r\n"
                     "Upgrade: WebSocket\r\nSec-WebSocket-Accept: "
                     f"{wsraw.accept_key(key)}\r\n\r\n").encode())
        message = wsraw.read_frame(stream)
        stream.send(wsraw.frame(wsraw.TEXT, b"pong", mask=None))
        return message
    server = Server(t, play)
    _, port = start(t, "ws", "ws", server.port)
    stream = dial(t, port)
    stream.send(wsraw.request("/work", f"gateway.test:{port}") +
                wsraw.frame(wsraw.TEXT, b"ping"))
    t.wait("the request at the back-end", seen.is_set)
    expect_equal(stream.available(), b"", "before the back-end's 101")
    go.set()
    expect_in(b" 101 ", stream.receive_until(b"\r\n\r\n"), "the answer")
    expect_equal(wsraw.read_message(stream), (wsraw.TEXT, b"pong"), "message")
    opcode, fin, masked, payload = server.result()
    expect_equal((opcode, fin, masked, payload),
                 (wsraw.TEXT, True, True, b"ping"), "the back-end's frame")


@test
def a_ws_back_end_that_says_no_is_heard(t):
    """Its own refusal goes to the client; nonsense becomes a 502."""
    for answer, wanted in (
            (b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", 403),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
            (b"HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\n"
             b"Connection: Upgrade\r\n"
             b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"
             b"\r\n", 502),
            (b"SSH-2.0-OpenSSH_9.2\r\n", 502), (b"", 502)):
        def play(stream, answer=answer):
            stream.receive_until(b"\r\n\r\n")
            stream.send(answer)
            stream.finish()
            stream.receive_all()
        server = Server(t, play)
        gateway, port = start(t, "ws", "ws", server.port)
        expect_equal(upgrade_status(t, "ws", port), wanted,
                     f"what became of {answer!r}")
        gateway.stop()


@test
def a_client_that_leaves_while_waiting_cancels_the_back_end(t):
    back = HeldBack(t, inner=lambda stream: (stream.receive_all(), stream.end))
    gateway, port = start(t, "ws", "tls", back.server.port)
    stream = dial(t, port)
    stream.send(wsraw.request("/work", f"gateway.test:{port}"))
    t.wait("the ClientHello at the back-end", back.seen.is_set)
    stream.abort()
    gateway.wait_log("service=work")
    back.go.set()
    try:
        back.server.result()
    except (OSError, AssertionError, ValueError):
        pass  # cut in the handshake: as it should be


@test
def a_back_end_that_never_answers_is_504_after_the_limit(t):
    back = HeldBack(t)
    port = t.ports.one()
    hop = conf.connect("tls", back.server.port, t.certs)
    hop["opening_timeout"] = "1s"
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("ws", port), hop))).start()
    expect_equal(upgrade_status(t, "ws", port), 504, "status")


@test
def all_addresses_of_a_name_are_tried_in_order(t):
    """localhost is ::1 and 127.0.0.1; the back-end has only the latter."""
    found = {info[4][0] for info in socket.getaddrinfo("localhost", 1)}
    server = Server(t, echo)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port),
        f"tcp://localhost:{server.port}"))).start()
    stream = dial(t, port)
    expect(stream.exchange(b"hello", 5) == b"hello", f"{found}")


@test
def a_name_that_does_not_exist_is_502_and_logged(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("ws", port),
        "tcp://no-such-host.invalid:80"))).start()
    expect_equal(upgrade_status(t, "ws", port), 502, "status")
    gateway.wait_log(r"no-such-host\.invalid")


def wrong_back_end(t, certificate, sentence, trust="back"):
    server = Server.with_certificate(t, echo, certificate=certificate)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("ws", port),
        conf.connect("tls", server.port, t.certs, trust=trust)))).start()
    expect_equal(upgrade_status(t, "ws", port), 502, "status")
    line = gateway.wait_log(sentence)
    expect("work" in line, f"the service is not named: {line}")


@test
def a_back_end_with_another_name_is_refused(t):
    wrong_back_end(t, "wrong", r"(?i)backend\.test.*(name|certificate)"
                               r"|(name|certificate).*backend\.test")


@test
def a_back_end_of_an_unknown_issuer_is_refused(t):
    wrong_back_end(t, "backend", r"(?i)issue|not trusted|unknown ca",
                   trust="front")


@test
def a_back_end_with_an_expired_certificate_is_refused(t):
    wrong_back_end(t, "expired", r"(?i)expired")


@test
def verify_off_takes_any_certificate(t):
    server = Server.with_certificate(t, echo, certificate="wrong")
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port),
        conf.connect("tls", server.port, t.certs,
                     tls={"verify": "off"})))).start()
    expect(dial(t, port).exchange(b"hello", 5) == b"hello", "echo")


@test
def a_ws_service_without_back_end_answers_at_once(t):
    wspeers.library()
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.echo(
        "work", conf.accept("ws", port)))).start()

    async def play(connection):
        for message in ("text", b"binary", "", b"", "x" * 100000):
            await connection.send(message)
            expect_equal(await connection.recv(), message, "echo")
    wspeers.client(t, port, play).result()
