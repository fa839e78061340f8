# SPDX-License-Identifier: MIT
"""One WebSocket of the gateway seen from outside, in either of its roles.

A Line's `send` and `read` speak with the end under test. As the accepting end
that is an `echo` service and the Line is a raw client. As the connecting end
the Line is a raw back-end, and a raw client behind the gateway sends every
message back. So one case is played in both roles.
"""
import struct
import zlib

from . import conf, wsraw
from .gateway import Gateway
from .harness import Failure, expect, expect_equal
from .servers import Server
from .streams import dial, dial_tls

EXTENSION = "permessage-deflate"
BEGIN = "HTTP/1.1 101 Switching Protocols\r\n"


MANY = 5  # rows that fail until a table is given up


class World:
    """A gateway with a service for each of `rooms`, which are options of the
    ws layer by name. `secure` speaks TLS on both sides."""

    def __init__(self, t, rooms, *, secure=False, **more):
        self.t = t
        self.secure = secure
        self.scheme = "wss" if secure else "ws"
        self.port = t.ports.one()
        self.backs = {}
        services = []
        for name, options in rooms.items():
            services += self._services(name, dict(options))
        self.gateway = Gateway(t, conf.gateway(
            *services, **{"level": "error", **more})).start()

    def _services(self, name, options):
        certs = self.t.certs if self.secure else None
        back = self.backs[name] = (
            Server.with_certificate(self.t) if self.secure else Server(self.t))
        layers = {key: options.pop(key) for key in list(options)
                  if isinstance(options[key], dict)}
        accept, connect = layers.pop("accept", {}), layers.pop("connect", {})
        hop = layers.pop("hop", {})
        yield conf.echo(f"{name}-echo", conf.accept(
            self.scheme, self.port, certs, path=f"/{name}",
            ws={**options, **accept}, **layers, **hop))
        yield conf.service(f"{name}-through", conf.accept(
            self.scheme, self.port, certs, path=f"/through-{name}",
            ws={"max_message": 0}),
            conf.connect(self.scheme, back.port, certs,
                         ws={**options, **connect}, **layers, **hop))

    def dial(self):
        return (dial_tls(self.t, self.port, trust=self.t.certs.front)
                if self.secure else dial(self.t, self.port))

    def accepting(self, room="plain", extra=""):
        stream = self.dial()
        head = wsraw.upgrade(stream, f"/{room}", extra=extra)
        return Line(stream, head, mask=b"\x37\xfa\x21\x3d")

    def connecting(self, room="plain", extra="", answer=""):
        client = self.dial()
        client.send(wsraw.request(f"/through-{room}", "gateway.test",
                                  extra=extra))
        back = self.backs[room].accept()
        wsraw.answer(back, extra=answer)
        expect(client.receive_until(b"\r\n\r\n").startswith(BEGIN.encode()),
               "the client got no 101")
        far = self.t.spawn(send_back, client)
        head = answer if EXTENSION in answer else ""
        return Line(back, head, mask=None, far=far)

    def lines(self, room="plain", extra=""):
        """(role, line) for both roles; `extra` offers, or grants."""
        yield "accepting", self.accepting(room, extra)
        yield "connecting", self.connecting(room, answer=extra)


def send_back(client):
    """Every frame of data back; returns code and reason of the Close."""
    while True:
        try:
            opcode, fin, masked, payload = wsraw.read_frame(client)
        except Failure:
            return None, client.end
        expect(not masked, "the gateway masks what it sends to a client")
        if opcode == wsraw.CLOSE:
            client.send(wsraw.frame(wsraw.CLOSE, payload))
            client.receive_all()
            client.sock.close()
            return wsraw.close_code(payload), payload[2:].decode()
        if opcode < wsraw.CLOSE:
            client.send(wsraw.frame(opcode, payload, fin=fin))


class Line:
    def __init__(self, stream, head, *, mask, far=None):
        self.stream = stream
        self.head = head
        self.mask = mask
        self.far = far
        self.inflater = zlib.decompressobj(wbits=-15)

    def frame(self, opcode, payload=b"", **more):
        return wsraw.frame(opcode, payload, **{"mask": self.mask, **more})

    def send(self, *frames):
        self.stream.send(b"".join(frames))

    def queue(self, *frames):
        """What leaves while reading: for more than buffers hold."""
        self.stream.put(b"".join(frames))

    def send_pieces(self, data, size=1):
        for at in range(0, len(data), size):
            self.stream.send(data[at:at + size])

    def read(self):
        first, masked, payload = wsraw.read_raw(self.stream)
        opcode, fin = first & 15, bool(first & 128)
        self.reserved = first >> 4 & 7
        expect_equal(masked, self.mask is None, "masked by the gateway")
        expect(fin or opcode < 8, "the gateway fragments control frames")
        return opcode, fin, payload

    def message(self, pongs=None):
        """(opcode, payload); Pongs between its fragments go to `pongs`."""
        kind, whole, packed = None, [], False
        while True:
            opcode, fin, payload = self.read()
            if opcode == wsraw.PONG and pongs is not None:
                pongs.append(payload)
                continue
            packed = self.reserved == 4 if kind is None else packed
            expect_equal(self.reserved, 4 if packed and kind is None else 0,
                         "reserved bits")
            expect(opcode < 8, f"opcode {opcode} in place of a message: "
                               f"{payload!r}")
            expect_equal(opcode == 0, kind is not None, "continuation")
            kind = kind or opcode
            whole.append(payload)
            if fin:
                whole = b"".join(whole)
                return kind, self.inflate(whole) if packed else whole

    def inflate(self, data):
        expect(EXTENSION in self.head, "compressed without an agreement")
        role = "client" if self.mask is None else "server"
        if f"{role}_no_context_takeover" in self.head:
            self.inflater = zlib.decompressobj(wbits=-15)
        return self.inflater.decompress(data + b"\0\0\xff\xff")

    def expect_message(self, kind, payload):
        expect_equal(self.message(), (kind, bytes(payload)), "the message")

    def expect_pong(self, payload):
        expect_equal(self.read(), (wsraw.PONG, True, payload), "the pong")

    def ended(self, code, far=None):
        """The gateway closes with `code` and ends the connection; None is a
        Close without code. `far` is what the client behind sees."""
        opcode = None
        while opcode != wsraw.CLOSE:  # what was good comes back before
            opcode, _, payload = self.read()
        expect_equal(wsraw.close_code(payload), code, "close code")
        payload[2:].decode()
        if self.far:
            expect_equal(self.far.result()[0], far or code,
                         "close code that the client behind got")
        rest = self.stream.receive_all()
        expect_equal((rest, self.stream.end in ("clean", "reset")),
                     (b"", True), "behind the Close")
        self.stream.close()
        return payload

    def finish(self):
        """It is still good: it can be closed."""
        self.send(self.frame(wsraw.CLOSE, struct.pack("!H", 1000)))
        self.ended_by_us(1000)

    def ended_by_us(self, code):
        opcode, _, payload = self.read()
        expect_equal((opcode, wsraw.close_code(payload)),
                     (wsraw.CLOSE, code), "the answer to our Close")
        if self.mask is None:  # a server ends the connection (7.1.1)
            self.stream.finish()
        expect_equal(self.stream.receive_all(), b"", "behind the Close")
        if self.far:
            expect_equal(self.far.result()[0], code,
                         "close code that the client behind got")
        self.stream.close()


def deflated(data, *, final=False):
    """A compressed message as in RFC 7692 7.2.1."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    if final:  # RFC 7692 7.2.3.4: a block with BFINAL, and one empty byte
        return packer.compress(data) + packer.flush() + b"\0"
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


class Rows:
    """Runs rows of a table to the end; the failures name their rows. `--only`
    picks rows, too, of a test that lists them."""

    def __init__(self, t=None):
        self.t = t
        self.count = 0
        self.failed = []

    def run(self, name, function, *arguments):
        if self.t and not self.t.wants_row(name):
            return
        if len(self.failed) >= MANY:  # each may have waited in vain
            return
        self.count += 1
        try:
            function(*arguments)
        except (Failure, OSError, UnicodeError) as error:
            self.failed.append(f"{name}: {error}")

    def check(self, least=1):
        if self.failed:
            raise Failure(f"{len(self.failed)} of {self.count} rows failed: "
                          + "; ".join(self.failed))
        if not (self.t and self.t.only):
            expect(self.count >= least, f"only {self.count} rows")
