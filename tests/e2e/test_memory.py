# SPDX-License-Identifier: MIT
"""Memory is bounded: stalled receivers, tiny writes, huge messages, crowds."""
import hashlib
import threading

from lib import conf, processes, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server
from lib.streams import dial, dial_tls, offer_all

MIB = 1024 * 1024
MOST = 64 * MIB        # offered at most; a gateway that takes it all has failed
SMALL = 4096           # the stalled receiver's socket buffer
NARROW = {"send_buffer": "16k"}  # so that the kernel does not hide megabytes


def allowed(t, mib):
    """KiB that workers may grow; sanitizers need room for themselves."""
    return (mib + (24 if t.sanitized else 0)) * 1024


class Stalled:
    """A back-end that takes nothing until `go`, then counts and hashes."""

    def __init__(self, t, **more):
        self.up, self.go = threading.Event(), threading.Event()
        t.defer(self.go.set)
        self.server = Server(t, self.play, receive_buffer=SMALL, **more)
        self.t = t

    def play(self, stream):
        self.open(stream)
        self.up.set()
        self.go.wait()
        digest, total = hashlib.sha256(), 0
        while True:
            if stream.received:
                data = bytes(stream.received)
                stream.received.clear()
                total += len(data)
                digest.update(data)
            elif stream.end:
                break
            else:
                stream._turn(read=True)
        stream.finish()
        return total, digest.hexdigest(), stream.end

    def open(self, stream):
        pass


def stalled(t, front, block, payload, open_front=None):
    """Offer `block`s (of `payload`) to a service whose back-end is stalled."""
    back = Stalled(t)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs),
        conf.connect("tcp", back.server.port, tcp=NARROW)))).start()
    stream = (dial_tls(t, port, trust=t.certs.front)
              if conf.secure(front) else dial(t, port))
    if "ws" in front:
        wsraw.upgrade(stream, host=f"gateway.test:{port}")
    t.wait("the back-end", back.up.is_set)
    before = gateway.memory()
    sent = stream.offer(MOST, block)
    expect(sent < MOST, f"no back-pressure: {sent} bytes taken")
    grown = gateway.memory() - before
    expect(grown < allowed(t, 2),
           f"{grown} KiB grown by a stalled receiver ({sent} offered)")
    back.go.set()
    stream.push()
    if "ws" in front:
        stream.send(wsraw.close_frame(1000))
    else:
        stream.finish()
    total, digest, end = back.server.result()
    wanted = payload * (sent // len(block))
    expect_equal((total, end), (len(wanted), "clean"), "bytes at the back-end")
    expect_equal(digest, hashlib.sha256(wanted).hexdigest(), "their digest")
    gateway.stop()


def ws_block(size, count):
    payload = bytes(i & 255 for i in range(size))
    return wsraw.frame(wsraw.BINARY, payload) * count, payload * count


@test
def stalled_receiver_behind_ws_with_1_byte_messages(t):
    stalled(t, "ws", *ws_block(1, 8192))


@test
def stalled_receiver_behind_ws_with_16_byte_messages(t):
    stalled(t, "ws", *ws_block(16, 4096))


@test
def stalled_receiver_behind_ws_with_16_kib_messages(t):
    stalled(t, "ws", *ws_block(16384, 8))


@test
def stalled_receiver_behind_wss_with_16_byte_messages(t):
    stalled(t, "wss", *ws_block(16, 4096))


@test
def stalled_receiver_behind_tcp(t):
    data = bytes(range(256)) * 256
    stalled(t, "tcp", data, data)


@test
def stalled_receiver_behind_tls_with_16_kib_records(t):
    data = bytes(range(256)) * 256
    stalled(t, "tls", data, data)


def tls_records(t, size):
    """As `stalled`, each record carrying `size` bytes."""
    back = Stalled(t)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tls", port, t.certs),
        conf.connect("tcp", back.server.port, tcp=NARROW)))).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    t.wait("the back-end", back.up.is_set)
    before = gateway.memory()
    plain = 0
    piece = bytes(i & 255 for i in range(size))
    tls = stream.filters[0]

    def more():
        nonlocal plain
        plain += 4096
        return b"".join(tls.encode(piece) for _ in range(4096))
    wire = 0
    while wire < MOST:
        stream.pending += more()
        wire += len(stream.pending)
        if not stream.drain():
            break
    expect(wire < MOST, f"no back-pressure: {wire} bytes taken")
    grown = gateway.memory() - before
    expect(grown < allowed(t, 2), f"{grown} KiB grown ({wire} offered)")
    back.go.set()
    stream.push()
    stream.finish()
    total, digest, _ = back.server.result()
    expect_equal(total, plain * size, "bytes at the back-end")
    expect_equal(digest, hashlib.sha256(piece * plain).hexdigest(), "digest")


@test
def stalled_receiver_behind_tls_with_1_byte_records(t):
    tls_records(t, 1)


@test
def stalled_receiver_behind_tls_with_16_byte_records(t):
    tls_records(t, 16)


@test
def stalled_client_of_a_talkative_back_end(t):
    """The other direction: tiny frames of a WebSocket back-end."""
    block, payload = ws_block(1, 8192)
    block = wsraw.frame(wsraw.BINARY, b"\1", mask=None) * 8192
    sent = []
    stop = threading.Event()

    def play(stream):
        wsraw.answer(stream)
        sent.append(stream.offer(MOST, block))
        stop.set()
        stream.push()
        stream.send(wsraw.close_frame(1000, mask=None))
        stream.receive_all()
    server = Server(t, play)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("wss", port, t.certs),
        conf.connect("ws", server.port)))).start()
    stream = dial_tls(t, port, trust=t.certs.front, receive_buffer=SMALL)
    before = gateway.memory()
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    t.wait("the back-end to be stopped", stop.is_set)
    expect(sent[0] < MOST, f"no back-pressure: {sent[0]} bytes taken")
    grown = gateway.memory() - before
    expect(grown < allowed(t, 2), f"{grown} KiB grown ({sent[0]} offered)")
    count = sent[0] // len(block) * 8192
    got = 0
    while got < count:
        opcode, _, _, data = wsraw.read_frame(stream)
        expect_equal((opcode, data), (wsraw.BINARY, b"\1"), "a message")
        got += 1
    expect_equal(wsraw.read_close(stream)[0], 1000, "close code")


def offer_in_groups(streams, most, block):
    """Some at a time: all at once would be much for one turn of a worker."""
    for at in range(0, len(streams), 10):
        offer_all(streams[at:at + 10], most, block, quiet=0.5)


@test
def a_hundred_stalled_sessions_stay_within_their_budget(t):
    back = Stalled(t)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("ws", port),
        conf.connect("tcp", back.server.port)))).start()
    before = gateway.memory()
    block, _ = ws_block(16, 4096)
    streams = [dial(t, port) for _ in range(100)]
    for stream in streams:
        wsraw.upgrade(stream, host=f"gateway.test:{port}")
    offer_in_groups(streams, 4 * MIB, block)
    grown = gateway.memory() - before
    expect(grown < allowed(t, 100 * 0.25),
           f"{grown} KiB grown by 100 stalled sessions")
    back.go.set()
    for stream in streams:
        stream.abort()
    t.wait("the sessions to be gone",
           lambda: processes.descriptors(gateway.workers()[0]) < 60)
    back.go.clear()
    # A second round must not need more than the first one, but for those of
    # its sessions that read much at once just before they stalled: 32 may.
    first = gateway.memory()
    streams = [dial(t, port) for _ in range(100)]
    for stream in streams:
        wsraw.upgrade(stream, host=f"gateway.test:{port}")
    offer_in_groups(streams, MIB, block)
    expect(gateway.memory() - first < allowed(t, 8 + 32 * 0.25),
           "memory leaks away")


@test
def a_stalled_session_whose_client_is_gone_is_ended(t):
    """A reset is noticed although nothing can be read or written; what is
    queued for the back-end has close_timeout to get there."""
    back = Stalled(t)
    port = t.ports.one()
    limit = {"close_timeout": "1s"}  # for what cannot be delivered any more
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("ws", port, **limit),
        conf.connect("tcp", back.server.port, tcp=NARROW, **limit)))).start()
    stream = dial(t, port)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    stream.offer(MOST, ws_block(16384, 8)[0])
    stream.abort()
    gateway.wait_log("stream ended.*service=work")


def huge(t, front, pieces):
    """One message of 1 GiB (128 MiB for sanitizers), in frames."""
    size = (1024 if not t.sanitized else 128) * MIB
    block = bytes(MIB)

    def play(stream):
        total = 0
        while not stream.end or stream.received:
            if stream.received:
                total += len(stream.received)
                if stream.received.count(0) != len(stream.received):
                    return "something else than zeros"
                stream.received.clear()
            else:
                stream._turn(read=True)
        stream.finish()
        return total
    server = Server(t, play)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs, ws={"max_message": "2g"}),
        conf.connect("tcp", server.port)))).start()
    stream = (dial_tls(t, port, trust=t.certs.front)
              if front == "wss" else dial(t, port))
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    before = gateway.memory("VmHWM")
    each = size // pieces
    for n in range(pieces):
        stream.send(wsraw.header(wsraw.BINARY if n == 0 else 0, each,
                                 fin=n == pieces - 1))
        for _ in range(each // MIB):
            stream.send(block)
    stream.send(wsraw.close_frame(1000))
    expect_equal(server.result(), size, "bytes at the back-end")
    grown = gateway.memory("VmHWM") - before
    expect(grown < allowed(t, 1), f"{grown} KiB grown at the highest")
    gateway.stop()


@test
def a_message_of_1_gib_passes_from_ws_in_1_mib(t):
    huge(t, "ws", 1)


@test
def a_message_of_1_gib_in_64_fragments_passes_from_wss_in_1_mib(t):
    huge(t, "wss", 64)


@test
def a_message_of_1_gib_passes_from_ws_to_ws(t):
    size = (1024 if not t.sanitized else 128) * MIB

    def play(stream):
        wsraw.answer(stream)
        total, messages = 0, 0
        while True:
            first, second = stream.receive(2)
            extra = {126: 2, 127: 8}.get(second & 127, 0)
            length = (int.from_bytes(stream.receive(extra), "big")
                      if extra else second & 127)
            mask = stream.receive(4)
            if first & 15 == wsraw.CLOSE:
                stream.receive(length)
                stream.send(wsraw.close_frame(1000, mask=None))
                stream.receive_all()
                return total, messages
            total += length
            messages += first >> 7
            while length:
                step = min(length, MIB)
                data = stream.receive(step)
                if length == step:
                    length = 0
                else:
                    length -= step
                if data[:4] != mask and step >= 4:
                    return "not zeros under the mask"
    server = Server(t, play)
    port = t.ports.one()
    large = {"max_message": "2g"}
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("ws", port, ws=large),
        conf.connect("ws", server.port, ws=large)))).start()
    stream = dial(t, port)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    before = gateway.memory("VmHWM")
    wsraw.send_zeros(stream, size)
    stream.send(wsraw.close_frame(1000))
    expect_equal(server.result(), (size, 1), "bytes and messages")
    grown = gateway.memory("VmHWM") - before
    expect(grown < allowed(t, 1), f"{grown} KiB grown at the highest")


@test
def idle_connections_hold_no_buffers(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo(
        "work", conf.accept("wss", port, t.certs)))).start()

    def crowd(count):
        streams = []
        for _ in range(count):
            stream = dial_tls(t, port, trust=t.certs.front)
            wsraw.upgrade(stream)
            stream.send(wsraw.frame(wsraw.BINARY, bytes(1024)))
            wsraw.read_message(stream)
            streams.append(stream)
        return streams
    kept = crowd(50)
    before = gateway.memory()
    kept += crowd(300)
    each = (gateway.memory() - before) / 300
    expect(each < (24 if not t.sanitized else 200),
           f"{each:.1f} KiB for an idle wss connection")


@test
def sessions_leave_nothing_behind(t):
    """Descriptors and memory after many short sessions of all kinds."""
    server = Server(t, lambda s: (s.receive_all(), s.finish()))
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("wss", port, t.certs),
        conf.connect("tcp", server.port)))).start()
    gateway.wait_ready()
    worker = gateway.workers()[0]

    def round_of(count):
        for n in range(count):
            stream = dial_tls(t, port, trust=t.certs.front)
            if n % 4 == 0:
                stream.abort()
                continue
            wsraw.upgrade(stream)
            stream.send(wsraw.frame(wsraw.BINARY, bytes(5000)))
            if n % 4 == 1:
                stream.abort()
            elif n % 4 == 2:
                stream.fin()
                stream.receive_all()
                stream.sock.close()
            else:
                stream.send(wsraw.close_frame(1000))
                stream.receive_all()
                stream.close()
    idle = processes.descriptors(worker)
    round_of(100)
    t.wait("descriptors to be closed",
           lambda: processes.descriptors(worker) <= idle + 1)
    before = gateway.memory()
    round_of(300)
    t.wait("descriptors to be closed",
           lambda: processes.descriptors(worker) <= idle + 1)
    grown = gateway.memory() - before
    expect(grown < allowed(t, 1.5), f"{grown} KiB grown by 300 sessions")
