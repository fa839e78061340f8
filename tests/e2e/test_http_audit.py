# SPDX-License-Identifier: MIT
"""What a hostile reader of the documents about HTTP tries: that paths written
another way come to the service that guards them, and below its connect path;
that every request at every kind of service has an answer, and so has the next.
"""
import itertools
import random

from lib import conf, httpraw
from lib.gateway import Gateway
from lib.harness import Failure, expect, expect_equal, expect_in, test
from lib.httpback import Recorder
from lib.httpends import Answer
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


# -- every request has an answer ----------------------------------------------

PREFLIGHT = ("Origin: https://good.test", "Access-Control-Request-Method: PUT")
FIELDS = {
    "nothing else": (), "an upgrade": ("Connection: Upgrade",
                                       "Upgrade: websocket"),
    "h2c": ("Connection: Upgrade", "Upgrade: h2c"),
    "expect": ("Expect: 100-continue",), "a range": ("Range: bytes=0-1",),
    "a preflight": PREFLIGHT, "a stranger": ("Origin: https://evil.test",)}
BODIES = {"no body": ((), ""), "a body": (("Content-Length: 5",), "hello"),
          "chunks": (("Transfer-Encoding: chunked",),
                     "5\r\nhello\r\n0\r\n\r\n"),
          "an empty body": (("Content-Length: 0",), "")}
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "DELETE", "BREW")


def kinds(t, port):
    """A service of each kind, and what GET gets there."""
    root, back = t.tmp / "root", Recorder(t)
    root.mkdir()
    t.file("root/files", "a file\n")
    cors = {"insert": [{"layer": "cors"}],
            "cors": {"origins": ["https://good.test"]}}
    for name, status, kind, settings in (
            ("respond", 200, "respond", {"body": "fine\n"}),
            ("nothing", 404, "directory", {"root": str(root)}),
            ("files", 200, "directory", {"root": str(root)}),
            ("redirect", 301, "redirect", {"to": "/elsewhere"}),
            ("echo", 200, "echo", {}),
            ("proxy", 200, "proxy",
             {"connect": conf.connect("http", back.port, path="/")}),
            ("down", 502, "proxy",
             {"connect": conf.connect("http", t.ports.one(), path="/")}),
            ("cors", 200, "respond", {"body": "fine\n"})):
        hop = conf.accept("http", port, path=f"/{name}",
                          **(cors if name == "cors" else {}))
        yield name, status, conf.service(name, hop, type=kind, **settings)


def answered(t, port, method, name, fields, body):
    """The status; the connection goes on, or says that it does not."""
    lengths, content = body
    stream = dial(t, port)
    asked = head(f"{method} /{name} HTTP/1.1", *fields, *lengths)
    stream.send((asked + content + get("/respond")).encode())
    answer = Answer(stream, method)
    expect(answer.whole, "the answer is not whole")
    if answer.all("connection") == ["close"]:
        expect_equal(stream.receive_all(), b"", "behind it")
    else:
        expect_equal(Answer(stream, "GET").body, b"fine\n", "the next one")
    stream.close()
    return answer.statuses[-1]


@test
def every_request_at_every_service_is_answered(t):
    port = t.ports.one()
    some = list(kinds(t, port))
    Gateway(t, conf.gateway(*(each for _, _, each in some),
                            level="error")).start()
    for (name, status, _), method, fields, body in itertools.product(
            some, METHODS, FIELDS, BODIES):
        what = f"{method} /{name} with {fields} and {body}"
        try:
            got = answered(t, port, method, name, FIELDS[fields],
                           BODIES[body])
        except Failure as error:
            raise Failure(f"{what}: {error}") from None
        if method == "GET" and not fields.startswith("a "):
            expect_equal(got, status, what)
