# SPDX-License-Identifier: MIT
"""What one hop of a WebSocket tells the other while they open: paths, fields,
cookies, subprotocols, refusals; and which origins may come in."""
import json
import re

from lib import conf, httpraw, strangers, tools, wspeers, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server
from lib.streams import dial

REFUSAL = (b"HTTP/1.1 401 Who Are You\r\n"
           b"WWW-Authenticate: Bearer realm=\"inner\"\r\n"
           b"X-Reason: no token\r\nContent-Type: text/plain\r\n"
           b"Connection: close\r\n"
           b"Content-Length: 11\r\n\r\nsay a token")


class BackEnd:
    """A WebSocket server by hand: `head` is the newest request's; a target
    with "refuse" is refused; `extra` are fields of the 101. It sends "ready"
    and waits for a Close."""

    def __init__(self, t, extra=""):
        self.heads = []
        self.extra = extra
        self.port = Server(t, self._play).port

    def _play(self, stream):
        head = stream.receive_until(b"\r\n\r\n").decode("latin-1")
        self.heads.append(head)
        if "refuse" in head.split("\r\n")[0]:
            stream.send(REFUSAL)
            stream.finish()
        else:
            key = wsraw.accept_key(wsraw.field(head, "Sec-WebSocket-Key"))
            stream.send((
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Accept: {key}\r\n"
                f"{self.extra}\r\n").encode() +
                wsraw.frame(wsraw.TEXT, b"ready", mask=None))
            wsraw.read_close(stream)
            stream.send(wsraw.close_frame(1000, mask=None))
            stream.finish()
        stream.receive_all()

    @property
    def head(self):
        return self.heads[-1]

    def target(self):
        return self.head.split(" ")[1]

    def fields(self, name):
        """All values of a field, in order."""
        lines = [line.partition(":") for line in self.head.split("\r\n")[1:]]
        return [value.strip() for key, _, value in lines
                if key.strip().lower() == name.lower()]


def front(port, **ws):
    return conf.accept("ws", port, path="/app", ws=ws)


def start(t, back, accept=None, path="/back", **options):
    """A gateway with these options of the connecting ws; its port."""
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", front(port, **(accept or {})),
        conf.connect("ws", back.port, path=path, ws=options)))).start()
    return port


def opened(t, port, path="/app", extra=""):
    """Open by hand, and leave; returns the head of the 101."""
    stream = dial(t, port)
    head = wsraw.upgrade(stream, path, extra=extra)
    expect_equal(wsraw.read_message(stream), (wsraw.TEXT, b"ready"), "hello")
    stream.close()
    return head


def refused(t, port, path="/app", extra="", host="gateway.test"):
    """Be refused by hand; returns the response."""
    stream = dial(t, port)
    stream.send(wsraw.request(path, host, extra=extra))
    response = httpraw.read_response(stream)
    stream.close()
    return response


# -- what the back-end is asked ------------------------------------------------

@test
def nothing_goes_over_unless_it_is_told_to(t):
    back = BackEnd(t, extra="X-Inner: 1\r\nSet-Cookie: s=2\r\n")
    head = opened(t, start(t, back), "/app/deep?q=1",
                  "X-Client: 1\r\nCookie: a=1\r\nAuthorization: Basic eA==\r\n"
                  "Origin: https://a.example\r\n")
    expect_equal(back.target(), "/back", "the back-end's target")
    for name in ("X-Client", "Cookie", "Authorization", "Origin",
                 "Sec-WebSocket-Protocol"):
        expect_equal(back.fields(name), [], f"{name} at the back-end")
    for name in ("X-Inner", "Set-Cookie"):
        expect_equal(wsraw.field(head, name), None, f"{name} at the client")


@test
def fields_go_over_by_name_prefix_and_new_name(t):
    back = BackEnd(t)
    port = start(t, back, forward_fields=[
        "Authorization", "X-App-*", "Origin=X-Origin"])
    opened(t, port, extra="authorization: Basic eA==\r\nX-App-One: 1\r\n"
           "X-App-Two: 2\r\nX-App-Two: 3\r\nX-Other: 4\r\n"
           "Origin: https://a.example\r\n")
    expect_equal(back.fields("Authorization"), ["Basic eA=="], "by name")
    expect_equal(back.fields("X-App-One"), ["1"], "by prefix")
    expect_equal(", ".join(back.fields("X-App-Two")), "2, 3", "both of them")
    expect_equal(back.fields("X-Other"), [], "not named")
    expect_equal((back.fields("X-Origin"), back.fields("Origin")),
                 (["https://a.example"], []), "renamed")


@test
def fields_of_a_hop_never_go_over(t):
    back = BackEnd(t)
    port = start(t, back, forward_fields=["*"])
    opened(t, port, extra="Sec-WebSocket-Extensions: x-mine\r\n"
           "Sec-WebSocket-Protocol: mine\r\nTE: trailers\r\nX-Kept: yes\r\n")
    expect_equal(back.fields("X-Kept"), ["yes"], "any other field")
    for name in ("Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "TE"):
        expect_equal(back.fields(name), [], name)
    expect_equal(len(back.fields("Sec-WebSocket-Key")), 1, "keys")
    expect_equal(back.fields("Host"), [f"backend.test:{back.port}"], "Host")


@test
def cookies_go_over_by_name(t):
    for names, wanted in ((["b", "d"], "b=2; d=4"),
                          (["*"], "a=1; b=2; c=3; d=4"), (["x"], "")):
        back = BackEnd(t)
        port = start(t, back, forward_cookies=names)
        opened(t, port, extra="Cookie: a=1; b=2; c=3\r\nCookie: d=4\r\n")
        expect_equal("; ".join(back.fields("Cookie")), wanted, f"{names}")


@test
def paths_and_queries_go_over(t):
    for options, asked, wanted in (
            ({"forward_query": True}, "/app?a=1&b=%20", "/back?a=1&b=%20"),
            ({"forward_path": "/app"}, "/app/x/y?a=1", "/back/x/y"),
            ({"forward_path": "/app", "forward_query": True}, "/app/x?a=1",
             "/back/x?a=1"),
            ({"forward_path": "/"}, "/app/x", "/back/app/x"),
            ({"path": "/other?k=v", "forward_query": True}, "/app?a=1",
             "/other?k=v&a=1")):
        back = BackEnd(t)
        opened(t, start(t, back, **options), asked)
        expect_equal(back.target(), wanted, f"{options} of {asked}")


@test
def fields_are_set_and_the_host_goes_over(t):
    back = BackEnd(t)
    port = start(t, back, forward_host=True, set_fields=[
        "X-Gateway: penstock", "Authorization: Bearer of the gateway"])
    opened(t, port, extra="Authorization: Basic eA==\r\n")
    expect_equal(back.fields("X-Gateway"), ["penstock"], "set")
    expect_equal(back.fields("Authorization"), ["Bearer of the gateway"],
                 "set, whatever the client says")
    expect_equal(back.fields("Host"), ["gateway.test"], "the client's Host")


@test
def a_set_field_is_there_once_though_the_client_sends_it(t):
    back = BackEnd(t)
    port = start(t, back, forward_fields=["*"],
                 set_fields=["X-Role: guest"])
    opened(t, port, extra="X-Role: admin\r\nx-role: root\r\n")
    expect_equal(back.fields("X-Role"), ["guest"], "roles at the back-end")


# -- what the client is answered --------------------------------------------------

@test
def fields_of_the_101_come_back_by_rule(t):
    back = BackEnd(t, extra="X-Inner: 1\r\nSet-Cookie: a=1\r\n"
                   "Set-Cookie: b=2\r\nServer: inner\r\n")
    head = opened(t, start(t, back, {"subprotocol_choice": "back-end"},
                           return_fields=["Set-Cookie", "X-Inner=X-Outer"]))
    cookies = [line for line in head.split("\r\n")
               if line.lower().startswith("set-cookie:")]
    expect_equal(len(cookies), 2, "cookies")
    expect_equal((wsraw.field(head, "X-Outer"), wsraw.field(head, "X-Inner"),
                  wsraw.field(head, "Server")), ("1", None, None), "fields")


@test
def the_back_end_decides_the_subprotocol(t):
    offer = "Sec-WebSocket-Protocol: soap, chat\r\n"
    for extra, wanted in (("Sec-WebSocket-Protocol: chat\r\n", "chat"),
                          ("", None)):
        back = BackEnd(t, extra=extra)
        head = opened(t, start(t, back, {"subprotocol_choice": "back-end"},
                               forward_subprotocols=True), extra=offer)
        expect_equal(", ".join(back.fields("Sec-WebSocket-Protocol")),
                     "soap, chat", "offered to the back-end")
        expect_equal(wsraw.field(head, "Sec-WebSocket-Protocol"), wanted,
                     "the client's")


@test
def a_mapped_subprotocol_has_each_hops_name(t):
    back = BackEnd(t, extra="Sec-WebSocket-Protocol: inner.v2\r\n")
    head = opened(t, start(
        t, back, {"subprotocol_choice": "back-end"},
        forward_subprotocols=True,
        subprotocol_map=["v1=inner.v1", "v2=inner.v2"]),
        extra="Sec-WebSocket-Protocol: v1, v2\r\n")
    expect_equal(", ".join(back.fields("Sec-WebSocket-Protocol")),
                 "inner.v1, inner.v2", "offered to the back-end")
    expect_equal(wsraw.field(head, "Sec-WebSocket-Protocol"), "v2", "client")


@test
def a_fixed_subprotocol_on_each_hop(t):
    back = BackEnd(t, extra="Sec-WebSocket-Protocol: amqp\r\n")
    for choice, wanted in (("client", "x"), ("server", "y")):
        port = start(t, back, {"subprotocols": ["y", "x"],
                               "subprotocol_choice": choice},
                     subprotocols=["amqp"])
        head = opened(t, port, extra="Sec-WebSocket-Protocol: x, y\r\n")
        expect_equal(wsraw.field(head, "Sec-WebSocket-Protocol"), wanted,
                     choice)
        expect_equal(back.fields("Sec-WebSocket-Protocol"), ["amqp"], "back")


@test
def a_subprotocol_that_nobody_offered_is_refused(t):
    back = BackEnd(t, extra="Sec-WebSocket-Protocol: surprise\r\n")
    response = refused(t, start(t, back), extra="")
    expect_equal(response.status, 502, "status")


@test
def the_101_waits_for_the_back_end(t):
    """No 101 before the back-end has accepted."""
    asked, go = [], []

    def play(stream):
        head = stream.receive_until(b"\r\n\r\n").decode()
        asked.append(head)
        t.wait("leave", lambda: go)
        key = wsraw.accept_key(wsraw.field(head, "Sec-WebSocket-Key"))
        stream.send((f"HTTP/1.1 101 Now\r\nUpgrade: websocket\r\n"
                     f"Connection: Upgrade\r\nSec-WebSocket-Accept: {key}\r\n"
                     "\r\n").encode())
        return wsraw.read_message(stream)
    server = Server(t, play)
    port = start(t, server)
    stream = dial(t, port)
    stream.send(wsraw.request("/app", "gateway.test") +
                wsraw.frame(wsraw.TEXT, b"eager"))
    t.wait("the request at the back-end", lambda: asked)
    expect_equal(stream.available(), b"", "before the back-end's answer")
    go.append(True)
    expect_equal(httpraw.read_response(stream).status, 101, "status")
    expect_equal(server.result(), (wsraw.TEXT, b"eager"), "what waited")
    stream.close()


# -- refusals --------------------------------------------------------------------

def check_refusal(status, fields, body, what):
    expect_equal((status, fields.get("www-authenticate"),
                  fields.get("x-reason"), body),
                 (401, 'Bearer realm="inner"', "no token", "say a token"),
                 what)


@test
def a_refusal_comes_back_whole(t):
    back = BackEnd(t)
    port = start(t, back, path="/refuse")
    response = refused(t, port)
    check_refusal(response.status, response.fields, response.body.decode(),
                  "by hand")
    got = tools.curl(
        t, port, f"http://gateway.test:{port}/app", "--http1.1", "--include",
        "-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H",
        "Sec-WebSocket-Version: 13", "-H",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==").decode()
    expect(got.startswith("HTTP/1.1 401 ") and got.endswith("say a token"),
           f"curl got {got}")
    expect_in('bearer realm="inner"', got.lower(), "curl")


@test
def a_library_of_python_sees_the_refusal(t):
    websockets = wspeers.library()
    port = start(t, BackEnd(t), path="/refuse")

    async def play(connection):
        pass
    try:
        wspeers.client(t, port, play, path="/app").result()
    except websockets.InvalidStatusCode as error:
        expect_equal((error.status_code, error.headers["WWW-Authenticate"]),
                     (401, 'Bearer realm="inner"'), "websockets")
    else:
        expect(False, "websockets was let in")


def library_sees_the_refusal(t, client):
    strangers.need(t, client)
    port = start(t, BackEnd(t), path="/refuse")
    peer = strangers.program(t, "talk", client, client, t.certs.front)
    job = {"id": 0, "kind": "messages", "end": "plain", "protocols": [],
           "url": f"ws://gateway.test:{port}/app", "deflate": False}
    peer.send(json.dumps([job]).encode() + b"\n")
    report = json.loads(peer.receive_until(b"\n"))
    check_refusal(report.get("status"), report.get("fields", {}),
                  report.get("body"), f"{client}: {report}")


for stranger in ("ws", "websocket"):
    test(lambda t, client=stranger: library_sees_the_refusal(t, client),
         name=f"npm_{stranger}_sees_the_refusal")


@test
def the_client_may_ask_again_on_the_same_connection(t):
    back = BackEnd(t)
    port = start(t, back, path="/", forward_path="/app")
    stream = dial(t, port)
    for _ in range(3):
        stream.send(wsraw.request("/app/refuse", "gateway.test"))
        response = httpraw.read_response(stream)
        check_refusal(response.status, response.fields,
                      response.body.decode(), "refused")
        if stream.end or response.field("connection") == "close":
            return
    wsraw.upgrade(stream, "/app/open")
    expect_equal(wsraw.read_message(stream), (wsraw.TEXT, b"ready"), "hello")
    stream.close()


@test
def the_next_pipeline_is_tried_when_one_refuses(t):
    first, second = BackEnd(t), BackEnd(t)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", front(port), [
            conf.connect("ws", first.port, path="/refuse"),
            conf.connect("ws", t.ports.one()),
            conf.connect("ws", second.port, path="/open",
                         ws={"forward_fields": ["X-Who"]})]))).start()
    opened(t, port, extra="X-Who: me\r\n")
    expect_equal((len(first.heads), second.target(), second.fields("X-Who")),
                 (1, "/open", ["me"]), "back-ends asked")
    gateway.stop()


@test
def the_last_refusal_is_the_answer(t):
    first, second = BackEnd(t), BackEnd(t)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", front(port), [
            conf.connect("ws", first.port, path="/refuse/1"),
            conf.connect("ws", second.port, path="/refuse/2")]))).start()
    response = refused(t, port)
    check_refusal(response.status, response.fields, response.body.decode(),
                  "the second's")
    expect_equal((len(first.heads), len(second.heads)), (1, 1), "asked")


@test
def an_end_behind_a_refusal_is_no_refusal(t):
    """Nobody listens at the last pipeline: what the first said is stale."""
    back = BackEnd(t)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", front(port), [
            conf.connect("ws", back.port, path="/refuse"),
            conf.connect("ws", t.ports.one())]))).start()
    expect_equal(refused(t, port).status, 502, "status")


# -- origins ------------------------------------------------------------------------

ORIGINS = [  # origins, Origin, let in?
    (None, None, True), (None, "https://any.example", True),
    (None, "null", True),
    (["https://a.example"], None, True),
    (["https://a.example"], "https://a.example", True),
    (["https://a.example"], "HTTPS://A.EXAMPLE", True),
    (["https://a.example"], "http://a.example", False),
    (["https://a.example"], "https://a.example:8443", False),
    (["https://a.example"], "https://a.example.evil.example", False),
    (["https://a.example"], "http://gateway.test", True),
    (["https://a.example"], "https://gateway.test", True),
    (["https://a.example"], "https://gateway.test:1", False),
    (["https://a.example"], "null", False),
    (["https://*.a.example"], "https://x.a.example", True),
    (["https://*.a.example"], "https://x.y.a.example", True),
    (["https://*.a.example"], "https://a.example", False),
    (["https://*.a.example"], "https://evil.example/.a.example", False),
    (["https://a.example:*"], "https://a.example:8443", True),
    (["https://a.example:*"], "https://a.example", False),
    (["null"], "null", True), (["null"], "https://a.example", False),
    (["*"], "https://any.example", True), (["*"], "null", False),
    (["https://a.example", "http://b.example:81"], "http://b.example:81",
     True),
]


@test
def origins_come_in_by_the_list(t):
    back = BackEnd(t)
    port = t.ports.one()
    lists = []
    for allowed, _, _ in ORIGINS:
        if allowed not in lists:
            lists.append(allowed)
    services = [conf.service(
        f"o{n}", conf.accept("ws", port, path=f"/o{n}", ws={
            "origins": allowed} if allowed else {}),
        conf.connect("ws", back.port)) for n, allowed in enumerate(lists)]
    gateway = Gateway(t, conf.gateway(*services)).start()
    for allowed, origin, welcome in ORIGINS:
        path = f"/o{lists.index(allowed)}"
        extra = f"Origin: {origin}\r\n" if origin else ""
        asked = len(back.heads)
        if welcome:
            opened(t, port, path, extra)
            continue
        response = refused(t, port, path, extra)
        expect_equal((response.status, len(back.heads)), (403, asked),
                     f"{origin} at {allowed}, and no back-end was asked")
        gateway.wait_log(f"origin={re.escape(origin)} .* is not allowed")
    gateway.stop()


@test
def two_origins_are_none_that_is_allowed(t):
    back = BackEnd(t)
    port = start(t, back, {"origins": ["https://a.example"]})
    response = refused(t, port, extra="Origin: https://a.example\r\n"
                       "Origin: https://evil.example\r\n")
    expect(response.status in (400, 403), f"{response}")
    expect_equal(back.heads, [], "asked")


@test
def a_library_is_refused_for_its_origin(t):
    websockets = wspeers.library()
    port = start(t, BackEnd(t), {"origins": ["https://a.example"]})

    async def play(connection):
        return await connection.recv()
    expect_equal(wspeers.client(t, port, play, path="/app",
                                origin="https://a.example").result(),
                 "ready", "an origin on the list")
    try:
        wspeers.client(t, port, play, path="/app",
                       origin="https://evil.example").result()
    except websockets.InvalidStatusCode as error:
        expect_equal(error.status_code, 403, "status")
    else:
        expect(False, "an origin that is not listed was let in")
