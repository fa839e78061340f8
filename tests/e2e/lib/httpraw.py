# SPDX-License-Identifier: MIT
"""HTTP/1.1 by hand: requests as bytes, responses taken apart strictly."""
from .harness import Failure, expect


class Response:
    def __init__(self, status, fields, body):
        self.status = status
        self.fields = fields
        self.body = body

    def field(self, name):
        return self.fields.get(name.lower())

    def __repr__(self):
        return f"{self.status} {self.fields} {self.body[:100]!r}"


def request(path="/", host="gateway.test", method="GET", body=b"", extra=""):
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return (f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{length}{extra}\r\n"
            ).encode() + body


def read_head(stream):
    """Status and fields of a response, names in lower case."""
    head = stream.receive_until(b"\r\n\r\n").decode("latin-1")
    lines = head[:-4].split("\r\n")
    version, _, rest = lines[0].partition(" ")
    expect(version in ("HTTP/1.1", "HTTP/1.0") and rest[:3].isdigit(),
           f"not a status line: {lines[0]!r}")
    fields = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        expect(colon and name == name.strip(), f"not a field: {line!r}")
        name = name.lower()
        expect(name not in ("content-length", "transfer-encoding")
               or name not in fields, f"twice in a response: {name}")
        fields[name] = value.strip()
    return int(rest[:3]), fields


def read_response(stream, method="GET"):
    """The next final response with its body."""
    while True:
        status, fields = read_head(stream)
        if status >= 200 or status == 101:
            break
    if method == "HEAD" or status in (101, 204, 304):
        return Response(status, fields, b"")
    if fields.get("transfer-encoding", "").lower() == "chunked":
        expect("content-length" not in fields,
               "both Content-Length and Transfer-Encoding")
        return Response(status, fields, read_chunks(stream))
    if "content-length" in fields:
        length = int(fields["content-length"])
        return Response(status, fields, stream.receive(length))
    if fields.get("connection", "").lower() != "close":
        raise Failure(f"no framing in the response: {status} {fields}")
    return Response(status, fields, stream.receive_all())


def read_chunks(stream):
    body = b""
    while True:
        size = int(stream.receive_until(b"\r\n").split(b";")[0], 16)
        if size == 0:
            while stream.receive_until(b"\r\n") != b"\r\n":
                pass
            return body
        body += stream.receive(size)
        expect(stream.receive(2) == b"\r\n", "no CRLF behind a chunk")


def ask(stream, *arguments, **keywords):
    stream.send(request(*arguments, **keywords))
    return read_response(stream, keywords.get("method", "GET"))
