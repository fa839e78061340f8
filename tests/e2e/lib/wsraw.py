# SPDX-License-Identifier: MIT
"""WebSocket by hand, for frames that no library would send."""
import base64
import hashlib
import os
import struct

from .harness import expect, expect_equal, expect_in

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def request(path, host, *, version="13", key=None, extra=""):
    key = key or base64.b64encode(os.urandom(16)).decode()
    return (f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: {version}\r\n{extra}\r\n").encode()


def accept_key(key):
    digest = hashlib.sha1(key.strip().encode() + MAGIC).digest()
    return base64.b64encode(digest).decode()


def upgrade(stream, path="/work", host="gateway.test", extra=""):
    """Open as a client; returns the head of the 101."""
    key = base64.b64encode(os.urandom(16)).decode()
    stream.send(request(path, host, key=key, extra=extra))
    head = stream.receive_until(b"\r\n\r\n").decode("latin-1")
    expect(head.startswith("HTTP/1.1 101 "), f"no 101 but {head!r}")
    expect_in(accept_key(key), head, "Sec-WebSocket-Accept")
    return head


def answer(stream, extra=""):
    """Open as a server; returns the head of the request."""
    head = stream.receive_until(b"\r\n\r\n").decode("latin-1")
    key = field(head, "Sec-WebSocket-Key")
    stream.send((f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 f"Connection: Upgrade\r\n"
                 f"Sec-WebSocket-Accept: {accept_key(key)}\r\n{extra}\r\n"
                 ).encode())
    return head


def field(head, name):
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.strip().lower() == name.lower():
            return value.strip()
    return None


def header(opcode, length, *, fin=True, mask=b"\0\0\0\0", reserved=0,
           bits=None):
    """The header of a frame; `mask` None leaves it unmasked; `bits` forces
    the length's form (7, 16 or 64)."""
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    masked = 0x80 if mask is not None else 0
    bits = bits or (7 if length < 126 else 16 if length < 65536 else 64)
    if bits == 7:
        head = struct.pack("!BB", first, masked | length)
    elif bits == 16:
        head = struct.pack("!BBH", first, masked | 126, length)
    else:
        head = struct.pack("!BBQ", first, masked | 127, length)
    return head + (mask or b"")


def frame(opcode, payload=b"", *, mask=b"\x11\x22\x33\x44", **more):
    payload = bytes(payload)
    if mask is not None:
        payload_sent = masked(payload, mask)
    else:
        payload_sent = payload
    return header(opcode, len(payload), mask=mask, **more) + payload_sent


def masked(payload, key):
    """Masked, or unmasked; fast for payloads of many megabytes."""
    size = len(payload)
    keys = (key * (size // 4 + 1))[:size]
    both = int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")
    return both.to_bytes(size, "big")


def close_frame(code, text="", **more):
    return frame(CLOSE, struct.pack("!H", code) + text.encode(), **more)


def read_frame(stream):
    """(opcode, fin, masked, payload)"""
    first, is_masked, payload = read_raw(stream)
    return first & 15, bool(first & 128), is_masked, payload


def read_raw(stream):
    """(first byte, masked, payload)"""
    first, second = stream.receive(2)
    length = second & 127
    if length == 126:
        length = struct.unpack("!H", stream.receive(2))[0]
    elif length == 127:
        length = struct.unpack("!Q", stream.receive(8))[0]
    mask = stream.receive(4) if second & 128 else None
    payload = stream.receive(length)
    if mask:
        payload = masked(payload, mask)
    return first, mask is not None, payload


def read_message(stream):
    """(opcode, payload) of the next message; pings are answered no one."""
    kind, whole = None, b""
    while True:
        opcode, fin, _, payload = read_frame(stream)
        if opcode in (PING, PONG):
            continue
        if opcode == CLOSE:
            return CLOSE, payload
        kind = opcode if kind is None else kind
        whole += payload
        if fin:
            return kind, whole


def read_bytes(stream, kind, count):
    """So many bytes of payload: what was bytes on its way comes in as many
    messages as it likes."""
    got = b""
    while len(got) < count:
        opcode, part = read_message(stream)
        expect_equal(opcode, kind, "the kind of message")
        got += part
    return got


def close_code(payload):
    return struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else None


def read_close(stream):
    """Skip to the Close frame; returns (code, text)."""
    while True:
        opcode, _, _, payload = read_frame(stream)
        if opcode == CLOSE:
            return close_code(payload), payload[2:].decode()


def send_zeros(stream, size, block=1 << 20):
    """One binary message of so many bytes, a multiple of the block's."""
    stream.send(header(BINARY, size))
    zeros = bytes(block)
    for _ in range(size // block):
        stream.send(zeros)
