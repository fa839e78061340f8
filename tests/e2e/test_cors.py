# SPDX-License-Identifier: MIT
"""The layer cors in front of every kind of service, by hand and in Chromium."""
import json
import os
from urllib.parse import unquote

from lib import conf, httpraw, pages, tools, wsraw
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server
from lib.streams import dial, dial_tls

SITE = "https://app.example"
PREFLIGHT = ("Origin: {}\r\nAccess-Control-Request-Method: {}\r\n"
             "Access-Control-Request-Headers: x-one\r\n")


def cors(**options):
    return {"insert": [{"layer": "cors", "cors": options}]}


def origin(site):
    return f"Origin: {site}\r\n"


def reader(response):
    return response.field("access-control-allow-origin")


def serve(stream):
    """A back-end that says what it wants about CORS."""
    seen = []
    while True:
        try:
            head = stream.receive_until(b"\r\n\r\n")
        except AssertionError:
            return seen
        seen.append(head.split(b"\r\n")[0])
        stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
                    b"Access-Control-Allow-Origin: *\r\nVary: Accept\r\n"
                    b"Access-Control-Allow-Credentials: true\r\n"
                    b"Access-Control-Max-Age: 99\r\n\r\nback")


def start(t, *services, **more):
    return Gateway(t, conf.gateway(*services, **more)).start()


def page(t, port, **options):
    """One respond with cors in front."""
    return start(t, conf.respond("page", conf.accept(
        "http", port, path="/", **cors(**options)), body="page\n"))


@test
def cors_stands_in_front_of_a_proxy(t):
    back, port = Server(t, serve), t.ports.one()
    start(t, conf.service(
        "api", conf.accept("http", port, path="/", **cors(
            origins=[SITE], allow_credentials=True, allow_headers=["X-One"],
            expose_headers=["X-Two"], max_age="1h")),
        conf.connect("http", back.port, path="/")))
    stream = dial(t, port)
    response = httpraw.ask(stream, "/", extra=origin(SITE))
    expect_equal((response.status, response.body), (200, b"back"), "GET")
    expect_equal({name: value for name, value in response.fields.items()
                  if name.startswith("access-control-") or name == "vary"},
                 {"access-control-allow-origin": SITE,
                  "access-control-allow-credentials": "true",
                  "access-control-expose-headers": "X-Two",
                  "vary": "Accept, Origin"}, "what is said of CORS")
    response = httpraw.ask(stream, "/", method="OPTIONS",
                           extra=PREFLIGHT.format(SITE, "GET"))
    expect_equal(response.status, 204, "preflight")
    expect_equal(response.field("content-length"), None, "no body")
    expect_equal({name: value for name, value in response.fields.items()
                  if name.startswith("access-control-") or name == "vary"},
                 {"access-control-allow-origin": SITE,
                  "access-control-allow-credentials": "true",
                  "access-control-allow-methods": "GET, HEAD, POST",
                  "access-control-allow-headers": "X-One",
                  "access-control-max-age": "3600",
                  "vary": "Origin"}, "the terms")
    response = httpraw.ask(stream, "/")
    expect_equal((response.status, reader(response), response.field("vary")),
                 (200, None, "Accept, Origin"), "no other site")
    stream.close()
    expect_equal(back.result(), [b"GET / HTTP/1.1"] * 2,
                 "the back-end saw no preflight")


@test
def cors_stands_in_front_of_every_service(t):
    port = t.ports.one()
    (t.tmp / "root").mkdir()
    (t.tmp / "root" / "a.txt").write_text("file\n")

    def hop(path):
        return conf.accept("http", port, path=path, **cors(origins=[SITE]))
    start(t, conf.respond("respond", hop("/respond"), body="fixed"),
          conf.echo("echo", hop("/echo")),
          conf.service("directory", hop("/files"), type="directory",
                       root=str(t.tmp / "root"), prefix="/files"),
          conf.service("redirect", hop("/old"), type="redirect", to="/new",
                       code=302))
    stream = dial(t, port)
    for path, status, body in (
            ("/respond", 200, b"fixed"), ("/echo", 200, b"said"),
            ("/files/a.txt", 200, b"file\n"), ("/files/b.txt", 404, None),
            ("/old", 302, None)):
        method = "POST" if path == "/echo" else "GET"
        said = b"said" if path == "/echo" else b""
        for site, allowed in ((SITE, True), ("https://evil.example", False)):
            response = httpraw.ask(stream, path, method=method, body=said,
                                   extra=origin(site))
            expect_equal((response.status, reader(response)),
                         (status, SITE) if allowed else (403, None),
                         f"{path} for {site}")
            expect_in("Origin", response.field("vary"), f"{path} varies")
            if allowed and body is not None:
                expect_equal(response.body, body, f"{path} says")
        response = httpraw.ask(stream, path, method="OPTIONS",
                               extra=PREFLIGHT.format(SITE, "PUT"))
        expect_equal((response.status, reader(response)), (204, SITE),
                     f"preflight of {path}")


@test
def cors_keeps_the_connection(t):
    """Answers of the layer's own, refusals too, many times, with bodies and
    in one piece."""
    port = t.ports.one()
    gateway = page(t, port, origins=[SITE])
    stream = dial(t, port)
    for n in range(300):
        stream.send(
            httpraw.request(f"/{n}", method="OPTIONS", body=b"x" * (n % 50),
                            extra=PREFLIGHT.format(SITE, "PUT")) +
            httpraw.request(method="POST", body=b"y" * 1000,
                            extra=origin("https://evil.example")) +
            httpraw.request(method="HEAD", extra=origin("null")) +
            httpraw.request(method="POST", body=b"z", extra=origin(SITE)))
        for method, status in (("OPTIONS", 204), ("POST", 403), ("HEAD", 403),
                               ("POST", 200)):
            expect_equal(httpraw.read_response(stream, method).status, status,
                         f"{method} in round {n}")
    expect_equal(stream.end, None, "still open")
    gateway.stop()


@test
def cors_answers_are_logged(t):
    port = t.ports.one()
    gateway = page(t, port, origins=[SITE])
    stream = dial(t, port)
    httpraw.ask(stream, "/p?secret", method="OPTIONS",
                extra=PREFLIGHT.format(SITE, "PUT"))
    line = gateway.wait_log(r"stream ended.*OPTIONS")
    for part in ('service=page', 'request="OPTIONS gateway.test/p"',
                 "status=204", f"front.cors.origin={SITE}", "class=clean",
                 "ended_by=gateway"):
        expect_in(part, line, "the line of a preflight")
    httpraw.ask(stream, "/q", extra=origin("https://evil.example"))
    line = gateway.wait_log(r"stream ended.*GET")
    for part in ('request="GET gateway.test/q"', "status=403", "layer=cors",
                 "class=policy", "code=403",
                 "front.cors.origin=https://evil.example",
                 "this origin is not allowed"):
        expect_in(part, line, "the line of a refusal")
    httpraw.ask(stream, "/r", extra=origin(SITE))
    line = gateway.wait_log(r"stream ended.*/r")
    for part in ("status=200", "class=clean", f"front.cors.origin={SITE}"):
        expect_in(part, line, "the line of a request")
    expect("secret" not in gateway.log(), "a query was logged")


def ask_large(t, port):
    """A refused upload is neither read for ever nor cut off."""
    stream = dial(t, port)
    stream.put(httpraw.request(
        method="POST", body=b"x" * 100000,
        extra=origin("https://evil.example")))
    expect_equal(httpraw.read_response(stream).status, 403, "large POST")
    expect_equal(httpraw.ask(stream, extra=origin(SITE)).status, 200, "next")


@test
def cors_passes_bodies(t):
    """Both ways at once, while the layer leaves, in chunks and by length."""
    port = t.ports.one()
    start(t, conf.echo("echo", conf.accept("http", port, path="/", **cors(
        origins=[SITE]))))
    data = os.urandom(3000000)
    file = t.file("data", data)
    for more in ((), ("-H", "Transfer-Encoding: chunked")):
        for site in ((), ("-H", f"Origin: {SITE}")):
            got = tools.curl(t, port, f"http://gateway.test:{port}/",
                             "--data-binary", f"@{file}", *more, *site)
            expect(got == data, f"another echo with {more} {site}")


@test
def cors_refuses_before_the_body(t):
    port = t.ports.one()
    page(t, port, origins=[SITE])
    stream = dial(t, port)
    stream.send(b"POST / HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 9"
                b"\r\nExpect: 100-continue\r\n" +
                origin("https://evil.example").encode() + b"\r\n")
    response = httpraw.read_response(stream)
    expect_equal(response.status, 403, "no 100 to a stranger")
    ask_large(t, port)


@test
def cors_knows_its_own_pages(t):
    plain, secure = t.ports.one(), t.ports.one()
    start(t, conf.respond(
        "page", [conf.accept("http", plain, path="/", **cors()),
                 conf.accept("https", secure, t.certs, path="/", **cors())],
        body="page"))
    own = f"gateway.test:{secure}"
    stream = dial_tls(t, secure, trust=t.certs.front)
    for site, status in ((f"https://{own}", 200), (f"http://{own}", 403),
                         ("https://gateway.test", 403), ("null", 403),
                         (f"https://{own}/", 400), (None, 200)):
        got = httpraw.ask(stream, host=own, method="POST", body=b"x",
                          extra=origin(site) if site else "")
        expect_equal(got.status, status, f"{site} over https")
    stream = dial(t, plain)
    for site, status in (("http://gateway.test", 200),
                         ("https://gateway.test", 200),
                         ("http://gateway.test:1", 403)):
        got = httpraw.ask(stream, method="POST", body=b"x", extra=origin(site))
        expect_equal(got.status, status, f"{site} over http")


@test
def cors_stands_below_ws_and_lets_upgrades_through(t):
    port, relayed = t.ports.one(), t.ports.one()
    start(t, conf.service(
        "talk", {"url": f"ws://gateway.test:{port}/work",
                 "tcp": {"bind": conf.address(port)},
                 "insert": [{"above": "http", "layer": "cors",
                             "cors": {"origins": [SITE]}}]}, type="echo"),
        conf.service("relay", conf.accept("http", relayed, path="/", **cors(
            origins=[SITE])), conf.connect("http", port, path="/",
                                           http={"host": "gateway.test"})))
    for at in (port, relayed):
        stream = dial(t, at)
        wsraw.upgrade(stream, extra=origin(SITE))
        stream.send(wsraw.frame(1, b"hello"))
        expect_equal(wsraw.read_message(stream)[1], b"hello", "echo")
        stream = dial(t, at)
        stream.send(wsraw.request("/work", "gateway.test",
                                  extra=origin("https://evil.example")))
        expect_equal(httpraw.read_response(stream).status, 403, "a stranger")


@test
def cors_passes_strangers_when_it_is_told_to(t):
    port = t.ports.one()
    page(t, port, origins=["https://*.app.example"], foreign_origins="pass",
         allow_methods=["GET", "PUT"])
    stream = dial(t, port)
    for method, site, allowed in (
            ("GET", "https://evil.example", False),
            ("GET", "https://a.b.app.example", True),
            ("PUT", "https://x.app.example", True),
            ("POST", "https://x.app.example", False)):
        response = httpraw.ask(stream, method=method, extra=origin(site))
        expect_equal((response.status, reader(response)),
                     (200, site if allowed else None), f"{method} {site}")
        expect_equal(response.field("vary"), "Origin", "varies")
    response = httpraw.ask(stream, method="OPTIONS",
                           extra=PREFLIGHT.format("https://evil.example", "X"))
    expect_equal((response.status, response.field("vary"), reader(response)),
                 (204, "Origin", None), "preflight of a stranger")


@test
def cors_says_how_it_is_written(t):
    """Mistakes, and what they are answered with."""
    def check(hop, **more):
        settings = t.file("bad.conf", conf.text(conf.gateway(
            conf.respond("page", hop, body="x", **more))))
        done = command(t, "check", "-c", settings)
        expect(done.returncode != 0, "it was accepted")
        return done.stderr + done.stdout
    hop = conf.accept("http", 1234, path="/", **cors(
        origins=["*"], allow_credentials=True))
    expect_in("list the sites", check(hop), "any origin with credentials")
    hop = conf.accept("http", 1234, path="/", **cors(
        origins=["https://*.com"], allow_credentials=True))
    settings = t.file("open.conf", conf.text(conf.gateway(
        conf.respond("page", hop, body="x"))))
    done = command(t, "check", "-c", settings)
    expect_equal(done.returncode, 0, "a name of one label is only warned of")
    expect_in('cors.origins: "https://*.com" with allow_credentials',
              done.stderr + done.stdout, "the warning")
    hop = conf.accept("http", 1234, path="/", cors={"origins": ["*"]})
    expect_in('"cors" is not a layer of this pipeline (tcp, http)',
              check(hop), "not inserted")
    expect_in("insert = ( { layer = \"cors\"; } )", check(hop), "what to do")
    hop = conf.accept("http", 1234, path="/", insert=[
        {"below": "http", "layer": "cors"}])
    expect_in("cors needs exchanges below it, and tcp offers bytes",
              check(hop), "below http")
    hop = conf.accept("http", 1234, path="/", insert=[
        {"above": "htpp", "layer": "cors"}])
    expect_in('"htpp" is not a layer of this pipeline (tcp, http)',
              check(hop), "above nothing")


@test
def layers_pass_exchanges(t):
    """One that stays and one that leaves, in front of a service that answers
    by itself and one that asks a back-end, also below ws."""
    t.plugin("pass")
    back = Server(t, serve)
    for leave in (False, True):
        layer = [{"layer": "pass", "pass": {"leave": leave}}]
        fixed, relayed, talk = t.ports.one(), t.ports.one(), t.ports.one()
        gateway = Gateway(t, conf.gateway(
            conf.respond("fixed", conf.accept("http", fixed, path="/",
                                              insert=layer), body="fixed"),
            conf.service("relay", conf.accept("http", relayed, path="/",
                                              insert=layer),
                         conf.connect("http", back.port, path="/",
                                      insert=layer)),
            conf.echo("talk", conf.accept("ws", talk, insert=[
                {"above": "http", **layer[0]}]))), name=f"{leave}").start()
        for port, body in ((fixed, b"fixed"), (relayed, b"back")):
            stream = dial(t, port)
            for _ in range(20):
                response = httpraw.ask(stream)
                expect_equal((response.status, response.body), (200, body),
                             f"through a layer that leaves: {leave}")
        stream = dial(t, talk)
        wsraw.upgrade(stream)
        stream.send(wsraw.frame(1, b"hello"))
        expect_equal(wsraw.read_message(stream)[1], b"hello", "echo")
        gateway.stop()


def services_for(t, port, site):
    fields = ["X-Shown: shown", "X-Hidden: hidden"]

    def hop(path, **options):
        return {"url": f"https://localhost:{port}{path}",
                "tls": {"certificate": t.certs.gateway,
                        "private_key": t.certs.gateway_key}, **cors(**options)}
    return [
        conf.respond("open", hop(
            "/open", origins=[site], allow_methods=["GET", "PUT"],
            allow_headers=["X-One"], expose_headers=["X-Shown"],
            allow_credentials=True), body="open", headers=fields),
        conf.respond("any", hop(
            "/any", origins=["*"], allow_methods=["*"], allow_headers=["*"],
            expose_headers=["*"]), body="any", headers=fields),
        conf.respond("closed", hop("/closed"), body="closed"),
        conf.respond("passed", hop("/passed", foreign_origins="pass"),
                     body="passed")]


@test
def cors_is_what_chromium_takes_it_for(t):
    """fetch() of another origin: simple, with preflight, with credentials."""
    pages.needs_chromium(t)
    port, site = t.ports.one(), pages.page_server(t, "cors.html")
    gateway = start(t, *services_for(t, port, f"https://localhost:{site}"))
    found = pages.result(t, f"https://localhost:{site}/page.html?port={port}")
    shown = [200, "shown", None, "open"]
    refused = ["TypeError"]
    expect_equal(json.loads(unquote(found)), {
        "simple": shown, "preflight": shown, "method": refused,
        "header": refused, "credentials": shown,
        "plain": [200, "shown", "hidden", "any"],
        "anything": [200, "shown", "hidden", "any"], "uncredited": refused,
        "denied": refused, "passed": refused, "opaque": [0, None, None, ""],
        "missing": shown}, "the page saw")
    for request, status in (("OPTIONS .*/open/", 204), ("PUT .*/open/", 200),
                            ("OPTIONS .*/any/", 204), ("PATCH .*/any/", 200),
                            ("GET .*/closed/", 403),
                            ("GET .*/passed/", 200)):
        gateway.wait_log(f'request="{request}" status={status} ')
    expect("DELETE" not in gateway.log(), "a method came without leave")
