# SPDX-License-Identifier: MIT
"""Connections to back-ends that are used again, and back-ends that end them at
any point."""
import re
import signal
import socket
import struct
import threading

from lib import conf, httpraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.ports import listening
from lib.servers import Server
from lib.streams import dial, dial_tls

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Pair:
    """A gateway with one http service, its back-end in our hand."""

    def __init__(self, t, back="http", **http):
        self.t = t
        self.server = Server.with_certificate(t) if back == "https" else \
            Server(t)
        self.port = t.ports.one()
        self.settings = self.settings_with(back, http)
        self.gateway = Gateway(t, self.settings).start()
        self.front = dial(t, self.port)
        self.count = 0

    def settings_with(self, back, http):
        return conf.gateway(conf.service(
            "work", conf.accept("http", self.port, path="/"),
            conf.connect(back, self.server.port, self.t.certs, path="/",
                         http={"keep_timeout": "1h", **http})))

    def send(self, method="GET", body=b"", extra="", front=None):
        """A request with a path of its own; returns the path."""
        self.count += 1
        path = f"/{self.count}"
        (front or self.front).send(httpraw.request(
            path, method=method, body=body, extra=extra))
        return path

    def answer(self, method="GET", front=None):
        return httpraw.read_response(front or self.front, method)

    def serve(self, back, path, response=OK):
        """The request for `path` is the next one at `back`."""
        expect_equal(asked(back), path, "the request at the back-end")
        back.send(response)

    def exchange(self, back, response=OK, method="GET"):
        path = self.send(method)
        self.serve(back, path, response)
        return self.answer(method)

    def first(self, response=OK):
        """A connection that has served one request."""
        path = self.send()
        back = self.server.accept()
        self.serve(back, path, response)
        expect_equal(self.answer().status, 200, "the first answer")
        return back

    def next_is_fresh(self):
        """Nothing else came to the back-end than the next request does."""
        path = self.send()
        back = self.server.accept()
        self.serve(back, path)
        expect_equal(self.answer().status, 200, "on a fresh connection")
        return back

    def wait_kept(self, count):
        """Until the gateway knows that so many wait."""
        self.t.wait(f"{count} that are kept", lambda: back_counters(
            self.gateway)["back_kept"] == count)


def back_counters(gateway):
    """The counters of connections to back-ends, as they are now: a worker
    may have more to do behind the bytes that somebody has seen."""
    last = r"name=layer\.http\.back_kept "
    before = len(re.findall(last, gateway.log()))
    gateway.signal(signal.SIGUSR1)
    gateway.wait_log(last, before + 1)
    found = re.findall(r"name=layer\.http\.(back_\w+) value=(-?\d+)",
                       gateway.log())
    return {name: int(value) for name, value in found}


def asked(back):
    """The path of the next request's head."""
    head = back.receive_until(b"\r\n\r\n").decode()
    return head.split(" ")[1]


def reset(stream):
    stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           struct.pack("ii", 1, 0))
    stream.sock.close()


def finish(stream):
    stream.finish()


ENDS = (("FIN", finish), ("RST", reset))


# -- used again -----------------------------------------------------------

@test
def requests_share_a_connection(t):
    p = Pair(t)
    back = p.first()
    for _ in range(10):
        expect_equal(p.exchange(back).body, b"ok", "the body")
    p.front.finish()
    p.front = dial(t, p.port)
    expect_equal(p.exchange(back).body, b"ok", "of another client")


@test
def requests_share_a_tls_connection(t):
    p = Pair(t, "https")
    back = p.first()
    for _ in range(10):
        expect_equal(p.exchange(back).body, b"ok", "the body")
    back.finish()
    p.next_is_fresh()


@test
def responses_of_all_kinds_leave_it_usable(t):
    p = Pair(t)
    back = p.first()
    for method, status, rest in (
            ("HEAD", 200, b"Content-Length: 10\r\n\r\n"),
            ("GET", 204, b"\r\n"),
            ("GET", 304, b"Content-Length: 10\r\n\r\n"),
            ("GET", 404, b"Content-Length: 3\r\n\r\nabc"),
            ("GET", 200, b"Content-Length: 0\r\n\r\n"),
            ("GET", 200, b"Transfer-Encoding: chunked\r\n\r\n"
                         b"3\r\nabc\r\n0\r\nX-End: 1\r\n\r\n"),
            ("GET", 500, b"Connection: keep-alive\r\n"
                         b"Content-Length: 1\r\n\r\n!")):
        response = f"HTTP/1.1 {status} Fine\r\n".encode() + rest
        got = p.exchange(back, response, method)
        expect_equal(got.status, status, f"{method} {rest!r}")
    interim = b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK
    expect_equal(p.exchange(back, interim).status, 200, "after an interim one")
    old = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" \
          b"Content-Length: 2\r\n\r\nok"
    expect_equal(p.exchange(back, old).status, 200, "HTTP/1.0")
    expect_equal(p.exchange(back).status, 200, "at last")


@test
def bodies_go_up_on_it(t):
    p = Pair(t)
    back = p.first()
    body = bytes(range(256)) * 1000
    path = p.send("POST", body)
    expect_equal(asked(back), path, "the path")
    expect_equal(back.receive(len(body)), body, "the body")
    back.send(OK)
    expect_equal(p.answer().status, 200, "the answer")
    expect_equal(p.exchange(back).status, 200, "the next")


@test
def ten_thousand_requests_over_few_connections(t):
    seen, lock = [], threading.Lock()

    def serve(stream):
        paths = []
        while b"\r\n\r\n" in stream.received or stream.end is None:
            if b"\r\n\r\n" not in stream.received:
                stream._turn(read=True)
                continue
            head = stream.receive_until(b"\r\n\r\n")
            path = head.split(b" ")[1]
            paths.append(path)
            stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                        % (len(path), path))
        with lock:
            seen.extend(paths)
        return len(paths)

    p = Pair(t)
    p.server.handler = serve
    fronts = [dial(t, p.port) for _ in range(5)]
    for batch in range(100):
        for index, front in enumerate(fronts):
            front.send(b"".join(
                httpraw.request(f"/{index}-{batch}-{n}") for n in range(20)))
        for index, front in enumerate(fronts):
            for n in range(20):
                expect_equal(httpraw.read_response(front).body.decode(),
                             f"/{index}-{batch}-{n}", "the answer")
    counters = back_counters(p.gateway)
    for front in [p.front, *fronts]:
        front.finish()
    p.gateway.stop()
    total = connections = 0
    while total < 10000:
        total += p.server.result()
        connections += 1
    expect_equal((total, len(seen), len(set(seen))), (10000,) * 3,
                 "requests, each once")
    expect(connections <= 10, f"{connections} connections for five clients")
    expect_equal(counters["back_fresh"] + counters["back_reused"], 10000,
                 "counted")
    expect_equal(counters["back_fresh"], connections, "fresh ones")


# -- not used again ---------------------------------------------------------

@test
def what_the_back_end_says_is_obeyed(t):
    p = Pair(t)
    for response in (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
            b"Content-Length: 2\r\n\r\nok",
            b"HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\n"
            b"Content-Length: 2\r\n\r\nok",
            b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"):
        back = p.first(response)
        expect_equal(back.receive_all(), b"", f"then the end, {response!r}")
        expect_equal(back.end, "clean", "in peace")
        back.finish()
    path = p.send()
    back = p.server.accept()
    p.serve(back, path, b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
    back.finish()
    expect_equal(p.answer().body, b"until the end", "a body without length")
    p.next_is_fresh()


@test
def who_proved_a_connection_has_it_alone(t):
    """NTLM and Negotiate prove who asks for a connection, not a request."""
    p = Pair(t)
    for credentials in ("NTLM TlRMTVNTUAAB", "negotiate YIIFWgYGKwYB"):
        path = p.send(extra=f"Authorization: {credentials}\r\n")
        back = p.server.accept()
        p.serve(back, path)
        expect_equal(p.answer().status, 200, credentials)
        other = dial(t, p.port)
        path = p.send(front=other)
        fresh = p.server.accept()
        p.serve(fresh, path)
        expect_equal(p.answer(front=other).status, 200, "another client")
        expect_equal(back.receive_all(), b"", "nothing else came there")
        fresh.finish()
        other.finish()


@test
def unasked_bytes_are_nobodys_answer(t):
    p = Pair(t)
    for unasked in (b"x", OK, b"HTTP/1.1 408 Request Timeout\r\n\r\n"):
        back = p.first(OK + unasked)
        p.next_is_fresh().finish()
        expect_equal(back.receive_all(), b"", "the connection ends")
    back = p.first()
    back.send(OK)  # later, while it waits
    expect_equal(back.receive_all(), b"", "the connection ends")
    p.next_is_fresh()


@test
def an_exchange_that_is_not_finished_ends_its_connection(t):
    p = Pair(t)
    back = p.first()
    p.send()
    asked(back)
    back.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    httpraw.read_head(p.front)
    reset(p.front)  # the client goes
    back.receive_all()
    expect(back.end is not None, "the connection ends")
    p.front = dial(t, p.port)
    back = p.next_is_fresh()
    # answered before the request was read
    body = "Content-Length: 100\r\n"
    path = p.send("POST", extra=body)
    p.serve(back, path)
    expect_equal(p.answer().status, 200, "early")
    back.receive_all()
    expect(back.end is not None, "the connection ends")


@test
def an_upgraded_connection_is_never_kept(t):
    p = Pair(t)
    back = p.first()
    upgrade = "Connection: Upgrade\r\nUpgrade: other\r\n"
    path = p.send(extra=upgrade)
    p.serve(back, path, b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\n"
                        b"Upgrade: other\r\n\r\nhello")
    status, _ = httpraw.read_head(p.front)
    expect_equal((status, p.front.receive(5)), (101, b"hello"), "tunnel")
    p.front.send(b"GET / HTTP/1.1\r\n\r\n")
    expect_equal(back.receive(18), b"GET / HTTP/1.1\r\n\r\n", "bytes")
    p.front.finish()
    expect_equal(back.receive_all(), b"", "the end passes")
    back.finish()
    p.front = dial(t, p.port)
    p.next_is_fresh()


@test
def a_refused_upgrade_leaves_it_usable(t):
    p = Pair(t)
    back = p.first()
    path = p.send(extra="Connection: Upgrade\r\nUpgrade: other\r\n")
    p.serve(back, path)
    expect_equal(p.answer().status, 200, "no upgrade")
    expect_equal(p.exchange(back).status, 200, "the next")


@test
def services_do_not_share_connections(t):
    server = Server(t)
    ports = t.ports.one(), t.ports.one()
    Gateway(t, conf.gateway(*(
        conf.service(f"s{port}", conf.accept("http", port, path="/"),
                     conf.connect("http", server.port, path="/"))
        for port in ports))).start()
    backs = []
    for port in ports:
        front = dial(t, port)
        front.send(httpraw.request(f"/{port}"))
        backs.append(server.accept())
        expect_equal(asked(backs[-1]), f"/{port}", "the path")
        backs[-1].send(OK)
        expect_equal(httpraw.read_response(front).status, 200, "the answer")
    for port, back in zip(ports, backs):
        front = dial(t, port)
        front.send(httpraw.request(f"/again-{port}"))
        expect_equal(asked(back), f"/again-{port}", "its own connection")


# -- back-ends that end it -----------------------------------------------------

@test
def an_end_while_idle_is_noticed(t):
    for how, end in ENDS:
        p = Pair(t)
        back = p.first()
        p.wait_kept(1)
        end(back)
        p.wait_kept(0)
        # which must not be sent twice, and need not be
        path = p.send("POST", b"body")
        back = p.server.accept()
        expect_equal(asked(back), path, f"the path after {how}")
        expect_equal(back.receive(4), b"body", "the body")
        back.send(OK)
        expect_equal(p.answer().status, 200, f"the answer after {how}")


def end_unanswered(p, end, method, body=b"", extra="", tls=False):
    """A connection that has served one request ends instead of answering."""
    back = p.first()
    path = p.send(method, body, extra)
    expect_equal(asked(back), path, "the path")
    if body:
        back.receive(len(body))
    end(back)
    return path


@test
def what_may_be_sent_twice_is_repeated_once(t):
    for back in ("http", "https"):
        p = Pair(t, back)
        for how, end in ENDS:
            for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
                path = end_unanswered(p, end, method)
                back = p.server.accept()
                p.serve(back, path, OK[:-2] if method == "HEAD" else OK)
                expect_equal(p.answer(method).status, 200,
                             f"{method} after {how}")
                expect_equal(p.exchange(back).status, 200, "and used again")
                end(back)
        expect_equal(back_counters(p.gateway)["back_repeated"], 10,
                     "repeated")


@test
def a_fresh_connection_that_fails_is_not_repeated(t):
    p = Pair(t)
    for _, end in ENDS:
        p.send()
        back = p.server.accept()
        asked(back)
        end(back)
        expect_equal(p.answer().status, 502, "on a fresh connection")
        path = end_unanswered(p, end, "GET")
        back = p.server.accept()
        expect_equal(asked(back), path, "repeated")
        end(back)
        expect_equal(p.answer().status, 502, "and no more")
        p.next_is_fresh().finish()


@test
def what_must_not_be_sent_twice_is_not(t):
    p = Pair(t)
    for _, end in ENDS:
        for method, body, extra in (
                ("POST", b"", "Content-Length: 0\r\n"), ("POST", b"x", ""),
                ("PATCH", b"x", ""), ("PUT", b"x", ""), ("LOCK", b"", ""),
                ("get", b"", ""), ("DELETE", b"x", "")):
            end_unanswered(p, end, method, body, extra)
            expect_equal(p.answer().status, 502, f"{method} {body!r}")
            p.front = dial(t, p.port)
            p.next_is_fresh().finish()


@test
def after_one_byte_of_an_answer_nothing_is_repeated(t):
    p = Pair(t)
    for part in (b"H", b"HTTP/1.1 200 OK\r\nContent-Le",
                 b"HTTP/1.1 103 Hints\r\n\r\n"):
        back = p.first()
        path = p.send()
        expect_equal(asked(back), path, "the path")
        back.send(part)
        back.finish()
        expect_equal(p.answer().status, 502, f"after {part!r}")
        p.front = dial(t, p.port)
        p.next_is_fresh().finish()
    back = p.first()
    p.send()
    asked(back)
    back.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    back.finish()
    httpraw.read_head(p.front)
    p.front.receive_all()
    expect_equal(p.front.end, "reset", "a body that is cut")
    p.front = dial(t, p.port)
    p.next_is_fresh()


@test
def a_timeout_is_not_repeated(t):
    p = Pair(t, response_timeout="2s")
    back = p.first()
    path = p.send()
    expect_equal(asked(back), path, "the path")
    expect_equal(p.answer().status, 504, "no answer")
    p.front = dial(t, p.port)
    p.next_is_fresh()


@test
def an_upgrade_may_be_asked_for_again(t):
    p = Pair(t)
    path = end_unanswered(p, finish, "GET",
                          extra="Connection: Upgrade\r\nUpgrade: other\r\n")
    back = p.server.accept()
    p.serve(back, path, b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\n"
                        b"Upgrade: other\r\n\r\n")
    status, _ = httpraw.read_head(p.front)
    p.front.send(b"hello")
    expect_equal((status, back.receive(5)), (101, b"hello"), "tunnel")


@test
def a_repeated_request_finds_nobody(t):
    p = Pair(t)
    back = p.first()
    p.send()
    asked(back)
    p.server.close()
    back.finish()
    expect_equal(p.answer().status, 502, "nobody listens")


# -- settings, reload, drain ---------------------------------------------------

@test
def none_is_kept_for_longer_than_keep_timeout(t):
    p = Pair(t, keep_timeout="50ms")
    back = p.first()
    expect_equal(back.receive_all(), b"", "it ends")
    expect_equal(back.end, "clean", "in peace")


@test
def no_more_are_kept_than_keep_connections(t):
    p = Pair(t, keep_connections=0)
    back = p.first()
    expect_equal((back.receive_all(), back.end), (b"", "clean"), "none kept")
    p = Pair(t, keep_connections=1, keep_timeout="0")
    fronts = [dial(t, p.port) for _ in range(3)]
    backs = []
    for front in fronts:
        path = p.send(front=front)
        backs.append(p.server.accept())
        expect_equal(asked(backs[-1]), path, "the path")
    for front, back in zip(fronts, backs):
        back.send(OK)
        expect_equal(p.answer(front=front).status, 200, "the answer")
    for back in backs[:2]:
        expect_equal((back.receive_all(), back.end), (b"", "clean"), "too many")
    expect_equal(p.exchange(backs[2]).status, 200, "the one that is kept")
    p.wait_kept(1)
    counters = back_counters(p.gateway)
    expect_equal((counters["back_fresh"], counters["back_reused"],
                  counters["back_kept"]), (3, 1, 1), "counters")


@test
def a_reload_closes_what_waits(t):
    p = Pair(t, keep_timeout="0")
    back = p.first()
    front = p.front
    p.gateway.conf.write_text(conf.text(p.settings_with(
        "http", {"keep_timeout": "1h"})))
    p.gateway.signal(signal.SIGHUP)
    expect_equal((back.receive_all(), back.end), (b"", "clean"), "it ends")
    back.finish()
    for p.front in (front, dial(t, p.port)):
        back = p.next_is_fresh()
        expect_equal(p.exchange(back).status, 200, "of the new generation")
        back.finish()


@test
def a_drain_does_not_wait_for_idle_connections(t):
    p = Pair(t, keep_timeout="0")
    back = p.first()
    p.front.finish()
    p.gateway.signal(signal.SIGTERM)
    expect_equal((back.receive_all(), back.end), (b"", "clean"), "it ends")
    back.finish()
    expect_equal(p.gateway.wait_end(), 0, "status")
    expect("drain_timeout has passed" not in p.gateway.log(), "at once")
    expect_in("stream ended", p.gateway.log(), "the log")


@test
def idle_clients_do_not_hold_a_drain(t):
    """They are told, and not waited for, however long they keep their side."""
    server = Server(t)
    for scheme in ("http", "https"):
        port = t.ports.one()
        hops = (conf.accept(scheme, port, t.certs, path="/",
                            close_timeout="1h"),
                conf.connect("http", server.port, path="/",
                             close_timeout="1h"))
        gateway = Gateway(t, conf.gateway(
            conf.service("work", *hops), drain="1h")).start()
        fronts = [dial(t, port) if scheme == "http" else
                  dial_tls(t, port, trust=t.certs.front) for _ in range(3)]
        back = None
        for front in fronts[1:]:  # the first never asks
            front.send(httpraw.request("/"))
            back = back or server.accept()
            asked(back)
            back.send(OK)
            expect_equal(httpraw.read_response(front).status, 200, "answer")
        gateway.signal(signal.SIGTERM)
        expect_equal(gateway.wait_end(), 0, "status")
        for front in fronts:
            expect_equal(front.receive_all(), b"", "then nothing")
            expect_equal(front.end, "clean", "in peace")


@test
def a_drain_waits_for_exchanges_that_go_on(t):
    p = Pair(t)
    back = p.first()
    path = p.send("POST", b"", "Content-Length: 4\r\n")
    expect_equal(asked(back), path, "the path")
    p.gateway.signal(signal.SIGTERM)
    # told by the supervisor, which logs it, the worker listens no more
    t.wait("the drain", lambda: not listening(p.port))
    p.front.send(b"body")
    expect_equal(back.receive(4), b"body", "the body")
    back.send(OK)
    response = p.answer()
    expect_equal((response.status, response.field("connection")),
                 (200, "close"), "the answer")
    p.front.finish()
    expect_equal(p.gateway.wait_end(), 0, "status")
