# SPDX-License-Identifier: MIT
"""The scenarios that gateways of KAAZING's kind are specified by.

Their names are a checklist; each is played here by a function of ours, as the
standard has it. Names with `client` try the accepting end, names with `server`
the connecting end, the rest both. `doc/conformance.md` lists them all.
"""
import base64
import contextlib
import struct

from lib import conformance, wsraw
from lib.harness import expect, expect_equal, test
from lib.wsline import Line, Rows, World
from lib.wsraw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

OPCODES = {"text": TEXT, "binary": BINARY, "close": CLOSE, "ping": PING,
           "pong": PONG, "continuation": CONTINUATION}
ROLES = {"client": ("accepting",), "server": ("connecting",),
         None: ("accepting", "connecting")}
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"


class Scenario:
    def __init__(self, area, name, answer, play, *, side=None, room="plain"):
        self.area, self.name, self.answer = area, name, answer
        self.play, self.room = play, room
        self.roles = ROLES[side]


SCENARIOS = []


def add(area, name, answer, play, **more):
    SCENARIOS.append(Scenario(area, name, answer, play, **more))


def content(kind, length):
    """Text of `length` bytes, with characters of every size when it fits."""
    if kind == "binary":
        return bytes(i * 7 & 255 for i in range(length))
    whole = "aé€😀".encode()
    return whole * (length // len(whole)) + b"z" * (length % len(whole))


# -- what a line is asked to do -----------------------------------------------

def fails(frames, code, far=None):
    def play(line):
        line.send(frames(line))
        line.ended(code, far=far)
    return play


def echoes(kind, length):
    def play(line):
        payload = content(kind, length)
        line.send(line.frame(OPCODES[kind], payload))
        line.expect_message(OPCODES[kind], payload)
        line.finish()
    return play


def is_pinged(length):
    def play(line):
        payload = content("binary", length)
        line.send(line.frame(PING, payload))
        line.expect_pong(payload)
        line.finish()
    return play


def takes_pong(length):
    def play(line):
        line.send(line.frame(PONG, content("binary", length)),
                  line.frame(TEXT, b"still here"))
        line.expect_message(TEXT, b"still here")
        line.finish()
    return play


def closes(code, reason=b""):
    """We close; the answer has our code, and the other end hears of both."""
    def play(line):
        payload = b"" if code is None else struct.pack("!H", code) + reason
        line.send(line.frame(CLOSE, payload))
        line.ended_by_us(code)
    return play


# -- framing, data, control ---------------------------------------------------

for kind_ in ("binary", "text"):
    for length_ in (0, 125, 126, 127, 128, 65535, 65536):
        add("framing", f"echo.{kind_}.payload.length.{length_}", "echoed",
            echoes(kind_, length_))


def bare(opcode, payload=b"", **more):
    return lambda line: line.frame(opcode, payload, **more)


for side_ in ("client", "server"):
    for opcode_ in range(3, 8):
        add("data", f"{side_}.send.opcode.0x{opcode_:02x}", "1002",
            fails(bare(opcode_, b"abc"), 1002), side=side_)
    for opcode_ in range(11, 16):
        add("control", f"{side_}.send.opcode.0x{opcode_:02x}", "1002",
            fails(bare(opcode_), 1002), side=side_)
    for length_ in (0, 125):
        add("control", f"{side_}.send.ping.payload.length.{length_}", "pong",
            is_pinged(length_), side=side_)
        add("control", f"{side_}.send.pong.payload.length.{length_}",
            "ignored", takes_pong(length_), side=side_)
    for kind_ in ("ping", "pong", "close"):
        add("control", f"{side_}.send.{kind_}.payload.length.126", "1002",
            fails(bare(OPCODES[kind_], b"\x03\xe8" * 63), 1002), side=side_)
    add("control", f"{side_}.send.close.payload.length.0",
        "close without code", closes(None), side=side_)
    add("control", f"{side_}.send.close.payload.length.125", "1000",
        closes(1000, content("text", 123)), side=side_)
add("control", "client.send.close.payload.length.1", "1002",
    fails(bare(CLOSE, b"\x03"), 1002), side="client")

# -- closing, masking, reserved bits ------------------------------------------

for side_ in ("client", "server"):
    name_ = f"{side_}.send.close.frame.with.code"
    for code_ in (1000, 1001):
        add("closing", f"{name_}.{code_}", str(code_), closes(code_),
            side=side_)
    for code_ in (1005, 1006, 1015):
        add("closing", f"{name_}.{code_}", "1002",
            fails(bare(CLOSE, struct.pack("!H", code_)), 1002), side=side_)
    add("closing", f"{name_}.1000.and.reason", "1000",
        closes(1000, b"so long"), side=side_)
    add("closing", f"{name_}.1000.and.invalid.utf8.reason", "1007",
        fails(bare(CLOSE, b"\x03\xe8a\xff"), 1007, 1002), side=side_)
    add("closing", f"{side_}.send.empty.close.frame", "close without code",
        closes(None), side=side_)
    for kind_ in ("binary", "close", "ping", "pong", "text"):
        for bits_ in range(1, 8):
            add("extensibility",
                f"{side_}.send.{kind_}.frame.with.rsv.{bits_}", "1002",
                fails(bare(OPCODES[kind_], b"\x03\xe8a", reserved=bits_),
                      1002), side=side_)

for kind_ in ("binary", "text"):
    add("masking", f"send.{kind_}.payload.not.masked", "1002",
        fails(bare(OPCODES[kind_], b"abc", mask=None), 1002), side="client")
    add("masking", f"server.send.masked.{kind_}", "1002",
        fails(bare(OPCODES[kind_], b"abc", mask=b"\1\2\3\4"), 1002),
        side="server")

# -- fragmentation ------------------------------------------------------------


def cut(kind, payload, sizes, between=b""):
    """Frames of a message in fragments of `sizes`, the last what is left."""
    def frames(line):
        parts, at = [], 0
        for size in sizes:
            parts.append(payload[at:at + size])
            at += size
        parts.append(payload[at:])
        last = len(parts) - 1
        return (line.frame(PING, between) + line.frame(PONG, between)
                if between else b"").join(
            line.frame(CONTINUATION if i else OPCODES[kind], part,
                       fin=i == last) for i, part in enumerate(parts))
    return frames


def reassembled(kind, length, sizes, between=b""):
    def play(line):
        payload = content(kind, length)
        line.send(cut(kind, payload, sizes, between)(line))
        pongs, got, first, fin = 0, b"", None, False
        while not fin or (between and pongs < len(sizes)):
            opcode, last, part = line.read()
            if opcode == PONG:
                expect_equal(part, between, "a pong")
                pongs += 1
                continue
            expect_equal(opcode == CONTINUATION, first is not None,
                         "continuation")
            first = opcode if first is None else first
            got, fin = got + part, last
        expect_equal((first, got), (OPCODES[kind], payload), "the message")
        line.finish()
    return play


def not_continued(kind):
    return lambda line: (line.frame(OPCODES[kind], b"a" * 60, fin=False) +
                         line.frame(OPCODES[kind], b"a" * 65))


for side_ in ("client", "server"):
    for kind_ in ("binary", "text"):
        def fragments(tail, length, sizes, between=b"", side=side_,
                      kind=kind_):
            add("fragmentation",
                f"{side}.echo.{kind}.payload.length.{length}{tail}",
                "echoed", reassembled(kind, length, sizes, between),
                side=side)
        fragments(".fragmented", 0, (0, 0))
        fragments(".fragmented.with.injected.ping.pong", 0, (0, 0), b"in")
        fragments(".fragmented", 125, (20, 40, 30))
        fragments(".fragmented.with.injected.ping.pong", 125, (20, 40, 30),
                  b"between")
        fragments(".fragmented.with.some.empty.fragments", 125,
                  (0, 20, 0, 40, 30, 0, 0))
        fragments(".not.fragmented", 125, ())
        if kind_ == "text":
            fragments(".fragmented.but.not.utf8.aligned", 125,
                      (2, 3, 3, 1, 8, 1, 20))
        add("fragmentation", f"{side_}.send.{kind_}.payload.length.125"
            ".fragmented.but.not.continued", "1002",
            fails(not_continued(kind_), 1002), side=side_)
    for kind_, length_ in (("close", 2), ("ping", 0), ("pong", 0)):
        add("fragmentation", f"{side_}.send.{kind_}.payload.length.{length_}"
            ".fragmented", "1002",
            fails(cut(kind_, b"\x03\xe8"[:length_], (length_ // 2,)), 1002),
            side=side_)
    add("fragmentation", f"{side_}.send.continuation.payload.length.125"
        ".fragmented", "1002",
        fails(cut("continuation", b"a" * 125, (60,)), 1002), side=side_)
    add("fragmentation", f"{side_}.send.continuation.payload.length.125"
        ".not.fragmented", "1002",
        fails(bare(CONTINUATION, b"a" * 125), 1002), side=side_)

# -- limits -------------------------------------------------------------------

for kind_ in ("binary", "text"):
    add("limits", f"should.fail.{kind_}.payload.length.126", "1009",
        fails(bare(OPCODES[kind_], b"a" * 126), 1009), room="small")
    add("limits", f"should.fail.{kind_}.payload.length.131073", "1009",
        fails(bare(OPCODES[kind_], b"a" * 131073), 1009), room="usual")
add("limits", "should.fail.max.lifetime.exceeded", "1001",
    lambda line: line.ended(1001), room="brief")

# -- opening ------------------------------------------------------------------


def request(path="/plain", *, start=None, drop=(), **fields):
    """A good request, but for what is said; names with _ for -."""
    lines = {"Host": "gateway.test", "Upgrade": "websocket",
             "Connection": "Upgrade",
             "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
             "Sec-WebSocket-Version": "13"}
    lines.update({name.replace("_", "-"): v for name, v in fields.items()})
    text = "".join(f"{name}: {v}\r\n" for name, v in lines.items()
                   if name not in drop)
    return f"{start or f'GET {path} HTTP/1.1'}\r\n{text}\r\n".encode()


ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 1.3


def asks(wanted, *, has=(), lacks=(), bytes_=None, **request_):
    """The client asks; status and fields of the answer."""
    def play(world):
        stream = world.dial()
        stream.send(bytes_ or request(**request_))
        head = stream.receive_until(b"\r\n\r\n").decode("latin-1")
        expect_equal(head.split(" ")[1], str(wanted), "status")
        for line in has:
            expect(line in head.split("\r\n"), f"no {line!r} in {head!r}")
        for name in lacks:
            expect(wsraw.field(head, name) is None, f"{name} in {head!r}")
        if wanted == 101:
            expect_equal(wsraw.field(head, "Sec-WebSocket-Accept"), ACCEPT,
                         "Sec-WebSocket-Accept")
            line = Line(stream, head, mask=b"\1\2\3\4")
            line.send(line.frame(TEXT, b"hello"))
            line.expect_message(TEXT, b"hello")
        stream.close()
    return play


def answers(wanted, *, room="plain", edit=None, has=None, **fields):
    """The back-end answers the gateway's request with a good 101 but for
    `fields` and `edit`; `has` is what the client's answer must have."""
    def play(world):
        client = world.dial()
        client.send(wsraw.request(f"/through-{room}", "gateway.test"))
        back = world.backs[room].accept()
        head = back.receive_until(b"\r\n\r\n").decode("latin-1")
        key = wsraw.field(head, "Sec-WebSocket-Key")
        expect_equal(len(base64.b64decode(key, validate=True)), 16, "key")
        lines = {"Upgrade": "websocket", "Connection": "Upgrade",
                 "Sec-WebSocket-Accept": wsraw.accept_key(key)}
        lines.update({name.replace("_", "-"): v
                      for name, v in fields.items()})
        text = "HTTP/1.1 101 Switching Protocols\r\n" + "".join(
            f"{name}: {v}\r\n" for name, v in lines.items()
            if v is not None) + "\r\n"
        with contextlib.suppress(OSError if wanted == 502 else ()):
            back.send((edit(text) if edit else text).encode())
        got = client.receive_until(b"\r\n\r\n").decode("latin-1")
        expect_equal(got.split(" ")[1], str(wanted), "status")
        expect(not has or has in got, f"no {has!r} in {got!r}")
        if wanted == 101:
            back.send(wsraw.frame(TEXT, b"hello", mask=None))
            expect_equal(wsraw.read_message(client), (TEXT, b"hello"),
                         "through the gateway")
        else:
            expect_equal(back.receive_all(), b"", "to the back-end")
        back.close()
        client.close()
    return play


def many(world):
    lines = [world.accepting() for _ in range(20)]
    lines += [world.connecting() for _ in range(20)]
    for i, line in enumerate(lines):
        line.send(line.frame(TEXT, b"%d" % i))
    for i, line in enumerate(lines):
        line.expect_message(TEXT, b"%d" % i)
        line.finish()


def established(world):
    for _, line in world.lines():
        line.finish()


def random_case(text):
    first, _, rest = text.partition("\r\n")
    swapped = "\r\n".join(
        name.swapcase() + colon + value for name, colon, value in
        (line.partition(":") for line in rest.split("\r\n")))
    return first + "\r\n" + swapped


def opening(name, answer, play, side=None):
    add("opening", name, answer, play, side=side, room=None)


def of_request(name, answer, play):
    opening(f"request.{name}", answer, play, "client")


def of_response(name, answer, play):
    opening(f"response.{name}", answer, play, "server")


opening("connection.established", "101", established)
opening("multiple.connections.established", "101", many)
of_request("header.connection.case.insensitive.upgrade", "101",
           asks(101, Connection="uPgRaDe"))
of_request("header.connection.missing", "426",
           asks(426, drop=("Connection",), has=("Upgrade: websocket",)))
of_request("header.connection.not.upgrade", "426",
           asks(426, Connection="keep-alive", has=("Upgrade: websocket",)))
of_request("header.cookie", "101", asks(101, Cookie="a=1; b=\"2\""))
of_request("header.host.missing", "400", asks(400, drop=("Host",)))
of_request("header.origin", "101", asks(101, Origin="http://example.com"))
of_request("header.sec.websocket.extensions", "101",
           asks(101, path="/packed", has=(DEFLATE,), Sec_WebSocket_Extensions=(
               "x-unknown; a=1, permessage-deflate")))
of_request("header.sec.websocket.key.missing", "400",
           asks(400, drop=("Sec-WebSocket-Key",)))
of_request("header.sec.websocket.key.not.16bytes.base64", "400",
           asks(400, Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25j"))
of_request("header.sec.websocket.protocol", "101",
           asks(101, path="/spoken", Sec_WebSocket_Protocol="first, second",
                has=("Sec-WebSocket-Protocol: second",)))
of_request("header.sec.websocket.version.not.13", "426",
           asks(426, Sec_WebSocket_Version="8",
                has=("Sec-WebSocket-Version: 13",)))
of_request("header.upgrade.case.insensitive.websocket", "101",
           asks(101, Upgrade="WebSocket"))
of_request("header.upgrade.missing", "426",
           asks(426, drop=("Upgrade",), has=("Upgrade: websocket",)))
of_request("header.upgrade.not.websocket", "426",
           asks(426, Upgrade="h2c", has=("Upgrade: websocket",)))
of_request("headers.random.case", "101",
           asks(101, bytes_=random_case(request().decode()).encode()))
of_request("method.not.get", "405",
           asks(405, start="POST /plain HTTP/1.1", has=("Allow: GET",)))
of_request("version.not.http.1.1", "400",
           asks(400, start="GET /plain HTTP/1.0"))
of_response("header.connection.case.insensitive.upgrade", "101",
            answers(101, Connection="uPGRADE"))
of_response("header.connection.missing", "502",
            answers(502, Connection=None))
of_response("header.connection.not.upgrade", "502",
            answers(502, Connection="keep-alive"))
of_response("header.sec.websocket.accept.missing", "502",
            answers(502, Sec_WebSocket_Accept=None))
of_response("header.sec.websocket.accept.not.hashed", "502",
            answers(502, Sec_WebSocket_Accept="dGhlIHNhbXBsZSBub25jZQ=="))
of_response("header.sec.websocket.extensions.not.negotiated", "502",
            answers(502, Sec_WebSocket_Extensions="x-unknown"))
of_response("header.sec.websocket.extensions.partial.agreement", "101",
            answers(101, room="packed"))
of_response("header.sec.websocket.extensions.reordered", "101",
            answers(101, room="packed", Sec_WebSocket_Extensions=(
                "permessage-deflate; client_no_context_takeover; "
                "server_no_context_takeover")))
of_response("header.sec.websocket.protocol.not.negotiated", "502",
            answers(502, Sec_WebSocket_Protocol="third"))
of_response("header.upgrade.case.insensitive.websocket", "101",
            answers(101, Upgrade="WebSocket"))
of_response("header.upgrade.missing", "502", answers(502, Upgrade=None))
of_response("header.upgrade.not.websocket", "502",
            answers(502, Upgrade="h2c"))
of_response("headers.random.case", "101", answers(101, edit=random_case))

# -- running ------------------------------------------------------------------

AREAS = {"opening": 30, "framing": 14, "data": 10, "control": 29,
         "closing": 16, "masking": 4, "fragmentation": 40, "limits": 5,
         "extensibility": 70}
ROOMS = {"plain": {"max_message": "1m"},
         "packed": {"max_message": "1m", "deflate": True},
         "spoken": {"accept": {"subprotocols": ["zeroth", "second"]}},
         "small": {"max_message": 125},
         "usual": {"max_message": "128k"},
         "brief": {"hop": {"lifetime": "3s"}}}


def play_one(world, scenario):
    if scenario.room is None:
        scenario.play(world)
        return
    for role in scenario.roles:
        scenario.play(getattr(world, role)(scenario.room))


def run_area(area):
    def run(t):
        world, rows = World(t, ROOMS), Rows(t)
        for scenario in of_area(area):
            rows.run(scenario.name, play_one, world, scenario)
        rows.check(AREAS[area])
    return run


def of_area(area):
    return [s for s in SCENARIOS if s.area == area]


for area_ in AREAS:
    body_ = run_area(area_)
    body_.__module__ = __name__
    test(body_, name=area_, rows=[s.name for s in of_area(area_)])


@test
def the_page_lists_every_scenario(t):
    names = [(s.area, s.name) for s in SCENARIOS]
    expect_equal(len(set(names)), len(names), "scenarios without their twins")
    for area, least in AREAS.items():
        expect(len(of_area(area)) >= least, f"{area} has too few")
    conformance.check(t.source)
