# SPDX-License-Identifier: MIT
"""A back-end that notes every whole request, read as strictly as can be."""
import threading

from .harness import Failure, expect
from .servers import Server

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nseen"


class Request:
    """A request as it arrived: names of fields in lower case."""

    def __init__(self, stream, versions=("HTTP/1.1",)):
        head = stream.receive_until(b"\r\n\r\n")[:-4].decode("latin-1")
        start, *lines = head.split("\r\n")
        self.method, self.target, version = start.split(" ")
        expect(version in versions, f"not a request line: {start!r}")
        self.fields = fields_of(lines)
        self.trailers = []
        self.body = self._body(stream)

    def _body(self, stream):
        lengths = self.all("content-length")
        codings = self.all("transfer-encoding")
        expect(len(lengths) + len(codings) < 2, f"framing of {self.fields}")
        if codings:
            expect(codings[0].lower() == "chunked", f"coding {codings}")
            return self._chunks(stream)
        if lengths:
            expect(lengths[0].isascii() and lengths[0].isdigit(),
                   f"length {lengths}")
            return stream.receive(int(lengths[0]))
        return b""

    def _chunks(self, stream):
        body = b""
        while True:
            line = stream.receive_until(b"\r\n")[:-2]
            expect(line and not set(line) - set(b"0123456789abcdefABCDEF"),
                   f"a chunk of size {line!r}")
            size = int(line, 16)
            if size == 0:
                break
            body += stream.receive(size)
            expect(stream.receive(2) == b"\r\n", "no CRLF behind a chunk")
        lines = []
        while line := stream.receive_until(b"\r\n")[:-2].decode("latin-1"):
            lines.append(line)
        self.trailers = fields_of(lines)
        return body

    def all(self, name):
        return [value for each, value in self.fields if each == name]

    def __str__(self):
        body = self.body.decode("latin-1")
        return f"{self.method} {self.target}" + (f" {body}" if body else "")


def fields_of(lines):
    found = []
    for line in lines:
        name, colon, value = line.partition(":")
        expect(colon and name and not set(" \t\r\n\0") & set(name) and
               not set("\r\n\0") & set(value), f"not a field: {line!r}")
        found.append((name.lower(), value.strip(" \t")))
    return found


class Recorder(Server):
    """Answers each request with 200, and keeps the connection. What breaks the
    rules fails the test."""

    def __init__(self, t):
        self.requests, self.broken = [], []
        self.lock = threading.Lock()
        super().__init__(t, self._serve_all)

    def _serve_all(self, stream):
        while True:
            while not stream.received and not stream.end:
                stream._turn(read=True)
            if not stream.received:
                return
            try:
                request = Request(stream)
            except (Failure, ValueError) as error:
                with self.lock:
                    # that a request ends early is no fault of its form
                    if not stream.end:
                        self.broken.append(str(error))
                return
            with self.lock:
                self.requests.append(request)
            head = ANSWER if request.method != "HEAD" else ANSWER[:-4]
            stream.send(head)

    def until(self, target):
        """The requests before the one for `target`, which is dropped."""
        with self.lock:
            expect(not self.broken, f"to the back-end: {self.broken}")
            targets = [each.target for each in self.requests]
            expect(target in targets, f"{target} is not in {targets}")
            at = targets.index(target)
            found = self.requests[:at]
            del self.requests[:at + 1]
        return found


def shows(message, text):
    """Does it have the fields of "... | name: value | !name"? Trailers are
    named trailer-NAME."""
    fields = message.fields + [(f"trailer-{name}", value)
                               for name, value in message.trailers]
    for part in text.split(" | ")[1:]:
        if part.startswith("!"):
            found = [each for each in fields if each[0] == part[1:]]
            expect(not found, f"{found} in {message}")
            continue
        name, _, value = part.partition(":")
        expect((name.lower(), value.strip(" ")) in fields,
               f"no {part!r} among {fields}")
