# SPDX-License-Identifier: MIT
"""{tcp, tls, ws, wss} x {tcp, tls, ws, wss}: what goes in comes out."""
import hashlib
import random

from lib import conf, wspeers
from lib.gateway import Gateway
from lib.harness import expect_equal, test
from lib.servers import Server
from lib.streams import dial, dial_tls, server_context

KINDS = ("tcp", "tls", "ws", "wss")
LOOPBACK = {"ipv4": "127.0.0.1", "ipv6": "::1"}


class Payload:
    """Random bytes for each direction."""

    def __init__(self, seed, size):
        source = random.Random(seed)
        self.size = size
        self.up = source.randbytes(size)
        self.down = source.randbytes(size)

    @staticmethod
    def digest(data):
        return hashlib.sha256(data).hexdigest()


def start_back(t, kind, payload, ip):
    """A server that sends `down` while it takes `up`; result(): digest of
    what came and how it ended."""
    tls = (server_context(t.certs.backend, t.certs.backend_key)
           if conf.secure(kind) else None)
    if kind in ("tcp", "tls"):
        def play(stream):
            digest = hashlib.sha256()
            stream.exchange(payload.down, payload.size, digest.update)
            rest = stream.receive_all()
            stream.finish()
            return digest.hexdigest(), rest, stream.end
        return Server(t, play, tls=tls, ip=ip)

    async def play_ws(connection, path):
        digest = hashlib.sha256()
        await wspeers.exchange(connection, payload.down, payload.size,
                               digest.update)
        await connection.wait_closed()
        end = "clean" if connection.close_code == 1000 else \
            f"close {connection.close_code}"
        return digest.hexdigest(), b"", end
    return wspeers.WsServer(t, play_ws, tls=tls, ip=ip)


def run_front(t, kind, payload, port, ip):
    """A client that sends `up` while it takes `down`, then ends; returns the
    digest of what came."""
    digest = hashlib.sha256()
    if kind in ("tcp", "tls"):
        stream = (dial_tls(t, port, trust=t.certs.front, ip=ip)
                  if kind == "tls" else dial(t, port, ip=ip))
        stream.exchange(payload.up, payload.size, digest.update)
        stream.finish()
        rest = stream.receive_all()
        expect_equal((rest, stream.end), (b"", "clean"), "the client's end")
        stream.close()
        return digest.hexdigest()

    async def play(connection):
        await wspeers.exchange(connection, payload.up, payload.size,
                               digest.update)
    trust = t.certs.front if kind == "wss" else None
    wspeers.client(t, port, play, trust=trust, ip=ip).result()
    return digest.hexdigest()


def both_ways(t, front, back, ip, size, **layers):
    if "ws" in front or "ws" in back:
        wspeers.library()
    if ":" in ip:
        t.ipv6()
    payload = Payload(f"{front} {back} {ip}", size)
    server = start_back(t, back, payload, ip)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs, ip=ip, **layers),
        conf.connect(back, server.port, t.certs, ip=ip, **layers)))).start()
    down = run_front(t, front, payload, port, ip)
    expect_equal(down, payload.digest(payload.down), "what the client got")
    up, rest, end = server.result()
    expect_equal(up, payload.digest(payload.up), "what the back-end got")
    expect_equal((rest, end), (b"", "clean"), "the back-end's end")
    gateway.stop()


def half_close(t, front, back, size, **layers):
    """The client ends its direction; only then does the back-end answer."""
    data = random.Random(front + back).randbytes(size)

    def play(stream):
        got = stream.receive_all()
        end = stream.end
        stream.send(data[::-1])
        stream.finish()
        return got, end
    server = (Server.with_certificate(t, play) if back == "tls"
              else Server(t, play))
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs, **layers),
        conf.connect(back, server.port, t.certs, **layers)))).start()
    stream = (dial_tls(t, port, trust=t.certs.front)
              if front == "tls" else dial(t, port))
    stream.send(data)
    stream.finish()
    answer = stream.receive_all()
    expect_equal((answer == data[::-1], stream.end), (True, "clean"),
                 f"the answer after the client's end ({len(answer)} bytes)")
    got, end = server.result()
    expect_equal((got == data, end), (True, "clean"), "the back-end's input")


CHAOS = {"insert": [{"above": "tcp", "layer": "chaos",
                     "chaos": {"chunk": 1}}]}

for front_kind in KINDS:
    for back_kind in KINDS:
        for family, address in LOOPBACK.items():
            test(lambda t, f=front_kind, b=back_kind, ip=address:
                 both_ways(t, f, b, ip, 16 * 1024 * 1024),
                 name=f"{front_kind}_to_{back_kind}_over_{family}")
        test(lambda t, f=front_kind, b=back_kind:
             both_ways(t, f, b, "127.0.0.1", 64 * 1024, **CHAOS),
             name=f"{front_kind}_to_{back_kind}_one_byte_at_a_time")

for front_kind in ("tcp", "tls"):
    for back_kind in ("tcp", "tls"):
        test(lambda t, f=front_kind, b=back_kind:
             half_close(t, f, b, 300000),
             name=f"{front_kind}_to_{back_kind}_half_close")
        test(lambda t, f=front_kind, b=back_kind:
             half_close(t, f, b, 16384, **CHAOS),
             name=f"{front_kind}_to_{back_kind}_half_close_byte_by_byte")
