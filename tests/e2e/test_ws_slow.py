# SPDX-License-Identifier: MIT
"""WebSocket peers that are slow, half there, idle, or in pieces: memory stays
bounded, and others are served meanwhile."""
import resource
import zlib

from lib import conf, processes, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server
from lib.streams import dial, dial_tls

MIB = 1024 * 1024
OFFER = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
BLOCK = bytes(range(256)) * 256  # 64 KiB
MORE = 32 * 1024  # KiB that a worker may grow by while somebody is slow


class World:
    """A gateway with `work`, before `port_back`, and an echo for others."""

    def __init__(self, t, back="ws", port_back=None, secure=False, **ws):
        self.t = t
        self.secure = secure
        self.port, self.port_echo = t.ports.one(), t.ports.one()
        scheme = "wss" if secure else "ws"
        options = {"max_message": 0, **ws}
        echo = conf.echo("echo", conf.accept("ws", self.port_echo,
                                             ws=options))
        accept = conf.accept(scheme, self.port, t.certs, ws=options)
        connect = conf.connect(back, port_back or self.port_echo,
                               path="/work", ws=options) if back == "ws" \
            else conf.connect(back, port_back)
        if back == "ws":
            connect["ws"]["host"] = "gateway.test"
        self.gateway = Gateway(t, conf.gateway(
            echo, conf.service("work", accept, connect))).start()

    def open(self, extra="", receive_buffer=None):
        if self.secure:
            stream = dial_tls(self.t, self.port, trust=self.t.certs.front,
                              receive_buffer=receive_buffer)
        else:
            stream = dial(self.t, self.port, receive_buffer=receive_buffer)
        wsraw.upgrade(stream, extra=extra)
        return stream

    def round_trips(self, count=200):
        """Others go on: messages of one client, one by one."""
        stream = dial(self.t, self.port_echo)
        wsraw.upgrade(stream)
        for n in range(count):
            text = f"message {n}".encode()
            stream.send(wsraw.frame(wsraw.TEXT, text))
            expect_equal(wsraw.read_message(stream), (wsraw.TEXT, text),
                         "a round trip")
        leave(stream)


def leave(stream):
    stream.send(wsraw.close_frame(1000))
    wsraw.read_close(stream)
    stream.close()


def read_header(stream):
    """(first byte, length) of the next frame from a server."""
    first, second = stream.receive(2)
    if second & 127 < 126:
        return first, second & 127
    size = 2 if second & 127 == 126 else 8
    return first, int.from_bytes(stream.receive(size), "big")


def drop(stream, count):
    """Take `count` bytes and keep none."""
    while count:
        if not stream.received:
            stream.receive(1)
            count -= 1
        part = min(count, len(stream.received))
        del stream.received[:part]
        count -= part


# -- who does not read ----------------------------------------------------------

FLOOD = 48 * MIB


def flood(t, back, secure=False, deflate=False):
    """The back-end sends without end; its client reads nothing, then all."""
    frame = wsraw.frame(wsraw.BINARY, BLOCK, mask=None)
    total = FLOOD // 4 if t.sanitized else FLOOD
    count = total // len(BLOCK)

    def play(stream):
        if back == "ws":
            wsraw.answer(stream)
        for _ in range(count):
            stream.send(frame if back == "ws" else BLOCK)
        if back == "ws":
            stream.send(wsraw.close_frame(4000, "all of it", mask=None))
            wsraw.read_close(stream)
        stream.finish()
        stream.receive_all()
        return True
    server = Server(t, play)
    world = World(t, back, server.port, secure, deflate=deflate)
    stream = world.open(OFFER if deflate else "", receive_buffer=4096)
    before = world.gateway.memory()
    world.round_trips()
    grown = world.gateway.memory() - before
    if not t.sanitized:
        expect(grown < MORE, f"a worker grew by {grown} KiB")
    expect_equal(sum(len(payload) for payload, _ in parts(stream)), total,
                 "bytes, read late")
    stream.send(wsraw.close_frame(1000))
    stream.close()
    expect(server.result(), "the back-end sent all")
    world.gateway.stop()


def parts(stream):
    """(payload, last of its message?) of data frames up to the Close."""
    inflate = zlib.decompressobj(-15)
    packed = False
    while True:
        first, length = read_header(stream)
        payload = stream.receive(length)
        if first & 15 == wsraw.CLOSE:
            return
        packed = bool(first & 0x40) if first & 15 else packed
        if packed:
            tail = b"\x00\x00\xff\xff" if first & 0x80 else b""
            payload = inflate.decompress(payload + tail)
        yield payload, bool(first & 0x80)


def messages(stream):
    whole = b""
    for payload, last in parts(stream):
        whole += payload
        if last:
            yield whole
            whole = b""


for secure_front in (False, True):
    for kind in ("ws", "tcp"):
        for packs in (False, True):
            test(lambda t, b=kind, s=secure_front, d=packs:
                 flood(t, b, s, d),
                 name=f"a_client_that_does_not_read_ws{'s' * secure_front}"
                      f"_to_{kind}{'_with_deflate' * packs}")


@test
def a_back_end_that_does_not_read_stops_its_client_only(t):
    gone = []

    def play(stream):
        wsraw.answer(stream)
        t.wait("leave to read", lambda: gone)
        total = 0
        while True:
            opcode, _, _, payload = wsraw.read_frame(stream)
            if opcode == wsraw.CLOSE:
                stream.send(wsraw.close_frame(1000, mask=None))
                stream.finish()
                return total
            total += len(payload)
    server = Server(t, play, receive_buffer=4096)
    world = World(t, "ws", server.port)
    stream = world.open()
    before = world.gateway.memory()
    frame = wsraw.frame(wsraw.BINARY, BLOCK, mask=b"\0\0\0\0")
    count = 256

    def send():
        for _ in range(count):
            stream.send(frame)
        stream.send(wsraw.close_frame(1000))
    sender = t.spawn(send)
    world.round_trips()
    grown = world.gateway.memory() - before
    expect(t.sanitized or grown < MORE, f"a worker grew by {grown} KiB")
    gone.append(True)
    sender.result("the client to send all")
    expect_equal(server.result(), count * len(BLOCK), "the back-end got")
    world.gateway.stop()


# -- who sends byte by byte -----------------------------------------------------

def one_by_one(t, deflate):
    world = World(t, deflate=deflate, deflate_min=0)
    stream = dial(t, world.port)
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    text = "grüße, byte by byte ".encode() * 20
    payload, first = text, 0
    if deflate:
        deflater = zlib.compressobj(wbits=-15)
        payload = (deflater.compress(text) +
                   deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]
        first = 4
    wire = wsraw.request("/work", "gateway.test", key=key,
                         extra=OFFER if deflate else "")
    wire += wsraw.frame(wsraw.TEXT, payload, reserved=first)
    wire += wsraw.frame(wsraw.PING, b"there?")
    send_bytes(stream, wire)
    stream.receive_until(b"\r\n\r\n")
    got, pong, whole, packed = b"", None, False, False
    while not whole or pong is None:
        head, length = read_header(stream)
        data = stream.receive(length)
        if head & 15 == wsraw.PONG:
            pong = data
        else:
            packed = packed or bool(head & 0x40)
            got += data
            whole = bool(head & 0x80)
    if packed:
        got = zlib.decompressobj(-15).decompress(got + b"\x00\x00\xff\xff")
    expect_equal((got, packed, pong), (text, deflate, b"there?"), "answers")
    send_bytes(stream, wsraw.close_frame(4001, "so"))
    expect_equal(wsraw.read_close(stream)[0], 4001, "the close")
    stream.close()
    world.gateway.stop()


def send_bytes(stream, wire):
    for at in range(len(wire)):
        stream.send(wire[at:at + 1])


test(lambda t: one_by_one(t, False), name="one_byte_at_a_time")
test(lambda t: one_by_one(t, True), name="one_byte_at_a_time_with_deflate")


# -- who is half there -----------------------------------------------------------

@test
def half_open_ends_leave_nothing_behind(t):
    """Clients that stop anywhere and go; nothing of them is kept."""
    world = World(t)
    worker = world.gateway.wait_workers(1)[0]
    world.round_trips(1)
    before = t.wait("descriptors", lambda: processes.descriptors(worker))
    request = wsraw.request("/work", "gateway.test")
    parts = [request[:10], request[:-2],
             request + wsraw.header(wsraw.BINARY, 1000)[:3],
             request + wsraw.frame(wsraw.TEXT, b"x" * 1000)[:500],
             request + wsraw.frame(wsraw.TEXT, b"a", fin=False),
             request + wsraw.frame(wsraw.PING, b"p" * 100)[:50], request]
    for end in ("fin", "abort"):
        for part in parts * 5:
            stream = dial(t, world.port)
            stream.send(part)
            getattr(stream, end)()
            if end == "fin":
                stream.receive_all()
                stream.sock.close()
    world.round_trips(20)
    t.wait("descriptors to be what they were",
           lambda: processes.descriptors(worker) <= before)
    world.gateway.stop()


def raise_limit(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count * 4
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (
            min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted,
            hard))


def idle(t, extra, most, **ws):
    """1,000 that say nothing: what one costs, and all of them still talk."""
    count = 200 if t.sanitized else 1000
    raise_limit(count)
    world = World(t, **ws)
    world.round_trips(1)
    before = world.gateway.memory()
    streams = [world.open(extra) for _ in range(count)]
    each = (world.gateway.memory() - before) / count
    expect(t.sanitized or each < most, f"an idle one costs {each:.1f} KiB")
    world.round_trips()
    for stream in streams:
        stream.send(wsraw.frame(wsraw.BINARY, b"still here"))
    for stream in streams:
        expect_equal(next(messages(stream)), b"still here", "echo")
    for stream in streams:
        stream.send(wsraw.close_frame(1000))
    for stream in streams:
        wsraw.read_close(stream)
        stream.sock.close()
    world.gateway.stop()


# Two sessions each: one of the hop, one of the echo behind it.
test(lambda t: idle(t, "", 64), name="a_thousand_idle_ones")
test(lambda t: idle(t, OFFER, 1024, deflate=True),
     name="a_thousand_idle_ones_with_deflate")


# -- what comes in pieces -----------------------------------------------------------

@test
def text_of_16_mib_in_one_byte_fragments(t):
    size = MIB if t.sanitized else 16 * MIB

    def play(stream):
        wsraw.answer(stream)
        kinds, total, alike = set(), 0, True
        while True:
            opcode, fin, _, payload = wsraw.read_frame(stream)
            kinds.add(opcode)
            total += len(payload)
            alike = alike and payload.strip(b"a") == b""
            if fin:
                return sorted(kinds), total, alike
    server = Server(t, play)
    world = World(t, "ws", server.port)
    stream = world.open()
    before = world.gateway.memory()
    first = wsraw.frame(wsraw.TEXT, b"a", fin=False)
    middle = wsraw.frame(wsraw.CONTINUATION, b"a", fin=False) * 65536
    stream.send(first)
    for _ in range((size - 65536) // 65536):
        stream.send(middle)
    stream.send(middle[:len(first) * 65534] +
                wsraw.frame(wsraw.CONTINUATION, b"a"))
    expect_equal(server.result(), ([wsraw.CONTINUATION, wsraw.TEXT], size,
                                   True), "the back-end got")
    grown = world.gateway.memory() - before
    expect(t.sanitized or grown < MORE, f"a worker grew by {grown} KiB")


@test
def a_message_of_256_mib_is_streamed(t):
    size = (16 if t.sanitized else 256) * MIB

    def play(stream):
        wsraw.answer(stream)
        total, frames = 0, 0
        while True:
            first, second = stream.receive(2)
            length = second & 127
            if length > 125:
                length = int.from_bytes(
                    stream.receive(2 if length == 126 else 8), "big")
            stream.receive(4)
            drop(stream, length)
            total, frames = total + length, frames + 1
            if first & 0x80:
                return total
    server = Server(t, play)
    world = World(t, "ws", server.port)
    stream = world.open()
    before = world.gateway.memory()
    stream.send(wsraw.header(wsraw.BINARY, size, bits=64))
    for _ in range(size // MIB):
        stream.send(BLOCK * 16)
    grown = world.gateway.memory() - before
    expect(t.sanitized or grown < MORE, f"a worker grew by {grown} KiB")
    expect_equal(server.result(), size, "the back-end got")


def tiny(t, deflate):
    """100,000 messages of eight bytes, there and back."""
    count = 10000 if t.sanitized else 100000
    world = World(t, deflate=deflate)
    stream = world.open(OFFER if deflate else "")
    batch = 1000
    before = world.gateway.memory()
    answers = messages(stream)
    for at in range(0, count, batch):
        stream.send(b"".join(
            wsraw.frame(wsraw.BINARY, b"%08d" % n, mask=b"\0\0\0\0")
            for n in range(at, at + batch)))
        for n in range(at, at + batch):
            expect_equal(next(answers), b"%08d" % n, "an echo")
    grown = world.gateway.memory() - before
    expect(t.sanitized or grown < MORE, f"a worker grew by {grown} KiB")
    leave(stream)
    world.gateway.stop()


test(lambda t: tiny(t, False), name="a_hundred_thousand_tiny_messages")
test(lambda t: tiny(t, True),
     name="a_hundred_thousand_tiny_messages_with_deflate")


@test
def what_waits_behind_a_full_wire_goes_out(t):
    """Messages of every size, which deflate makes cheap to send and large to
    hold, fill the wire to a back-end behind tls before it reads: none
    stays."""
    sizes = [range(8000 + n, 16384, 111) for n in range(0, 100, 10)]
    turns = []

    def play(stream):
        for n, burst in enumerate(sizes):
            t.wait("a burst to be sent", lambda n=n: len(turns) > n)
            drop(stream, 6 * sum(burst))
            stream.send(b"all")
        stream.receive_all()
    server = Server.with_certificate(t, play, receive_buffer=4096)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("ws", port, ws={
            "max_message": 0, "deflate": True, "deflate_ratio": 0}),
        conf.connect("tls", server.port, t.certs)))).start()
    stream = dial(t, port)
    wsraw.upgrade(stream, extra=OFFER)
    deflater = zlib.compressobj(wbits=-15)
    answers = parts(stream)
    for burst in sizes:
        wire = b""
        for size in list(burst) * 6:
            packed = deflater.compress(bytes(size)) + \
                deflater.flush(zlib.Z_SYNC_FLUSH)
            wire += wsraw.frame(wsraw.BINARY, packed[:-4], reserved=4)
        stream.send(wire)
        turns.append(True)
        got = b""
        while len(got) < 3:
            got += next(answers)[0]
    leave(stream)
