# SPDX-License-Identifier: MIT
"""Back-ends that end their connection at any point of an exchange: what the
client gets, and how often the back-end was asked."""
import collections
import itertools
import random
import select
import threading

from lib import conf, httpraw
from lib.gateway import Gateway
from lib.harness import Failure, expect, expect_equal, test
from lib.servers import Server
from lib.streams import dial
from test_http_reuse import back_counters

METHODS = {"GET": b"", "HEAD": b"", "DELETE": b"", "POST": b"",
           "POST with body": b"a body", "PUT with body": b"a body"}
REPEATED = ("GET", "HEAD", "DELETE")
TEXT = b"hello"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

# Where it ends: how much of the request is read, what is answered, and what
# the client makes of it. "nothing" is 502, or one more attempt.
POINTS = {
    "before the request is read": ("none", b"", "nothing"),
    "within the request's head": ("part", b"", "nothing"),
    "within the request's body": ("head", b"", "nothing"),
    "after the request": ("all", b"", "nothing"),
    "after one byte": ("all", b"H", 502),
    "within the response's head": ("all", HEAD[:-9], 502),
    "after an interim response":
        ("all", b"HTTP/1.1 103 Early Hints\r\n\r\n", 502),
    "after the response's head": ("all", HEAD, "cut"),
    "within the response's body": ("all", HEAD + TEXT[:2], "cut"),
    "within a chunk": ("all", CHUNKED + b"5\r\nhe", "cut"),
    "behind a chunk": ("all", CHUNKED + b"5\r\nhello\r\n", "cut"),
    "within the last chunk": ("all", CHUNKED + b"5\r\nhello\r\n0\r\n", "cut"),
    "within a body without length":
        ("all", b"HTTP/1.1 200 OK\r\n\r\nhello", "close"),
    "after the response": ("all", HEAD + TEXT, 200),
    "after a response that came early": ("head", HEAD + TEXT, 200),
}


def fin(stream):
    try:
        stream.fin()
    except OSError:
        pass  # gone already
    stream.sock.close()


def politely(stream):
    stream.close()


def reset(stream):
    stream.abort()


ENDS = {"http": {"FIN": fin, "RST": reset},
        "https": {"close_notify": politely, "FIN": fin, "RST": reset}}


class Hostile:
    """A gateway with two services, one that keeps connections and one that
    does not, and a back-end in our hand."""

    def __init__(self, t, scheme):
        self.t = t
        self.scheme = scheme
        self.server = Server.with_certificate(t) if scheme == "https" else \
            Server(t)
        self.ports = {kept: t.ports.one() for kept in (True, False)}
        self.gateway = Gateway(t, conf.gateway(*(
            conf.service(f"kept-{keep}".lower(),
                         conf.accept("http", port, path="/"),
                         conf.connect(scheme, self.server.port, t.certs,
                                      path="/", http={
                                          "keep_connections": int(keep),
                                          "keep_timeout": "0"}))
            for keep, port in self.ports.items()))).start()
        self.count = 0

    def ask(self, front, method, body=b""):
        self.count += 1
        path = f"/{self.count}"
        extra = "Content-Length: 0\r\n" if method == "POST" and not body \
            else ""
        front.send(httpraw.request(path, method=method, body=body,
                                   extra=extra))
        return path

    def kept(self):
        """A connection that has served one exchange and waits."""
        front = dial(self.t, self.ports[True])
        path = self.ask(front, "GET")
        back = self.server.accept()
        read(back, path, "all")
        back.send(HEAD + TEXT)
        expect_equal(httpraw.read_response(front).status, 200, "the first")
        front.close()
        return back

    def wait_kept(self, count):
        """Until the gateway knows that so many wait."""
        self.t.wait(f"{count} that are kept", lambda: back_counters(
            self.gateway)["back_kept"] == count)

    def play(self, name, kept, point, end):
        method, body = name.split()[0], METHODS[name]
        reads, says, outcome = POINTS[point]
        back = self.kept() if kept else None
        front = dial(self.t, self.ports[kept])
        path = self.ask(front, method, body)
        back = back or self.server.accept()
        read(back, path, reads, body)
        back.send(says)
        if outcome == "cut" and method == "HEAD":
            outcome = 200  # complete with its head
        if outcome in ("cut", "close", 200):
            expect_equal(httpraw.read_head(front)[0], 200, "status")
        if outcome == 200 and method != "HEAD":
            expect_equal(front.receive(5), TEXT, "body")
        ENDS[self.scheme][end](back)
        self.judge(front, method, outcome, end, path,
                   kept and name in REPEATED)
        front.sock.close()

    def judge(self, front, method, outcome, end, path, repeated):
        if outcome == "nothing" and repeated:
            back = self.server.accept()
            read(back, path, "all")
            back.send(HEAD + (b"" if method == "HEAD" else TEXT))
            expect_equal(httpraw.read_response(front, method).status, 200,
                         "after another attempt")
            politely(back)
        elif outcome in ("nothing", 502):
            expect_equal(httpraw.read_response(front, method).status, 502,
                         "answer")
        elif outcome == "close" and end != "RST" and \
                (self.scheme == "http" or end == "close_notify"):
            # that was its end
            expect_equal(httpraw.read_chunks(front), TEXT, "body")
        elif outcome in ("cut", "close"):
            rest = front.receive_all()
            expect(not rest.endswith(b"0\r\n\r\n"), f"body ends {rest}")
            expect_equal(front.end, "reset", "the client's connection")


def read(back, path, what, body=b""):
    """Some of the request for `path`."""
    if what == "none":
        if back.received:
            return  # it came with the end of the handshake
        ready, _, _ = select.select([back.sock], [], [], back.t.patience)
        expect(ready, "no request came")
        return
    if what == "part":
        back.receive(8)
        return
    head = back.receive_until(b"\r\n\r\n")
    expect_equal(head.split(b" ")[1].decode(), path, "the request's path")
    if what == "all" and body:
        expect_equal(back.receive(len(body)), body, "the request's body")


def sense(name, point):
    """Whether the combination says something."""
    method, body = name.split()[0], METHODS[name]
    if not body and POINTS[point][0] == "head":
        return False
    return not (method == "HEAD" and POINTS[point][2] in ("cut", "close") and
                point != "after the response's head")


def every_point(t, scheme, kept):
    world = Hostile(t, scheme)
    for name, point in itertools.product(METHODS, POINTS):
        if not sense(name, point):
            continue
        for end in ENDS[scheme]:
            try:
                world.play(name, kept, point, end)
            except Failure as failure:
                raise Failure(f"{name}, {end} {point}: {failure}") from None
    world.count += 1
    expect(world.server.streams.empty(), "a connection that nobody wanted")


@test
def fresh_connections_that_end_anywhere(t):
    every_point(t, "http", False)


@test
def kept_connections_that_end_anywhere(t):
    every_point(t, "http", True)


@test
def fresh_tls_connections_that_end_anywhere(t):
    every_point(t, "https", False)


@test
def kept_tls_connections_that_end_anywhere(t):
    every_point(t, "https", True)


@test
def an_end_between_exchanges_costs_no_request(t):
    for scheme in ENDS:
        world = Hostile(t, scheme)
        for name, end in itertools.product(METHODS, ENDS[scheme]):
            method, body = name.split()[0], METHODS[name]
            back = world.kept()
            world.wait_kept(1)
            ENDS[scheme][end](back)
            world.wait_kept(0)
            front = dial(t, world.ports[True])
            path = world.ask(front, method, body)
            back = world.server.accept()
            read(back, path, "all", body)
            back.send(HEAD + (b"" if method == "HEAD" else TEXT))
            expect_equal(httpraw.read_response(front, method).status, 200,
                         f"{name} after {end}")
            politely(back)


class Careless:
    """A back-end that ends connections at random, and counts what it saw."""

    def __init__(self, t, scheme, seed):
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.seen = collections.Counter()
        make = Server.with_certificate if scheme == "https" else Server
        self.server = make(t, self.serve)
        self.ends = list(ENDS[scheme].values())

    def serve(self, stream):
        while True:
            with self.lock:
                where = self.random.randrange(12)
                end = self.random.choice(self.ends)
            if not self.exchange(stream, where):
                break
        end(stream)

    def exchange(self, stream, where):
        """One exchange; false when the connection is to end."""
        while b"\r\n\r\n" not in stream.received:
            if stream.end or not stream._turn(read=True):
                return False
        head = stream.receive_until(b"\r\n\r\n")
        method, path = head.decode().split(" ")[:2]
        with self.lock:
            self.seen[path] += 1
        if b"\r\nContent-Length: 6" in head:
            stream.receive(6)
        if where == 0:
            return False
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (
            len(path), path.encode())
        if where == 1:
            stream.send(whole[:len(whole) - len(path) + 1])
            return False
        stream.send(whole)
        return where > 2


def crowd(t, scheme):
    back = Careless(t, scheme, seed=scheme)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("http", port, path="/"),
        conf.connect(scheme, back.server.port, t.certs, path="/")))).start()
    outcomes = collections.Counter()

    def client(number):
        front, found = dial(t, port), []
        for n in range(40):
            method = ("GET", "POST", "PUT", "DELETE")[n % 4]
            path = f"/{number}-{n}-{method}"
            if front is None:
                front = dial(t, port)
            front.send(httpraw.request(path, method=method, body=b"a body"
                                       if method in ("POST", "PUT") else b""))
            try:
                response = httpraw.read_response(front)
            except Failure:
                expect(front.end, f"{path}: no answer and no end")
                response = None
            if response is None or response.field("connection") == "close":
                front = None
            if response is not None and response.status == 200:
                expect_equal(response.body.decode(), path, "whose answer")
            found.append("cut" if response is None else response.status)
        return found

    for task in [t.spawn(client, number) for number in range(8)]:
        outcomes.update(task.result("a client"))
    expect_equal(sum(outcomes.values()), 320, "answers")
    expect_equal(set(outcomes) - {200, 502, "cut"}, set(), "kinds of answers")
    for path, times in back.seen.items():
        once = path.endswith(("POST", "PUT"))
        expect(times == 1 or (times == 2 and not once),
               f"{path} was asked for {times} times")
    gateway.stop()


@test
def a_crowd_at_a_careless_back_end(t):
    crowd(t, "http")


@test
def a_crowd_at_a_careless_tls_back_end(t):
    crowd(t, "https")
