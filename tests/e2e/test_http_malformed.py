# SPDX-License-Identifier: MIT
"""Malformed and unusual HTTP/1.1, each with its exact outcome: requests to the
accepting end, and responses of a back-end to the connecting end."""
from lib import conf, http_requests, httpraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.httpback import Recorder, shows
from lib.streams import dial
from lib.wsline import Rows


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


def run(t, **layers):
    world, rows = World(t, **layers), Rows(t)
    for title, section in http_requests.ROWS.items():
        for name, answers, raw, wanted in section:
            rows.run(name, play, world, answers, raw, wanted)
    rows.check(400)
    world.gateway.stop()


REQUEST_NAMES = [row[0] for section in http_requests.ROWS.values()
                 for row in section]


@test(rows=REQUEST_NAMES)
def requests(t):
    run(t)


@test(rows=REQUEST_NAMES)
def requests_byte_by_byte(t):
    run(t, insert=[{"above": "tcp", "layer": "chaos", "chaos": {"chunk": 1}}])


@test
def rows_have_names_of_their_own(t):
    expect_equal(len(set(REQUEST_NAMES)), len(REQUEST_NAMES), "names")
