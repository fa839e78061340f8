# SPDX-License-Identifier: MIT
"""Mutated input from a fixed seed: the daemon stays up, serves, and keeps
nothing. PENSTOCK_SEED and PENSTOCK_ROUNDS choose other and longer runs."""
import os
import random

from lib import conf, httpraw, processes, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server, echo
from lib.streams import Tls, client_context, dial, dial_tls, server_context

ROUNDS = int(os.environ.get("PENSTOCK_ROUNDS", "150"))


def source(name):
    return random.Random(f"{os.environ.get('PENSTOCK_SEED', '1')} {name}")


def mutate(r, data):
    """A few bytes changed, cut out, doubled, or everything cut short."""
    data = bytearray(data)
    for _ in range(r.randrange(1, 5)):
        if not data:
            break
        at = r.randrange(len(data))
        act = r.randrange(6)
        if act == 0:
            data[at] = r.randrange(256)
        elif act == 1:
            data[at] ^= 1 << r.randrange(8)
        elif act == 2:
            del data[at:at + r.randrange(1, 9)]
        elif act == 3:
            data[at:at] = data[at:at + r.randrange(1, 40)]
        elif act == 4:
            data[at:at] = r.randbytes(r.randrange(1, 9))
        else:
            del data[at:]
    return bytes(data)


def throw(r, stream, data):
    """Send in pieces, then end in one of the ways there are."""
    try:
        while data:
            size = r.choice((1, 2, 7, 100, 5000, len(data)))
            stream.send(data[:size])
            data = data[size:]
        if r.randrange(3) == 0:
            stream.available()
        end = r.randrange(3)
        if end == 0:
            stream.abort()
            return
        if end == 1:
            stream.finish()
        else:
            stream.fin()
        stream.available()
        stream.sock.close()
    except OSError:
        stream.sock.close()


def survives(t, gateway, worker, idle, check):
    check()
    t.wait("descriptors of ended sessions to be closed",
           lambda: processes.descriptors(worker) <= idle + 2)
    expect_equal(gateway.workers(), [worker], "the worker")
    gateway.stop()


LIMITS = {"close_timeout": "1s", "opening_timeout": "2s", "idle_timeout": "3s",
          "http": {"header_timeout": "2s", "keepalive_timeout": "2s"}}


def begin(t, *services):
    gateway = Gateway(t, conf.gateway(*services)).start()
    gateway.wait_ready()
    worker = gateway.wait_workers(1)[0]
    return gateway, worker, processes.descriptors(worker)


def frames(r):
    """Frames of all kinds, some of them wrong in themselves."""
    out = b""
    for _ in range(r.randrange(1, 8)):
        out += wsraw.frame(
            r.choice((0, 1, 2, 2, 2, 8, 9, 10, r.randrange(16))),
            r.randbytes(r.choice((0, 1, 5, 125, 126, 1000, 70000))),
            mask=r.choice((r.randbytes(4), r.randbytes(4), None)),
            fin=r.randrange(3) > 0,
            reserved=r.choice((0, 0, 0, 0, r.randrange(8))))
    return out


@test
def websocket_frames(t):
    r = source("frames")
    server = Server(t, echo)
    port, own = t.ports.one(), t.ports.one()
    gateway, worker, idle = begin(
        t, conf.service("work", conf.accept("ws", port, **LIMITS),
                        conf.connect("tcp", server.port)),
        conf.echo("own", conf.accept("ws", own, **LIMITS)))
    for _ in range(ROUNDS):
        stream = dial(t, r.choice((port, own)))
        wsraw.upgrade(stream)
        throw(r, stream, mutate(r, frames(r)) if r.randrange(2) else frames(r))

    def check():
        stream = dial(t, port)
        wsraw.upgrade(stream)
        stream.send(wsraw.frame(wsraw.TEXT, b"fine"))
        expect_equal(wsraw.read_bytes(stream, wsraw.BINARY, 4), b"fine",
                     "echo")
        stream.abort()
    survives(t, gateway, worker, idle, check)


@test
def frames_of_a_back_end(t):
    r = source("back")

    def play(stream):
        wsraw.answer(stream)
        stream.receive(1)
        data = frames(r)
        throw(r, stream, mutate(r, data) if r.randrange(2) else data)
    server = Server(t, play)
    port = t.ports.one()
    limits = {name: v for name, v in LIMITS.items() if name != "http"}
    gateway, worker, idle = begin(t, conf.service(
        "work", conf.accept("ws", port, **LIMITS),
        conf.connect("ws", server.port, **limits)))
    for _ in range(ROUNDS):
        stream = dial(t, port)
        try:
            wsraw.upgrade(stream)
            stream.send(wsraw.frame(wsraw.TEXT, b"go"))
            stream.receive(2)
        except (AssertionError, OSError):
            pass
        stream.abort() if r.randrange(2) else stream.sock.close()
    survives(t, gateway, worker, idle, lambda: None)


REQUESTS = (
    httpraw.request("/work"), httpraw.request("/work" + "/a?b=c", extra="A: b\r\n"),
    httpraw.request("/work", method="POST", body=b"x" * 3000),
    httpraw.request("/work", method="POST",
                    extra="Transfer-Encoding: chunked\r\n") +
    b"5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n",
    httpraw.request("/work", extra="Expect: 100-continue\r\n"),
    wsraw.request("/ws", "gateway.test"),
    wsraw.request("/ws", "gateway.test") + wsraw.frame(2, b"x" * 300),
    b"GET http://gateway.test/work HTTP/1.1\r\nHost: gateway.test\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: gateway.test\r\n\r\n",
    b"CONNECT gateway.test:80 HTTP/1.1\r\nHost: gateway.test:80\r\n\r\n")


def back_of_http(r):
    answers = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\nA: b\r\n\r\n",
        b"HTTP/1.1 103 Hint\r\nA: b\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.1 101 Up\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"\r\nbytes")

    def play(stream):
        stream.receive_until(b"\r\n")
        data = r.choice(answers)
        throw(r, stream, mutate(r, data) if r.randrange(2) else data)
    return play


@test
def requests_and_responses(t):
    r = source("http")
    server = Server(t, back_of_http(source("responses")))
    port = t.ports.one()
    gateway, worker, idle = begin(
        t, conf.service("work", conf.accept("http", port, **LIMITS),
                        conf.connect("http", server.port)),
        conf.echo("echo", conf.accept("http", port, path="/echo", **LIMITS)),
        conf.echo("ws", conf.accept("ws", port, path="/ws", **LIMITS)))
    for _ in range(ROUNDS * 2):
        raw = b"".join(r.choice(REQUESTS) for _ in range(r.randrange(1, 6)))
        if r.randrange(3):
            raw = raw.replace(b"/work", b"/echo")
        throw(r, dial(t, port), mutate(r, raw) if r.randrange(3) else raw)

    def check():
        stream = dial(t, port)
        expect_equal(httpraw.ask(stream, "/echo").status, 200, "status")
        stream.close()
    survives(t, gateway, worker, idle, check)


@test
def tls_handshakes_and_records(t):
    r = source("tls")
    port = t.ports.one()
    gateway, worker, idle = begin(
        t, conf.echo("work", conf.accept("tls", port, t.certs, **{
            name: v for name, v in LIMITS.items() if name != "http"})))
    for _ in range(ROUNDS):
        stream = dial(t, port)
        tls = Tls(client_context(t.certs.front), name="gateway.test")
        try:
            if r.randrange(2):
                tls.handshake()
                throw(r, stream, mutate(r, tls.output()))
                continue
            stream.start_tls(tls)
            wire = tls.encode(r.randbytes(r.choice((1, 100, 20000))))
            stream.filters.clear()
            throw(r, stream, mutate(r, wire))
        except OSError:
            stream.sock.close()

    def check():
        stream = dial_tls(t, port, trust=t.certs.front)
        expect_equal(stream.exchange(b"fine", 4), b"fine", "echo")
        stream.close()
    survives(t, gateway, worker, idle, check)


@test
def tls_back_ends(t):
    """The same from the other side: a server whose flight is mutated."""
    r = source("tls back")
    context = server_context(t.certs.backend, t.certs.backend_key)

    def play(stream):
        while not stream.received:
            stream._turn(read=True)
        tls = Tls(context, server_side=True)
        tls.decode(bytes(stream.received))
        tls.handshake()
        throw(r, stream, mutate(r, tls.output()))
    server = Server(t, play)
    port = t.ports.one()
    gateway, worker, idle = begin(t, conf.service(
        "work", conf.accept("tcp", port, close_timeout="1s"),
        conf.connect("tls", server.port, t.certs, opening_timeout="2s")))
    for _ in range(ROUNDS):
        stream = dial(t, port)
        stream.receive_all()
        stream.sock.close()
    survives(t, gateway, worker, idle, lambda: None)
