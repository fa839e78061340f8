# SPDX-License-Identifier: MIT
"""Malformed frames and their close codes, in both roles.

Each row is (name, code, frames): `frames` are made by a function of the line,
which masks as the role demands. RFC 6455 5 and 7, RFC 7692 6 and 7.
"""
import struct

from lib import wsraw
from lib.harness import Failure, expect, expect_equal, test
from lib.wsline import Line, Rows, World, deflated
from lib.wsraw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

OTHER_MASK = {None: b"\1\2\3\4"}
# What a client is told of its back-end's fault: that it was one of protocol.
BEHIND = {1007: 1002}
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary",
         CLOSE: "close", PING: "ping", PONG: "pong"}


def header(line, first, *, bits, length):
    """A header alone, with the length in the form of `bits`."""
    flag = 0x80 if line.mask is not None else 0
    head = {7: struct.pack("!BB", first, flag | length & 127),
            16: struct.pack("!BBH", first, flag | 126, length & 0xffff),
            64: struct.pack("!BBQ", first, flag | 127, length)}[bits]
    return head + (line.mask or b"")


def long_way(opcode, length, bits):
    """A length that is not in its shortest form (5.2)."""
    def frames(line):
        payload = b"x" * length
        if line.mask:
            payload = wsraw.masked(payload, line.mask)
        return header(line, 0x80 | opcode, bits=bits, length=length) + payload
    return frames


def one(opcode, payload=b"", **more):
    return lambda line: line.frame(opcode, payload, **more)


def several(*parts):
    """(opcode, fin, payload) each."""
    return lambda line: b"".join(line.frame(opcode, payload, fin=fin)
                                 for opcode, fin, payload in parts)


def turned(opcode, payload=b"abc"):
    """Masked where it must not be, and the other way round (5.1)."""
    return lambda line: line.frame(opcode, payload,
                                   mask=OTHER_MASK.get(line.mask))


def close(code, reason=b""):
    return one(CLOSE, struct.pack("!H", code) + reason)


def rows_of_headers():
    for bits in (1, 2, 3, 4, 5, 6, 7):
        for opcode, name in NAMES.items():
            yield f"reserved {bits} on {name}", 1002, \
                one(opcode, reserved=bits)
    for opcode in (*range(3, 8), *range(11, 16)):
        yield f"opcode {opcode}", 1002, one(opcode)
        yield f"opcode {opcode} with payload", 1002, one(opcode, b"abc")
        yield f"opcode {opcode} not final", 1002, one(opcode, fin=False)
    for opcode, name in NAMES.items():
        yield f"{name} masked the wrong way", 1002, turned(opcode)
        yield f"empty {name} masked the wrong way", 1002, turned(opcode, b"")


def rows_of_lengths():
    for bits, lengths in ((16, (0, 1, 125)), (64, (0, 125, 126, 65535))):
        for length in lengths:
            yield f"length {length} in {bits} bits", 1002, \
                long_way(BINARY, length, bits)
            yield f"length {length} in {bits} bits, text", 1002, \
                long_way(TEXT, length, bits)
    for opcode in (PING, PONG, CLOSE):
        yield f"{NAMES[opcode]} of length 5 in 16 bits", 1002, \
            long_way(opcode, 5, 16)
        yield f"{NAMES[opcode]} of length 5 in 64 bits", 1002, \
            long_way(opcode, 5, 64)
    for length in (2**63, 2**64 - 1):
        yield f"length {length}", 1002, lambda line, length=length: header(
            line, 0x82, bits=64, length=length)
    for length in (2**20 + 1, 2**32, 2**63 - 1):
        yield f"length {length} is too big", 1009, \
            lambda line, length=length: header(line, 0x82, bits=64,
                                               length=length)


def rows_of_control():
    for opcode in (PING, PONG, CLOSE):
        name = NAMES[opcode]
        for length in (126, 127, 65535, 65536):
            yield f"{name} of {length} bytes", 1002, one(opcode,
                                                         b"\x03\xe8" * length)
        yield f"{name} not final", 1002, one(opcode, b"\x03\xe8", fin=False)
        yield f"{name} in two fragments", 1002, several(
            (opcode, False, b"\x03\xe8"), (CONTINUATION, True, b"a"))
        yield f"{name} not final inside a message", 1002, several(
            (TEXT, False, b"a"), (opcode, False, b""))
        yield f"{name} of 126 bytes inside a message", 1002, several(
            (TEXT, False, b"a"), (opcode, True, b"\x03\xe8" * 63))


def rows_of_fragments():
    yield "continuation of nothing", 1002, one(CONTINUATION, b"abc")
    yield "empty continuation of nothing", 1002, one(CONTINUATION)
    yield "continuation of nothing, not final", 1002, \
        one(CONTINUATION, b"abc", fin=False)
    yield "continuation behind a ping", 1002, lambda line: (
        line.frame(PONG) + line.frame(CONTINUATION))
    for first in (TEXT, BINARY):
        for second in (TEXT, BINARY):
            name = f"{NAMES[second]} inside {NAMES[first]}"
            yield name, 1002, several((first, False, b"a"),
                                      (second, True, b"b"))
            yield f"{name}, empty", 1002, several((first, False, b""),
                                                  (second, True, b""))
            yield f"{name}, fragmented too", 1002, several(
                (first, False, b"a"), (second, False, b"b"))
            yield f"{name}, behind a pong", 1002, several(
                (first, False, b"a"), (PONG, True, b""), (second, True, b"b"))


def rows_of_closing():
    yield "close of one byte", 1002, one(CLOSE, b"\x03")
    for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000,
                 2999, 5000, 32768, 65535):
        yield f"close with {code}", 1002, close(code)
        yield f"close with {code} and a reason", 1002, close(code, b"why")
    for name, reason in (
            ("a stray byte", b"\x80"), ("a cut character", b"ab\xe2\x82"),
            ("a surrogate", b"\xed\xa0\x80"), ("an overlong", b"\xc0\xaf"),
            ("latin-1", b"caf\xe9"), ("past the end", b"\xf4\x90\x80\x80")):
        yield f"close reason with {name}", 1007, close(1000, reason)


def rows_of_text():
    for name, payload in (
            ("a stray byte", b"a\x80"), ("0xff", b"\xff"),
            ("a cut character", b"\xe2\x82"), ("overlong", b"\xc0\x80"),
            ("a surrogate", b"\xed\xa0\x80"),
            ("past U+10FFFF", b"\xf4\x90\x80\x80")):
        yield f"text with {name}", 1007, one(TEXT, payload)
        yield f"text with {name} in fragments", 1007, several(
            (TEXT, False, payload[:1]), (CONTINUATION, True, payload[1:]))
    yield "text that fails in its first fragment", 1007, one(
        TEXT, b"abc\xff", fin=False)
    yield "text whose last character is missing", 1007, several(
        (TEXT, False, b"\xe2"), (CONTINUATION, True, b""))


def rows_of_sizes():
    yield "frame one byte too big", 1009, one(BINARY, b"x" * (2**20 + 1))
    yield "text one byte too big", 1009, one(TEXT, b"x" * (2**20 + 1))
    yield "message too big in its second fragment", 1009, several(
        (BINARY, False, b"x" * 2**20), (CONTINUATION, True, b"y"))
    yield "message too big in its last of many fragments", 1009, several(
        (BINARY, False, b"x" * 2**18), *[(CONTINUATION, False, b"x" * 2**18)
                                         for _ in range(3)],
        (CONTINUATION, False, b"y"))


PLAIN = [*rows_of_headers(), *rows_of_lengths(), *rows_of_control(),
         *rows_of_fragments(), *rows_of_closing(), *rows_of_text(),
         *rows_of_sizes()]


def packed(opcode, payload, **more):
    return lambda line: line.frame(opcode, payload,
                                   **{"reserved": 4, **more})


def both(*functions):
    return lambda line: b"".join(function(line) for function in functions)


def rows_of_deflate():
    hello = deflated(b"Hello")
    for bits in (1, 2, 3):
        yield f"reserved {bits} on text", 1002, one(TEXT, reserved=bits)
        yield f"reserved {bits} beside the first", 1002, \
            one(TEXT, hello, reserved=4 | bits)
    for opcode in (PING, PONG, CLOSE):
        yield f"compressed {NAMES[opcode]}", 1002, packed(opcode, b"\x03\xe8")
    yield "compressed continuation", 1002, both(
        packed(TEXT, hello[:3], fin=False),
        packed(CONTINUATION, hello[3:]))
    yield "compressed continuation of a plain message", 1002, both(
        one(TEXT, b"a", fin=False), packed(CONTINUATION, hello))
    yield "compressed continuation of nothing", 1002, \
        packed(CONTINUATION, hello)
    yield "a block of a type that is reserved", 1007, packed(BINARY, b"\x07")
    yield "noise", 1007, packed(BINARY, b"\xff" * 64)
    yield "a distance too far back", 1007, packed(BINARY, b"\x02\x08\x21\x00")
    yield "a stored block whose length is false", 1007, \
        packed(BINARY, b"\x00\x05\x00\x00\x00Hello")
    yield "compressed text that is not UTF-8", 1007, \
        packed(TEXT, deflated(b"a\xff"))
    yield "compressed text that ends inside a character", 1007, \
        packed(TEXT, deflated(b"a\xe2\x82"))
    yield "compressed message too big", 1009, \
        packed(BINARY, deflated(bytes(range(256)) * 4097))
    yield "compressed message of a gigabyte", 1009, \
        packed(BINARY, (deflated(b"\0" * 2**20) + b"\0\0\xff\xff") * 8)


DEFLATE = list(rows_of_deflate())
OFFER = "Sec-WebSocket-Extensions: permessage-deflate\r\n"


def play(world, role, room, code, frames):
    extra = OFFER if room == "packed" else ""
    line = (world.accepting(room, extra=extra) if role == "accepting" else
            world.connecting(room, answer=extra))
    line.send(frames(line))
    line.ended(code, far=BEHIND.get(code))


def table(t, world, role, room, rows, least):
    result = Rows()
    for name, code, frames in rows:
        result.run(f"{role} end, {name}", play, world, role, room, code,
                   frames)
    result.check(least)


ROOMS = {"plain": {"max_message": "1m"},
         "packed": {"max_message": "1m", "deflate": True}}


@test
def malformed_frames_to_the_accepting_end(t):
    table(t, World(t, ROOMS), "accepting", "plain", PLAIN, 180)


@test
def malformed_frames_to_the_connecting_end(t):
    table(t, World(t, ROOMS), "connecting", "plain", PLAIN, 180)


@test
def malformed_frames_with_deflate(t):
    world = World(t, ROOMS)
    table(t, world, "accepting", "packed", DEFLATE, 20)
    table(t, world, "connecting", "packed", DEFLATE, 20)


@test
def malformed_frames_over_tls(t):
    world = World(t, ROOMS, secure=True)
    table(t, world, "accepting", "plain", PLAIN[::6], 30)
    table(t, world, "connecting", "plain", PLAIN[3::6], 30)
    table(t, world, "accepting", "packed", DEFLATE[::2], 10)
    table(t, world, "connecting", "packed", DEFLATE[1::2], 10)


@test
def one_byte_at_a_time_makes_no_difference(t):
    world = World(t, ROOMS)
    result = Rows()

    def slowly(role, line, frames, code):
        line.send_pieces(frames(line))
        line.ended(code, far=BEHIND.get(code))
    for name, code, frames in PLAIN[::7]:
        for role, line in world.lines():
            if len(frames(line)) < 200:
                result.run(f"{role} end, {name}", slowly, role, line, frames,
                           code)
            else:
                line.stream.abort()
    result.check(40)


@test
def what_follows_a_malformed_frame_does_not_hide_the_close(t):
    """A megabyte behind it is read away, so that no reset overtakes."""
    world = World(t, ROOMS)
    for role, line in world.lines():
        line.send(line.frame(3))
        try:
            line.send(line.frame(BINARY, b"x" * 2**20))
        except ConnectionResetError:
            pass
        line.ended(1002)


def through(world):
    """(client, back-end) of a service with both."""
    client = world.dial()
    client.send(wsraw.request("/through-plain", "gateway.test"))
    back = world.backs["plain"].accept()
    wsraw.answer(back)
    client.receive_until(b"\r\n\r\n")
    return client, back


@test
def the_fault_of_a_client_is_told_to_its_back_end(t):
    """By the class of what happened: 1002, and 1009 for what is too big."""
    world = World(t, {"plain": {"accept": {"max_message": "1m"}}})
    result = Rows()

    def told(frames, code):
        client, back = through(world)
        line = Line(client, "", mask=b"\1\2\3\4")
        client.send(frames(line))
        opcode = None
        while opcode != CLOSE:
            opcode, _, masked, payload = wsraw.read_frame(back)
            expect(masked, "not masked by the connecting end")
        expect_equal(wsraw.close_code(payload), BEHIND.get(code, code),
                     "code at the back-end")
        back.send(wsraw.frame(CLOSE, payload, mask=None))
        back.finish()
        client.abort()
    for name, code, frames in PLAIN[::9]:
        if code != 1009:
            result.run(name, told, frames, code)
    result.check(20)


@test
def frames_that_are_cut_off_are_never_whole(t):
    """The end of the stream within a frame or message: the other side gets no
    Close as of a good end, and no message."""
    world = World(t, ROOMS)
    result = Rows()
    whole = b"\x81\xfe\x00\xc8" + b"\0\0\0\0" + b"a" * 200

    def cut(role, at, how):
        client, back = through(world)
        near, far = (client, back) if role == "accepting" else (back, client)
        near.send(wsraw.frame(TEXT, b"whole",
                              mask=b"\0\0\0\0" if near is client else None))
        expect_equal(wsraw.read_message(far), (TEXT, b"whole"), "the first")
        data = whole if near is client else whole[:1] + b"\x7e\x00\xc8" + \
            whole[8:]
        near.send(data[:at])
        near.finish() if how == "fin" else near.abort()
        fin = False
        while not fin:
            try:
                opcode, fin, _, payload = wsraw.read_frame(far)
            except Failure:
                break
            if opcode == CLOSE:
                expect_equal(wsraw.close_code(payload), 1011, "close code")
                break
        expect(not fin or opcode == CLOSE, "a cut message came as whole")
        far.abort()
    for role in ("accepting", "connecting"):
        for at in (1, 2, 3, 5, 100, 199):
            for how in ("fin", "reset"):
                result.run(f"{role} end, {how} after {at} bytes", cut, role,
                           at, how)
    result.check(24)
