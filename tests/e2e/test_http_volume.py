# SPDX-License-Identifier: MIT
"""HTTP in volume: bodies of 1 GiB both ways, thousands of requests on one
connection, crowds of kept ones; memory stays what it was."""
import os
import threading

from lib import conf, httpraw, processes
from lib.gateway import Gateway
from lib.harness import Failure, expect, expect_equal, test
from lib.servers import Server
from lib.streams import dial, dial_tls

MIB = 1024 * 1024
BLOCK = os.urandom(MIB)
CHUNK = b"%x\r\n%s\r\n" % (MIB, BLOCK)
LENGTH, CHUNKED = "length", "chunked"


def mib(t):
    """How many MiB a large body has; sanitizers would take minutes."""
    return 1024 if not t.sanitized else 64


def allowed(t, more=1):
    """KiB that workers may grow; sanitizers need room for themselves."""
    return (more + (24 if t.sanitized else 0)) * 1024


class Checked:
    """What is received must be BLOCK, again and again."""

    def __init__(self):
        self.total = 0

    def take(self, data):
        view, at = memoryview(data), self.total % MIB
        self.total += len(view)
        while view:
            part = view[:MIB - at]
            if part != memoryview(BLOCK)[at:at + len(part)]:
                raise Failure(f"other bytes near {self.total}")
            view, at = view[len(part):], 0


def take_some(stream, most):
    """Up to `most` bytes as they come; never none."""
    while not stream.received:
        if stream.end:
            raise Failure(f"the body ended: {stream.end}")
        stream._turn(read=True)
    data = bytes(stream.received[:most])
    del stream.received[:len(data)]
    return data


def read_length(stream, length):
    seen = Checked()
    while seen.total < length:
        seen.take(take_some(stream, length - seen.total))
    return seen.total


def read_chunked(stream):
    """The end is told by a chunk of no size, whenever that comes: it may
    stand behind the last chunk's data or arrive alone."""
    seen = Checked()
    while True:
        size = int(stream.receive_until(b"\r\n"), 16)
        last = size == 0
        while size:
            data = take_some(stream, size)
            size -= len(data)
            seen.take(data)
        end = stream.receive_until(b"\r\n")
        expect_equal(end, b"\r\n", "the end of a chunk")
        if last:
            return seen.total


def read_body(stream, fields, total):
    if fields.get("transfer-encoding") == "chunked":
        return read_chunked(stream)
    expect_equal(fields.get("content-length"), str(total), "Content-Length")
    return read_length(stream, total)


def framing(how, total):
    return "Transfer-Encoding: chunked\r\n" if how == CHUNKED else \
        f"Content-Length: {total}\r\n"


def send_body(stream, how, count):
    for _ in range(count):
        stream.send(CHUNK if how == CHUNKED else BLOCK)
    if how == CHUNKED:
        stream.send(b"0\r\n\r\n")


def read_request(stream):
    head = stream.receive_until(b"\r\n\r\n").decode()
    fields = {}
    for line in head.split("\r\n")[1:-2]:
        name, _, value = line.partition(": ")
        fields[name.lower()] = value
    return head.split(" ")[1], fields


def start(t, play, front="http", back="http", **http):
    make = Server.with_certificate if back == "https" else Server
    server = make(t, play)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs, path="/", http=http),
        conf.connect(back, server.port, t.certs, path="/")))).start()
    return server, gateway, port


def client(t, front, port, **more):
    return dial_tls(t, port, trust=t.certs.front, **more) \
        if front == "https" else dial(t, port, **more)


def has_not_grown(t, gateway, before, more=1):
    grown = gateway.memory("VmHWM") - before
    expect(grown < allowed(t, more), f"{grown} KiB grown at the highest")


def warm(stream):
    """One exchange, so that what is made once is there."""
    expect_equal(httpraw.ask(stream, "/warm").status, 200, "the first")


def answer_warm(stream):
    read_request(stream)
    stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def upload(t, how, front="http", back="http"):
    total = mib(t) * MIB

    def play(stream):
        answer_warm(stream)
        _, fields = read_request(stream)
        got = read_body(stream, fields, total)
        stream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        return got
    server, gateway, port = start(t, play, front, back)
    stream = client(t, front, port)
    warm(stream)
    before = gateway.memory("VmHWM")
    stream.send(httpraw.request(method="PUT", extra=framing(how, total)))
    send_body(stream, how, mib(t))
    expect_equal(httpraw.read_response(stream).status, 204, "answer")
    has_not_grown(t, gateway, before)
    stream.close()
    gateway.stop()
    expect_equal(server.result(), total, "bytes")


def download(t, how, front="http", back="http", stalls=False):
    total = mib(t) * MIB

    def play(stream):
        answer_warm(stream)
        read_request(stream)
        stream.send(b"HTTP/1.1 200 OK\r\n" + framing(how, total).encode() +
                    b"\r\n")
        send_body(stream, how, mib(t))
    _, gateway, port = start(t, play, front, back)
    stream = client(t, front, port, **(
        {"receive_buffer": 65536} if stalls else {}))
    warm(stream)
    before = gateway.memory("VmHWM")
    stream.send(httpraw.request())
    status, fields = httpraw.read_head(stream)
    expect_equal(status, 200, "status")
    if stalls:
        settle(t, gateway)
        has_not_grown(t, gateway, before)
    expect_equal(read_body(stream, fields, total), total, "bytes")
    has_not_grown(t, gateway, before)
    stream.close()
    gateway.stop()


def settle(t, gateway):
    """Wait until a worker reads and writes no more."""
    def moved():
        return [open(f"/proc/{pid}/io").read() for pid in gateway.workers()]
    last = [None, 0]

    def same():
        now = moved()
        last[1] = last[1] + 1 if now == last[0] else 0
        last[0] = now
        return last[1] > 20
    t.wait("the gateway to rest", same)


@test
def upload_of_1_gib_with_length(t):
    upload(t, LENGTH)


@test
def upload_of_1_gib_in_chunks(t):
    upload(t, CHUNKED)


@test
def upload_of_1_gib_from_tls_to_tls(t):
    upload(t, CHUNKED, "https", "https")


@test
def download_of_1_gib_with_length(t):
    download(t, LENGTH)


@test
def download_of_1_gib_in_chunks(t):
    download(t, CHUNKED)


@test
def download_of_1_gib_from_tls_to_tls(t):
    download(t, LENGTH, "https", "https")


@test
def download_of_1_gib_to_a_reader_that_stalls(t):
    download(t, LENGTH, stalls=True)


@test
def download_of_1_gib_in_chunks_to_a_tls_reader_that_stalls(t):
    download(t, CHUNKED, "https", stalls=True)


@test
def upload_to_a_back_end_that_stalls(t):
    """Nothing more is taken from the client than fits, and all arrives."""
    go = threading.Event()
    t.defer(go.set)
    total = 16 * MIB

    def play(stream):
        answer_warm(stream)
        _, fields = read_request(stream)
        go.wait()
        got = read_body(stream, fields, total)
        stream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        return got
    server, gateway, port = start(t, play)
    stream = client(t, "http", port)
    warm(stream)
    before = gateway.memory("VmHWM")
    stream.send(httpraw.request(method="PUT", extra=framing(LENGTH, total)))
    task = t.spawn(send_body, stream, LENGTH, 16)
    settle(t, gateway)
    has_not_grown(t, gateway, before)
    go.set()
    task.result("the upload")
    expect_equal(httpraw.read_response(stream).status, 204, "answer")
    has_not_grown(t, gateway, before)
    stream.close()
    expect_equal(server.result(), total, "bytes")


# -- many requests ---------------------------------------------------------

def answer_paths(stream):
    """Answer each request with its path; returns how many there were."""
    count = 0
    while True:
        while b"\r\n\r\n" not in stream.received:
            if stream.end:
                return count
            stream._turn(read=True)
        path, _ = read_request(stream)
        count += 1
        stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(path), path.encode()))


def ten_thousand(t, front, pipelined):
    server, gateway, port = start(t, answer_paths, front)
    stream = client(t, front, port)
    warm(stream)
    before = gateway.memory("VmHWM")
    count = 10000
    if pipelined:
        everything = b"".join(httpraw.request(f"/{n}") for n in range(count))
        got = stream.exchange(everything, 0)
        expect_equal(got, b"", "nothing was asked for yet")
    for n in range(count):
        if not pipelined:
            stream.send(httpraw.request(f"/{n}"))
        expect_equal(httpraw.read_response(stream).body.decode(), f"/{n}",
                     "the answer")
    has_not_grown(t, gateway, before)
    stream.close()
    gateway.stop()
    expect_equal(server.result(), count + 1, "requests")
    expect(server.results.empty(), "one connection behind")


@test
def ten_thousand_requests_on_one_connection(t):
    ten_thousand(t, "http", False)


@test
def ten_thousand_requests_in_one_pipeline(t):
    ten_thousand(t, "http", True)


@test
def ten_thousand_requests_in_one_tls_pipeline(t):
    ten_thousand(t, "https", True)


@test
def a_crowd_of_kept_connections(t):
    """Each asks again after all others; what they held is given back."""
    server, gateway, port = start(t, answer_paths, keepalive_timeout="1h")
    first = dial(t, port)
    warm(first)
    worker = gateway.workers()[0]
    idle = processes.descriptors(worker)
    before = gateway.memory()
    crowd = [dial(t, port) for _ in range(300)]
    for turn in range(3):
        for number, stream in enumerate(crowd):
            stream.send(httpraw.request(f"/{number}-{turn}"))
        for number, stream in enumerate(crowd):
            expect_equal(httpraw.read_response(stream).body.decode(),
                         f"/{number}-{turn}", "the answer")
    each = (gateway.memory() - before) / len(crowd)
    expect(each < (16 if not t.sanitized else 200),
           f"{each:.1f} KiB for each connection")
    for number, stream in enumerate(crowd):
        if number % 3 == 0:
            stream.abort()
        else:
            stream.close()
    # back-ends are kept for their time, 32 of them
    t.wait("descriptors to be closed",
           lambda: processes.descriptors(worker) <= idle + 32)
    warm(first)
    first.close()
    gateway.stop()
