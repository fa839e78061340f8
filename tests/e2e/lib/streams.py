# SPDX-License-Identifier: MIT
"""Byte streams over TCP, or TLS (OpenSSL) once or more over TCP, in full
control of their ends: close_notify, FIN and RST are separate acts."""
import select
import socket
import ssl
import struct
import time

from .harness import Failure

CHUNK = 65536


class Stream:
    """A connection. `filters` are TLS sessions, the outermost first.

    `end` says how the peer's direction ended: None while it is open, "clean"
    (close_notify, or FIN without TLS), "cut" (FIN without close_notify),
    "reset".
    """

    def __init__(self, t, sock, filters=()):
        self.t = t
        self.sock = sock
        self.sock.setblocking(False)
        self.filters = []
        self.received = bytearray()
        self.pending = bytearray()
        self.end = None
        for tls in filters:
            self.start_tls(tls)

    # -- opening ---------------------------------------------------------

    def start_tls(self, tls):
        """Put a TLS session on top of what is there."""
        early = bytes(self.received)
        self.received.clear()
        self.filters.append(tls)
        self.received += tls.decode(early)
        while not self._shake(tls):
            if self.end:
                raise Failure(f"TLS handshake ended: {self.end}")
            self._turn(read=True)
        self.received += tls.decode(b"")

    def _shake(self, tls):
        try:
            return tls.handshake()
        finally:  # an alert goes out, too
            self._flush_filters()
            self.push()

    def _flush_filters(self):
        for index, tls in enumerate(self.filters):
            self._queue(tls.output(), index)

    def _queue(self, data, above):
        """Queue what the filter at index `above` made."""
        for tls in reversed(self.filters[:above]):
            data = tls.encode(data) if data else b""
        self.pending += data

    # -- moving ----------------------------------------------------------

    def _turn(self, read, block=True):
        """Move what can be moved, waiting until something can."""
        wait = self.t.patience if block else 0
        want_read = read and self.end is None
        want_write = bool(self.pending)
        if not want_read and not want_write:
            return False
        r, w = self._poll(want_read, want_write, wait)
        if block and not r and not w:
            raise Failure("waited in vain for data or room at a connection")
        if w:
            self._write()
        if r and self.end is None:
            self._read()
        return bool(r or w)

    def _poll(self, read, write, seconds):
        """(can be read, can be written) of those asked for."""
        events = (select.POLLIN if read else 0) | \
            (select.POLLOUT if write else 0)
        poll = select.poll()
        poll.register(self.sock, events)
        got = sum(event for _, event in poll.poll(seconds * 1000))
        bad = got & (select.POLLERR | select.POLLHUP)
        return (read and bool(got & select.POLLIN or bad),
                write and bool(got & select.POLLOUT or bad))

    def _write(self):
        try:
            sent = self.sock.send(memoryview(self.pending)[:4 * CHUNK])
        except BlockingIOError:
            return
        except (ConnectionResetError, BrokenPipeError):
            while self.end is None and self._read():
                pass  # what came before the reset is there
            self.pending.clear()
            if self.end != "clean" or not self.filters:
                self.end = "reset"  # a send that fails consumes the error
            return
        del self.pending[:sent]

    def _read(self):
        """Take some of what is there; false when that is nothing."""
        try:
            data = self.sock.recv(4 * CHUNK)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            self.end = "reset"
            return False
        if not data:
            self.end = "cut" if self.filters else "clean"
            return False
        for tls in self.filters:
            data = tls.decode(data)
        self.received += data
        if any(tls.ended for tls in self.filters):
            self.end = "clean" if self.filters[-1].ended else "cut"
        self._flush_filters()
        return True

    def push(self):
        """Write all that is queued, however long it takes."""
        while self.pending:
            if not self._turn(read=False):
                break

    def send(self, data):
        """Send all; what arrives meanwhile waits in the kernel."""
        view = memoryview(data)
        for at in range(0, len(view), CHUNK):
            self.put(view[at:at + CHUNK])
            self.push()
        if self.end == "reset":
            raise ConnectionResetError("reset by the gateway while sending")

    def put(self, data):
        """Queue without sending."""
        data = bytes(data)
        for tls in reversed(self.filters):
            data = tls.encode(data)
        self.pending += data

    def drain(self, quiet=2.0):
        """Write what is queued; False when the peer took nothing for
        `quiet` seconds."""
        deadline = time.monotonic() + quiet
        while self.pending:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if self._poll(False, True, left)[1]:
                self._write()
                deadline = time.monotonic() + quiet
        return True

    def offer(self, most, block, quiet=2.0):
        """Send copies of `block` until the peer takes no more for `quiet`
        seconds, or `most` bytes are sent. Returns the bytes queued."""
        sent = 0
        while sent < most:
            self.put(block)
            sent += len(block)
            if not self.drain(quiet):
                break
        return sent

    def receive(self, count):
        """Exactly `count` bytes."""
        while len(self.received) < count:
            if self.end:
                raise Failure(f"stream ended ({self.end}) after "
                              f"{len(self.received)} of {count} bytes: "
                              f"{bytes(self.received[:200])!r}")
            self._turn(read=True)
        data = bytes(self.received[:count])
        del self.received[:count]
        return data

    def receive_until(self, mark):
        """Everything up to and with `mark`."""
        while mark not in self.received:
            if self.end:
                raise Failure(f"stream ended ({self.end}) before {mark!r}: "
                              f"{bytes(self.received[:200])!r}")
            self._turn(read=True)
        return self.receive(self.received.index(mark) + len(mark))

    def receive_all(self):
        """Everything up to the end; then `end` says which one it was."""
        while self.end is None:
            self._turn(read=True)
        data = bytes(self.received)
        self.received.clear()
        return data

    def available(self):
        """What has arrived by now, without waiting."""
        while self.end is None and self._turn(read=True, block=False):
            pass
        return bytes(self.received)

    def exchange(self, data, count, sink=None):
        """Send `data` and receive `count` bytes, both at the same time.
        Received bytes go to `sink` when there is one."""
        got, at = 0, 0
        kept = bytearray()
        view = memoryview(data)
        while got < count or at < len(view) or self.pending:
            if at < len(view) and len(self.pending) < CHUNK:
                self.put(view[at:at + CHUNK])
                at += CHUNK
            if self.received:
                part = bytes(self.received[:count - got])
                del self.received[:len(part)]
                got += len(part)
                if sink:
                    sink(part)
                else:
                    kept += part
                continue
            if self.end and got < count:
                raise Failure(f"stream ended ({self.end}) after {got} of "
                              f"{count} bytes")
            self._turn(read=got < count)
        return bytes(kept)

    # -- ends ------------------------------------------------------------

    def finish(self):
        """End our direction as the protocol says: close_notify of the
        innermost TLS session, or FIN without one."""
        if self.filters:
            self._queue(self.filters[-1].finish(), len(self.filters) - 1)
            self.push()
        else:
            self.fin()

    def fin(self):
        """A bare FIN, with no word of TLS before it."""
        self.push()
        self.sock.shutdown(socket.SHUT_WR)

    def abort(self):
        """RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        """Politely: close_notify, FIN, gone."""
        try:
            if self.end != "reset":
                self.finish()
        except (OSError, Failure):
            pass
        self.sock.close()


def offer_all(streams, most, block, quiet=2.0):
    """Each offers as offer() does, until nobody got rid of anything for `quiet`
    seconds. Returns the bytes queued."""
    sent = dict.fromkeys(streams, 0)
    deadline = time.monotonic() + quiet
    while time.monotonic() < deadline:
        for stream in streams:
            if not stream.pending and sent[stream] < most:
                stream.put(block)
                sent[stream] += len(block)
            if stream.pending and stream._poll(False, True, 0)[1]:
                stream._write()
                deadline = time.monotonic() + quiet
        time.sleep(0.01)
    return sum(sent.values())


class Tls:
    """A TLS session in memory."""

    def __init__(self, context, server_side=False, name=None):
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.session = context.wrap_bio(
            self.incoming, self.outgoing, server_side=server_side,
            server_hostname=name)
        self.open = False
        self.ended = False

    def handshake(self):
        """True when it is complete; raises ssl.SSLError when it failed."""
        if not self.open:
            try:
                self.session.do_handshake()
                self.open = True
            except ssl.SSLWantReadError:
                pass
        return self.open

    def encode(self, data):
        self.session.write(data)
        return self.output()

    def decode(self, wire):
        if wire:
            self.incoming.write(wire)
        if not self.open:
            return b""
        data = bytearray()
        while True:
            try:
                part = self.session.read(CHUNK)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                self.ended = True
                break
            if not part:
                self.ended = True
                break
            data += part
        return bytes(data)

    def output(self):
        return self.outgoing.read() if self.outgoing.pending else b""

    def finish(self):
        """close_notify."""
        try:
            self.session.unwrap()
        except ssl.SSLError:
            pass
        return self.output()


def client_context(trust=None, *, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust:
        context.load_verify_locations(trust)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def dial(t, port, *, ip="127.0.0.1", receive_buffer=None):
    """A plain stream to a port."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    sock = socket.socket(family)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(t.patience)
    try:
        sock.connect((ip, port))
    except ConnectionResetError:  # so fast: there, and gone again
        stream = Stream(t, sock)
        stream.end = "reset"
        return stream
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    t.defer(sock.close)
    return Stream(t, sock)


def dial_tls(t, port, *, trust=None, name="gateway.test", context=None,
             **where):
    """A TLS stream to a port; with `trust` chain and name are verified."""
    stream = dial(t, port, **where)
    stream.start_tls(Tls(context or client_context(trust), name=name))
    return stream
