# SPDX-License-Identifier: MIT
"""What the service proxy does to responses, and what it says of back-ends that
fail."""
import http.cookiejar
import json
import signal
import ssl
import threading
import urllib.request

from lib import conf, httpraw, tools
from lib.gateway import Gateway, command, unframed
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server
from lib.streams import dial, dial_tls, server_context

FOUND = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"


def scripted(t, answers, **more):
    """A back-end whose response to a path is what `answers` has for it: bytes,
    or a function of the stream."""
    def serve(stream):
        while True:
            while not stream.received and not stream.end:
                stream._turn(read=True)
            if not stream.received:
                return
            head = stream.receive_until(b"\r\n\r\n").decode()
            length = [line.split(":")[1] for line in head.split("\r\n")
                      if line.lower().startswith("content-length:")]
            if length:
                stream.receive(int(length[0]))
            answer = answers[head.split(" ")[1].partition("?")[0]]
            if callable(answer):
                answer(stream)
                return
            stream.send(answer)
    make = Server if not more.pop("tls", False) else Server.with_certificate
    return make(t, serve, **more).port


def answer(status, body=b"", *fields):
    lines = "".join(f"{field}\r\n" for field in fields)
    return (f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
            ).encode() + body


def start(t, back, *, front="http", path="/app", to="/v1", scheme="http",
          front_hop=None, port=None, back_layers=None, log=None,
          drain="5s", **options):
    """Returns the gateway and its port."""
    port = port or t.ports.one()
    hop = front_hop or conf.accept(front, port, t.certs, path=path)
    connects = [conf.connect(scheme, each, t.certs, path=to,
                             **(back_layers or {}))
                for each in (back if isinstance(back, list) else [back])]
    settings = conf.gateway(conf.service(
        "work", hop, connects if len(connects) > 1 else connects[0],
        **options), drain=drain)
    settings["penstock"]["log"].update(log or {})
    return Gateway(t, settings).start(), port


def check(t, *wanted, warning=False, scheme="http", **options):
    """The configuration is refused, or warned about, at its line."""
    lines = "\n".join(f"    {name} = {conf.value(value)};"
                      for name, value in options.items())
    file = t.file("bad.conf", f"""services: ( {{
    name = "work";
    accept = "{scheme}://127.0.0.1:9000";
    connect = "{scheme}://127.0.0.1:9001";
{lines}
}} );
""")
    done = command(t, "check", "-c", file)
    output = done.stdout + done.stderr
    expect_equal(done.returncode, 0 if warning else 1, output)
    for part in wanted:
        expect_in(part, output, "what is said")
    expect_in("bad.conf:", output, "the place")


# -- Location ----------------------------------------------------------------

def locations(back):
    """Path, what the back-end says, what the client sees."""
    own, url = f"http://backend.test:{back}", "http://gateway.test:{port}"
    return [
        ("/url", f"{own}/v1/x?q=1#f", url + "/app/x?q=1#f"),
        ("/case", f"HTTP://BACKEND.TEST:{back}/v1/x", url + "/app/x"),
        ("/bare", f"{own}/v1", url + "/app"),
        ("/path", "/v1/login", "/app/login"),
        ("/known", "/app/login", "/app/login"),
        ("/relative", "../x", "../x"),
        ("/other", f"{own}/other", f"{own}/other"),
        ("/sibling", f"{own}/v10", f"{own}/v10"),
        ("/foreign", "http://example.com/v1/x", "http://example.com/v1/x"),
        ("/trick", f"{own}@evil.test/v1/x", f"{own}@evil.test/v1/x"),
        ("/port", f"http://backend.test:{back - 1}/v1/x",
         f"http://backend.test:{back - 1}/v1/x"),
    ]


@test
def locations_lead_to_the_gateway(t):
    answers = {}
    back = scripted(t, answers)
    for path, said, _ in locations(back):
        answers["/v1" + path] = FOUND + (
            f"Location: {said}\r\nContent-Location: {said}\r\n"
            f"Refresh: 5; url={said}\r\nLink: <{said}>; rel=next\r\n"
            f"X-Other: {said}\r\n\r\n").encode()
    _, port = start(t, back, host="back")
    stream = dial(t, port)
    for path, said, seen in locations(back):
        seen = seen.format(port=port)
        got = httpraw.ask(stream, "/app" + path, f"gateway.test:{port}")
        expect_equal(got.field("location"), seen, path)
        expect_equal(got.field("content-location"), seen, path)
        expect_equal(got.field("refresh"), f"5; url={seen}", path)
        expect_equal(got.field("link"), f"<{said}>; rel=next", "Link stays")
        expect_equal(got.field("x-other"), said, "others stay")


@test
def locations_name_https_where_clients_use_it(t):
    """The back-end knows the name, and not that there is TLS in front."""
    back = scripted(t, {
        "/v1/a": FOUND + b"Location: http://gateway.test/v1/b\r\n\r\n",
        "/v1/b": answer(200, b"there")})
    _, port = start(t, back, front="https")
    stream = dial_tls(t, port)
    got = httpraw.ask(stream, "/app/a", "gateway.test")
    expect_equal(got.field("location"), "https://gateway.test/app/b", "https")


@test
def curl_follows_a_location_of_the_back_end(t):
    answers = {"/v1/b": answer(200, b"arrived")}
    back = scripted(t, answers)
    answers["/v1/a"] = FOUND + (
        f"Location: http://backend.test:{back}/v1/b\r\n\r\n").encode()
    _, port = start(t, back, host="back")
    got = tools.curl(t, port, f"http://gateway.test:{port}/app/a", "-L")
    expect_equal(got, b"arrived", "curl")


@test
def locations_stay_when_they_are_told_to(t):
    answers = {}
    back = scripted(t, answers)
    said = f"http://backend.test:{back}/v1/x"
    answers["/v1/a"] = FOUND + f"Location: {said}\r\n\r\n".encode()
    _, port = start(t, back, host="back", rewrite_location=False)
    got = httpraw.ask(dial(t, port), "/app/a", f"gateway.test:{port}")
    expect_equal(got.field("location"), said, "Location")


@test
def nginx_redirects_to_where_the_client_is(t):
    """nginx puts its own name and port into the Location of a folder."""
    folder = t.tmp / "root" / "v1" / "sub"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("inside")
    back = tools.nginx(t, f"server_name backend.test; root {t.tmp}/root; "
                          "server_name_in_redirect on;")
    _, port = start(t, back, front="https")
    url = f"https://gateway.test:{port}/app/sub"
    trust = ["--cacert", t.certs.front]
    got = tools.curl(t, port, url, "-o", "/dev/null", "-w",
                     "%{redirect_url}", *trust).decode()
    expect_equal(got, url + "/", "the redirect of nginx")
    expect_equal(tools.curl(t, port, url, "-L", *trust), b"inside", "followed")


# -- cookies -----------------------------------------------------------------

def cookies_of(t, port, path="/app/c", secure=False):
    out = tools.curl(
        t, port, f"{'https' if secure else 'http'}://gateway.test:{port}{path}",
        "-D", "-", "-o", "/dev/null", *(
            ["--cacert", t.certs.front] if secure else [])).decode()
    return [line.partition(": ")[2] for line in out.split("\r\n")
            if line.lower().startswith("set-cookie:")]


COOKIES = answer(
    200, b"", "Set-Cookie: a=1; Path=/v1; Domain=backend.test; HttpOnly",
    "Set-Cookie: b=\"x y\"; Path=/v1/deep; Max-Age=5; Unknown=z",
    "Set-Cookie: c=3; path=/v10; domain=.example.com",
    "Set-Cookie: d", "Set-Cookie: __Host-e=5; Path=/; Secure")


@test
def cookies_are_of_the_gateways_place(t):
    _, port = start(t, scripted(t, {"/v1/c": COOKIES}))
    expect_equal(cookies_of(t, port), [
        "a=1; Path=/app; HttpOnly",
        "b=\"x y\"; Path=/app/deep; Max-Age=5; Unknown=z",
        "c=3; path=/v10; domain=.example.com", "d",
        "__Host-e=5; Path=/; Secure"], "cookies")


@test
def cookies_stay_when_they_are_told_to(t):
    _, port = start(t, scripted(t, {"/v1/c": COOKIES}), cookie_path="off",
                    cookie_domain="off")
    expect_equal(cookies_of(t, port)[0],
                 "a=1; Path=/v1; Domain=backend.test; HttpOnly", "cookie")


@test
def cookies_follow_rules_of_their_own(t):
    _, port = start(t, scripted(t, {"/v1/c": COOKIES}),
                    cookie_path=["/v1/deep /x", "/v10 /y"],
                    cookie_domain=["example.com example.net", "gateway.test"],
                    cookie_flags=["a secure nohttponly samesite=lax"])
    expect_equal(cookies_of(t, port)[:3], [
        "a=1; Path=/v1; Domain=gateway.test; Secure; SameSite=Lax",
        "b=\"x y\"; Path=/x; Max-Age=5; Unknown=z",
        "c=3; Path=/y; Domain=example.net"], "cookies")


@test
def what_needs_no_host_is_rewritten_without_one(t):
    found = answer(302, b"", "Location: /v1/x", "Set-Cookie: a=1; Path=/v1",
                   f"Content-Location: http://{conf.BACK_NAME}/v1/y")
    port = t.ports.one()
    hop = {"layers": [{"tcp": {"bind": conf.address(port)}},
                      {"http": {"path": "/app"}}]}
    start(t, scripted(t, {"/v1/c": found}), front_hop=hop, port=port,
          cookie_flags=["* secure httponly"])
    stream = dial(t, port)
    stream.send(b"GET /app/c HTTP/1.0\r\n\r\n")
    got = httpraw.read_response(stream)
    expect_equal(got.field("set-cookie"),
                 "a=1; Path=/app; Secure; HttpOnly", "the cookie")
    expect_equal(got.field("location"), "/app/x", "a path")
    expect_equal(got.field("content-location"),
                 f"http://{conf.BACK_NAME}/v1/y", "what needs a host")


@test
def cookies_are_secure_where_the_hop_is(t):
    back = scripted(t, {"/v1/c": COOKIES})
    for front, end in (("http", ""), ("https", "; Secure")):
        _, port = start(t, back, front=front, cookie_secure=True)
        got = cookies_of(t, port, secure=front == "https")
        expect_equal(got[0], "a=1; Path=/app; HttpOnly" + end, front)
        expect_equal(got[4], "__Host-e=5; Path=/; Secure", front)


@test
def foreign_jars_keep_cookies_and_send_them_back(t):
    """curl and Python keep the cookies, since they fit the gateway's path."""
    seen = []

    def shows(stream):
        while True:
            head = stream.receive_until(b"\r\n\r\n").decode()
            seen.extend(line for line in head.split("\r\n")
                        if line.lower().startswith("cookie:"))
            stream.send(COOKIES)
    _, port = start(t, Server(t, shows).port)
    url, jar = f"http://gateway.test:{port}/app", t.tmp / "jar"
    tools.curl(t, port, f"{url}/c", "-c", jar)
    tools.curl(t, port, f"{url}/deep/c", "-b", jar)
    expect_equal(sorted(seen.pop()[8:].split("; ")), ["a=1", 'b="x y"'],
                 "what curl sends back")
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    seen.clear()
    for _ in range(2):
        opener.open(urllib.request.Request(
            f"http://127.0.0.1:{port}/app/c",
            headers={"Host": f"gateway.test:{port}"})).read()
    expect_equal([each[8:] for each in seen], ["a=1; d"],
                 "what Python sends back")


# -- fields ------------------------------------------------------------------

@test
def fields_are_set_added_and_removed(t):
    back = scripted(t, {"/v1/f": answer(
        200, b"x", "X-Old: 1", "X-Old: 2", "X-Debug-A: 1", "X-Keep: 1",
        "Server: secret/1.0", "Vary: a")})
    _, port = start(t, back, set_response_fields=["X-Old: new"],
                    add_response_fields=["Vary: b", "X-More: yes"],
                    remove_response_fields=["x-debug-*"], hide_server=True)
    out = tools.curl(t, port, f"http://gateway.test:{port}/app/f", "-D",
                     "-").decode()
    lines = out.split("\r\n")
    for line in ("X-Old: new", "Vary: a", "Vary: b", "X-More: yes",
                 "X-Keep: 1"):
        expect(lines.count(line) == 1, f"{line} in {out}")
    for part in ("X-Old: 1", "Debug", "Server", "Via", "Strict"):
        expect(part not in out, f"{part} in {out}")


@test
def servers_pass_and_nobody_else_is_named(t):
    back = scripted(t, {"/v1/f": answer(200, b"x", "Server: theirs")})
    _, port = start(t, back)
    got = httpraw.ask(dial(t, port), "/app/f")
    expect_equal(sorted(got.fields),
                 ["content-length", "date", "server"], "fields")
    expect_equal(got.field("server"), "theirs", "Server")


@test
def via_is_in_responses_when_it_is_told_to(t):
    back = scripted(t, {"/v1/f": answer(200, b"x")})
    _, port = start(t, back, via_response=True, via="edge")
    got = httpraw.ask(dial(t, port), "/app/f").field("via")
    expect(got is not None and got.startswith("1.1 edge"), f"Via: {got}")


@test
def hsts_is_for_secure_hops_alone(t):
    back = scripted(t, {"/v1/f": answer(
        200, b"x", "Strict-Transport-Security: max-age=1"),
                        "/v1/gone": lambda stream: stream.close()})
    wanted = "max-age=31536000; includeSubDomains; preload"
    options = {"hsts": "365d", "hsts_subdomains": True, "hsts_preload": True}
    _, port = start(t, back, front="https", **options)
    stream = dial_tls(t, port)
    for path in ("/app/f", "/app/gone"):
        got = httpraw.ask(stream, path)
        expect_equal(got.field("strict-transport-security"), wanted, path)
    for more in (options, {}):
        _, port = start(t, back, **more)
        for path in ("/app/f", "/app/gone"):
            got = httpraw.ask(dial(t, port), path)
            expect_equal(got.field("strict-transport-security"), None,
                         f"plain {path}")
    _, port = start(t, back, front="https")
    got = httpraw.ask(dial_tls(t, port), "/app/f")
    expect_equal(got.field("strict-transport-security"), "max-age=1",
                 "the back-end's own")


@test
def hsts_believes_what_stands_in_front(t):
    back = scripted(t, {"/v1/f": answer(200, b"x")})
    port = t.ports.one()
    start(t, back, hsts="60s", port=port, front_hop={
        "url": "https://gateway.test/app",
        "tcp": {"bind": f"127.0.0.1:{port}"}, "tls": {"mode": "offloaded"}})
    got = httpraw.ask(dial(t, port), "/app/f")
    expect_equal(got.field("strict-transport-security"), "max-age=60",
                 "claimed")


# -- failures ----------------------------------------------------------------

def breaks(stream):
    stream.close()


HASTY = {"http": {"response_timeout": "300ms"}}
FAILURES = [
    ("/none", breaks, 502, "without a whole response", "truncated"),
    ("/junk", b"hello\r\n\r\n", 502, "is malformed", "protocol"),
    ("/half", lambda stream: (stream.send(b"HTTP/1.1 200 OK\r\nX"),
                              stream.close()),
     502, "without a whole response", "truncated"),
    ("/huge", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200000 + b"\r\n\r\n", 502,
     "are too large", "too-big"),
    ("/slow", lambda stream: stream.receive_all(), 504,
     "did not respond in time", "timeout"),
]


@test
def failures_of_back_ends_are_told_apart(t):
    back = scripted(t, {"/v1" + path: act for path, act, *_ in FAILURES})
    gateway, port = start(t, back)
    _, hasty = start(t, back, back_layers=HASTY)
    streams = {502: dial(t, port), 504: dial(t, hasty)}
    for path, _, status, text, reason in FAILURES:
        stream = streams[status]
        got = httpraw.ask(stream, "/app" + path, method="POST", body=b"x")
        expect_equal(got.status, status, path)
        expect_in(text, got.body.decode(), path)
        for secret in (str(back), "127.0.0.1", "backend"):
            expect(secret not in got.body.decode(), f"{secret} is told")
        line = gateway.wait_log(f"request=.*{path}")
        for part in (f"status={status}", f"class={reason}", "layer=http",
                     "hop=back", "reason=", f"target=127.0.0.1:{back}"):
            expect_in(part, line, path)
        expect_equal(stream.end, None, "the client's connection is kept")


@test
def back_ends_that_cannot_be_reached_are_502(t):
    back = t.ports.one()
    gateway, port = start(t, back)
    stream = dial(t, port)
    for method in ("GET", "POST"):
        got = httpraw.ask(stream, "/app/x", method=method,
                          body=b"x" if method == "POST" else b"")
        expect_equal((got.status, got.body.decode()), (
            502, "502 Bad Gateway: the back-end cannot be reached\n"), method)
        expect_equal(got.field("content-type"), "text/plain; charset=utf-8",
                     "type")
    got = httpraw.ask(stream, "/app/x", method="HEAD")
    expect_equal((got.status, got.body), (502, b""), "HEAD")
    line = gateway.wait_log("request=.*status=502")
    for part in ("class=unreachable", "layer=tcp", "hop=back",
                 f"target=http://backend.test:{back}"):
        expect_in(part, line, "the log line")
    expect_equal(stream.end, None, "the client's connection is kept")


@test
def back_ends_that_are_not_who_they_should_be_are_502(t):
    back = scripted(t, {}, tls=True, certificate="other")
    gateway, port = start(t, back, scheme="https")
    got = httpraw.ask(dial(t, port), "/app/x")
    expect_equal((got.status, got.body.decode()), (
        502, "502 Bad Gateway: the back-end did not prove who it is\n"), "TLS")
    line = gateway.wait_log("request=.*status=502")
    for part in ("class=policy", "layer=tls"):
        expect_in(part, line, "the log line")


@test
def back_ends_that_refuse_our_tls_are_502(t):
    """Python takes 1.3 alone, and answers 1.2 with an alert."""
    context = server_context(t.certs.backend, t.certs.backend_key)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    back = Server(t, lambda stream: None, tls=context).port
    gateway, port = start(t, back, scheme="https",
                          back_layers={"tls": {"max_version": "1.2"}})
    got = httpraw.ask(dial(t, port), "/app/x")
    expect_equal((got.status, got.body.decode()), (
        502, "502 Bad Gateway: the back-end refused to open the connection\n"),
        "TLS")
    line = gateway.wait_log("request=.*status=502")
    for part in ("class=refused", "layer=tls"):
        expect_in(part, line, "the log line")


@test
def back_ends_that_do_not_open_in_time_are_504(t):
    back = Server(t, lambda stream: stream.receive_all())
    gateway, port = start(t, back.port, scheme="https",
                          back_layers={"opening_timeout": "300ms"})
    got = httpraw.ask(dial(t, port), "/app/x")
    expect_equal((got.status, got.body.decode()), (
        504, "504 Gateway Timeout: the back-end could not be reached in time"
        "\n"), "TLS that hangs")
    expect_in("class=timeout", gateway.wait_log("request=.*status=504"), "log")


@test
def a_drain_tells_those_that_wait_to_come_again(t):
    arrived = threading.Event()

    def waits(stream):
        stream.receive_until(b"\r\n\r\n")
        arrived.set()
        stream.receive_all()
    gateway, port = start(t, Server(t, waits).port, drain="300ms",
                          retry_after="3s")
    stream = dial(t, port)
    stream.send(httpraw.request("/app/x"))
    expect(arrived.wait(t.patience), "the request did not arrive")
    gateway.signal(signal.SIGTERM)
    got = httpraw.read_response(stream)
    expect_equal((got.status, got.field("retry-after"), got.body.decode()), (
        503, "3", "503 Service Unavailable: the gateway is shutting down\n"),
        "the drain")
    expect_equal(gateway.wait_end(), 0, "its end")


@test
def the_next_back_end_answers_when_one_cannot(t):
    gateway, port = start(t, [t.ports.one(),
                              scripted(t, {"/v1/x": answer(200, b"second")})])
    got = httpraw.ask(dial(t, port), "/app/x")
    expect_equal((got.status, got.body), (200, b"second"), "the second")


@test
def a_response_that_breaks_is_seen_to_be_broken(t):
    def cut(stream):
        stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        stream.close()
    gateway, port = start(t, scripted(t, {"/v1/cut": cut}))
    stream = dial(t, port)
    stream.send(httpraw.request("/app/cut"))
    status, _ = httpraw.read_head(stream)
    expect_equal(status, 200, "the head")
    expect_equal(stream.receive(4), b"half", "what came")
    expect_equal(stream.available(), b"", "no more")
    line = gateway.wait_log("request=.*/cut")
    expect_in("class=truncated", line, "log")


@test
def error_pages_stand_for_failures_and_refusals(t):
    pages = t.tmp / "pages"
    pages.mkdir()
    (pages / "5xx.html").write_text("<p>any")
    (pages / "504.json").write_text('{"late": true}')
    (pages / "400.txt").write_text("bad path")
    back = scripted(t, {"/v1/none": breaks,
                        "/v1/slow": lambda stream: stream.receive_all(),
                        "/v1/own": answer(500, b"theirs")})
    _, port = start(t, back, error_pages=str(pages))
    _, hasty = start(t, back, error_pages=str(pages), back_layers=HASTY)
    stream, late = dial(t, port), dial(t, hasty)
    for path, status, kind, body in (
            ("/none", 502, "text/html; charset=utf-8", b"<p>any"),
            ("/slow", 504, "application/json", b'{"late": true}'),
            ("/x/%2e%2e/y", 400, "text/plain; charset=utf-8", b"bad path"),
            ("/own", 500, None, b"theirs")):
        got = httpraw.ask(late if status == 504 else stream, "/app" + path)
        expect_equal((got.status, got.field("content-type"), got.body),
                     (status, kind, body), path)
    got = httpraw.ask(stream, "/app/none", method="HEAD")
    expect_equal((got.status, got.field("content-length"), got.body),
                 (502, "6", b""), "HEAD")


@test
def errors_of_the_back_end_are_intercepted(t):
    page = t.file("404.html", "<p>nothing here")
    retry = t.file("503.html", "<p>later")
    long = b"HTTP/1.1 404 No\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200000
    back = scripted(t, {
        "/v1/no": answer(404, b"theirs", "X-Secret: 1", "Server: s"),
        "/v1/long": long,
        "/v1/chunked": b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n"
                       b"3\r\nabc\r\n0\r\nX: y\r\n\r\n",
        "/v1/busy": answer(503, b"theirs", "Retry-After: 7"),
        "/v1/teapot": answer(418, b"tea"), "/v1/yes": answer(200, b"yes")})
    gateway, port = start(t, back, intercept_errors=True,
                          error_pages=[str(page), str(retry)])
    stream = dial(t, port)
    for path, status, body, field in (
            ("/no", 404, b"<p>nothing here", None),
            ("/long", 404, b"<p>nothing here", None),
            ("/chunked", 404, b"<p>nothing here", None),
            ("/busy", 503, b"<p>later", "7"), ("/teapot", 418, b"tea", None),
            ("/yes", 200, b"yes", None)):
        got = httpraw.ask(stream, "/app" + path)
        expect_equal((got.status, got.body, got.field("retry-after")),
                     (status, body, field), path)
        expect_equal(got.field("x-secret"), None, "their fields")
    line = gateway.wait_log("request=.*/no")
    for part in ("status=404", "class=clean"):
        expect_in(part, line, "log")


@test
def a_response_is_held_until_it_is_there(t):
    """A back-end that fails midway is a 502, and no half response."""
    def cut(stream):
        stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        stream.close()

    def waits(stream):
        stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n" +
                    b"x" * 20000)
        stream.receive_all()
    large = bytes(range(256)) * 8192
    back = scripted(t, {
        "/v1/cut": cut, "/v1/waits": waits, "/v1/whole": answer(200, b"whole"),
        "/v1/large": answer(200, large), "/v1/empty": answer(200),
        "/v1/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"3\r\nabc\r\n0\r\nX-End: y\r\n\r\n"})
    _, port = start(t, back, buffer_response="16k")
    stream = dial(t, port)
    got = httpraw.ask(stream, "/app/cut")
    expect_equal(got.status, 502, "failed midway")
    for path, body in (("/whole", b"whole"), ("/large", large),
                       ("/empty", b""), ("/chunks", b"abc")):
        got = httpraw.ask(stream, "/app" + path)
        expect_equal((got.status, got.body), (200, body), path)
    stream.send(httpraw.request("/app/waits"))
    expect_equal(httpraw.read_head(stream)[0], 200, "16 KiB are enough")


@test
def more_than_may_wait_is_not_waited_for(t):
    large = bytes(range(256)) * 8192
    back = scripted(t, {"/v1/large": answer(200, large)})
    _, port = start(t, back, buffer_response="1g")
    got = httpraw.ask(dial(t, port), "/app/large")
    expect_equal((got.status, got.body), (200, large), "2 MiB")


# -- the log -----------------------------------------------------------------

@test
def the_log_line_of_an_exchange_has_request_and_status(t):
    def upgrade(stream):
        stream.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
                    b"Connection: upgrade\r\n\r\n")
        stream.receive_all()
    back = scripted(t, {"/v1/a": answer(201, b"x"), "/v1/up": upgrade})
    gateway, port = start(t, back, log={"format": "json"})
    stream = dial(t, port)
    httpraw.ask(stream, "/app/a?secret=1")
    httpraw.ask(stream, "/app/y/%2e%2e/x")
    httpraw.ask(stream, "/elsewhere")
    stream.send(httpraw.request(
        "/app/up", extra="Connection: upgrade\r\nUpgrade: x\r\n"))
    expect_equal(httpraw.read_head(stream)[0], 101, "upgrade")
    stream.close()
    lines = [gateway.wait_log(f'request":"GET gateway.test{path}"')
             for path in ("/app/a", "/app/y/%2e%2e/x", "/app/up")]
    for line, status in zip(lines, (201, 400, 101)):
        expect_equal(json.loads(line)["status"], status, line)


@test
def requests_that_reach_no_service_are_logged(t):
    gateway, port = start(t, scripted(t, {"/v1/a": answer(200, b"x")}))
    stream = dial(t, port)
    httpraw.ask(stream, "/app/a")
    got = httpraw.ask(stream, "/elsewhere?secret=1")
    expect_equal(got.status, 404, "no such path")
    stream.send(b"GET /app/a HTTP/1.1\r\nHost : x\r\n\r\n")
    expect_equal(httpraw.read_head(stream)[0], 400, "malformed")
    line = gateway.wait_log('request refused.* request="GET '
                            'gateway.test/elsewhere" status=404')
    expect_in("peer=127.0.0.1:", line, "who asked")
    gateway.wait_log('request refused.* request="GET /app/a HTTP/1.1" '
                     'status=400')


# -- settings ----------------------------------------------------------------

@test
def wrong_settings_are_told_with_their_line(t):
    page = t.file("page.html", "x")
    same = [str(t.file("502.html", "x")), str(t.file("502.txt", "x"))]
    big = t.file("504.html", "x" * 70000)
    odd = t.file("503.css", "x")
    for option, value, *wanted in (
            ("cookie_path", "/a", '"/a"', '"/from /to"'),
            ("cookie_path", "/a b", '"/a b"'),
            ("cookie_path", "/a /b;x", '"/a /b;x"'),
            ("cookie_domain", "http://a", '"http://a"', "auto"),
            ("cookie_domain", "a b c", '"a b c"'),
            ("cookie_flags", "sid", '"sid"', "samesite=strict"),
            ("cookie_flags", "sid secure nosecure", "nosecure"),
            ("cookie_flags", "sid samesite=maybe", "samesite=maybe"),
            ("set_response_fields", "X", '"X"'),
            ("set_response_fields", "Content-Length: 5", "Content-Length"),
            ("add_response_fields", "A B: c", '"A B: c"'),
            ("remove_response_fields", "Connection", "Connection"),
            ("hsts", "0s", "hsts"),
            ("hsts_subdomains", True, "hsts"),
            ("error_pages", str(page), "page.html", "502.html"),
            ("error_pages", str(odd), "503.css"),
            ("error_pages", same, "same status"),
            ("error_pages", str(big), "65536"),
            ("error_pages", "/nowhere/502.html", "/nowhere/502.html"),
            ("intercept_errors", True, "error_pages"),
            ("proxy_redirect", "off", "rewrite_location"),
            ("proxy_cookie_path", "a", "cookie_path"),
            ("error_page", "a", "error_pages")):
        check(t, option, *wanted, **{option: value})
    check(t, "hsts_preload", "365d", hsts="1d", hsts_subdomains=True,
          hsts_preload=True)
    check(t, "hsts", "no accept pipeline is secure", warning=True, hsts="1d")
    for option, value in (
            ("rewrite_location", False), ("cookie_path", "off"),
            ("cookie_domain", "off"), ("cookie_secure", True),
            ("cookie_flags", "* secure"), ("set_response_fields", "X: y"),
            ("add_response_fields", "X: y"), ("remove_response_fields", "X"),
            ("hide_server", True), ("via_response", True), ("hsts", "1d"),
            ("error_pages", same[0]), ("buffer_response", "1k")):
        check(t, f"{option}: ", "ends with http", scheme="tcp",
              **{option: value})


@test
def explain_tells_what_becomes_of_responses(t):
    page = t.file("5xx.html", "x")
    settings = conf.text(conf.gateway(conf.service(
        "work", conf.accept("https", 9000, t.certs, path="/"),
        conf.connect("http", 9001, path="/"), hsts="365d",
        buffer_response="16k", error_pages=str(page), intercept_errors=True)))
    done = command(t, "explain", "-c", t.file("good.conf", settings))
    for part in ("max-age=31536000", "16384 bytes", "5xx: ", "5xx.html",
                 "also in place of the back-end's own errors"):
        expect_in(part, unframed(done.stdout), "explain")
