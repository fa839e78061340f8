# SPDX-License-Identifier: MIT
"""An upgrade between http and http: the gateway passes it on and never looks
into the WebSocket that follows."""
import itertools
import json
import os
from http import HTTPStatus

from lib import conf, httpraw, strangers, tools, wspeers, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server
from lib.streams import dial, dial_tls

KINDS = ("http", "https")
ANSWERS = (1000,)  # aiohttp's to whatever it is told
LARGE = os.urandom(1024 * 1024)


def passing(t, back_ends):
    """A gateway with a service for each library and way;
    [(url, library, without TLS on both hops?)]."""
    ports = {"http": t.ports.one(), "https": t.ports.one()}
    services, places = [], []
    for library, back in itertools.product(back_ends.libraries, KINDS):
        path = f"/{library}/{back}"
        accepts = [conf.accept(front, ports[front], t.certs, path=path)
                   for front in KINDS]
        services.append(conf.service(
            f"{library}-{back}", accepts,
            conf.connect(back, back_ends.ports[library, back == "https"],
                         t.certs, path="/")))
        places += [(hop["url"].replace("http", "ws", 1), library,
                    back == front == "http")
                   for hop, front in zip(accepts, KINDS)]
    gateway = Gateway(t, conf.gateway(*services)).start()
    return gateway, places


def compresses(client, library):
    return client not in strangers.PLAIN and library not in strangers.PLAIN


def every_way(t, client):
    strangers.need(t, client)
    back_ends = strangers.BackEnds(t)
    gateway, places = passing(t, back_ends)
    ends = list(strangers.ENDS)
    jobs = [{"id": n, "kind": "messages", "end": ends[n % len(ends)],
             "url": f"{url}?id={n}", "protocols": strangers.INNER,
             "deflate": True} for n, (url, *_) in enumerate(places)]
    peer = strangers.program(t, "talk", client, client, t.certs.front)
    peer.send(json.dumps(jobs).encode() + b"\n")
    for _ in jobs:
        report = json.loads(peer.receive_until(b"\n"))
        job = jobs[report["id"]]
        _, library, plain = places[job["id"]]
        what = f"{client} at {job['url']}"
        expect("error" not in report and "code" in report,
               f"{what}: {report}")
        if plain:  # over TLS many leave without close_notify: a cut
            strangers.check_end((report["code"], report["reason"]),
                                job["end"], "client", what, ANSWERS)
            strangers.check_end(back_ends.end_of(job["id"], library),
                                job["end"], "server", what, ANSWERS)
        expect_equal((report["wrong"], report["pongs"]),
                     (0, report.get("pings", 0)), what)
        told = report["told"]
        expect_equal((report["protocol"], told["protocol"]),
                     ("inner.two", "inner.two"), f"{what}: subprotocol")
        expect_equal((report["deflate"], told["deflate"]),
                     (compresses(client, library),) * 2,
                     f"{what}: compression from end to end")
    gateway.stop()


for stranger in (*strangers.NODE, *strangers.PYTHON):
    test(lambda t, client=stranger: every_way(t, client),
         name=f"{stranger}_passes_through_to_every_back_end")


def raw(t, play, front="http", back="http"):
    """A hand-made back-end behind the gateway; (gateway, server, stream)."""
    server = (Server.with_certificate(t, play) if back == "https"
              else Server(t, play))
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs, path="/"),
        conf.connect(back, server.port, t.certs, path="/")))).start()
    stream = (dial_tls(t, port, trust=t.certs.front) if front == "https"
              else dial(t, port))
    return gateway, server, stream


def early(t, front, back):
    """Frames in the same write as the 101, and no FIN before all passed."""
    frames = wsraw.frame(wsraw.TEXT, b"early", mask=None) + \
        wsraw.frame(wsraw.BINARY, LARGE, mask=None)

    def play(stream):
        head = stream.receive_until(b"\r\n\r\n").decode()
        key = wsraw.accept_key(wsraw.field(head, "Sec-WebSocket-Key"))
        stream.send((f"HTTP/1.1 101 Here You Are\r\nUpgrade: websocket\r\n"
                     f"Connection: Upgrade\r\nSec-WebSocket-Accept: {key}"
                     "\r\n\r\n").encode() + frames)
        return head, wsraw.read_message(stream)
    gateway, server, stream = raw(t, play, front, back)
    wsraw.upgrade(stream, "/chat?room=1")
    expect_equal(wsraw.read_message(stream), (wsraw.TEXT, b"early"), "early")
    got = wsraw.read_message(stream)
    expect(got == (wsraw.BINARY, LARGE), f"{len(got[1])} bytes after it")
    stream.send(wsraw.frame(wsraw.TEXT, b"late"))
    head, message = server.result()
    expect(head.startswith("GET /chat?room=1 HTTP/1.1\r\n"), head)
    expect_equal(message, (wsraw.TEXT, b"late"), "the back-end got")
    gateway.stop()


for front_kind, back_kind in itertools.product(KINDS, KINDS):
    test(lambda t, f=front_kind, b=back_kind: early(t, f, b),
         name=f"frames_right_behind_the_101_{front_kind}_to_{back_kind}")


@test
def frames_that_do_not_wait_for_the_101_arrive(t):
    def play(stream):
        wsraw.answer(stream)
        stream.send(wsraw.frame(wsraw.TEXT, b"hello", mask=None))
        return wsraw.read_message(stream), wsraw.read_message(stream)
    _, server, stream = raw(t, play)
    stream.send(wsraw.request("/x", "gateway.test") +
                wsraw.frame(wsraw.TEXT, b"one") +
                wsraw.frame(wsraw.BINARY, LARGE))
    expect_equal(httpraw.read_response(stream).status, 101, "status")
    expect_equal(wsraw.read_message(stream), (wsraw.TEXT, b"hello"), "hello")
    first, second = server.result()
    expect_equal(first, (wsraw.TEXT, b"one"), "the first")
    expect(second == (wsraw.BINARY, LARGE), "the second")


@test
def requests_before_an_upgrade_and_a_refused_one(t):
    """One connection: a request, an upgrade that is refused, an upgrade."""
    refusal = (b"HTTP/1.1 401 Who Are You\r\n"
               b"WWW-Authenticate: Basic realm=\"inner\"\r\n"
               b"Content-Length: 9\r\n\r\nsay first")

    messages = []

    def play(stream):
        while True:
            head = stream.receive_until(b"\r\n\r\n").decode()
            if "/open" in head:
                break
            stream.send(refusal if "/refused" in head else
                        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        key = wsraw.accept_key(wsraw.field(head, "Sec-WebSocket-Key"))
        stream.send((f"HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\n"
                     f"Connection: Upgrade\r\nSec-WebSocket-Accept: {key}"
                     "\r\n\r\n").encode())
        messages.append(wsraw.read_message(stream))
    _, _, stream = raw(t, play)
    expect_equal(httpraw.ask(stream, "/plain").body, b"ok", "a request")
    stream.send(wsraw.request("/refused", "gateway.test"))
    response = httpraw.read_response(stream)
    expect_equal((response.status, response.field("www-authenticate"),
                  response.body), (401, 'Basic realm="inner"', b"say first"),
                 "the refusal")
    wsraw.upgrade(stream, "/open")
    stream.send(wsraw.frame(wsraw.TEXT, b"in"))
    t.wait("the message at the back-end", lambda: messages)
    expect_equal(messages, [(wsraw.TEXT, b"in")], "the back-end got")


@test
def each_end_closes_and_the_other_sees_it(t):
    for first in ("client", "server"):
        def play(stream, first=first):
            wsraw.answer(stream)
            if first == "server":
                stream.send(wsraw.close_frame(4002, "bye", mask=None))
                stream.finish()
            got = wsraw.read_close(stream)
            rest = stream.receive_all()
            return got, rest, stream.end
        gateway, server, stream = raw(t, play)
        wsraw.upgrade(stream)
        if first == "server":
            expect_equal(wsraw.read_close(stream), (4002, "bye"), "close")
            expect_equal((stream.receive_all(), stream.end), (b"", "clean"),
                         "the server's end")
        stream.send(wsraw.close_frame(4001, "done"))
        stream.finish()
        expect_equal(server.result(), ((4001, "done"), b"", "clean"),
                     f"the back-end saw, {first} first")
        gateway.stop()


def cut(t, front, back):
    """A last Close, then FIN without close_notify: no clean end, but what
    came before it arrives."""
    def play(stream):
        wsraw.answer(stream)
        got = wsraw.read_close(stream)
        stream.receive_all()
        return got, stream.end
    gateway, server, stream = raw(t, play, front, back)
    wsraw.upgrade(stream)
    stream.send(wsraw.close_frame(4001, "done"))
    stream.fin()
    expect_equal(server.result(), (
        (4001, "done"), "clean" if front == "http" else "reset"), "the end")
    gateway.stop()


for front_kind, back_kind in itertools.product(KINDS, KINDS):
    test(lambda t, f=front_kind, b=back_kind: cut(t, f, b),
         name=f"what_comes_before_a_cut_arrives_{front_kind}_to_{back_kind}")


@test
def curl_sees_the_refusal_of_an_upgrade(t):
    def play(stream):
        stream.receive_until(b"\r\n\r\n")
        stream.send(b"HTTP/1.1 426 Other Version\r\n"
                    b"Sec-WebSocket-Version: 13\r\n"
                    b"Content-Length: 6\r\n\r\nold no")
        stream.receive_all()
    server = Server(t, play)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("https", port, t.certs, path="/"),
        conf.connect("http", server.port, path="/")))).start()
    got = tools.curl(
        t, port, f"https://gateway.test:{port}/", "--cacert", t.certs.front,
        "--http1.1", "--include", "-H", "Connection: Upgrade", "-H",
        "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 8", "-H",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==").decode().lower()
    expect(got.startswith("http/1.1 426 ") and got.endswith("old no") and
           "sec-websocket-version: 13" in got, f"curl got {got}")


@test
def python_websockets_beside_ordinary_requests(t):
    """WebSockets and requests to one service at the same time."""
    server = wspeers.WsServer(t, wspeers.echo,
                              process_request=lambda path, fields: (
                                  HTTPStatus.OK, [], b"page") if path == "/page"
                              else None)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("http", port, path="/"),
        conf.connect("http", server.port, path="/")))).start()

    async def play(connection):
        for n in range(20):
            await connection.send(f"message {n}")
            assert await connection.recv() == f"message {n}"
        await connection.close(4005, "enough")
    clients = [wspeers.client(t, port, play) for _ in range(5)]
    for _ in range(5):
        response = httpraw.ask(dial(t, port), "/page")
        expect_equal((response.status, response.body), (200, b"page"), "page")
    for client in clients:
        client.result()
        expect_equal(server.result(), (4005, "enough"), "the back-end saw")
