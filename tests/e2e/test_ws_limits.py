# SPDX-License-Identifier: MIT
"""WebSockets at their limits: floods of tiny things, peers that send too much
or too fast, and what becomes of them on the way to the back-end."""
import struct

from lib import conf, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server, echo
from lib.streams import dial

MIB = 1 << 20


def ws_front(t, back="tcp", back_port=None, service=None, **ws):
    """A gateway with a ws front; returns it and an open client."""
    port = t.ports.one()
    front = conf.accept("ws", port, ws={"max_message": "64m", **ws})
    made = (conf.echo("work", front) if service == "echo" else
            conf.service("work", front, conf.connect(back, back_port)))
    gateway = Gateway(t, conf.gateway(made)).start()
    stream = dial(t, port)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    return gateway, stream


def drain(stream):
    """Bytes that come up to the end, counted."""
    total = 0
    while not stream.end or stream.received:
        total += len(stream.received)
        stream.received.clear()
        if not stream.end:
            stream._turn(read=True)
    return total


def grown(t, gateway, before, most_kib=1024):
    now = gateway.memory("VmHWM") - before
    expect(now < most_kib * (30 if t.sanitized else 1),
           f"{now} KiB grown at the highest")


def fragments(count):
    """A text of `count` bytes in as many fragments, in blocks."""
    one = wsraw.frame(wsraw.CONTINUATION, b"a", fin=False)
    yield wsraw.frame(wsraw.TEXT, b"a", fin=False)
    left = count - 2
    block = one * 16384
    while left:
        part = min(left, 16384)
        yield block[:part * len(one)]
        left -= part
    yield wsraw.frame(wsraw.CONTINUATION, b"a")


def crumbs(t, size, kind, play):
    """Text in fragments of a byte each, to a back-end that counts bytes."""
    size = size if not t.sanitized else MIB
    server = Server(t, play)
    gateway, stream = ws_front(t, kind, server.port)
    before = gateway.memory("VmHWM")
    for block in fragments(size):
        stream.send(block)
    stream.send(wsraw.close_frame(1000))
    expect_equal(server.result(), size, "bytes at the back-end")
    grown(t, gateway, before)


@test
def text_of_16_mib_in_one_byte_fragments_passes_in_1_mib(t):
    crumbs(t, 16 * MIB, "tcp", drain)


@test
def text_of_4_mib_in_one_byte_fragments_passes_to_ws(t):
    def play(stream):
        wsraw.answer(stream)
        total = 0
        while True:
            opcode, fin, _, payload = wsraw.read_frame(stream)
            if opcode == wsraw.CLOSE:
                stream.send(wsraw.close_frame(1000, mask=None))
                stream.receive_all()
                return total
            total += len(payload)
    crumbs(t, 4 * MIB, "ws", play)


@test
def a_message_of_1_gib_passes_compressed_between_two_hops(t):
    size = (1024 if not t.sanitized else 64) * MIB
    server = Server(t, drain)
    front, middle = t.ports.one(), t.ports.one()
    large = {"max_message": "2g", "deflate_ratio": 0, "deflate": True,
             "deflate_level": 1}
    gateway = Gateway(t, conf.gateway(
        conf.service("work", conf.accept("ws", front, ws=large),
                     conf.connect("ws", middle, path="/work", ws={
                         **large, "host": f"gateway.test:{middle}"})),
        conf.service("rest", conf.accept("ws", middle, ws=large),
                     conf.connect("tcp", server.port)))).start()
    stream = dial(t, front)
    wsraw.upgrade(stream, host=f"gateway.test:{front}")
    before = gateway.memory("VmHWM")
    wsraw.send_zeros(stream, size)
    stream.send(wsraw.close_frame(1000))
    expect_equal(server.result(), size, "bytes at the back-end")
    grown(t, gateway, before)


@test
def a_hundred_thousand_tiny_messages_are_echoed(t):
    count = 100000 if not t.sanitized else 20000
    gateway, stream = ws_front(t, service="echo")
    before = gateway.memory("VmHWM")
    sent = wsraw.frame(wsraw.TEXT, b"a") * count
    got = 0
    wanted = wsraw.frame(wsraw.TEXT, b"a", mask=None) * count
    for at in range(0, len(sent), 700000):
        stream.pending += sent[at:at + 700000]
        while got < len(wanted) * min(at + 700000, len(sent)) // len(sent):
            stream._turn(read=True)
            have = bytes(stream.received)
            stream.received.clear()
            expect_equal(have, wanted[got:got + len(have)], "echo")
            got += len(have)
    grown(t, gateway, before)


@test
def behind_a_1009_the_client_is_read_but_not_heard(t):
    """A message that is too large, of which the client sends all: its Close
    must reach a client that is still busy sending."""
    server = Server(t, drain)
    gateway, stream = ws_front(t, "tcp", server.port, max_message="1m")
    before = gateway.memory("VmHWM")
    stream.send(wsraw.frame(wsraw.BINARY, b"small"))
    stream.send(wsraw.header(wsraw.BINARY, 16 * MIB))
    block = bytes(MIB)
    for _ in range(16):
        stream.send(block)
    code, text = wsraw.read_close(stream)
    expect_equal((code, text), (1009, "message exceeds max_message"), "close")
    stream.receive_all()
    expect_equal(stream.end, "clean", "the end behind the Close")
    expect_equal(server.result(), 5, "bytes at the back-end")
    stream.sock.close()
    gateway.wait_log(r"code=1009")
    grown(t, gateway, before)


@test
def a_rate_holds_the_sender_back(t):
    """Nothing is lost, and nothing is held: the peer cannot go on sending."""
    server = Server(t, drain)
    gateway, stream = ws_front(t, "tcp", server.port, max_byte_rate="4m")
    before = gateway.memory("VmHWM")
    block = wsraw.frame(wsraw.BINARY, bytes(MIB))
    for _ in range(6):
        stream.send(block)
    stream.send(wsraw.close_frame(1000))
    expect_equal(server.result(), 6 * MIB, "bytes at the back-end")
    grown(t, gateway, before)


@test
def a_rate_can_close_with_1008(t):
    gateway, stream = ws_front(t, service="echo", max_message_rate=10,
                               rate_excess="close")
    stream.send(wsraw.frame(wsraw.TEXT, b"a") * 1000)
    expect_equal(wsraw.read_close(stream),
                 (1008, "more messages than max_message_rate"), "close")


@test
def pings_go_out_and_their_times_are_logged(t):
    gateway, stream = ws_front(t, service="echo", ping_interval="100ms",
                               ping_timeout="10s")
    for _ in range(3):
        opcode, _, _, payload = wsraw.read_frame(stream)
        expect_equal((opcode, len(payload)), (wsraw.PING, 8), "frame")
        stream.send(wsraw.frame(wsraw.PONG, payload))
    stream.send(wsraw.frame(wsraw.TEXT, b"x"))
    expect_equal(wsraw.read_message(stream), (wsraw.TEXT, b"x"), "echo")
    stream.send(wsraw.close_frame(1000))
    wsraw.read_close(stream)
    stream.close()
    gateway.wait_log(r"ws\.rtt_ms=\d")


@test
def who_answers_no_ping_is_closed_with_1001(t):
    _, stream = ws_front(t, service="echo", ping_interval="100ms",
                         ping_timeout="200ms")
    expect_equal(wsraw.read_close(stream), (1001, "no answer to a ping"),
                 "close")


@test
def fragment_size_cuts_what_is_sent(t):
    _, stream = ws_front(t, service="echo", fragment_size="100")
    stream.send(wsraw.frame(wsraw.BINARY, bytes(1000)))
    lengths, fin = [], False
    while not fin:
        opcode, fin, _, payload = wsraw.read_frame(stream)
        expect_equal(opcode, 0 if lengths else wsraw.BINARY, "opcode")
        lengths.append(len(payload))
    expect_equal(lengths, [100] * 10, "fragments")


@test
def text_of_a_back_end_that_is_none_never_goes_out(t):
    def play(stream):
        wsraw.answer(stream)
        wsraw.read_message(stream)
        stream.send(wsraw.frame(wsraw.TEXT, b"fine", mask=None))
        stream.send(wsraw.frame(wsraw.TEXT, b"not \xff", mask=None))
        code = wsraw.read_close(stream)[0]
        stream.finish()
        return code
    server = Server(t, play)
    _, stream = ws_front(t, "ws", server.port)
    stream.send(wsraw.frame(wsraw.TEXT, b"go"))
    expect_equal(wsraw.read_message(stream), (wsraw.TEXT, b"fine"), "first")
    opcode, fin, _, payload = wsraw.read_frame(stream)
    while opcode != wsraw.CLOSE:
        expect(not fin and b"\xff" not in payload, f"{payload} went out")
        opcode, fin, _, payload = wsraw.read_frame(stream)
    expect_equal(server.result(), 1007, "what the back-end is told")


CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
         1014, 3000, 3999, 4000, 4999]


@test
def close_codes_and_reasons_pass_to_the_back_end(t):
    def play(stream):
        wsraw.answer(stream)
        seen = wsraw.read_close(stream)
        stream.send(wsraw.close_frame(seen[0], mask=None))
        return seen
    server = Server(t, play)
    gateway, stream = ws_front(t, "ws", server.port)
    for code in CODES:
        stream.send(wsraw.close_frame(code, "warum €"))
        expect_equal(server.result(), (code, "warum €"), "at the back-end")
        expect_equal(wsraw.read_close(stream)[0], code, "the echo")
        stream = again(t, gateway, stream)


@test
def close_codes_and_reasons_pass_to_the_client(t):
    left = list(CODES)

    def play(stream):
        wsraw.answer(stream)
        code = left.pop(0)
        wsraw.read_message(stream)
        stream.send(wsraw.close_frame(code, "warum €", mask=None))
        return wsraw.read_close(stream)[0]
    server = Server(t, play)
    gateway, stream = ws_front(t, "ws", server.port)
    for code in CODES:
        stream.send(wsraw.frame(wsraw.TEXT, b"go"))
        expect_equal(wsraw.read_close(stream), (code, "warum €"), "told")
        stream.send(wsraw.close_frame(code))
        expect_equal(server.result(), code, "the echo")
        if left:
            stream = again(t, gateway, stream)


def again(t, gateway, stream):
    stream.sock.close()
    stream = dial(t, gateway.ports[0])
    wsraw.upgrade(stream, host=f"gateway.test:{gateway.ports[0]}")
    return stream


@test
def close_codes_that_must_not_be_sent_get_1002(t):
    server = Server(t, echo)
    gateway, stream = ws_front(t, "tcp", server.port)
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535):
        stream.send(wsraw.close_frame(code))
        expect_equal(wsraw.read_close(stream)[0], 1002, f"answer to {code}")
        stream = again(t, gateway, stream)
    stream.send(wsraw.frame(wsraw.CLOSE, struct.pack("!H", 1000) + b"\xff"))
    expect_equal(wsraw.read_close(stream)[0], 1007, "answer to a bad reason")
