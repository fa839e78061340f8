# SPDX-License-Identifier: MIT
"""Stacks that no URL names: tls twice, TLS in a WebSocket, strangers."""
import os

from lib import conf, wsraw
from lib.gateway import Gateway
from lib.harness import Skip, expect, expect_equal, test
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


def plugin(t, name):
    """An object of the test's or SDK's own plugins, or skip."""
    folders = ("tests/plugins/.libs", "sdk/examples/.libs",
               "sdk/examples/rot13/.libs", "sdk/examples/rot13",
               "plugins/*/.libs")
    for folder in folders:
        found = sorted(t.build.glob(f"{folder}/{name}.so"))
        if found:
            return found[0]
    raise Skip(f"missing {name}.so in the build folder")


def rot13(data):
    return bytes(
        (c - 65 + 13) % 26 + 65 if 65 <= c <= 90 else
        (c - 97 + 13) % 26 + 97 if 97 <= c <= 122 else c for c in data)


@test
def rot13_from_the_sdk_in_the_middle(t):
    folder = plugin(t, "rot13").parent
    server = Server(t, echo)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tls", port, t.certs,
                            insert=[{"above": "tcp", "layer": "rot13"},
                                    {"above": "tls", "layer": "rot13"}]),
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
    folder = plugin(t, "rot13").parent

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
