# SPDX-License-Identifier: MIT
"""What the log says of requests that reach no service, and of those that the
gateway answers in its own words."""
import json

from lib import conf, httpraw, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server
from lib.streams import dial

HOST = b"Host: gateway.test\r\n"
END = HOST + b"\r\n"
# what is sent, status, request= (None: nothing is known), class, reason
REJECTED = [
    (b"GET /a?secret HTTP/1.1\r\nHost : x\r\n\r\n", 400, "GET /a HTTP/1.1",
     "protocol", "a field name is not a token"),
    (b"GET /a\r\n" + END, 400, "GET /a", "protocol", "the request line"),
    (b"GET /\x1b[31m\" HTTP/1.1\r\n" + END, 400,
     "GET /\\x1b[31m\" HTTP/1.1", "protocol", "a byte that a URL must not"),
    (b"GET http://user:secret@h/ HTTP/1.1\r\n" + END, 400,
     "GET http://[...] HTTP/1.1", "protocol", "no valid host"),
    (b"GET /a HTTP/1.1\r\n\r\n", 400, "GET /a HTTP/1.1", "protocol",
     "Host is missing"),
    (b"POST /a HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n"
     b"Content-Length: 2\r\n\r\n", 400, "POST /a HTTP/1.1", "protocol", ""),
    (b"GET /a HTTP/2.0\r\n" + END, 505, "GET /a HTTP/2.0", "protocol",
     "not of HTTP/1"),
    (b"AUTH user secret\r\n\r\n", 400, "AUTH", "protocol", ""),
    (b"\x16\x03\x01\x02\x00", 400, None, "protocol", "speaks TLS"),
    (b"GET /" + 600 * b"a" + b" HTTP/1.1\r\n" + END, 414,
     "GET /" + 155 * "a", "too-big", "request line is too long"),
    (b"GET /a HTTP/1.1\r\n" + HOST + b"X: " + 600 * b"a" + b"\r\n\r\n", 431,
     "GET /a HTTP/1.1", "too-big", "too long"),
    (600 * b"A" + b" / HTTP/1.1\r\n" + END, 501, 160 * "A", "too-big",
     "method is too long"),
]
OTHERS = [
    ("GET", "/none?secret", 404, "no service stands at"),
    ("DELETE", "/page?secret", 405, "this method is not for this"),
    ("BREW", "/page", 501, "nobody here knows"),
    ("CONNECT", "inner.test:1", 501, "opens tunnels"),
]


def site(t, text="json", level="info", **more):
    port = t.ports.one()
    bind = {"tcp": {"bind": conf.address(port)}}
    http = {"max_line": "512", **more}
    gateway = Gateway(t, conf.gateway(
        conf.respond("page", {
            "url": f"http://gateway.test:{port}/page", **bind,
            "http": {**http, "methods": ["GET"]}}, body="x"),
        conf.echo("talk", {"url": f"ws://gateway.test:{port}/talk", **bind,
                           "http": http}),
        log={"level": level, "format": text})).start()
    return gateway, port


def lines_of(gateway, message):
    found = []
    for line in gateway.log().splitlines():
        if line.startswith("{") and json.loads(line)["message"] == message:
            found.append(json.loads(line))
    return found


def check_members(line, port, status, request, reason):
    expect_equal((line["listener"], line["status"], line.get("request"),
                  line["hop"], line["layer"]),
                 (f"127.0.0.1:{port}", status, request, "front", "http"),
                 "members of the line")
    expect_in("127.0.0.1:", line["peer"], "who asked")
    expect_in(reason, line["reason"], "why")
    expect("secret" not in json.dumps(line), f"a secret is logged: {line}")


@test
def each_request_that_is_not_understood_has_one_line_with_members(t):
    gateway, port = site(t)
    for request, status, shown, why, reason in REJECTED:
        for first in (True, False):
            stream = dial(t, port)
            if not first:
                expect_equal(httpraw.ask(stream, "/page").status, 200, "before")
            before = len(lines_of(gateway, "request refused"))
            stream.send(request)
            expect_equal(httpraw.read_head(stream)[0], status, str(request))
            stream.receive_all()
            t.wait("the line", lambda: len(lines_of(
                gateway, "request refused")) > before)
            line = lines_of(gateway, "request refused")[-1]
            check_members(line, port, status, shown, reason)
            expect_equal((line["class"], line["level"]), (why, "warning"),
                         "how bad it is")
            stream.close()
    gateway.stop()
    expect_equal(len(lines_of(gateway, "request refused")),
                 2 * len(REJECTED), "one line each")
    expect_equal(lines_of(gateway, "connection ended"), [], "and no other")


@test
def a_request_that_comes_too_late_is_logged_as_far_as_it_came(t):
    gateway, port = site(t, header_timeout="200ms")
    stream = dial(t, port)
    stream.send(b"GET /page?secret HTTP/1.1\r\nHos")
    expect_equal(httpraw.read_head(stream)[0], 408, "in the head")
    gateway.wait_log('"status":408')
    line = lines_of(gateway, "request refused")[-1]
    check_members(line, port, 408, "GET /page HTTP/1.1", "in time")
    expect_equal(line["class"], "timeout", "class")


@test
def requests_without_a_service_have_members_and_the_connection_goes_on(t):
    gateway, port = site(t)
    stream = dial(t, port)
    for method, path, status, _ in OTHERS[:3]:
        got = httpraw.ask(stream, path, method=method)
        expect_equal(got.status, status, path)
    stream.send(b"CONNECT inner.test:1 HTTP/1.1\r\nHost: inner.test:1\r\n\r\n")
    expect_equal(httpraw.read_head(stream)[0], 501, "a tunnel")
    gateway.wait_log('"request":"CONNECT inner.test:1"')
    lines = lines_of(gateway, "request refused")
    expect_equal(len(lines), len(OTHERS), "lines")
    for line, (method, path, status, reason) in zip(lines, OTHERS):
        at = path if method == "CONNECT" else "gateway.test" + path
        check_members(line, port, status, f"{method} {at.split('?')[0]}",
                      reason)
        expect_equal((line["level"], "class" in line), ("info", False), path)
        expect_equal(line.get("service"),
                     "page" if path.startswith("/page") else None,
                     "whose rule it was")


@test
def the_level_of_the_log_holds_for_refused_requests(t):
    gateway, port = site(t, level="warning")
    expect_equal(httpraw.ask(dial(t, port), "/none").status, 404, "no service")
    stream = dial(t, port)
    stream.send(b"GET /a HTTP/3.0\r\n\r\n")
    expect_equal(httpraw.read_head(stream)[0], 505, "malformed")
    gateway.wait_log('"status":505')
    expect_equal([line["status"] for line in
                  lines_of(gateway, "request refused")], [505], "lines")


@test
def in_text_the_same_stands_behind_keys(t):
    gateway, port = site(t, text="text")
    stream = dial(t, port)
    stream.send(b"GET /a HTTP/1.1\r\nHost : x\r\n\r\n")
    expect_equal(httpraw.read_head(stream)[0], 400, "malformed")
    line = gateway.wait_log("request refused")
    for part in (f"listener=127.0.0.1:{port}", "peer=127.0.0.1:",
                 'request="GET /a HTTP/1.1" status=400', "class=protocol",
                 'reason="a field name is not a token"'):
        expect_in(part, line, "the line")


@test
def an_opening_of_a_websocket_has_request_and_status(t):
    gateway, port = site(t)
    stream = dial(t, port)
    stream.send(b"GET /talk?secret HTTP/1.1\r\n" + END)
    expect_equal(httpraw.read_head(stream)[0], 426, "no upgrade")
    stream.close()
    client = dial(t, port)
    wsraw.upgrade(client, "/talk?secret")
    client.close()
    for status in (426, 101):
        line = json.loads(gateway.wait_log(f'"status":{status}'))
        expect_equal((line["message"], line["service"], line["request"]),
                     ("stream ended", "talk", "GET gateway.test/talk"),
                     "the line")
        expect("secret" not in json.dumps(line), "a query is logged")


@test
def what_http_answers_for_a_service_has_its_status(t):
    gateway, port = site(t)
    stream = dial(t, port)
    stream.send(b"GET /page HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + END)
    stream.send(b"zz\r\n")
    status = httpraw.read_head(stream)[0]
    line = json.loads(gateway.wait_log('"request":"GET gateway.test/page"'))
    expect_equal(line["status"], status, "a body that is malformed")
    tunnels = t.ports.one()
    out = Gateway(t, conf.gateway(conf.service(
        "way-out", {"url": f"http://gateway.test:{tunnels}/",
                    "tcp": {"bind": conf.address(tunnels)}},
        f"tcp://127.0.0.1:{t.ports.one()}", type="tunnel"),
        log={"format": "json"}), name="tunnels").start()
    other = dial(t, tunnels)
    other.send(b"CONNECT elsewhere:1 HTTP/1.1\r\nHost: elsewhere:1\r\n\r\n")
    expect_equal(httpraw.read_head(other)[0], 403, "not listed")
    line = json.loads(out.wait_log('"request":"CONNECT elsewhere:1"'))
    expect_equal((line["status"], line["class"]), (403, "policy"), "a tunnel")


def behind(t, act):
    """A proxy in front of a server that reads a head and then acts."""
    def serve(stream):
        stream.receive_until(b"\r\n\r\n")
        act(stream)
    server, port = Server(t, serve), t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("http", port, path="/"),
        conf.connect("http", server.port, path="/")),
        log={"format": "json"}), name=f"behind-{port}").start()
    return gateway, dial(t, port)


@test
def an_exchange_that_fails_is_ended_by_who_failed(t):
    def breaks(stream):
        stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
        stream.close()
    gateway, stream = behind(t, breaks)
    stream.send(httpraw.request("/breaks"))
    expect_equal(httpraw.read_head(stream)[0], 200, "its head")
    line = json.loads(gateway.wait_log('"request":"GET gateway.test/breaks"'))
    expect_equal((line["ended_by"], line["hop"], line["class"]),
                 ("back-end", "back", "truncated"), "the line")


@test
def a_response_before_the_end_of_its_request_is_no_failure(t):
    def refuses(stream):
        stream.send(b"HTTP/1.1 413 x\r\nContent-Length: 1\r\n\r\nx")
        stream.receive_all()
    gateway, stream = behind(t, refuses)
    stream.send(b"POST /early HTTP/1.1\r\n" + HOST +
                b"Content-Length: 100000\r\n\r\nabc")
    expect_equal(httpraw.read_response(stream).status, 413, "at once")
    stream.close()
    line = json.loads(gateway.wait_log('"request":"POST gateway.test/early"'))
    expect_equal((line["level"], line["class"], line["status"],
                  "reason" in line, "hop" in line),
                 ("info", "clean", 413, False, False), "the line")


@test
def who_is_refused_by_a_rule_was_ended_by_the_gateway(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo("talk", {
        "url": f"ws://gateway.test:{port}/talk",
        "tcp": {"bind": conf.address(port)},
        "ws": {"origins": ["https://good.example"]}}),
        log={"format": "json"})).start()
    stream = dial(t, port)
    stream.send(wsraw.request("/talk", "gateway.test",
                              extra="Origin: https://evil.example\r\n"))
    expect_equal(httpraw.read_head(stream)[0], 403, "another origin")
    line = json.loads(gateway.wait_log('"status":403'))
    expect_equal((line["class"], line["ended_by"], line["request"],
                  line["front.ws.origin"]),
                 ("policy", "gateway", "GET gateway.test/talk",
                  "https://evil.example"), "the line")
