# SPDX-License-Identifier: MIT
"""What a hostile reader of the documents about HTTP tries: that paths written
another way come to the service that guards them, and below its connect path;
that nobody waits for an answer to an upgrade that is not made."""
import random

from lib import conf, httpraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.httpback import Recorder
from lib.httptext import get, head
from lib.streams import dial

# Services by accept path, and where they lead to; "/a/b" is the guarded one.
SERVICES = {"/": "/root", "/a": "/x", "/a/b": "/y"}
PIECES = ("/", "/", "/", "a", "a", "b", "b", ";", ";p", "%61", "%2f", "%3b",
          ".", "..", "%2e", "%5c", "A")


def three(t, **options):
    """A gateway of SERVICES, its port, and the one back-end of all."""
    back, port = Recorder(t), t.ports.one()
    Gateway(t, conf.gateway(*(conf.service(
        f"s{n}", conf.accept("http", port, path=path),
        conf.connect("http", back.port, path=to), **options)
        for n, (path, to) in enumerate(SERVICES.items())))).start()
    return port, back


def segments(path):
    """What a back-end that decodes once takes it for: names without their
    parameters, dots resolved."""
    for code, byte in (("%61", "a"), ("%2f", "/"), ("%3b", ";"), ("%2e", "."),
                       ("%5c", "\\")):
        path = path.replace(code, byte)
    found = []
    for each in path.split("/"):
        name = each.partition(";")[0]
        if name == "..":
            found = found[:-1]
        elif name not in ("", "."):
            found.append(name)
    return found


def guard_of(path):
    """The connect path of the service that it belongs to."""
    own = segments(path)
    best = max((each for each in SERVICES
                if own[:len(segments(each))] == segments(each)),
               key=lambda each: len(segments(each)))
    return SERVICES[best]


def check_paths(t, seed, count, **options):
    port, back = three(t, **options)
    stream, chosen = dial(t, port), random.Random(seed)
    passed = 0
    for n in range(count):
        path = "/" + "".join(chosen.choices(PIECES, k=chosen.randint(1, 9)))
        status = httpraw.ask(stream, path).status
        expect_in(status, (200, 400), path)
        if status == 200:
            passed += 1
            seen = back.requests.pop().target
            expect(seen.startswith(guard_of(path)) and
                   segments(seen)[0] == guard_of(path)[1:],
                   f"{path} of {guard_of(path)} went out as {seen}")
        expect_equal(back.requests, [], path)
    stream.close()
    return passed


@test
def no_writing_of_a_path_gets_past_its_service(t):
    passed = check_paths(t, 1, 500)
    expect(passed > 20, f"only {passed} passed")


@test
def nor_when_all_writings_are_allowed(t):
    passed = check_paths(t, 2, 500, allow_in_path=[
        "dots", "slashes", "empty", "letters"])
    expect(passed > 200, f"only {passed} passed")


@test
def parameters_count_for_nothing_in_the_choice_of_a_service(t):
    port, back = three(t)
    stream = dial(t, port)
    for path, seen in (("/a/b;x", "/y;x"), ("/a/b;x/c;y?q;z", "/y;x/c;y?q;z"),
                       ("/a;x/b/c", "/y/c"), ("/a%3Bx/c", "/x%3Bx/c"),
                       ("/a;jsessionid=1?q", "/x;jsessionid=1?q"),
                       ("/c;x/a", "/root/c;x/a"), ("/ab;x", "/root/ab;x")):
        expect_equal(httpraw.ask(stream, path).status, 200, path)
        expect_equal([each.target for each in back.requests], [seen], path)
        back.requests.clear()
    stream.close()


@test
def an_encoded_slash_behind_the_accept_path_is_one(t):
    port, back = three(t, allow_in_path=["slashes"])
    stream = dial(t, port)
    for path, seen in (("/a%2fc", "/x%2fc"), ("/a%2Fb%2Fc", "/y%2Fc"),
                       ("/a%2fb", "/y")):
        expect_equal(httpraw.ask(stream, path).status, 200, path)
        expect_equal([each.target for each in back.requests], [seen], path)
        back.requests.clear()
    stream.close()


# -- upgrades that nobody makes -----------------------------------------------

UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")


def kinds(t, port):
    """A service of each kind that answers by itself, its path, its status."""
    root = t.tmp / "root"
    root.mkdir()
    t.file("root/files", "a file\n")
    for name, status, settings in (
            ("respond", 200, {"body": "fine\n"}),
            ("directory", 404, {"root": str(root)}),
            ("files", 200, {"type": "directory", "root": str(root)}),
            ("redirect", 301, {"to": "/elsewhere"}), ("echo", 200, {})):
        yield f"/{name}", status, conf.service(
            name, conf.accept("http", port, path=f"/{name}"),
            **{"type": name, **settings})


@test
def an_upgrade_that_nobody_makes_is_answered(t):
    port = t.ports.one()
    some = list(kinds(t, port))
    Gateway(t, conf.gateway(*(each for _, _, each in some))).start()
    for path, status, _ in some:
        for method, body in (("GET", ""), ("HEAD", ""), ("POST", "hello")):
            stream = dial(t, port)
            length = [f"Content-Length: {len(body)}"] if body else []
            asked = head(f"{method} {path} HTTP/1.1", *UPGRADE, *length)
            stream.send((asked + body + get("/respond")).encode())
            what = f"{method} {path}"
            got = httpraw.read_response(stream, method)
            if method != "POST":
                expect_equal(got.status, status, what)
            expect_equal(got.field("upgrade"), None, what)
            expect_equal(httpraw.read_response(stream).body, b"fine\n",
                         f"behind {what}")
            stream.close()
