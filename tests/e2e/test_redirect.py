# SPDX-License-Identifier: MIT
"""The service redirect, as clients see it."""
from lib import conf, httpraw, tools
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, expect_in, test
from lib.streams import dial, dial_tls


def redirect(name, hop, **options):
    return conf.service(name, hop, type="redirect", **options)


def start(t, **options):
    port = t.ports.one()
    Gateway(t, conf.gateway(redirect(
        "away", conf.accept("http", port, path="/"), **options))).start()
    return port


def ask(stream, path, **more):
    response = httpraw.ask(stream, path, **more)
    return response.status, response.field("location")


@test
def redirect_from_http_to_https_is_followed_by_curl(t):
    plain, secure = t.ports.one(), t.ports.one()
    Gateway(t, conf.gateway(
        redirect("away", conf.accept("http", plain, path="/"),
                 scheme="https", port=secure),
        conf.respond("page", conf.accept("https", secure, t.certs, path="/"),
                     body="secure\n"))).start()
    for more in ((), ("--data", "x=1"), ("--data", "x=1", "-H", "Expect:")):
        out = tools.curl(t, plain, f"http://gateway.test:{plain}/a?b=c",
                         "--location", "--cacert", t.certs.front, "--resolve",
                         f"gateway.test:{secure}:127.0.0.1", *more)
        expect_equal(out, b"secure\n", f"curl {more} got")


@test
def redirects_keep_the_connection(t):
    stream = dial(t, start(t, scheme="https", paths=["/old/*=/new/*"]))
    for n in range(50):
        expect_equal(ask(stream, f"/old/{n}?q={n}"),
                     (301, f"https://gateway.test/new/{n}?q={n}"), "GET")
        expect_equal(ask(stream, "/x", method="POST", body=b"y" * 1000),
                     (308, "https://gateway.test/x"), "POST")
    expect_equal(stream.end, None, "still open")


@test
def redirect_sends_no_strict_transport_security(t):
    stream = dial(t, start(t, scheme="https", cache_control="max-age=60"))
    response = httpraw.ask(stream, "/")
    expect_equal(response.field("strict-transport-security"), None, "HSTS")
    expect_equal(response.field("cache-control"), "max-age=60", "cache")
    expect(b'<a href="https://gateway.test/">' in response.body,
           f"body {response.body}")


@test
def redirect_names_only_a_host_that_is_served(t):
    port = start(t, scheme="https")
    for host in ("evil.test", "gateway.test@evil.test", "gateway.test\\.evil",
                 "gateway.test/.evil", "gateway.test.evil.test", "evil.test:80",
                 "gateway.test, evil.test", ""):
        status, location = ask(dial(t, port), "/", host=host)
        expect(status in (400, 404, 421) and location is None,
               f"Host {host!r} got {status} {location}")
    status, location = ask(dial(t, port), "http://evil.test/",
                           host="gateway.test")
    expect(status in (400, 404, 421) and location is None,
           f"absolute form got {status} {location}")


@test
def redirect_without_origin_stays_on_it(t):
    stream = dial(t, start(t, to="{path}", paths=["/old/*=/*"], code=302))
    for path in ("//evil.test/x", "/old//evil.test/x", "////evil.test/x"):
        expect_equal(ask(stream, path), (302, "/evil.test/x"), path)


@test
def redirect_gives_404_for_paths_that_it_does_not_know(t):
    stream = dial(t, start(t, paths=["/old=/new"]))
    expect_equal(ask(stream, "/old?q=1"), (301, "/new?q=1"), "/old")
    expect_equal(ask(stream, "/older"), (404, None), "/older")
    expect_equal(ask(stream, "/old", method="HEAD")[0], 301, "HEAD")


@test
def redirect_of_a_websocket_upgrade(t):
    stream = dial(t, start(t, scheme="https"))
    expect_equal(ask(stream, "/chat", extra="Connection: upgrade\r\nUpgrade: "
                     "websocket\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
                 (301, "https://gateway.test/chat"), "upgrade")
    expect_equal(ask(stream, "/x"), (301, "https://gateway.test/x"), "next")


@test
def redirect_on_https_to_another_host(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(redirect(
        "away", conf.accept("https", port, t.certs, path="/"),
        to="https://www.gateway.test{path}", code=307))).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    expect_equal(ask(stream, "/a?b"), (307, "https://www.gateway.test/a?b"),
                 "answer")


@test
def a_redirect_that_leads_back_to_itself_is_warned_of(t):
    for hop, options, warned in (
            ("http://gateway.test:8080/", {"to": "{path}"}, "to"),
            ("http://gateway.test:8080/", {"paths": ["/a=/b", "/b=/a"]},
             "paths"),
            (["https://gateway.test/", "http://gateway.test/"],
             {"scheme": "http"}, "scheme"),
            ("http://gateway.test/", {"scheme": "https"}, None),
            ("http://gateway.test:8080/old", {"to": "/"}, None)):
        name = t.file("loop.conf", conf.text(conf.gateway(redirect(
            "away", hop, **options))))
        done = command(t, "check", "-c", name)
        at = f"services.away.{warned}: "
        expect_equal(("without end" in done.stderr + done.stdout,
                      at in done.stderr + done.stdout),
                     (warned is not None, warned is not None), f"{options}")
        if warned is not None:
            line = [x for x in (done.stderr + done.stdout).splitlines()
                    if at in x][0]
            expect_in("warning", line, "how bad it is")
