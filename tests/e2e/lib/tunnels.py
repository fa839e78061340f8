# SPDX-License-Identifier: MIT
"""Gateways with a service tunnel, and CONNECT by hand."""
from . import conf, httpraw
from .gateway import Gateway, command
from .harness import expect, expect_equal
from .streams import dial

BACK = "backend.test"


def tunnel(name, hop, connect, **options):
    return conf.service(name, hop, connect, type="tunnel", **options)


def start(t, *connects, scheme="http", more=(), **options):
    """A gateway with a tunnel to these; returns it and its port."""
    port = t.ports.one()
    hop = conf.accept(scheme, port, t.certs, path="/")
    return Gateway(t, conf.gateway(
        tunnel("way-out", hop, list(connects), **options), *more)).start(), port


def target(server, scheme="tcp", **more):
    """A connect hop to a server of ours."""
    return conf.connect(scheme, server.port, **more)


def ask(stream, name, extra="", version="1.1", host=None):
    """CONNECT; returns status and fields."""
    stream.send(f"CONNECT {name} HTTP/{version}\r\nHost: {host or name}\r\n"
                f"{extra}\r\n".encode())
    return httpraw.read_head(stream)


def opened(stream, name, **more):
    status, fields = ask(stream, name, **more)
    expect_equal(status, 200, f"CONNECT {name}")
    for name in ("content-length", "transfer-encoding", "connection"):
        expect(name not in fields, f"{name} in a 200 to CONNECT: {fields}")
    return stream


def answer(t, port, name):
    """The whole response to a CONNECT that is refused, and its stream."""
    stream = dial(t, port)
    stream.send(f"CONNECT {name} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return httpraw.read_response(stream), stream


def talk(stream, data=b"hello through the tunnel"):
    expect_equal(stream.exchange(data, len(data)), data, "echo")


def check(t, *services):
    path = t.file("check.conf", conf.text(conf.gateway(*services)))
    return command(t, "check", "-c", path)
