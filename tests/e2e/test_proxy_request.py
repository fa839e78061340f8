# SPDX-License-Identifier: MIT
"""What the service `proxy` does to requests on their way to a back-end."""
import hashlib
import http.server
import json
import os
import re
import socket
import threading

from lib import conf, httpraw, tools, wsraw
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, expect_in, test
from lib.httpback import Recorder
from lib.servers import Server, echo, serve_pages
from lib.streams import dial, dial_tls


def names(request):
    return {name for name, _ in request.fields}


def one(request, name):
    """The only value of a field."""
    found = request.all(name)
    expect_equal(len(found), 1, f"fields {name} of {request.fields}")
    return found[0]


def service(t, back, *, name="work", path="/", to="/", front="http",
            port=None, server=conf.BACK_NAME, accept=None, connect=None,
            **options):
    """`to` None: a connect URL without a path."""
    port = port or t.ports.one()
    connect = conf.connect("http", back, path=to or "", name=server,
                           **(connect or {}))
    return port, conf.service(
        name, conf.accept(front, port, t.certs if front == "https" else None,
                          path=path, **(accept or {})), connect, **options)


def start(t, back=None, **about):
    """A gateway, its port, and the back-end that records."""
    back = back or Recorder(t)
    port, one_service = service(t, back.port, **about)
    gateway = Gateway(t, conf.gateway(one_service)).start()
    return gateway, port, back


def ask(t, port, *arguments, **keywords):
    """One exchange on a connection of its own."""
    stream = dial(t, port)
    response = httpraw.ask(stream, *arguments, **keywords)
    stream.close()
    return response


def passed(t, port, back, *arguments, **keywords):
    """The request as the back-end saw it."""
    response = ask(t, port, *arguments, **keywords)
    expect_equal(response.status, 200, "status")
    expect_equal(back.broken, [], "broken requests")
    return back.requests.pop()


def refused(t, back, settings, words, where):
    """The settings are refused at file, line and option."""
    _, bad = service(t, back, **settings)
    path = t.file("bad.conf", conf.text(conf.gateway(bad)))
    done = command(t, "check", "-c", path)
    expect(done.returncode != 0, f"taken: {settings}")
    expect_in(words, done.stderr, str(settings))
    expect(re.search(r"bad\.conf:\d+: .*" + re.escape(where), done.stderr),
           f"no place in: {done.stderr}")


# -- paths ------------------------------------------------------------------

SLASHES = [  # accept path, connect path, asked for, seen
    ("/a", "/x", "/a", "/x"), ("/a", "/x", "/a/", "/x/"),
    ("/a", "/x/", "/a", "/x/"), ("/a", "/x/", "/a/", "/x/"),
    ("/a/", "/x", "/a", "/x"), ("/a/", "/x", "/a/", "/x/"),
    ("/a/", "/x/", "/a", "/x/"), ("/a/", "/x/", "/a/", "/x/"),
]
PATHS = SLASHES + [
    ("/a", "/x", "/a/b?c=/a&d", "/x/b?c=/a&d"),
    ("/a", "/x/", "/a/b/", "/x/b/"),
    ("/a", "/x/", "/a?q", "/x/?q"),
    ("/a", "/", "/a", "/"), ("/a", "/", "/a/b", "/b"),
    ("/a", None, "/a/b?c", "/a/b?c"), ("/a", None, "/a", "/a"),
    ("/", "/x", "/", "/x/"), ("/", "/x/", "/b", "/x/b"),
    ("/", None, "/", "/"), ("/a/b", "/x/y", "/a/b/c", "/x/y/c"),
    ("/a", "/x", "/a/b%20c;v=1/%7Ed", "/x/b%20c;v=1/%7Ed"),
]


@test
def the_connect_path_stands_for_the_accept_path(t):
    back = Recorder(t)
    hops = sorted({row[:2] for row in PATHS}, key=str)
    made = [service(t, back.port, name=f"s{n}", path=path, to=to)
            for n, (path, to) in enumerate(hops)]
    ports = {hop: port for hop, (port, _) in zip(hops, made)}
    Gateway(t, conf.gateway(*(each for _, each in made))).start()
    for path, to, asked, seen in PATHS:
        got = passed(t, ports[path, to], back, asked)
        expect_equal(got.target, seen, f"{path} onto {to}: {asked}")


@test
def only_whole_segments_are_below_the_accept_path(t):
    _, port, back = start(t, path="/a", to="/x")
    for path in ("/ab", "/", "/A", "/b/a", "/a%2fb"):
        status = ask(t, port, path).status
        expect(status in (400, 404), f"{path}: {status}")
    expect_equal(back.requests, [], "what the back-end saw")


ESCAPES = [
    "/public/../admin", "/public/..", "/public/./x", "/public/.",
    "/public/a/../../admin", "/public/%2e%2e/admin", "/public/.%2e/admin",
    "/public/%2E%2E", "/public/%252e%252e/admin", "/public/..%2fadmin",
    "/public/..%5cadmin", "/public/%2e%2e%2fadmin", "/public/..;/admin",
    "/public/..;a=b/admin", "/public/%c0%ae%c0%ae/admin",
    "/public/..%c0%afadmin", "/public/..%252fadmin", "/public//admin",
    "/public/a//b", "/public/a%2fb", "/public/a%5Cb", "/public/%61",
    "/public/a%00b", "/public/;/admin", "/public/%e0%80%ae./admin",
]


@test
def no_writing_of_a_path_leads_elsewhere(t):
    """Refused before the back-end is asked, whatever it would make of it."""
    back = Recorder(t)
    port, public = service(t, back.port, name="public", path="/public",
                           to="/srv/public/")
    _, plain = service(t, back.port, name="plain", path="/", to=None,
                       port=port)
    Gateway(t, conf.gateway(public, plain)).start()
    for path in ESCAPES + [path.replace("/public", "/other", 1)
                           for path in ESCAPES] + [
                               "//admin", "/../admin", "/%2e%2e/admin",
                               "/%2fadmin", "/%61dmin", "//evil.test/x"]:
        expect_equal(ask(t, port, path).status, 400, path)
    expect_equal(back.requests, [], "what the back-end saw")
    expect_equal(passed(t, port, back, "/public/a?x=/../&y=%2e%2e").target,
                 "/srv/public/a?x=/../&y=%2e%2e", "a query")


@test
def curl_cannot_climb_either(t):
    _, port, back = start(t, path="/a", to="/x/")
    # what means another service's path is not ours; what means ours is bad
    for path, status in (("/a/../b", b"404"), ("/a/%2e%2e/b", b"404"),
                         ("/a/c/../b", b"400"), ("/a/c/%2e%2e/b", b"400")):
        got = tools.curl(t, port, f"http://gateway.test:{port}{path}",
                         "--path-as-is", "--write-out", "%{http_code}",
                         "--output", "/dev/null")
        expect_equal(got, status, path)
    expect_equal(back.requests, [], "what the back-end saw")


@test
def what_is_allowed_in_paths_passes(t):
    for allowed, path in (("dots", "/a/../b"), ("dots", "/a/.;x/b"),
                          ("slashes", "/a%2Fb%5cc"), ("empty", "/a//b/"),
                          ("letters", "/%61%2D")):
        gateway, port, back = start(t, to=None, allow_in_path=[allowed])
        expect_equal(passed(t, port, back, path).target, path, allowed)
        others = {"dots": "/x//y", "slashes": "/x/../y",
                  "empty": "/x%2fy", "letters": "/x/./y"}
        expect_equal(ask(t, port, others[allowed]).status, 400, allowed)
        gateway.stop()


@test
def what_is_allowed_does_not_lead_out_of_the_connect_path(t):
    _, port, back = start(t, path="/a", to="/x", allow_in_path=["empty"])
    for path in ("//a/b", "/a/b"):
        expect_equal(passed(t, port, back, path).target, "/x/b", path)


@test
def dots_that_are_allowed_do_not_lead_out_of_the_connect_path(t):
    _, port, back = start(t, path="/a", to="/x", allow_in_path=["dots"])
    expect_equal(passed(t, port, back, "/a/b/../c").target, "/x/b/../c",
                 "dots within")
    for path in ("/a/../a/b", "/b/../a/c", "/a/b/../../a", "/./a/b",
                 "/a/%2e%2e/a", "/a/..;x/a"):
        expect_equal(ask(t, port, path).status, 400, path)
    expect_equal(back.requests, [], "what the back-end saw")


@test
def options_of_the_server_as_a_whole(t):
    _, port, back = start(t, to="/x/")
    got = passed(t, port, back, "*", method="OPTIONS")
    expect_equal(got.target, "*", "the target")


@test
def an_absolute_target_becomes_a_path(t):
    _, port, back = start(t, to="/x/")
    got = passed(t, port, back, "http://gateway.test/a?b", host="gateway.test")
    expect_equal((got.target, one(got, "host")), ("/x/a?b", "gateway.test"),
                 "target and Host")
    got = passed(t, port, back, "http://gateway.test?b")
    expect_equal(got.target, "/x/?b", "a target without a path")


@test
def nginx_finds_the_same_file(t):
    """What nginx maps to a file is what was asked for."""
    root = t.tmp / "root"
    (root / "x" / "sub").mkdir(parents=True)
    (root / "x" / "in.txt").write_text("inside")
    (root / "x" / "sub" / "deep.txt").write_text("deep")
    (root / "secret.txt").write_text("secret")
    back = tools.nginx(t, f"root {root};")
    port, one_service = service(t, back, path="/a", to="/x")
    Gateway(t, conf.gateway(one_service)).start()
    for path, status, body in (
            ("/a/in.txt", 200, b"inside"), ("/a/sub/deep.txt", 200, b"deep"),
            ("/a/secret.txt", 404, None), ("/a/../secret.txt", 404, None),
            ("/a/%2e%2e/secret.txt", 404, None),
            ("/a/sub/..%2f..%2fsecret.txt", 404, None),
            ("/a/sub/..%2f../a/secret.txt", 400, None),
            ("/a/..%252fsecret.txt", 400, None)):
        response = ask(t, port, path)
        expect_equal(response.status, status, path)
        if body is not None:
            expect_equal(response.body, body, path)


# -- Host -------------------------------------------------------------------

@test
def host_is_the_clients_the_urls_or_fixed(t):
    for options, want in (({}, "gateway.test"), ({"host": "keep"},
                                                 "gateway.test"),
                          ({"host": "fixed.test:81"}, "fixed.test:81"),
                          ({"host": "back"}, None)):
        gateway, port, back = start(t, **options)
        got = one(passed(t, port, back, "/"), "host")
        expect_equal(got, want or f"{conf.BACK_NAME}:{back.port}",
                     str(options))
        gateway.stop()
    _, port, back = start(t, host="name.test",
                          connect={"http": {"host": "layer.test"}})
    expect_equal(one(passed(t, port, back, "/"), "host"), "layer.test",
                 "the http layer's own")


@test
def old_clients_without_host_get_the_back_ends(t):
    back, port = Recorder(t), t.ports.one()
    hop = {"layers": [{"tcp": {"bind": conf.address(port)}}, {"http": {}}]}
    Gateway(t, conf.gateway(conf.service(
        "work", hop, conf.connect("http", back.port, path="/")))).start()
    stream = dial(t, port)
    stream.send(b"GET / HTTP/1.0\r\n\r\n")
    expect_equal(httpraw.read_response(stream).status, 200, "status")
    got = back.requests.pop()
    expect_equal(one(got, "host"), f"{conf.BACK_NAME}:{back.port}", "Host")
    expect("x-forwarded-host" not in names(got), "a host nobody asked for")
    expect(one(got, "via").startswith("1.0 penstock-"), "Via")


# -- Via, loops, Max-Forwards, TRACE ----------------------------------------

@test
def via_names_who_passed_it_on(t):
    back = Recorder(t)
    rows = [({}, "penstock-"), ({"via": "edge"}, "edge-"),
            ({"via": "off"}, None)]
    made = [service(t, back.port, name=f"s{n}", **options)
            for n, (options, _) in enumerate(rows)]
    Gateway(t, conf.gateway(*(each for _, each in made))).start()
    for (options, begin), (port, _) in zip(rows, made):
        got = passed(t, port, back, "/", extra="Via: 1.0 fred\r\n")
        vias = got.all("via")
        expect_equal(vias[0], "1.0 fred", "what was there")
        if begin is None:
            expect_equal(len(vias), 1, "off")
        else:
            expect(re.fullmatch(f"1.1 {begin}[0-9a-f]{{8}}", vias[1]), vias)


@test
def a_loop_ends_with_508(t):
    port = t.ports.one()
    _, looping = service(t, port, port=port)
    gateway = Gateway(t, conf.gateway(looping)).start()
    response = ask(t, port, "/")
    expect_equal(response.status, 508, "status")
    gateway.wait_log("has been here before")


@test
def two_gateways_in_a_row_are_no_loop(t):
    back = Recorder(t)
    far, inner = service(t, back.port)
    Gateway(t, conf.gateway(inner), name="inner").start()
    near, outer = service(t, far)
    Gateway(t, conf.gateway(outer), name="outer").start()
    got = passed(t, near, back, "/")
    vias = ", ".join(got.all("via")).split(", ")
    expect_equal(len(vias), 2, f"vias {vias}")
    expect(vias[0] != vias[1], "their names are the same")
    port, first = service(t, far, name="first")
    last, second = service(t, port, name="second")
    Gateway(t, conf.gateway(first, second), name="both").start()
    expect_equal(len(passed(t, last, back, "/").all("via")), 3,
                 "two services of one gateway in a row")


@test
def max_forwards_is_obeyed(t):
    _, port, back = start(t, trace="pass")
    for method, sent, seen in (("OPTIONS", "1", "0"), ("OPTIONS", "10", "9"),
                               ("TRACE", "5", "4"), ("GET", "0", "0")):
        got = passed(t, port, back, "/", method=method,
                     extra=f"Max-Forwards: {sent}\r\n")
        expect_equal(one(got, "max-forwards"), seen, f"{method} {sent}")
    for method, sent, status in (("OPTIONS", "0", 204), ("TRACE", "0", 405),
                                 ("OPTIONS", "x", 400), ("OPTIONS", "", 400),
                                 ("OPTIONS", "-1", 400),
                                 ("OPTIONS", "99999999999", 400)):
        response = ask(t, port, "*" if method == "OPTIONS" else "/",
                       method=method, extra=f"Max-Forwards: {sent}\r\n")
        expect_equal(response.status, status, f"{method} {sent}")
    stream = dial(t, port)  # no word of ours stands between two responses
    for method, status in (("OPTIONS", 204), ("TRACE", 405)) * 2:
        response = httpraw.ask(stream, "/", method=method,
                               extra="Max-Forwards: 0\r\n")
        expect_equal(response.status, status, "on one connection")
        if status == 204:
            expect("content-length" not in response.fields and
                   "content-type" not in response.fields, str(response))
    expect_equal(back.requests, [], "what the back-end saw")


@test
def trace_is_refused_unless_it_may_pass(t):
    _, port, back = start(t)
    response = ask(t, port, "/", method="TRACE")
    expect_equal(response.status, 405, "status")
    expect_equal(back.requests, [], "what the back-end saw")
    _, port, back = start(t, trace="pass")
    expect_equal(passed(t, port, back, "/", method="TRACE").method, "TRACE",
                 "method")


# -- who asked --------------------------------------------------------------

CLAIMS = ("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 203.0.113.10\r\n"
          "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\n"
          "X-Forwarded-Port: 666\r\nX-Real-IP: 203.0.113.9\r\n"
          "X_Forwarded_For: 203.0.113.9\r\nX-Forwarded-User: root\r\n"
          "Forwarded: for=203.0.113.9\r\n")


@test
def strangers_are_not_believed(t):
    _, port, back = start(t)
    got = passed(t, port, back, "/", host=f"gateway.test:{port}",
                 extra=CLAIMS)
    expect_equal(one(got, "x-forwarded-for"), "127.0.0.1", "for")
    expect_equal(one(got, "x-forwarded-proto"), "http", "proto")
    expect_equal(one(got, "x-forwarded-host"), f"gateway.test:{port}", "host")
    expect_equal(one(got, "x-forwarded-port"), str(port), "port")
    odd = {"x-real-ip", "x_forwarded_for", "x-forwarded-user", "forwarded"}
    expect_equal(names(got) & odd, set(), "what else was claimed")


@test
def trusted_peers_are_appended_to(t):
    _, port, back = start(t, trusted_peers=["127.0.0.0/8"],
                          forwarded="append")
    got = passed(t, port, back, "/", extra=CLAIMS)
    expect_equal(one(got, "x-forwarded-for"),
                 "203.0.113.9, 203.0.113.10, 127.0.0.1", "for")
    expect_equal(one(got, "x-forwarded-proto"), "https", "proto")
    expect_equal(one(got, "x-forwarded-host"), "evil.test", "host")
    expect_equal(one(got, "forwarded"), "for=203.0.113.9, "
                 "for=127.0.0.1;host=gateway.test;proto=http", "Forwarded")
    expect("x_forwarded_for" not in names(got), "a disguise")


@test
def who_asked_can_be_replaced_dropped_or_left(t):
    def of(options):
        gateway, port, back = start(t, trusted_peers=["127.0.0.1"], **options)
        got = passed(t, port, back, "/", extra=CLAIMS)
        gateway.stop()
        return got
    got = of({"x_forwarded": "replace", "forwarded": "replace"})
    expect_equal(one(got, "x-forwarded-for"), "127.0.0.1", "replaced")
    expect_equal(one(got, "forwarded"),
                 "for=127.0.0.1;host=gateway.test;proto=http", "replaced")
    got = of({"x_forwarded": "drop", "forwarded": "drop"})
    expect(not any("forwarded" in name for name in names(got)), "dropped")
    got = of({"x_forwarded": "pass", "forwarded": "pass"})
    expect_equal(got.all("x-forwarded-for"),
                 ["203.0.113.9", "203.0.113.10"], "passed")
    expect_equal(one(got, "forwarded"), "for=203.0.113.9", "passed")


@test
def chains_of_gateways_tell_all_of_them(t):
    back = Recorder(t)
    far, inner = service(t, back.port, trusted_peers=["127.0.0.1"],
                         forwarded="append")
    Gateway(t, conf.gateway(inner), name="inner").start()
    near, outer = service(t, far, front="https", forwarded="append")
    Gateway(t, conf.gateway(outer), name="outer").start()
    stream = dial_tls(t, near, trust=t.certs.front)
    expect_equal(httpraw.ask(stream, "/", extra=CLAIMS).status, 200, "status")
    got = back.requests.pop()
    expect_equal(one(got, "x-forwarded-for"), "127.0.0.1, 127.0.0.1", "for")
    expect_equal(one(got, "x-forwarded-proto"), "https", "proto")
    expect_equal(one(got, "x-forwarded-port"), "443", "port")
    expect_equal(one(got, "forwarded"),
                 "for=127.0.0.1;host=gateway.test;proto=https, "
                 "for=127.0.0.1;host=gateway.test;proto=http", "Forwarded")


@test
def ipv6_peers_have_words(t):
    t.ipv6()
    back = Recorder(t)
    port, six = service(t, back.port, name="six", forwarded="append",
                        accept={"tcp": {"bind": "[::1]:0"}})
    six["accept"]["tcp"]["bind"] = f"[::1]:{port}"
    Gateway(t, conf.gateway(six)).start()
    response = httpraw.ask(dial(t, port, ip="::1"), "/")
    expect_equal(response.status, 200, "status")
    got = back.requests.pop()
    expect_equal(one(got, "x-forwarded-for"), "::1", "for")
    expect_equal(one(got, "forwarded"),
                 'for="[::1]";host=gateway.test;proto=http', "Forwarded")


@test
def unix_peers_have_words(t):
    back = Recorder(t)
    path = t.tmp / "front.sock"
    _, local = service(t, back.port, name="local", forwarded="append",
                       trusted_peers=["unix"],
                       accept={"tcp": {"bind": f"unix:{path}"}})
    Gateway(t, conf.gateway(local)).start()
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(t.patience)
    sock.connect(str(path))
    sock.sendall(httpraw.request("/", extra=CLAIMS))
    expect(sock.recv(65536), "no answer")
    sock.close()
    got = back.requests.pop()
    expect_equal(one(got, "x-forwarded-for"),
                 "203.0.113.9, 203.0.113.10, unknown", "for")


# -- fields -----------------------------------------------------------------

@test
def fields_are_set_added_and_removed(t):
    _, port, back = start(
        t, set_request_fields=["X-Env: prod", "X-Forwarded-Proto: https"],
        add_request_fields=["X-More: 1"],
        remove_request_fields=["X-Debug*", "Cookie", "X-Forwarded-Host"])
    got = passed(t, port, back, "/", extra="X-Env: dev\r\nX_Env: dev\r\n"
                 "X-More: 0\r\nX-Debug: 1\r\nX-Debug-Too: 1\r\nCookie: a=b\r\n"
                 "Accept: text/*\r\n")
    expect_equal(got.all("x-env"), ["prod"], "set")
    expect_equal(got.all("x-more"), ["0", "1"], "added")
    expect_equal(one(got, "x-forwarded-proto"), "https", "set over ours")
    expect_equal(names(got) & {"x_env", "x-debug", "x-debug-too", "cookie",
                               "x-forwarded-host"}, set(), "removed")
    expect_equal(one(got, "accept"), "text/*", "left")


@test
def fields_of_the_first_hop_end_there(t):
    _, port, back = start(t)
    got = passed(t, port, back, "/", extra="Connection: x-mine\r\n"
                 "X-Mine: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
                 "Proxy-Connection: keep-alive\r\nProxy: http://evil\r\n"
                 "Proxy-Authorization: Basic eA==\r\n"
                 "Content_Length: 5\r\nTransfer_Encoding: chunked\r\n"
                 "Authorization: Basic eA==\r\n")
    expect_equal(names(got) & {"x-mine", "keep-alive", "te", "proxy",
                               "proxy-connection", "proxy-authorization",
                               "content_length", "transfer_encoding"},
                 set(), "fields of one hop")
    expect_equal(one(got, "authorization"), "Basic eA==", "of the end")


@test
def trailers_cannot_set_what_rules_set(t):
    _, port, back = start(t, set_request_fields=["X-Env: prod"])
    stream = dial(t, port)
    stream.send(b"POST / HTTP/1.1\r\nHost: gateway.test\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
                b"X-Env: dev\r\nX-Sum: 1\r\nX-Forwarded-For: 1.2.3.4\r\n"
                b"Content_Length: 9\r\n\r\n")
    expect_equal(httpraw.read_response(stream).status, 200, "status")
    got = back.requests.pop()
    expect_equal((got.body, got.trailers), (b"hi", [("x-sum", "1")]),
                 "body and trailers")


@test
def bad_settings_name_their_place(t):
    for settings, words, where in (
            ({"host": "a b"}, "is no host", "host"),
            ({"via": "two words"}, "no pseudonym", "via"),
            ({"via": "off", "via_response": True}, "no name",
             "via_response"),
            ({"allow_in_path": ["all"]}, "none of dots", "allow_in_path"),
            ({"trusted_peers": ["10.0.0.1/8"]}, "behind its prefix",
             "trusted_peers"),
            ({"forwarded": "yes"}, "append", "forwarded"),
            ({"x_forwarded": "yes"}, "append", "x_forwarded"),
            ({"trace": "yes"}, "refuse", "trace"),
            ({"set_request_fields": ["Host: x"]}, "HTTP itself",
             "set_request_fields"),
            ({"add_request_fields": ["Content-Length: 1"]}, "HTTP itself",
             "add_request_fields"),
            ({"remove_request_fields": ["a b"]}, "not the name",
             "remove_request_fields"),
            ({"buffer_request": "1m"}, "high_water", "buffer_request"),
            ({"to": "/?q=1"}, "has a query", "services"),
            ({"proxy_set_header": "x"}, "set_request_fields",
             "proxy_set_header")):
        refused(t, 1, settings, words, where)


@test
def settings_of_requests_need_requests(t):
    path = t.file("bad.conf", conf.text(conf.gateway(conf.service(
        "work", conf.accept("tcp", 7001), conf.connect("tcp", 7002),
        x_forwarded="drop", buffer_request="1k"))))
    done = command(t, "check", "-c", path)
    expect(done.returncode != 0, "taken")
    for option in ("x_forwarded", "buffer_request"):
        expect(re.search(rf"bad\.conf:\d+: .*{option}: it is for requests",
                         done.stderr), done.stderr)


# -- what is sent when, and to whom -----------------------------------------

def many(t, *backs, **options):
    """One service that tries these back-ends in order."""
    port = t.ports.one()
    hops = [conf.connect("http", back, path="/") for back in backs]
    return port, conf.service("work", conf.accept("http", port, path="/"),
                              hops, **options)


@test
def the_next_back_end_is_tried_when_connecting_fails(t):
    back = Recorder(t)
    port, each = many(t, t.ports.one(), back.port)
    Gateway(t, conf.gateway(each)).start()
    for method, body in (("GET", b""), ("POST", b"x" * 1000)):
        got = passed(t, port, back, "/", method=method, body=body)
        expect_equal((got.method, got.body), (method, body), "seen")


@test
def each_back_end_has_its_own_path_and_host(t):
    back, dead, port = Recorder(t), t.ports.one(), t.ports.one()
    hops = [conf.connect("http", dead, path="/one/", name="one.test"),
            conf.connect("http", back.port, path="/two", name="two.test")]
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("http", port, path="/a"), hops,
        host="back"))).start()
    got = passed(t, port, back, "/a/b")
    expect_equal((got.target, one(got, "host")),
                 ("/two/b", f"two.test:{back.port}"), "seen")


@test
def what_one_back_end_may_have_seen_no_other_one_gets(t):
    """Each method: whoever got the request's bytes keeps them."""
    seen = []

    def play(stream):
        seen.append(stream.receive_until(b"\r\n\r\n").split(b" ")[0])
        stream.finish()
    back = Recorder(t)
    port, each = many(t, Server(t, play).port, back.port)
    Gateway(t, conf.gateway(each)).start()
    for method in ("GET", "POST", "PUT", "DELETE"):
        response = ask(t, port, "/", method=method)
        expect_equal(response.status, 502, method)
    expect_equal(seen, [b"GET", b"POST", b"PUT", b"DELETE"], "the first saw")
    expect_equal(back.requests, [], "the second saw")


@test
def a_buffered_request_is_asked_whole(t):
    """The back-end hears nothing before the last byte, and then all."""
    _, port, back = start(t, buffer_request="32k")
    body = os.urandom(20000)
    for framing in ("length", "chunked"):
        stream = dial(t, port)
        head = b"POST /up HTTP/1.1\r\nHost: gateway.test\r\n"
        if framing == "length":
            stream.send(head + b"Content-Length: 20000\r\n\r\n" + body[:-1])
            rest = body[-1:]
        else:
            stream.send(head + b"Transfer-Encoding: chunked\r\n\r\n4e20\r\n" +
                        body + b"\r\n")
            rest = b"0\r\n\r\n"
        # an exchange on another connection goes through meanwhile
        expect_equal(passed(t, port, back, "/other").target, "/other",
                     "the other")
        expect_equal(back.requests, [], "half of a request was passed on")
        stream.send(rest)
        expect_equal(httpraw.read_response(stream).status, 200, framing)
        expect_equal(back.requests.pop().body, body, framing)


@test
def what_is_larger_than_the_buffer_streams(t):
    """The back-end is asked when the buffer is full, not at the end."""
    _, port, back = start(t, buffer_request="16k")
    started = threading.Event()
    whole = os.urandom(1024 * 1024)

    def play(stream):
        stream.receive_until(b"\r\n\r\n")
        started.set()
        digest = hashlib.sha256(stream.receive(len(whole))).hexdigest()
        stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" +
                    digest.encode())
        stream.receive_all()
    _, port, _ = start(t, back=Server(t, play), buffer_request="16k")
    stream = dial(t, port)
    stream.send(b"POST /up HTTP/1.1\r\nHost: gateway.test\r\n"
                b"Content-Length: %d\r\n\r\n" % len(whole))
    stream.send(whole[:16 * 1024])
    t.wait("the back-end to be asked", started.is_set)
    stream.send(whole[16 * 1024:])
    expect_equal(httpraw.read_response(stream).body,
                 hashlib.sha256(whole).hexdigest().encode(), "digest")


@test
def the_smallest_chunks_fill_no_buffer_for_ever(t):
    """What they cost is counted, too: then the back-end is asked."""
    _, port, back = start(t, buffer_request="64k")
    stream = dial(t, port)
    stream.send(b"POST /up HTTP/1.1\r\nHost: gateway.test\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n")
    stream.send(b"1\r\nx\r\n" * 65000 + b"0\r\n\r\n")
    expect_equal(httpraw.read_response(stream).status, 200, "status")
    expect_equal(back.requests.pop().body, b"x" * 65000, "body")


@test
def explain_says_what_becomes_of_requests(t):
    _, each = service(t, 7001, path="/a", to="/x/", port=7002,
                      trusted_peers=["10.0.0.0/8"], buffer_request="16k",
                      set_request_fields=["X-Env: hush"])
    path = t.file("good.conf", conf.text(conf.gateway(each)))
    done = command(t, "explain", "-c", path)
    expect_equal(done.returncode, 0, done.stderr)
    for words in ("/a/x becomes /x/x, to http://backend.test:7001/x/",
                  "trusted peers", "10.0.0.0/8", "the client's",
                  "set X-Env", "16384 bytes of body", "penstock-"):
        expect_in(words, done.stdout, "what is explained")


@test
def who_waits_for_100_is_told_to_go_on(t):
    _, port, back = start(t, buffer_request="32k")
    stream = dial(t, port)
    stream.send(b"POST /up HTTP/1.1\r\nHost: gateway.test\r\n"
                b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    expect_equal(httpraw.read_head(stream)[0], 100, "interim")
    expect_equal(back.requests, [], "asked too early")
    stream.send(b"hello")
    expect_equal(httpraw.read_response(stream).status, 200, "status")
    got = back.requests.pop()
    expect_equal(got.body, b"hello", "body")
    expect("expect" not in names(got), "what we have answered ourselves")
    t.file("upload", b"x" * 30000)
    tools.curl(t, port, f"http://gateway.test:{port}/up", "--header",
               "Expect: 100-continue", "--expect100-timeout", "3600",
               "--data-binary", f"@{t.tmp}/upload")
    expect_equal(back.requests.pop().body, b"x" * 30000, "curl's")


@test
def a_buffered_request_may_find_no_back_end(t):
    dead = t.ports.one()
    port, each = many(t, dead, dead, buffer_request="32k")
    Gateway(t, conf.gateway(each)).start()
    stream = dial(t, port)
    for _ in range(2):
        response = httpraw.ask(stream, "/", method="POST", body=b"x" * 100)
        expect_equal(response.status, 502, "status")
        if stream.end or response.field("connection") == "close":
            stream = dial(t, port)


@test
def a_client_that_leaves_its_request_is_forgotten(t):
    gateway, port, back = start(t, buffer_request="32k")
    for end in ("fin", "abort"):
        stream = dial(t, port)
        stream.send(b"POST /cut HTTP/1.1\r\nHost: gateway.test\r\n"
                    b"Content-Length: 100\r\n\r\nhalf")
        expect_equal(passed(t, port, back, "/other").target, "/other", "")
        getattr(stream, end)()
        if end == "fin":
            stream.receive_all()
    gateway.wait_log("POST gateway.test/cut", count=2)
    expect_equal(back.requests, [], "what the back-end saw")


@test
def a_client_that_stops_within_its_request_gets_408(t):
    _, port, back = start(t, buffer_request="32k",
                          accept={"http": {"body_timeout": "100ms"}})
    for extra in (b"", b"Expect: 100-continue\r\n"):
        stream = dial(t, port)
        stream.send(b"POST /up HTTP/1.1\r\nHost: gateway.test\r\n" + extra +
                    b"Content-Length: 100\r\n\r\nhalf")
        expect_equal(httpraw.read_response(stream).status, 408, f"{extra}")
    expect_equal(back.requests, [], "what the back-end saw")


# -- upgrades ---------------------------------------------------------------

@test
def an_upgrade_passes_with_the_fields_of_the_rules(t):
    heads = []

    def play(stream):
        heads.append(stream.receive_until(b"\r\n\r\n").decode())
        key = re.search(r"(?i)sec-websocket-key: (\S+)", heads[-1])[1]
        stream.send((f"HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\nConnection: "
                     f"Upgrade\r\nSec-WebSocket-Accept: "
                     f"{wsraw.accept_key(key)}\r\n\r\n").encode())
        return echo(stream)
    server = Server(t, play)
    far, inner = service(t, server.port, path="/ws", to="/socket",
                         buffer_request="16k", trusted_peers=["127.0.0.1"])
    Gateway(t, conf.gateway(inner), name="inner").start()
    near, outer = service(t, far, to=None, set_request_fields=["X-Env: prod"])
    Gateway(t, conf.gateway(outer), name="outer").start()
    stream = dial(t, near)
    stream.send(wsraw.request("/ws/chat?x=1", "gateway.test"))
    expect_equal(httpraw.read_response(stream).status, 101, "status")
    payload = os.urandom(300000)
    expect(stream.exchange(payload, len(payload)) == payload, "another echo")
    head = heads[0]
    expect(head.startswith("GET /socket/chat?x=1 HTTP/1.1\r\n"), head)
    for line in ("X-Env: prod", "X-Forwarded-For: 127.0.0.1, 127.0.0.1",
                 "Upgrade: websocket"):
        expect_in(line + "\r\n", head, "the back-end's head")
    stream.finish()
    expect_equal((stream.receive_all(), stream.end), (b"", "clean"), "end")


@test
def a_websocket_client_of_node_through_two_hops_of_http(t):
    t.npm("ws")
    inner = t.ports.one()
    sockets = conf.echo("sockets", conf.accept("ws", inner, path="/echo"))
    port, each = service(t, inner, path="/live", to="/echo", front="https",
                         forwarded="append")
    Gateway(t, conf.gateway(sockets, each)).start()
    client = tools.node(t, "ws_client.js", f"wss://gateway.test:{port}/live",
                        t.certs.front)
    report = json.loads(client.receive_until(b"\n"))
    expect_equal((report["echoed"], report["wrong"]), (10, 0), str(report))


# -- foreign peers ----------------------------------------------------------

@test
def python_behind_and_curl_in_front(t):
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.path, self.headers))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *arguments):
            pass
    port, each = service(t, serve_pages(t, Handler), front="https",
                         path="/app", to="/root/", forwarded="append")
    Gateway(t, conf.gateway(each)).start()
    got = tools.curl(t, port, f"https://gateway.test:{port}/app/page?q=1",
                     "--cacert", t.certs.front, "--header",
                     "X-Forwarded-For: 1.2.3.4")
    expect_equal(got, b"ok", "body")
    path, headers = seen[0]
    expect_equal(path, "/root/page?q=1", "path")
    expect_equal(headers["X-Forwarded-For"], "127.0.0.1", "for")
    expect_equal(headers["X-Forwarded-Proto"], "https", "proto")
    expect_equal(headers["X-Forwarded-Port"], str(port), "port")
    expect_equal(headers["Forwarded"], "for=127.0.0.1;"
                 f'host="gateway.test:{port}";proto=https', "Forwarded")
