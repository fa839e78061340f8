# SPDX-License-Identifier: MIT
"""Bytes that the kernel moves from one bare socket to another."""
import glob
import os
import threading

from lib import conf
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server
from lib.streams import CHUNK, dial

MIB = 1024 * 1024
BLOCK = os.urandom(MIB)


def start(t, back_port, *, accept=None, connect=None):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port, **(accept or {})),
        conf.connect("tcp", back_port, **(connect or {}))))).start()
    return gateway, port


def held(gateway, kind="pipe"):
    """Descriptors of a kind that the worker holds."""
    gateway.wait_ready()
    found = 0
    for name in glob.glob(f"/proc/{gateway.workers()[0]}/fd/*"):
        try:
            found += os.readlink(name).startswith(kind + ":")
        except OSError:  # closed in between
            pass
    return found


class Check:
    """Whether what comes is BLOCK, over and over."""

    def __init__(self):
        self.count = 0

    def __call__(self, part):
        at = 0
        while at < len(part):
            where = self.count % MIB
            n = min(MIB - where, len(part) - at)
            if part[at:at + n] != BLOCK[where:where + n]:
                raise AssertionError(f"other bytes behind {self.count}")
            at += n
            self.count += n


def check_all(stream, check):
    """Read up to the end, little by little."""
    while stream.end is None:
        stream._turn(read=True)
        check(bytes(stream.received))
        stream.received.clear()
    return check.count, stream.end


def send_blocks(stream, count):
    view = memoryview(BLOCK)
    for _ in range(count):
        for at in range(0, MIB, CHUNK):
            stream.put(view[at:at + CHUNK])
            stream.push()


def take(stream):
    return check_all(stream, Check())


@test
def a_gibibyte_arrives_as_it_was_sent(t):
    server = Server(t, take)
    gateway, port = start(t, server.port)
    before = held(gateway)
    stream = dial(t, port)
    send_blocks(stream, 1024)
    expect(held(gateway) > before, "nothing was spliced")
    stream.fin()
    expect_equal(server.result(), (1024 * MIB, "clean"), "at the back-end")
    stream.close()
    gateway.wait_log(r"bytes_in=1073741824 ")
    gateway.stop()


@test
def splice_off_copies(t):
    for hop in ("accept", "connect"):
        server = Server(t, take)
        gateway, port = start(t, server.port, **{hop: {"splice": False}})
        before = held(gateway)
        stream = dial(t, port)
        send_blocks(stream, 16)
        expect_equal(held(gateway), before, f"pipes, {hop}.splice = false")
        stream.fin()
        expect_equal(server.result(), (16 * MIB, "clean"), "at the back-end")
        gateway.stop()


@test
def half_a_close_in_either_order(t):
    def answer(stream):
        got = take(stream)
        send_blocks(stream, 8)
        return got

    def speak_first(stream):
        send_blocks(stream, 8)
        stream.fin()
        return take(stream)
    for handler in (answer, speak_first):
        server = Server(t, handler)
        gateway, port = start(t, server.port)
        stream = dial(t, port)
        if handler is answer:
            send_blocks(stream, 8)
            stream.fin()
            expect_equal(take(stream), (8 * MIB, "clean"), "at the client")
        else:
            expect_equal(take(stream), (8 * MIB, "clean"), "at the client")
            stream.end = None
            send_blocks(stream, 8)
            stream.fin()
        expect_equal(server.result(), (8 * MIB, "clean"), "at the back-end")
        stream.close()
        gateway.stop()


def stalled(t):
    """A back-end that reads when told, and a client that sent all it could."""
    go = threading.Event()
    t.defer(go.set)

    def play(stream):
        go.wait()
        return take(stream)
    server = Server(t, play, receive_buffer=16384)
    gateway, port = start(t, server.port)
    stream = dial(t, port)
    check = stream.offer(256 * MIB, BLOCK[:MIB])
    expect(check < 256 * MIB, "a back-end that reads nothing took all")
    return gateway, server, stream, go, check - len(stream.pending)


@test
def a_slow_reader_gets_all_and_then_the_end(t):
    gateway, server, stream, go, sent = stalled(t)
    stream.pending.clear()
    stream.fin()
    go.set()
    expect_equal(server.result(), (sent, "clean"), "at the back-end")
    gateway.stop()


@test
def what_is_cut_off_never_looks_complete(t):
    gateway, server, stream, go, sent = stalled(t)
    sockets = held(gateway, "socket")
    stream.abort()
    t.wait("the reset to be seen",
           lambda: held(gateway, "socket") < sockets)
    go.set()
    got, end = server.result()
    expect_equal(end, "reset", "the end at the back-end")
    expect(got < sent, "all had arrived")
    gateway.stop()


@test
def a_back_end_that_resets_resets_the_client(t):
    go = threading.Event()

    def play(stream):
        go.wait()
        stream.abort()
    server = Server(t, play, receive_buffer=16384)
    gateway, port = start(t, server.port)
    stream = dial(t, port)
    stream.offer(256 * MIB, BLOCK)
    go.set()
    try:
        stream.receive_all()
    except OSError:
        stream.end = "reset"
    expect_equal(stream.end, "reset", "the end at the client")
    gateway.stop()


@test
def a_drain_cuts_what_stalls(t):
    gateway, server, stream, go, sent = stalled(t)
    gateway.stop()
    go.set()
    got, end = server.result()
    expect_equal(end, "reset", "the end at the back-end")
    expect(got <= sent, "more came than was sent")
