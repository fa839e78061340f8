# SPDX-License-Identifier: MIT
"""Time limits and other options of a hop: each one does what it says.

Limits are short here so that the tests are; nothing fails when they pass
late."""
import socket
import ssl
import threading

from lib import conf, httpraw, wspeers, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server, echo
from lib.streams import client_context, dial, dial_tls
from test_opening import HeldBack


def start(t, front, back, back_port, accept=None, connect=None):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs, **(accept or {})),
        conf.connect(back, back_port, t.certs, **(connect or {}))))).start()
    return gateway, port


def ends_for(t, gateway, stream, what, wanted=("reset",)):
    stream.receive_all()
    expect(stream.end in wanted, f"{what}: the client saw {stream.end}")
    gateway.wait_log(rf"class=timeout.*{what}")
    gateway.stop()


@test
def idle_timeout_of_either_hop(t):
    for hops in ({"accept": {"idle_timeout": "300ms"}},
                 {"connect": {"idle_timeout": "300ms"}}):
        gateway, port = start(t, "tcp", "tcp", Server(t, echo).port, **hops)
        ends_for(t, gateway, talking(t, port), "idle_timeout")


def talking(t, port):
    """A connection that has had an echo. Where the machine kept us waiting
    until a limit, we try again."""
    def attempt():
        stream = dial(t, port)
        return stream if talks(stream) else None
    return t.wait("an echo", attempt)


@test
def traffic_resets_the_idle_time_but_not_the_lifetime(t):
    """A client that never stops talking is ended by the lifetime alone."""
    for hop in ("accept", "connect"):
        gateway, port = start(
            t, "tcp", "tcp", Server(t, echo).port,
            **{hop: {"idle_timeout": "1h", "lifetime": "500ms"}})
        stream = dial(t, port)
        t.wait("the end of a client that never stops",
               lambda stream=stream: not talks(stream))
        ends_for(t, gateway, stream, "lifetime")


def talks(stream):
    try:
        return stream.exchange(b"hello", 5) and not stream.end
    except (AssertionError, OSError):
        return False


@test
def opening_timeout_of_either_hop(t):
    gateway, port = start(t, "tls", "tcp", Server(t, echo).port,
                          accept={"opening_timeout": "300ms"})
    stream = dial(t, port)
    stream.send(b"\x16\x03\x01")
    ends_for(t, gateway, stream, "opening_timeout", ("reset", "clean"))
    back = HeldBack(t)
    gateway, port = start(t, "tcp", "tls", back.server.port,
                          connect={"opening_timeout": "300ms"})
    ends_for(t, gateway, dial(t, port), "opening_timeout")


@test
def traffic_does_not_extend_the_opening(t):
    """A ClientHello that arrives byte by byte meets the limit."""
    gateway, port = start(t, "tls", "tcp", Server(t, echo).port,
                          accept={"opening_timeout": "500ms"})
    stream = dial(t, port)
    done = threading.Event()
    t.defer(done.set)

    def drip():
        while not done.wait(0.05):
            stream.sock.send(b"\x16\x03\x01\x02\x00\x01"[:1])
    try:
        stream.send(b"\x16\x03\x01\x3f\x00\x01\x00\x3e\xfc")
        t.spawn(drip)
        stream.receive_all()
    except OSError:
        pass
    done.set()
    gateway.wait_log("class=timeout.*opening_timeout")


@test
def connect_timeout_meets_a_back_end_that_never_answers_the_syn(t):
    """A listener whose backlog is full drops SYNs."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(0)
    t.defer(sock.close)
    back_port = sock.getsockname()[1]
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", back_port))
        fillers.append(filler)
        t.defer(filler.close)
    gateway, port = start(t, "ws", "tcp", back_port,
                          connect={"connect_timeout": "500ms"})
    stream = dial(t, port)
    stream.send(wsraw.request("/work", f"gateway.test:{port}"))
    status = httpraw.read_response(stream).status
    expect(status in (504, 502), f"status {status}")
    gateway.wait_log("class=(timeout|unreachable).*no answer in time")


@test
def close_timeout_ends_what_cannot_be_half_closed(t):
    """The client has closed; the back-end would talk on to nobody."""
    never = threading.Event()
    t.defer(never.set)

    def play(stream):
        stream.receive_all()
        never.wait()
    for hop in ("accept", "connect"):
        gateway, port = start(t, "ws", "tcp", Server(t, play).port,
                              **{hop: {"close_timeout": "300ms"}})
        stream = dial(t, port)
        wsraw.upgrade(stream, host=f"gateway.test:{port}")
        stream.send(wsraw.close_frame(1000))
        gateway.wait_log("class=timeout.*close_timeout")
        gateway.stop()


@test
def max_connections_makes_others_wait(t):
    gateway, port = start(t, "tcp", "tcp", Server(t, echo).port,
                          accept={"max_connections": 2})
    first, second = dial(t, port), dial(t, port)
    for stream in (first, second):
        expect_equal(stream.exchange(b"hello", 5), b"hello", "echo")
    third = dial(t, port)
    third.send(b"later")
    expect_equal(first.exchange(b"again", 5), b"again", "echo")
    expect_equal(third.available(), b"", "a third one was served")
    if third.end is None:  # it waits; or it was refused, which will do, too
        first.close()
        expect_equal(third.receive(5), b"later", "echo")
    gateway.stop()


@test
def high_water_bounds_what_is_held(t):
    """Much more is taken from the client with a large one."""
    taken = {}
    for size in ("32k", "16m"):
        go = threading.Event()
        t.defer(go.set)

        def play(stream, go=go):
            go.wait()
            stream.receive_all()
        server = Server(t, play, receive_buffer=4096)
        port = t.ports.one()
        gateway = Gateway(t, conf.gateway(conf.service(
            "work", conf.accept("tcp", port, high_water=size,
                                tcp={"receive_buffer": "16k"}),
            conf.connect("tcp", server.port, high_water=size,
                         tcp={"send_buffer": "16k"})))).start()
        stream = dial(t, port)
        taken[size] = stream.offer(64 * 1024 * 1024, bytes(65536))
        stream.abort()
        go.set()
        gateway.stop()
    expect(taken["16m"] > taken["32k"] + 8 * 1024 * 1024, f"taken: {taken}")


# -- options of layers -------------------------------------------------------

def ws_echo(t, **ws):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.echo(
        "work", conf.accept("ws", port, ws=ws)))).start()
    return port


@test
def ws_subprotocols_are_chosen_and_offered(t):
    port = ws_echo(t, subprotocols=["v2.quotes", "v1.quotes"])
    for offered, chosen in (("v1.quotes", "v1.quotes"),
                            ("other, v1.quotes, v2.quotes", "v1.quotes"),
                            ("other", None), (None, None)):
        extra = f"Sec-WebSocket-Protocol: {offered}\r\n" if offered else ""
        head = wsraw.upgrade(dial(t, port), extra=extra)
        expect_equal(wsraw.field(head, "Sec-WebSocket-Protocol"), chosen,
                     f"chosen of {offered}")


@test
def ws_subprotocol_passes_from_client_to_back_end(t):
    server = wspeers.WsServer(t, wspeers.echo, subprotocols=["mqtt"])
    one = {"ws": {"subprotocols": ["mqtt"]}}
    _, port = start(t, "ws", "ws", server.port, one, one)
    head = wsraw.upgrade(dial(t, port), host=f"gateway.test:{port}",
                         extra="Sec-WebSocket-Protocol: mqtt\r\n")
    expect_equal(wsraw.field(head, "Sec-WebSocket-Protocol"), "mqtt", "chosen")
    t.wait("the back-end's account", lambda: server.requests)
    expect_equal(server.requests[0][1].get("Sec-WebSocket-Protocol"), "mqtt",
                 "offered to the back-end")


@test
def ws_origins_are_checked(t):
    port = ws_echo(t, origins=["https://app.example.com",
                               "https://*.example.org"])
    for origin, status in (("https://app.example.com", 101),
                           ("https://x.example.org", 101), (None, 101),
                           ("https://app.example.com.evil.test", 403),
                           ("https://evil.test", 403), ("null", 403),
                           ("http://app.example.com", 403)):
        stream = dial(t, port)
        extra = f"Origin: {origin}\r\n" if origin else ""
        stream.send(wsraw.request("/work", "gateway.test", extra=extra))
        expect_equal(httpraw.read_response(stream).status, status, origin)


@test
def ws_max_frame_and_max_message(t):
    port = ws_echo(t, max_message="1000", max_frame="600")
    good = dial(t, port)
    wsraw.upgrade(good)
    good.send(wsraw.frame(2, bytes(600), fin=False) +
              wsraw.frame(0, bytes(400)))
    expect_equal(wsraw.read_message(good), (2, bytes(1000)), "echo")
    for raw in (wsraw.frame(2, bytes(601)),
                wsraw.frame(2, bytes(600), fin=False) +
                wsraw.frame(0, bytes(401))):
        stream = dial(t, port)
        wsraw.upgrade(stream)
        stream.send(raw)
        expect_equal(wsraw.read_close(stream)[0], 1009, "close code")


@test
def ws_inactivity_is_pinged_and_closed(t):
    port = ws_echo(t, inactivity_timeout="1s")

    def pinged_twice():
        """Unless our pong was too late, as the machine kept us waiting."""
        stream = dial(t, port)
        wsraw.upgrade(stream)
        opcode, _, _, payload = wsraw.read_frame(stream)
        expect_equal(opcode, wsraw.PING, "frame to a silent client")
        stream.send(wsraw.frame(wsraw.PONG, payload))
        return stream if wsraw.read_frame(stream)[0] == wsraw.PING else None
    wsraw.read_close(t.wait("a ping after a pong", pinged_twice))


@test
def ws_close_timeout_ends_a_client_that_does_not_answer(t):
    def play(stream):
        stream.finish()
        stream.receive_all()
    _, port = start(t, "ws", "tcp", Server(t, play).port,
                    {"ws": {"close_timeout": "300ms"}})
    stream = dial(t, port)
    wsraw.upgrade(stream, host=f"gateway.test:{port}")
    expect_equal(wsraw.read_close(stream)[0], 1000, "close code")
    stream.receive_all()


@test
def ws_host_and_path_of_the_request(t):
    server = wspeers.WsServer(t, wspeers.echo)
    _, port = start(t, "tcp", "ws", server.port, None,
                    {"ws": {"host": "other.test:81", "path": "/p?q=1"}})
    dial(t, port).exchange(b"hello", 5)
    path, fields = server.requests[0]
    expect_equal((path, fields["Host"]), ("/p?q=1", "other.test:81"), "seen")


@test
def http_limits(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.respond("work", conf.accept(
        "http", port, http={"max_head": "1k", "max_line": "200",
                            "max_fields": 5, "max_requests": 3}),
        body="x"))).start()

    def status(raw):
        stream = dial(t, port)
        stream.send(raw)
        return httpraw.read_response(stream).status
    field = "X: y\r\n"
    expect_equal(status(httpraw.request("/work", extra=field * 4)), 200, "5")
    expect_equal(status(httpraw.request("/work", extra=field * 5)), 431, "6")
    long = f"X: {'y' * 190}\r\n"
    expect_equal(status(httpraw.request("/work", extra=long * 4)), 200, "4")
    expect(status(httpraw.request("/work", extra=f"X: {'y' * 250}\r\n"))
           in (400, 431), "a long line")
    expect(status(httpraw.request("/work/" + "a" * 200)) in (414, 431), "line")
    stream = dial(t, port)
    for n in range(3):
        response = httpraw.ask(stream, "/work")
    expect_equal((response.status, response.field("connection")),
                 (200, "close"), "the third and last response")
    expect_equal(stream.receive_all(), b"", "behind it")


@test
def http_timeouts(t):
    ports = {option: t.ports.one() for option in (
        "header_timeout", "keepalive_timeout")}
    Gateway(t, conf.gateway(*(conf.respond(option, conf.accept(
        "http", port, path="/", http={option: "300ms"}), body="x")
        for option, port in ports.items()))).start()
    stream = dial(t, ports["header_timeout"])
    stream.send(b"GET /wo")
    expect_equal(httpraw.read_response(stream).status, 408,
                 "a head that does not end")

    def answered():
        """Unless the machine kept us waiting until the limit."""
        stream = dial(t, ports["keepalive_timeout"])
        try:
            return stream if httpraw.ask(stream).status == 200 else None
        except (AssertionError, OSError):
            return None
    stream = t.wait("an answer", answered)
    expect_equal((stream.receive_all(), stream.end), (b"", "clean"),
                 "after keepalive_timeout")


@test
def http_response_timeout_is_504(t):
    server = Server(t, lambda stream: stream.receive_all())
    _, port = start(t, "http", "http", server.port, None,
                    {"http": {"response_timeout": "300ms"}})
    response = httpraw.ask(dial(t, port), "/work")
    expect_equal(response.status, 504, "status")


@test
def respond_options(t):
    port = t.ports.one()
    t.file("body.html", "<p>from a file</p>")
    Gateway(t, conf.gateway(
        conf.respond("a", conf.accept("http", port, path="/a"), body="gone",
                     status=410, content_type="text/x-test",
                     headers=["X-One: 1", "Retry-After: 7"]),
        conf.service("b", conf.accept("http", port, path="/b"),
                     type="respond", file="body.html",
                     content_type="text/html"))).start()
    stream = dial(t, port)
    one = httpraw.ask(stream, "/a")
    expect_equal((one.status, one.body, one.field("content-type"),
                  one.field("x-one"), one.field("retry-after")),
                 (410, b"gone", "text/x-test", "1", "7"), "/a")
    two = httpraw.ask(stream, "/b")
    expect_equal((two.status, two.body, two.field("content-type")),
                 (200, b"<p>from a file</p>", "text/html"), "/b")


@test
def dual_stack_and_v6only(t):
    t.ipv6()
    both, only = t.ports.one(), t.ports.one()
    gateway = Gateway(t, conf.gateway(
        conf.echo("both", {"url": f"tcp://[::]:{both}"}),
        conf.echo("only", {"url": f"tcp://[::]:{only}",
                           "tcp": {"v6only": True}})))
    gateway.ports = [both, only]
    gateway.start()
    for port, ip in ((both, "127.0.0.1"), (both, "::1"), (only, "::1")):
        expect_equal(dial(t, port, ip=ip).exchange(b"hello", 5), b"hello", ip)
    try:
        dial(t, only)
        expect(False, "IPv4 came in where only IPv6 may")
    except ConnectionRefusedError:
        pass


@test
def the_source_address_is_used(t):
    peers = []

    def play(stream):
        peers.append(stream.sock.getpeername()[0])
        return echo(stream)
    _, port = start(t, "tcp", "tcp", Server(t, play).port, None,
                    {"tcp": {"source": "127.0.0.7"}})
    dial(t, port).exchange(b"hello", 5)
    expect_equal(peers, ["127.0.0.7"], "address of the gateway")


@test
def client_certificates_are_asked_for(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        "tls", port, t.certs, tls={"client_auth": "require",
                                   "client_trust": t.certs.back})))).start()

    def attempt(certificate):
        context = client_context(t.certs.front)
        if certificate:
            context.load_cert_chain(getattr(t.certs, certificate),
                                    getattr(t.certs, certificate + "_key"))
        try:
            stream = dial_tls(t, port, context=context)
            return stream.exchange(b"hello", 5) == b"hello"
        except (ssl.SSLError, OSError, AssertionError):
            return False
    expect_equal([attempt(name) for name in ("client", None, "other")],
                 [True, False, False], "client, nobody, stranger")
    gateway.wait_log("(?i)certificate")


@test
def tls_versions_can_be_narrowed(t):
    versions = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
    for option, allowed in (("min_version", "1.3"), ("max_version", "1.2")):
        port = t.ports.one()
        gateway = Gateway(t, conf.gateway(conf.echo("work", conf.accept(
            "tls", port, t.certs, tls={option: allowed})))).start()
        for text, version in versions.items():
            context = client_context(t.certs.front, version=version)
            try:
                stream = dial_tls(t, port, context=context)
                good = stream.exchange(b"hello", 5) == b"hello"
            except (ssl.SSLError, OSError, AssertionError):
                good = False
            expect_equal(good, text == allowed, f"{option} and TLS {text}")
        gateway.stop()


@test
def alpn_is_agreed_on(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        "tls", port, t.certs, tls={"alpn": ["mqtt", "quotes"]})))).start()
    context = client_context(t.certs.front)
    context.set_alpn_protocols(["http/1.1", "quotes"])
    stream = dial_tls(t, port, context=context)
    expect_equal(stream.filters[0].session.selected_alpn_protocol(), "quotes",
                 "ALPN")
    context = client_context(t.certs.front)
    context.set_alpn_protocols(["h2"])
    try:
        dial_tls(t, port, context=context).exchange(b"x", 1)
        expect(False, "a client with other protocols was accepted")
    except (ssl.SSLError, OSError):
        pass


@test
def an_encrypted_key_opens_with_its_password(t):
    t.file("password", "secret\n")
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        "tls", port, t.certs,
        tls={"private_key": t.certs.encrypted_key,
             "password_file": "password"})))).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    expect_equal(stream.exchange(b"hello", 5), b"hello", "echo")
