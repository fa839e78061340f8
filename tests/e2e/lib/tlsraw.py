# SPDX-License-Identifier: MIT
"""TLS by hand: hellos with anything in them, and a TLS 1.3 client (RFC 8446) for
X25519 and TLS_AES_128_GCM_SHA256 that sends what no other client would."""
import hashlib
import hmac
import os

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION = 20, 21, 22, 23
SERVER_NAME, GROUPS, SIGNATURES, ALPN = 0, 10, 13, 16
PRE_SHARED_KEY, VERSIONS, PSK_MODES, KEY_SHARE = 41, 43, 45, 51
X25519, P256 = 29, 23


def u16(n):
    return n.to_bytes(2, "big")


def vector(data, size):
    return len(data).to_bytes(size, "big") + data


def codes(*numbers):
    return b"".join(map(u16, numbers))


def record(kind, data, version=0x0303):
    return bytes([kind]) + u16(version) + vector(data, 2)


def message(kind, body):
    return bytes([kind]) + vector(body, 3)


def share(group, key):
    return u16(group) + vector(key, 2)


def server_name(name="gateway.test"):
    return vector(b"\0" + vector(name.encode(), 2), 2)


def usual(public=bytes(31) + b"\x09", group=X25519):
    """The extensions of a small TLS 1.3 hello, as a list of (type, body)."""
    return [(SERVER_NAME, server_name()),
            (GROUPS, vector(codes(X25519, P256), 2)),
            (SIGNATURES, vector(codes(0x0403, 0x0804, 0x0401), 2)),
            (VERSIONS, vector(codes(0x0304), 1)),
            (KEY_SHARE, vector(share(group, public), 2))]


def changed(extensions, kind, body):
    """The same with another body for `kind`; None leaves it out."""
    kept = [(k, body if k == kind else b) for k, b in extensions]
    return [(k, b) for k, b in kept if b is not None]


def hello(extensions, *, version=0x0303, suites=(0x1301,), session=None,
          compression=b"\0", random=None):
    """A ClientHello message."""
    session = os.urandom(32) if session is None else session
    body = u16(version) + (random or os.urandom(32)) + vector(session, 1)
    body += vector(codes(*suites), 2) + vector(compression, 1)
    if extensions is not None:
        body += vector(b"".join(u16(k) + vector(b, 2)
                                for k, b in extensions), 2)
    return message(1, body)


def read_record(stream):
    """(type, body), or None at the end."""
    while len(stream.received) < 5 and stream.end is None:
        stream._turn(read=True)
    if len(stream.received) < 5:
        return None
    head = stream.receive(5)
    return head[0], stream.receive(int.from_bytes(head[3:], "big"))


def alert_of(data):
    """The last alert among plain records, or None."""
    found = None
    while len(data) >= 5:
        size = int.from_bytes(data[3:5], "big")
        if data[0] == ALERT and size == 2:
            found = data[6]
        data = data[5 + size:]
    return found


# -- TLS 1.3 keys: RFC 8446 7.1, RFC 5869 ---------------------------------

def digest(data):
    return hashlib.sha256(data).digest()


def extract(salt, secret):
    return hmac.new(salt, secret, "sha256").digest()


def expand_label(secret, label, context, length):
    info = u16(length) + vector(b"tls13 " + label, 1) + vector(context, 1)
    return hmac.new(secret, info + b"\x01", "sha256").digest()[:length]


class Keys:
    """One direction."""

    def __init__(self, t, secret):
        aead = t.module("cryptography.hazmat.primitives.ciphers.aead",
                        "python3-cryptography")
        self.t = t
        self.secret = secret
        self.aead = aead.hazmat.primitives.ciphers.aead.AESGCM(
            expand_label(secret, b"key", b"", 16))
        self.iv = expand_label(secret, b"iv", b"", 12)
        self.count = 0

    def nonce(self):
        number = self.count.to_bytes(12, "big")
        self.count += 1
        return bytes(a ^ b for a, b in zip(self.iv, number))

    def seal(self, inner):
        head = bytes([APPLICATION]) + u16(0x0303) + u16(len(inner) + 16)
        return head + self.aead.encrypt(self.nonce(), inner, head)

    def open(self, body):
        head = bytes([APPLICATION]) + u16(0x0303) + u16(len(body))
        inner = self.aead.decrypt(self.nonce(), body, head).rstrip(b"\0")
        return inner[-1], inner[:-1]

    def next(self):
        return Keys(self.t, expand_label(self.secret, b"traffic upd", b"", 32))


class Client13:
    """A handshake up to the end, then records of any kind."""

    def __init__(self, t, stream, *, before_finished=b"", extensions=()):
        self.t, self.stream = t, stream
        t.module("cryptography.hazmat.primitives.serialization",
                 "python3-cryptography")
        crypto = t.module("cryptography.hazmat.primitives.asymmetric.x25519",
                          "python3-cryptography")
        self.x25519 = crypto.hazmat.primitives.asymmetric.x25519
        private = self.x25519.X25519PrivateKey.generate()
        form = crypto.hazmat.primitives.serialization
        public = private.public_key().public_bytes(
            form.Encoding.Raw, form.PublicFormat.Raw)
        sent = hello(usual(public) + list(extensions))
        stream.send(record(HANDSHAKE, sent, 0x0301))
        self._read_server(private, sent)
        stream.send(before_finished)
        self._finish()

    def _read_server(self, private, sent):
        kind, body = read_record(self.stream)
        if kind != HANDSHAKE:
            raise AssertionError(f"no ServerHello: {kind} {body!r}")
        key = body[-32:] if body[-36:-32] == u16(X25519) + u16(32) else None
        if key is None:  # its extensions may come in the other order
            at = body.index(u16(KEY_SHARE) + u16(36) + u16(X25519))
            key = body[at + 8:at + 40]
        self.transcript = sent + body
        shared = private.exchange(
            self.x25519.X25519PublicKey.from_public_bytes(key))
        early = extract(bytes(32), bytes(32))
        base = extract(expand_label(early, b"derived", digest(b""), 32),
                       shared)
        self.base = base
        now = digest(self.transcript)
        self.write = Keys(self.t, expand_label(base, b"c hs traffic", now, 32))
        self.read = Keys(self.t, expand_label(base, b"s hs traffic", now, 32))
        flight = b""
        while not self._has_finished(flight):
            kind, body = read_record(self.stream)
            if kind == APPLICATION:
                flight += self.read.open(body)[1]
        self.transcript += flight

    @staticmethod
    def _has_finished(flight):
        while len(flight) >= 4:
            size = int.from_bytes(flight[1:4], "big")
            if flight[0] == 20 and len(flight) >= 4 + size:
                return True
            flight = flight[4 + size:]
        return False

    def _finish(self):
        key = expand_label(self.write.secret, b"finished", b"", 32)
        done = hmac.new(key, digest(self.transcript), "sha256").digest()
        master = extract(expand_label(self.base, b"derived", digest(b""), 32),
                         bytes(32))
        now = digest(self.transcript)
        self.stream.send(self.write.seal(message(20, done) + b"\x16"))
        self.write = Keys(self.t, expand_label(master, b"c ap traffic", now,
                                               32))
        self.read = Keys(self.t, expand_label(master, b"s ap traffic", now,
                                              32))

    def seal(self, kind, data, padding=0):
        """One record, sealed."""
        return self.write.seal(data + bytes([kind]) + bytes(padding))

    def send(self, kind, data, padding=0):
        self.stream.send(self.seal(kind, data, padding))

    def update(self, asks):
        """KeyUpdate, as bytes; the keys change."""
        out = self.seal(HANDSHAKE, message(24, bytes([asks])))
        self.write = self.write.next()
        return out

    def receive(self):
        """(type, data) of the next record that is no ticket; None at the
        end."""
        while True:
            got = read_record(self.stream)
            if got is None:
                return None
            if got[0] != APPLICATION:
                return got
            kind, data = self.read.open(got[1])
            if kind == HANDSHAKE and data[:1] == b"\x18":
                self.read = self.read.next()
            elif kind != HANDSHAKE:
                return kind, data

    def receive_alert(self):
        """The number of the alert that ends the connection; None: there was
        no alert."""
        while True:
            got = self.receive()
            if got is None:
                return None
            if got[0] == ALERT:
                return got[1][1]
