# SPDX-License-Identifier: MIT
"""How connections end, and what the other side is told of it."""
import json
import os

from lib import conf, tools, wspeers, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server
from lib.streams import dial, dial_tls, server_context


def listen(stream):
    """A back-end that only listens: what came, and how it ended."""
    return stream.receive_all(), stream.end


def greet(stream):
    """As listen, but says once that the connection is there."""
    got = stream.receive(4)
    stream.send(b"hello")
    return got + stream.receive_all(), stream.end


def start(t, front, back, back_port, **more):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs),
        conf.connect(back, back_port, t.certs), **more))).start()
    return gateway, port


def back(t, kind, handler):
    return (Server.with_certificate(t, handler) if kind == "tls"
            else Server(t, handler))


DATA = os.urandom(100000)


@test
def fin_without_close_notify_reaches_a_tcp_back_end_as_reset(t):
    server = Server(t, listen)
    _, port = start(t, "tls", "tcp", server.port)
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.send(DATA)
    stream.fin()
    got, end = server.result()
    expect_equal(end, "reset", "the end at the back-end")
    expect(DATA.startswith(got), "other bytes than were sent")


@test
def close_notify_reaches_a_tcp_back_end_as_fin(t):
    server = Server(t, listen)
    _, port = start(t, "tls", "tcp", server.port)
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.send(DATA)
    # not closed yet: unread tickets would make a reset of that
    stream.finish()
    expect_equal(server.result(), (DATA, "clean"), "the back-end saw")
    stream.close()


@test
def fin_without_close_notify_from_the_back_end_resets_the_client(t):
    def play(stream):
        stream.receive(4)
        stream.send(DATA)
        stream.fin()
        return stream.receive_all()
    server = back(t, "tls", play)
    _, port = start(t, "tcp", "tls", server.port)
    stream = dial(t, port)
    stream.send(b"go on")
    got = stream.receive_all()
    expect_equal(stream.end, "reset", "the end at the client")
    expect(DATA.startswith(got), "other bytes than were sent")


@test
def a_cut_back_end_does_not_look_complete_to_a_tls_client(t):
    def play(stream):
        stream.receive(4)
        stream.send(DATA)
        stream.abort()
    server = back(t, "tcp", play)
    _, port = start(t, "tls", "tcp", server.port)
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.send(b"go on")
    stream.receive_all()
    expect(stream.end in ("reset", "cut"), f"the client saw {stream.end}")


@test
def a_reset_client_resets_the_back_end(t):
    for front, kind in (("tcp", "tcp"), ("tls", "tcp")):
        server = back(t, kind, greet)
        gateway, port = start(t, front, kind, server.port)
        stream = (dial_tls(t, port, trust=t.certs.front) if front == "tls"
                  else dial(t, port))
        stream.send(b"some")
        stream.receive(5)
        stream.abort()
        expect_equal(server.result()[1], "reset", f"{front} to {kind}")
        gateway.stop()


@test
def a_reset_client_does_not_look_complete_to_a_tls_back_end(t):
    server = back(t, "tls", greet)
    _, port = start(t, "tcp", "tls", server.port)
    stream = dial(t, port)
    stream.send(b"some")
    stream.receive(5)
    stream.abort()
    end = server.result()[1]
    expect(end in ("reset", "cut"), f"the back-end saw {end}")


@test
def a_bare_fin_after_an_https_exchange_is_good_enough(t):
    """HTTP has its own ends."""
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.respond(
        "work", conf.accept("https", port, t.certs), body="hello"))).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.send(b"GET /work HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
    stream.receive_until(b"hello")
    stream.fin()
    stream.receive_all()
    expect(stream.end in ("clean", "cut"), f"after a bare FIN: {stream.end}")


@test
def bare_fin_after_a_ws_close_is_a_clean_end_for_a_tcp_back_end(t):
    server = Server(t, listen)
    _, port = start(t, "wss", "tcp", server.port)
    stream = dial_tls(t, port, trust=t.certs.front)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    stream.send(wsraw.frame(wsraw.BINARY, DATA) + wsraw.close_frame(1000))
    stream.fin()
    expect_equal(server.result(), (DATA, "clean"), "the back-end saw")


@test
def fin_without_a_ws_close_resets_a_tcp_back_end(t):
    for front in ("ws", "wss"):
        server = Server(t, greet)
        gateway, port = start(t, front, "tcp", server.port)
        stream = (dial_tls(t, port, trust=t.certs.front) if front == "wss"
                  else dial(t, port))
        wsraw.upgrade(stream, host=f"gateway.test:{port}")
        stream.send(wsraw.frame(wsraw.BINARY, b"some"))
        wsraw.read_frame(stream)
        stream.fin()
        expect_equal(server.result()[1], "reset", front)
        gateway.stop()


@test
def bare_fin_behind_a_ws_close_frame_reaches_a_ws_back_end_as_that_close(t):
    server = wspeers.WsServer(t, wspeers.echo)
    _, port = start(t, "wss", "ws", server.port)
    stream = dial_tls(t, port, trust=t.certs.front)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    stream.send(wsraw.close_frame(4321, "so long"))
    stream.fin()
    expect_equal(server.result(), (4321, "so long"), "close at the back-end")


@test
def everything_before_a_ws_close_is_delivered(t):
    """The back-end sends much, closes at once; the client reads late."""
    messages = [os.urandom(1 + 977 * i % 70000) for i in range(200)]

    async def play(connection, path):
        for message in messages:
            await connection.send(message)
        await connection.close(4000, "all said")
    for front, kind in (("ws", "ws"), ("wss", "wss")):
        tls = (server_context(t.certs.backend, t.certs.backend_key)
               if kind == "wss" else None)
        server = wspeers.WsServer(t, play, tls=tls)
        gateway, port = start(t, front, kind, server.port)
        stream = (dial_tls(t, port, trust=t.certs.front) if front == "wss"
                  else dial(t, port))
        wsraw.upgrade(stream, host=f"gateway.test:{port}")
        for wanted in messages:
            expect(wsraw.read_message(stream) == (wsraw.BINARY, wanted),
                   "a message is lost or changed")
        expect_equal(wsraw.read_close(stream), (4000, "all said"), "close")
        stream.send(wsraw.close_frame(4000))
        expect_equal((stream.receive_all(), stream.end), (b"", "clean"), "end")
        server.result()
        gateway.stop()


@test
def everything_before_the_fin_of_a_tcp_back_end_reaches_a_ws_client(t):
    def play(stream):
        stream.send(DATA * 10)
        stream.finish()
        return listen(stream)
    server = Server(t, play)
    _, port = start(t, "ws", "tcp", server.port)
    stream = dial(t, port)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    got = b""
    while True:
        kind, data = wsraw.read_message(stream)
        if kind == wsraw.CLOSE:
            break
        expect_equal(kind, wsraw.BINARY, "kind of message")
        got += data
    expect(got == DATA * 10, f"{len(got)} of {len(DATA) * 10} bytes")
    expect_equal(wsraw.close_code(data), 1000, "close code")
    stream.send(wsraw.close_frame(1000))
    expect_equal(stream.receive_all(), b"", "after the close")
    expect_equal(server.result(), (b"", "clean"), "the back-end saw")


@test
def what_a_ws_client_says_before_its_close_is_delivered_after_the_fin(t):
    """The back-end has ended; the client's last words still go there."""
    def play(stream):
        stream.finish()
        return listen(stream)
    server = Server(t, play)
    _, port = start(t, "ws", "tcp", server.port)
    stream = dial(t, port)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    expect_equal(wsraw.read_close(stream)[0], 1000, "close code")
    stream.send(wsraw.frame(wsraw.BINARY, b"last ") +
                wsraw.frame(wsraw.TEXT, b"words") + wsraw.close_frame(1000))
    expect_equal(server.result(), (b"last words", "clean"), "the back-end saw")


@test
def text_and_binary_become_bytes_one_after_another(t):
    server = Server(t, listen)
    _, port = start(t, "ws", "tcp", server.port)
    stream = dial(t, port)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    stream.send(wsraw.frame(wsraw.TEXT, b"a") +
                wsraw.frame(wsraw.BINARY, b"b") +
                wsraw.frame(wsraw.BINARY, b"") +
                wsraw.frame(wsraw.TEXT, b"c", fin=False) +
                wsraw.frame(wsraw.PING, b"in between") +
                wsraw.frame(wsraw.CONTINUATION, b"d") +
                wsraw.close_frame(1000))
    opcode, _, masked, payload = wsraw.read_frame(stream)
    expect_equal((opcode, masked, payload), (wsraw.PONG, False, b"in between"),
                 "answer to the ping")
    expect_equal(wsraw.read_close(stream)[0], 1000, "close code")
    expect_equal(server.result(), (b"abcd", "clean"), "the back-end saw")


@test
def fragments_arrive_as_one_message_of_the_same_kind(t):
    async def play(connection, path):
        return [await connection.recv(), await connection.recv()]
    server = wspeers.WsServer(t, play)
    _, port = start(t, "ws", "ws", server.port)
    stream = dial(t, port)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    pieces = [wsraw.frame(wsraw.TEXT, b"gr\xc3", fin=False)]
    pieces += [wsraw.frame(wsraw.CONTINUATION, b"\xbc\xc3", fin=False),
               wsraw.frame(wsraw.CONTINUATION, b"\x9fe")]
    pieces += [wsraw.frame(wsraw.BINARY, b"1", fin=False)]
    pieces += [wsraw.frame(wsraw.CONTINUATION, b"2" * 500, fin=False)] * 50
    pieces += [wsraw.frame(wsraw.CONTINUATION, b"")]
    for piece in pieces:
        stream.send(piece)
    expect_equal(server.result(), ["grüße", b"1" + b"2" * 25000],
                 "the back-end got")


@test
def no_other_client_is_hurt_by_one_that_aborts(t):
    server = Server(t, listen)
    _, port = start(t, "tcp", "tcp", server.port)
    steady = dial(t, port)
    steady.send(DATA)
    for _ in range(50):
        wild = dial(t, port)
        wild.send(b"x")
        wild.abort()
    steady.send(DATA)
    steady.finish()
    while True:
        got, end = server.result()
        if len(got) > 1:
            break
    expect((got, end) == (DATA * 2, "clean"), "the steady client's bytes")


@test
def the_log_has_one_line_for_each_stream(t):
    server = Server(t, listen)
    gateway, port = start(t, "tls", "tcp", server.port)
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.send(DATA)
    stream.finish()  # unread tickets would make a reset of a close
    server.result()
    stream.close()
    line = gateway.wait_log(r"\bservice=work\b.*100000|100000.*service=work\b")
    for part in ("127.0.0.1", "TLS1.3", "gateway.test", "AES"):
        expect(part.lower() in line.lower().replace("tls 1.3", "tls1.3"),
               f"{part} is not in the line: {line}")
    gateway.stop()
    lines = [one for one in gateway.log().splitlines()
             if "service=work" in one and "100000" in one]
    expect_equal(len(lines), 1, "lines about the stream")


@test
def the_json_log_is_json(t):
    server = Server(t, listen)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(
        conf.service("work", conf.accept("tls", port, t.certs),
                     conf.connect("tcp", server.port)),
        log={"format": "json", "level": "info"})).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.send(DATA)
    stream.finish()  # unread tickets would make a reset of a close
    server.result()
    stream.close()
    gateway.wait_log(r"\b100000\b")
    gateway.stop()
    lines = [json.loads(line) for line in gateway.log().splitlines()]
    mine = [line for line in lines if "work" in line.values()
            and 100000 in line.values()]
    expect_equal(len(mine), 1, "objects with service and bytes")


@test
def a_failed_handshake_is_logged_with_its_sni(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo(
        "work", conf.accept("tls", port, t.certs)))).start()
    client = tools.openssl_client(t, port, "-tls1_1", "-cipher",
                                  "ALL:@SECLEVEL=0", name="gateway.test")
    expect(client.wait_end() != 0, "TLS 1.1 got through")
    line = gateway.wait_log(r"gateway\.test.*(version|suite|cipher)"
                            r"|(version|suite|cipher).*gateway\.test")
    expect("tls" in line.lower(), f"the layer is not named: {line}")
