# SPDX-License-Identifier: MIT
"""Stacks that no URL names: tls twice, TLS in a WebSocket, strangers."""
import os
import shutil

from lib import conf, tools, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server, echo
from lib.streams import Tls, client_context, dial, dial_tls, server_context


def front_tls(t, certificate="gateway"):
    return {"tls": {"certificate": getattr(t.certs, certificate),
                    "private_key": getattr(t.certs, certificate + "_key")}}


def bind(port):
    return {"tcp": {"bind": f"127.0.0.1:{port}"}}


def echoed(stream, size=500000):
    data = os.urandom(size)
    expect(stream.exchange(data, size) == data, "the echo differs")


@test
def tls_twice_in_one_accept_stack(t):
    server = Server(t, echo)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", {"layers": [bind(port), front_tls(t),
                            front_tls(t, "other")]},
        conf.connect("tcp", server.port)))).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.start_tls(Tls(client_context(t.certs.front), name="other.test"))
    echoed(stream)
    stream.finish()
    expect_equal((stream.receive_all(), stream.end), (b"", "clean"), "the end")
    expect_equal(server.result(), (500000, "clean"), "the back-end saw")


@test
def tls_twice_in_one_connect_stack(t):
    context = server_context(t.certs.backend, t.certs.backend_key)
    inner = server_context(t.certs.other, t.certs.other_key)

    def play(stream):
        stream.start_tls(Tls(inner, server_side=True))
        return echo(stream)
    server = Server(t, play, tls=context)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port),
        {"layers": [
            {"tcp": {"address": f"127.0.0.1:{server.port}"}},
            {"tls": {"trust": t.certs.back, "server_name": "backend.test"}},
            {"tls": {"trust": t.certs.front, "server_name": "other.test"}},
        ]}))).start()
    stream = dial(t, port)
    echoed(stream)
    stream.finish()
    expect_equal((stream.receive_all(), stream.end), (b"", "clean"), "the end")
    expect_equal(server.result(), (500000, "clean"), "the back-end saw")


class Messages:
    """A Stream's filter that carries bytes in binary WebSocket messages."""

    def __init__(self, t, stream):
        self.t = t
        self.stream = stream

    def send(self, data):
        self.stream.send(wsraw.frame(wsraw.BINARY, data))

    def receive(self):
        kind, data = wsraw.read_message(self.stream)
        expect_equal(kind, wsraw.BINARY, "kind of message")
        return data


@test
def tls_through_a_websocket(t):
    server = Server(t, echo)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", {"layers": [
            bind(port), front_tls(t),
            {"http": {"host": "gateway.test", "path": "/work"}},
            {"ws": {}}, front_tls(t, "other")]},
        conf.connect("tcp", server.port)))).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    carrier = Messages(t, stream)
    tls = Tls(client_context(t.certs.front), name="other.test")
    while not tls.handshake():
        out = tls.output()
        if out:
            carrier.send(out)
        tls.decode(carrier.receive())
    data = os.urandom(100000)
    carrier.send(tls.output() + tls.encode(data))
    got = b""
    while len(got) < len(data):
        got += tls.decode(carrier.receive())
    expect(got == data, "the echo differs")


def installed_rot13(t):
    """The SDK's example, built by its own Makefile against an installed SDK
    and nothing else; the folder of its object."""
    for tool in ("make", "pkg-config", "cc"):
        t.tool(tool)
    root, copy = t.tmp / "root", t.tmp / "rot13"
    tools.run(t, ["make", "-C", t.build / "sdk", "install",
                  f"DESTDIR={root}"])
    shutil.copytree(t.source / "sdk" / "examples" / "rot13", copy)
    for path in (copy, *copy.iterdir()):
        path.chmod(path.stat().st_mode | 0o200)  # of a read-only source
    found = next(root.rglob("penstock-plugin.pc"))
    tools.run(t, ["make", "-C", copy], env={
        "PKG_CONFIG_PATH": str(found.parent),
        "PKG_CONFIG_SYSROOT_DIR": str(root), "MAKEFLAGS": ""})
    return copy


def rot13(data):
    return bytes(
        (c - 65 + 13) % 26 + 65 if 65 <= c <= 90 else
        (c - 97 + 13) % 26 + 97 if 97 <= c <= 122 else c for c in data)


@test
def rot13_from_the_sdk_in_the_middle(t):
    folder = installed_rot13(t)
    server = Server(t, echo)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", {"layers": [bind(port), {"rot13": {}}, front_tls(t),
                            {"rot13": {}}]},
        conf.connect("tcp", server.port))))
    gateway.env["PENSTOCK_PLUGIN_PATH"] += f":{folder}"
    gateway.start()
    # Below tls every byte of the wire is turned; a filter turns it back.
    stream = dial(t, port)
    stream.start_tls(Turned())
    stream.start_tls(Tls(client_context(t.certs.front), name="gateway.test"))
    text = b"Hello, Penstock! " * 5000
    expect(stream.exchange(rot13(text), len(text)) == rot13(text),
           "the echo differs")


class Turned:
    """rot13 as a filter of a Stream."""
    ended = False

    def handshake(self):
        return True

    def encode(self, data):
        return rot13(data)

    decode = encode

    def output(self):
        return b""

    def finish(self):
        return b""


@test
def rot13_on_the_way_to_the_back_end(t):
    folder = installed_rot13(t)

    def play(stream):
        got = stream.receive(26)
        stream.send(rot13(got))
        return got
    server = Server(t, play)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tls", port, t.certs),
        conf.connect("tcp", server.port,
                     insert=[{"above": "tcp", "layer": "rot13"}]))))
    gateway.env["PENSTOCK_PLUGIN_PATH"] += f":{folder}"
    gateway.start()
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.send(b"abcdefghijklmNOPQRSTUVWXYZ")
    # The back-end sees rot13, turns it back; on the way out it is turned.
    expect_equal(stream.receive(26), b"nopqrstuvwxyzABCDEFGHIJKLM", "the echo")
    expect_equal(server.result(), b"nopqrstuvwxyzABCDEFGHIJKLM",
                 "what the back-end saw")


@test
def the_example_configuration_of_rot13(t):
    folder = installed_rot13(t)
    server = Server(t, echo)
    port = t.ports.one()
    text = (t.source / "sdk" / "examples" / "rot13" / "rot13.conf").read_text()
    gateway = Gateway(t, text)
    gateway.env["PENSTOCK_PLUGIN_PATH"] += f":{folder}"
    gateway.env.update(ROT13_PORT=str(port), ROT13_BACK_PORT=str(server.port))
    gateway.ports = [port]
    gateway.start()
    expect_equal(dial(t, port).exchange(b"Hello", 5), b"Hello", "the echo")


# -- layers that exist for tests only ----------------------------------------

@test
def layers_that_are_always_heavy(t):
    """Every step runs on the helper thread, beside ordinary sessions."""
    t.plugin("heavy")
    heavy = [{"above": "tcp", "layer": "heavy"}]
    server = Server.with_certificate(t, echo)
    port, quick = t.ports.one(), t.ports.one()
    gateway = Gateway(t, conf.gateway(
        conf.service("slow", conf.accept("tls", port, t.certs, insert=heavy),
                     conf.connect("tls", server.port, t.certs, insert=heavy)),
        conf.echo("quick", conf.accept("tcp", quick)))).start()

    def one():
        stream = dial_tls(t, port, trust=t.certs.front)
        echoed(stream, 300000)
        stream.finish()
        stream.receive_all()
        return stream.end
    tasks = [t.spawn(one) for _ in range(8)]
    while not all(task.done() for task in tasks):
        stream = dial(t, quick)
        echoed(stream, 1000)
        stream.close()
    for task in tasks:
        expect_equal(task.result("a heavy session"), "clean", "its end")
    gateway.stop()


@test
def clients_that_abort_while_their_stack_is_lent(t):
    t.plugin("heavy")
    heavy = [{"above": "tcp", "layer": "heavy"}]
    server = Server(t, echo)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "slow", conf.accept("wss", port, t.certs, insert=heavy),
        conf.connect("tcp", server.port, insert=heavy)))).start()
    for n in range(60):
        stream = dial(t, port)
        tls = Tls(client_context(t.certs.front), name="gateway.test")
        if n % 3 == 0:  # right behind the ClientHello
            tls.handshake()
            stream.pending += tls.output()
        elif n % 3 == 1:  # with much on its way
            stream.start_tls(tls)
            stream.put(os.urandom(50000))
        stream.push()
        stream.abort()
    last = dial_tls(t, port, trust=t.certs.front)
    wsraw.upgrade(last)
    last.send(wsraw.frame(wsraw.BINARY, b"fine"))
    expect_equal(wsraw.read_message(last), (wsraw.BINARY, b"fine"), "echo")
    last.sock.close()
    gateway.stop()


def mux3_frames(stream, sent):
    """Send each stream's bytes in frames, end them, and collect what comes
    back for each until its end."""
    for at in range(0, max(map(len, sent)), 5000):
        for number, data in enumerate(sent):
            part = data[at:at + 5000]
            if part:
                stream.put(bytes([number, len(part) >> 8, len(part) & 255]) +
                           part)
    for number in range(3):
        stream.put(bytes([number, 0, 0]))
    got, ended = [b"", b"", b""], set()
    while len(ended) < 3:
        while len(stream.received) < 3:
            stream._turn(read=True)
            expect(stream.end is None or len(stream.received) >= 3,
                   f"the trunk ended: {stream.end}")
        number, high, low = stream.receive(3)
        length = high << 8 | low
        if length == 0:
            ended.add(number)
            continue
        while len(stream.received) < length:
            stream._turn(read=True)
        got[number] += stream.receive(length)
    return got


@test
def a_mux_with_three_streams_at_once(t):
    t.plugin("mux3")
    server = Server(t, echo)
    port, direct = t.ports.one(), t.ports.one()
    gateway = Gateway(t, conf.gateway(
        conf.service("work", {"layers": [bind(port), front_tls(t),
                                         {"mux3": {}}]},
                     conf.connect("tcp", server.port)),
        conf.echo("echo", {"layers": [bind(direct), {"mux3": {}}]}))).start()
    data = [os.urandom(200000), os.urandom(70001), os.urandom(3)]
    for stream in (dial_tls(t, port, trust=t.certs.front), dial(t, direct)):
        expect(mux3_frames(stream, data) == data, "another echo")
        stream.finish()
        expect_equal(stream.receive_all(), b"", "the end")
    ends = sorted(server.result() for _ in range(3))
    expect_equal(ends, sorted((len(d), "clean") for d in data), "back-ends")
    gateway.stop()


@test
def a_layer_that_leaves_is_not_missed(t):
    t.plugin("pass")
    server = Server(t, echo)
    for leave in (False, True):
        port = t.ports.one()
        layer = [{"above": "tcp", "layer": "pass", "pass": {"leave": leave}}]
        gateway = Gateway(t, conf.gateway(conf.service(
            "work", conf.accept("tls", port, t.certs, insert=layer),
            conf.connect("tcp", server.port, insert=layer))),
            name=f"leave-{leave}").start()
        stream = dial_tls(t, port, trust=t.certs.front)
        echoed(stream)
        stream.finish()
        expect_equal((stream.receive_all(), stream.end), (b"", "clean"), "end")
        gateway.stop()
