# SPDX-License-Identifier: MIT
"""WebSocket by sections, numbered as users of Autobahn's tests know them.

Every case is played with the accepting and with the connecting end, with and
without an agreement to compress, and some over TLS.
"""
import asyncio
import struct
import zlib

from lib import conf, wspeers, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.wsline import Rows, World, deflated
from lib.wsraw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

ROOMS = {"plain": {"max_message": 0},
         "packed": {"max_message": 0, "deflate": True}}
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"
SECTIONS = {}


def case(section, name):
    def add(play):
        SECTIONS.setdefault(section, []).append((name, play))
        return play
    return add


def text_of(length):
    return ("Hellö wörld, " * (length // 13 + 1)).encode()[:length - 1] \
        .decode(errors="ignore").encode().ljust(length, b"!")[:length]


def pieces(payload, size):
    return [payload[at:at + size]
            for at in range(0, len(payload), size)] or [b""]


def message(line, kind, parts):
    """Frames of a message in these fragments."""
    last = len(parts) - 1
    return b"".join(line.frame(CONTINUATION if i else kind, part,
                               fin=i == last) for i, part in enumerate(parts))


def comes_back(line, kind, payload, parts=None):
    line.queue(message(line, kind, parts or [payload]))
    got = line.message()
    expect_equal((got[0], len(got[1]), got[1] == payload),
                 (kind, len(payload), True), "the message")


# -- 1 framing ----------------------------------------------------------------

SIZES = (0, 1, 125, 126, 127, 128, 65535, 65536)
for kind_ in (TEXT, BINARY):
    for size_ in SIZES:
        @case(1, f"opcode {kind_}, {size_} bytes")
        def _(line, kind=kind_, size=size_):
            comes_back(line, kind, text_of(size) if size else b"")

    @case(1, f"opcode {kind_}, 65536 bytes in pieces of 997")
    def _(line, kind=kind_):
        line.send_pieces(line.frame(kind, text_of(65536)), 997)
        line.expect_message(kind, text_of(65536))

    @case(1, f"opcode {kind_}, byte by byte")
    def _(line, kind=kind_):
        line.send_pieces(line.frame(kind, text_of(200)))
        line.expect_message(kind, text_of(200))


# -- 2 pings ------------------------------------------------------------------

for name_, payload_ in (("empty", b""), ("text", b"Hello, world!"),
                        ("binary", bytes(range(128, 253))),
                        ("125 bytes", b"\xfe" * 125)):
    @case(2, f"ping, {name_}")
    def _(line, payload=payload_):
        line.send(line.frame(PING, payload))
        line.expect_pong(payload)

    @case(2, f"ping byte by byte, {name_}")
    def _(line, payload=payload_):
        line.send_pieces(line.frame(PING, payload))
        line.expect_pong(payload)


@case(2, "ten pings are answered in order")
def _(line):
    line.send(*(line.frame(PING, b"ping-%d" % i) for i in range(10)))
    for i in range(10):
        line.expect_pong(b"ping-%d" % i)


@case(2, "pongs that no one asked for are ignored")
def _(line):
    line.send(line.frame(PONG), line.frame(PONG, b"unasked"),
              line.frame(PING, b"asked"))
    line.expect_pong(b"asked")


@case(2, "ping of 126 bytes")
def _(line):
    line.send(line.frame(PING, b"x" * 126))
    line.ended(1002)


# -- 3 reserved bits, 4 opcodes -----------------------------------------------

def breaks(line, *frames):
    """What is good before comes back, and a ping behind has no pong."""
    good = line.frame(TEXT, b"good")
    line.send(good)
    line.expect_message(TEXT, b"good")
    line.send(*frames, line.frame(PING))
    line.ended(1002)


for bits_ in range(1, 8):
    for opcode_, payload_ in ((TEXT, b"x" * 20), (BINARY, b""), (PING, b"x"),
                              (CLOSE, b"\x03\xe8")):
        @case(3, f"reserved bits {bits_} on opcode {opcode_}")
        def _(line, bits=bits_, opcode=opcode_, payload=payload_):
            if line.head and bits == 4 and opcode < 8:
                return  # an agreed extension gives this bit a meaning
            breaks(line, line.frame(opcode, payload, reserved=bits))
for opcode_ in (*range(3, 8), *range(11, 16)):
    for payload_ in (b"", b"payload"):
        @case(4, f"opcode {opcode_}, {len(payload_)} bytes")
        def _(line, opcode=opcode_, payload=payload_):
            breaks(line, line.frame(opcode, payload))


# -- 5 fragmentation ----------------------------------------------------------

for opcode_ in (PING, PONG):
    @case(5, f"opcode {opcode_} in fragments")
    def _(line, opcode=opcode_):
        breaks(line, line.frame(opcode, b"a", fin=False),
               line.frame(CONTINUATION, b"b"))
for kind_ in (TEXT, BINARY):
    for count_ in (2, 3, 9):
        @case(5, f"opcode {kind_} in {count_} fragments")
        def _(line, kind=kind_, count=count_):
            parts = pieces(b"abcdefghi", 9 // count)
            comes_back(line, kind, b"abcdefghi", parts)

    @case(5, f"opcode {kind_}, ping between fragments")
    def _(line, kind=kind_):
        line.send(line.frame(kind, b"ab", fin=False), line.frame(PING, b"p"),
                  line.frame(CONTINUATION, b"c", fin=False),
                  line.frame(PONG, b"p"), line.frame(CONTINUATION, b"d"))
        pongs = []
        expect_equal((line.message(pongs), pongs), ((kind, b"abcd"), [b"p"]),
                     "message and pong")

    @case(5, f"opcode {kind_}, byte by byte with a ping inside")
    def _(line, kind=kind_):
        line.send_pieces(line.frame(kind, b"ab", fin=False) +
                         line.frame(PONG, b"p") +
                         line.frame(CONTINUATION, b"cd"))
        line.expect_message(kind, b"abcd")

    @case(5, f"opcode {kind_}, empty fragments")
    def _(line, kind=kind_):
        comes_back(line, kind, b"ab", [b"", b"a", b"", b"", b"b", b""])
        comes_back(line, kind, b"", [b"", b"", b""])

    @case(5, f"opcode {kind_} inside a message")
    def _(line, kind=kind_):
        line.send(line.frame(TEXT, b"a", fin=False), line.frame(kind, b"b"))
        line.ended(1002)
for fin_ in (False, True):
    @case(5, f"continuation of nothing, final {fin_}")
    def _(line, fin=fin_):
        breaks(line, line.frame(CONTINUATION, b"a", fin=fin))

    @case(5, f"continuation behind a whole message, final {fin_}")
    def _(line, fin=fin_):
        breaks(line, line.frame(CONTINUATION, b"a", fin=fin),
               line.frame(TEXT, b"b"))


# -- 6 UTF-8 ------------------------------------------------------------------

VALID = {
    "empty": "", "ascii": "Hello-µ@ßöäüàá-UTF-8!!", "greek": "κόσμε",
    "first of 1": "\x00", "first of 2": "\x80", "first of 3": "\u0800",
    "first of 4": "\U00010000", "last of 1": "\x7f", "last of 2": "\u07ff",
    "last of 3": "\uffff", "last of 4": "\U0010ffff",
    "before surrogates": "\ud7ff", "behind surrogates": "\ue000",
    "replacement": "\ufffd", "byte order mark": "\ufeffa",
    **{f"non-character {plane:x}{end}": chr(plane << 16 | end)
       for plane in range(17) for end in (0xfffe, 0xffff)},
    "non-characters of the first plane": "\ufdd0\ufdef"}
GREEK = "κόσμε".encode()
INVALID = {
    **{f"lone continuation {byte:02x}": bytes([byte])
       for byte in (0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf)},
    "continuations 80 to bf": bytes(range(0x80, 0xc0)),
    **{f"lone start {byte:02x} and a space": bytes([byte, 0x20])
       for byte in (*range(0xc2, 0xe0, 5), *range(0xe0, 0xf5, 3))},
    **{f"byte {byte:02x}": bytes([byte]) for byte in
       (0xc0, 0xc1, *range(0xf5, 0x100))},
    **{f"without its last byte {char.encode().hex()}": char.encode()[:-1]
       for char in ("\x80", "\u0800", "\U00010000", "\u07ff", "\uffff",
                    "\U0010ffff")},
    "overlong slash of 2": b"\xc0\xaf", "overlong slash of 3": b"\xe0\x80\xaf",
    "overlong slash of 4": b"\xf0\x80\x80\xaf",
    "overlong slash of 5": b"\xf8\x80\x80\x80\xaf",
    "overlong slash of 6": b"\xfc\x80\x80\x80\x80\xaf",
    "largest overlong of 2": b"\xc1\xbf",
    "largest overlong of 3": b"\xe0\x9f\xbf",
    "largest overlong of 4": b"\xf0\x8f\xbf\xbf",
    "overlong zero of 2": b"\xc0\x80", "overlong zero of 3": b"\xe0\x80\x80",
    "overlong zero of 4": b"\xf0\x80\x80\x80",
    **{f"surrogate {code:04x}": chr(code).encode("utf-8", "surrogatepass")
       for code in (0xd800, 0xdb7f, 0xdb80, 0xdbff, 0xdc00, 0xdf80, 0xdfff)},
    "pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "first past the end": b"\xf4\x90\x80\x80",
    "first of 5": b"\xf8\x88\x80\x80\x80", "last of 4": b"\xf7\xbf\xbf\xbf",
    "last of 5": b"\xfb\xbf\xbf\xbf\xbf",
    "first of 6": b"\xfc\x84\x80\x80\x80\x80",
    "last of 6": b"\xfd\xbf\xbf\xbf\xbf\xbf",
    "utf-16 mark": b"\xfe\xff", "latin-1": "é".encode("latin-1")}


@case(6, "valid text of every class, in every cut in two")
def _(line):
    for name, text in VALID.items():
        data = text.encode()
        for at in range(len(data) + 1):
            line.send(message(line, TEXT, [data[:at], data[at:]]))
            expect_equal(line.message(), (TEXT, data), f"{name} cut at {at}")


@case(6, "all valid text in one message, a byte in each fragment")
def _(line):
    data = "".join(VALID.values()).encode()
    comes_back(line, TEXT, data, pieces(data, 1))


@case(6, "all valid text in one message, byte by byte")
def _(line):
    data = "".join(VALID.values()).encode()
    line.send_pieces(line.frame(TEXT, data), 7)
    line.expect_message(TEXT, data)


for name_, data_ in INVALID.items():
    @case(6, f"invalid: {name_}")
    def _(line, data=data_):
        line.send(line.frame(TEXT, GREEK + data))
        line.ended(1007, far=1002)

    @case(6, f"invalid: {name_}, a byte in each fragment")
    def _(line, data=data_):
        line.send(message(line, TEXT, pieces(GREEK + data + b"abc", 1)))
        line.ended(1007, far=1002)


@case(6, "no more is awaited once text is wrong")
def _(line):
    whole = line.frame(TEXT, GREEK + b"\xf4\x90" + b"a" * 100)
    line.send(whole[:-100])
    line.ended(1007, far=1002)


@case(6, "bytes that are not UTF-8 are good in binary messages")
def _(line):
    for data in INVALID.values():
        comes_back(line, BINARY, data)


# -- 7 closing ----------------------------------------------------------------

def close_of(line, code, reason=b""):
    return line.frame(CLOSE, struct.pack("!H", code) + reason)


@case(7, "data, pings and Closes behind a Close are ignored")
def _(line):
    line.send(close_of(line, 1000), line.frame(TEXT, b"late"),
              line.frame(PING, b"late"), close_of(line, 1001),
              line.frame(3))
    line.ended_by_us(1000)


@case(7, "Close inside a fragmented message")
def _(line):
    line.send(line.frame(TEXT, b"a", fin=False), close_of(line, 1000),
              line.frame(CONTINUATION, b"b"))
    opcode = None
    while opcode != CLOSE:
        opcode, _, payload = line.read()
    expect_equal(wsraw.close_code(payload), 1000, "close code")
    line.stream.close()


@case(7, "Close byte by byte")
def _(line):
    line.send_pieces(close_of(line, 1000, b"bye"))
    line.ended_by_us(1000)


@case(7, "Close without payload")
def _(line):
    line.send(line.frame(CLOSE))
    line.ended_by_us(None)


for length_ in (1, 126, 200):
    @case(7, f"Close of {length_} bytes")
    def _(line, length=length_):
        line.send(line.frame(CLOSE, (b"\x03\xe8" + b"a" * 200)[:length]))
        line.ended(1002)
for reason_ in (b"", b"a reason", "Grüße".encode(), b"r" * 123):
    @case(7, f"reason of {len(reason_)} bytes")
    def _(line, reason=reason_):
        line.send(close_of(line, 1000, reason))
        line.ended_by_us(1000)


@case(7, "reason that is not UTF-8")
def _(line):
    line.send(close_of(line, 1000, b"a\xed\xa0\x80"))
    line.ended(1007, far=1002)


for code_ in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
              1014, 3000, 3999, 4000, 4999):
    @case(7, f"code {code_}")
    def _(line, code=code_):
        line.send(close_of(line, code))
        line.ended_by_us(code)
for code_ in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000,
              65535):
    @case(7, f"code {code_} is none")
    def _(line, code=code_):
        line.send(close_of(line, code, b"why"))
        line.ended(1002)


# -- 9 sizes ------------------------------------------------------------------

BIG = bytes(range(1, 128)) * (2**24 // 127 + 1)
for kind_, name_ in ((TEXT, "text"), (BINARY, "binary")):
    for size_ in (2**16, 2**20, 2**22, 2**24):
        @case(9, f"{name_} of {size_} bytes")
        def _(line, kind=kind_, size=size_):
            comes_back(line, kind, BIG[:size])
    for size_ in (2**12, 2**16, 2**20):
        @case(9, f"{name_} of 4 MiB in fragments of {size_}")
        def _(line, kind=kind_, size=size_):
            comes_back(line, kind, BIG[:2**22], pieces(BIG[:2**22], size))
for size_ in (64, 256):
    @case(9, f"text of 128 KiB in fragments of {size_}")
    def _(line, size=size_):
        comes_back(line, TEXT, BIG[:2**17], pieces(BIG[:2**17], size))

    @case(9, f"text of 128 KiB in pieces of {size_}")
    def _(line, size=size_):
        line.send_pieces(line.frame(TEXT, BIG[:2**17]), size)
        line.expect_message(TEXT, BIG[:2**17])


@case(9, "1000 messages of 16 to 1024 bytes, one after the other")
def _(line):
    for i in range(1000):
        comes_back(line, BINARY, BIG[i:i + (16, 64, 256, 1024)[i % 4]])


@case(9, "1000 messages of 64 bytes at once")
def _(line):
    line.send(*(line.frame(TEXT, BIG[i:i + 64]) for i in range(1000)))
    for i in range(1000):
        line.expect_message(TEXT, BIG[i:i + 64])


# -- running ------------------------------------------------------------------

TITLES = {1: "framing", 2: "pings", 3: "reserved bits", 4: "opcodes",
          5: "fragmentation", 6: "UTF-8", 7: "closing", 9: "sizes",
          10: "fragments of ours", 12: "compression",
          13: "terms of compression"}


def play_all(world, rows, room, extra, cases):
    for name, play in cases:
        for role in ("accepting", "connecting"):
            def one(role=role, play=play):
                line = (world.accepting(room, extra) if role == "accepting"
                        else world.connecting(room, answer=extra))
                play(line)
                line.stream.close()
            rows.run(f"{name} ({room}, {role} end)", one)


def run_section(section):
    def run(t):
        world, rows = World(t, ROOMS), Rows()
        cases = SECTIONS[section]
        play_all(world, rows, "plain", "", cases)
        play_all(world, rows, "packed", DEFLATE + "\r\n", cases[::3])
        rows.check(2 * len(cases))
    return run


for section_ in SECTIONS:
    body_ = run_section(section_)
    body_.__module__ = __name__
    test(body_, name=f"{section_}_{TITLES[section_].replace(' ', '_')}")


@test
def all_sections_over_tls(t):
    world, rows = World(t, ROOMS, secure=True), Rows()
    for section, cases in SECTIONS.items():
        play_all(world, rows, "plain", "", cases[::7])
        play_all(world, rows, "packed", DEFLATE + "\r\n", cases[4::9])
    rows.check(80)


# -- 10 fragments of ours -----------------------------------------------------

@test(name="10_fragments_of_ours")
def fragments_of_ours(t):
    """A large message leaves in frames of at most `fragment_size`."""
    world = World(t, {"cut": {"max_message": 0, "fragment_size": 1300}})
    for _, line in world.lines("cut"):
        line.send(line.frame(TEXT, BIG[:65536]))
        got, sizes, fin = b"", [], False
        while not fin:
            opcode, fin, payload = line.read()
            expect_equal(opcode, CONTINUATION if sizes else TEXT, "opcode")
            sizes.append(len(payload))
            got += payload
        expect_equal(got, BIG[:65536], "the message")
        expect(max(sizes) <= 1300, f"a frame of {max(sizes)} bytes")
        line.finish()


# -- 12 and 13 compression ----------------------------------------------------

CONTENTS = {
    "json": b'{"id": 1, "name": "a", "list": [1, 2, 3]}, ' * 3100,
    "noise": b"".join(struct.pack("!I", i * 2654435761 & 0xffffffff)
                      for i in range(32768)),
    "zeros": b"\0" * 131072, "text": "Ü und é; ".encode() * 12000}


def packer(head):
    """Compresses as the agreement wants of us; returns a function."""
    state = [None]

    def pack(data):
        forget = "client_no_context_takeover" in head or \
            "server_no_context_takeover" in head
        if state[0] is None or forget:
            state[0] = zlib.compressobj(6, zlib.DEFLATED, -9)
        return (state[0].compress(data) +
                state[0].flush(zlib.Z_SYNC_FLUSH))[:-4]
    return pack


def compressed_exchange(line, contents, sizes, cut):
    pack = packer(line.head)
    for name in contents:
        for size in sizes:
            data = CONTENTS[name][:size]
            kind = BINARY if name in ("noise", "zeros") else TEXT
            if kind == TEXT:
                data = data.decode(errors="ignore").encode()
            wire = pack(data)
            parts = pieces(wire, cut or len(wire) or 1)
            last = len(parts) - 1
            line.send(*(line.frame(CONTINUATION if i else kind, part,
                                   fin=i == last, reserved=0 if i else 4)
                        for i, part in enumerate(parts)))
            got = line.message()
            expect_equal((got[0], len(got[1]), got[1] == data),
                         (kind, len(data), True), f"{name} of {size} bytes")
    line.finish()


@test(name="12_compression")
def compression(t):
    world = World(t, {"packed": {"max_message": 0, "deflate": True,
                                 "deflate_ratio": 0}})
    for cut in (0, 1000, 7):
        for _, line in world.lines("packed", DEFLATE + "\r\n"):
            compressed_exchange(line, CONTENTS,
                                (0, 16, 64, 1024, 8192, 131072)
                                if cut != 7 else (16, 1024, 8192), cut)


OFFERS = ("", "; server_no_context_takeover", "; client_no_context_takeover",
          "; server_no_context_takeover; client_no_context_takeover",
          "; server_max_window_bits=9", "; client_max_window_bits=9",
          "; server_max_window_bits=9; client_max_window_bits=9; "
          "server_no_context_takeover; client_no_context_takeover")


@test(name="13_terms_of_compression")
def terms_of_compression(t):
    world = World(t, {"packed": {"max_message": 0, "deflate": True,
                                 "deflate_ratio": 0}})
    rows = Rows()
    for offer in OFFERS:
        for role, line in world.lines("packed", f"{DEFLATE}{offer}\r\n"):
            rows.run(f"{role} end, {offer}", compressed_exchange, line,
                     ("json", "noise"), (16, 1024, 32768), 0)
    rows.check(14)


@test
def blocks_that_are_final_or_stored_are_inflated(t):
    world = World(t, ROOMS)
    stored = b"\x00\x05\x00\xfa\xffHello\x00"
    for _, line in world.lines("packed", DEFLATE + "\r\n"):
        for wire in (deflated(b"Hello"), deflated(b"Hello", final=True),
                     stored, b"\xf2\x48\xcd\xc9\xc9\x07\x00"):
            line.send(line.frame(TEXT, wire, reserved=4))
            line.expect_message(TEXT, b"Hello")
        line.finish()


@test
def python_websockets_agrees_in_both_roles(t):
    """A foreign peer, compressing by default, in front and behind."""
    back = wspeers.WsServer(t, wspeers.echo, compression="deflate")
    port = t.ports.one()
    options = {"max_message": 0, "deflate": True, "deflate_ratio": 0}
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("ws", port, ws=options),
        conf.connect("ws", back.port, ws=options)))).start()

    async def play(connection):
        for name, data in CONTENTS.items():
            for size in (0, 1, 100, 70000):
                part = data[:size]
                if name in ("json", "text"):
                    part = part.decode(errors="ignore")
                await connection.send(part)
                expect(await connection.recv() == part, f"{name}, {size}")
        pong = await connection.ping(b"there?")
        await asyncio.wait_for(pong, t.patience)
        return [type(e).__name__ for e in connection.extensions]
    got = wspeers.client(t, port, play, compression="deflate").result()
    expect_equal(got, ["PerMessageDeflate"], "extensions of the client")
    expect_equal(back.result(), (1000, ""), "how the back-end was closed")
    expect("permessage-deflate" in str(back.requests[0]),
           "the back-end was not offered compression")
