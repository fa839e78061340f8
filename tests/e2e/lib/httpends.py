# SPDX-License-Identifier: MIT
"""The gateway's two ends as rows of tables see them: a client that sends bytes,
with a back-end that notes what comes; and a back-end that sends bytes, with a
client."""
import contextlib

from . import conf, httpraw, httptext
from .gateway import Gateway
from .harness import Failure, expect, expect_equal
from .httpback import Recorder, fields_of, shows
from .servers import Server
from .streams import dial


RULES = {"methods": ["GET", "POST"], "max_body": 10, "require_length": True}


def merged(layers, http):
    return {**layers, "http": {**layers.get("http", {}), **http}}


class World:
    """A gateway with a back-end that notes what it is asked. `insert` is a
    layer under the http layer of the front."""

    def __init__(self, t, **layers):
        self.t = t
        self.port = t.ports.one()
        self.back = Recorder(t)
        self.gateway = Gateway(t, conf.gateway(
            conf.service("back", conf.accept("http", self.port, path="/",
                                             **layers),
                         conf.connect("http", self.back.port, path="/")),
            conf.service("rules", conf.accept(
                "http", self.port, path="/rules", **merged(layers, RULES)),
                conf.connect("http", self.back.port, path="/rules")),
            conf.echo("ws", conf.accept("ws", self.port, path="/ws",
                                        **layers)),
            level="error")).start()
        self.marker = dial(t, self.port)
        self.marks = 0

    def seen(self):
        """What came since the last time, up to a request of our own."""
        self.marks += 1
        mark = f"/mark-{self.marks}"
        expect_equal(httpraw.ask(self.marker, mark).status, 200, "a mark")
        return self.back.until(mark)


def play(world, answers, raw, wanted):
    *statuses, end = answers.split(" ")
    stream = dial(world.t, world.port)
    stream.send(raw)
    last = None
    for status in statuses:
        status, _, method = status.partition("/")
        response = httpraw.read_response(stream, method or "GET")
        expect_equal(str(response.status), status, "status")
        expect(last != "close", "an answer behind Connection: close")
        last = response.field("connection")
    expect_equal(last == "close", end == "closed", "Connection: close")
    if end == "kept":
        expect_equal(httpraw.ask(stream, "/again").status, 200,
                     "the next request")
        wanted = [*wanted, "GET /again"]
        stream.finish()
    expect_equal((stream.receive_all(), stream.end in ("clean", "reset")),
                 (b"", True), "behind the answers")
    stream.close()
    seen = world.seen()
    expect_equal([str(each) for each in seen],
                 [each.partition(" | ")[0] for each in wanted], "seen")
    for got, text in zip(seen, wanted):
        shows(got, text)


class Answer:
    """What a client gets: interim statuses, the final response, its end."""

    def __init__(self, stream, method):
        self.statuses, self.fields, self.trailers = [], [], []
        while not self.statuses or self.statuses[-1] in range(102, 200) or \
                self.statuses[-1] == 100:
            self._head(stream)
        self.body, self.whole = b"", True
        try:
            self._body(stream, method)
        except Failure:
            self.whole = False

    def _head(self, stream):
        text = stream.receive_until(b"\r\n\r\n")[:-4].decode("latin-1")
        line, *lines = text.split("\r\n")
        expect(line.startswith("HTTP/1.1 ") and line[9:12].isdigit() and
               line[12:13] == " ", f"not a status line: {line!r}")
        self.statuses.append(int(line[9:12]))
        self.fields = fields_of(lines)

    def all(self, name):
        return [value for each, value in self.fields if each == name]

    def _body(self, stream, method):
        if method == "HEAD" or self.statuses[-1] in (204, 304):
            return
        lengths = self.all("content-length")
        codings = self.all("transfer-encoding")
        expect_equal(len(lengths + codings) +
                     (not lengths + codings and "close" in
                      self.all("connection")), 1, f"framing {self.fields}")
        if codings:
            self._chunks(stream)
        elif lengths:
            self._take(stream, int(lengths[0]))
        else:
            self.body = stream.receive_all()

    def _take(self, stream, count):
        for _ in range(count):
            self.body += stream.receive(1)

    def _chunks(self, stream):
        while size := int(stream.receive_until(b"\r\n"), 16):
            self._take(stream, size)
            expect(stream.receive(2) == b"\r\n", "no CRLF behind a chunk")
        lines = []
        while line := stream.receive_until(b"\r\n")[:-2]:
            lines.append(line.decode("latin-1"))
        self.trailers = fields_of(lines)


class Backs:
    """A gateway with a back-end that is us."""

    def __init__(self, t, **layers):
        self.t = t
        self.port = t.ports.one()
        self.server = Server(t)
        self.gateway = Gateway(t, conf.gateway(conf.service(
            "back", conf.accept("http", self.port, path="/"),
            conf.connect("http", self.server.port, path="/", **layers)),
            level="error")).start()

    def second(self, first):
        """The connection that the next request comes over."""
        def look():
            first.available()
            if not self.server.streams.empty():
                return self.server.accept()
            return first if first.received else None
        return self.t.wait("the next request", look)

    def ask(self, stream, row):
        kept = ["Connection: keep-alive"] if row.version == "1.0" and \
            not any(line.startswith("Connection") for line in row.ask) else []
        stream.send(httptext.head(
            f"{row.method} /a HTTP/{row.version}", *kept, *row.ask).encode())


def play_response(world, row):
    client = dial(world.t, world.port)
    world.ask(client, row)
    back = world.server.accept()
    back.receive_until(b"\r\n\r\n")
    with contextlib.suppress(OSError):  # it may have heard enough
        back.send(row.raw)
        if row.fin:
            back.fin()
    answer = Answer(client, row.method)
    statuses = [str(each) for each in answer.statuses]
    got = statuses + ([] if answer.whole else ["cut"])
    expect_equal(got, row.answer.split(" ")[:-1], "the answer")
    if answer.statuses[-1] != 502:
        expect_equal(answer.body, row.body, "the body")
    for text in row.shows:
        shows(answer, " | " + text)
    follow(world, row, client, back)


def follow(world, row, client, back):
    """What became of the two connections."""
    if row.answer.endswith("closed"):
        expect_equal(client.receive_all(), b"", "behind the answer")
        client.close()
        client = dial(world.t, world.port)
    client.send(httpraw.request("/again"))
    second = world.second(back)
    expect_equal("used" if second is back else "ended", row.back,
                 "the connection to the back-end")
    expect(second.receive_until(b"\r\n\r\n").startswith(b"GET /again "),
           "another request")
    second.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                b"Content-Length: 5\r\n\r\nagain")
    response = httpraw.read_response(client)
    expect_equal((response.status, response.body), (200, b"again"),
                 "the next answer")
    back.receive_all()
    for stream in (client, second, back):
        stream.close()
