# SPDX-License-Identifier: MIT
"""Requests made wrong by chance, the same ones each time."""
import random

from . import http_requests

PIECES = [b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b"\x0b", b",", b";", b":",
          b"0", b"5", b"chunked", b"identity", b"HTTP/1.1", b"HTTP/1.0",
          b"\r\n ", b"0\r\n\r\n", b"5\r\nhello\r\n", b"/", b"\"", b"\xff",
          b"Content-Length: 5\r\n", b"Content-Length: 0\r\n",
          b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: x\r\n",
          b"Transfer-Encoding:\tchunked\r\n", b"transfer-encoding: Chunked\r\n",
          b"Connection: close\r\n", b"Connection: keep-alive\r\n",
          b"Connection: Content-Length\r\n", b"Connection: Host\r\n",
          b"Host: gateway.test\r\n", b"Expect: 100-continue\r\n",
          b"Upgrade: websocket\r\n", b"Trailer: a\r\n", b"X: y\r\n",
          b"GET /smuggled HTTP/1.1\r\nHost: gateway.test\r\n\r\n"]
LONGEST = 1500


def bases(good=False):
    """Requests of the table that are short, go to the back-end's service and
    are no tunnels; the good ones alone, or all."""
    for rows in http_requests.ROWS.values():
        for _, answers, raw, _ in rows:
            if good and not answers.startswith("200"):
                continue
            if len(raw) < LONGEST and b"/ws" not in raw and \
                    b"CONNECT" not in raw and b"PRI" not in raw:
                yield raw


def mutant(chance, some):
    data = bytearray(chance.choice(some))
    if chance.random() < 0.3:
        data += chance.choice(some)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.randrange(len(data) + 1)
        how = chance.randrange(6)
        if how == 0:
            data[at:at] = chance.choice(PIECES)
        elif how == 1:
            data[at:at + chance.choice((1, 1, 2, 5))] = b""
        elif how == 2 and at < len(data):
            data[at] = chance.choice((data[at] ^ 0x20, chance.randrange(256)))
        else:
            _line(chance, data, how)
    return bytes(data)


def _line(chance, data, how):
    """A line twice, gone, elsewhere, or another one between two."""
    lines = bytes(data).split(b"\r\n")
    at = chance.randrange(len(lines))
    if how == 3:
        lines.insert(at, lines[at])
    elif how == 4:
        line = lines.pop(at)
        if chance.random() < 0.5:
            lines.insert(chance.randrange(len(lines) + 1), line)
    else:
        lines.insert(at, chance.choice(PIECES).rstrip(b"\r\n"))
    data[:] = b"\r\n".join(lines)


def mutants(count, seed):
    chance = random.Random(seed)
    good, others = list(bases(good=True)), list(bases())
    return [mutant(chance, good if chance.random() < 0.7 else others)
            for _ in range(count)]
