# SPDX-License-Identifier: MIT
"""Opening handshakes, malformed and odd, and their answers, in both roles.

RFC 6455 4 and 9.1, RFC 7692 7, RFC 9110 7 and 15, RFC 9112 2 to 5. Rows of
requests are (name, status, fields of the answer, bytes); rows of responses
(name, status for the client, bytes).
"""
import base64
import contextlib

from lib import conf, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server
from lib.streams import dial
from lib.wsline import Line, Rows, World

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 1.3
GOOD = (("Host", "gateway.test"), ("Upgrade", "websocket"),
        ("Connection", "Upgrade"), ("Sec-WebSocket-Key", KEY),
        ("Sec-WebSocket-Version", "13"))
WORDS = {101: "Switching Protocols", 400: "Bad Request", 403: "Forbidden",
         404: "Not Found", 405: "Method Not Allowed",
         414: "URI Too Long", 426: "Upgrade Required",
         421: "Misdirected Request",
         431: "Request Header Fields Too Large", 501: "Not Implemented",
         502: "Bad Gateway", 505: "HTTP Version Not Supported"}
VERSION = {"Sec-WebSocket-Version": "13", "Upgrade": "websocket"}
UPGRADE = {"Upgrade": "websocket"}
PROTOCOL, EXTENSIONS = "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"
NONE = {PROTOCOL: None, EXTENSIONS: None}


def request(start="GET /plain HTTP/1.1", *more, change=None, body=b""):
    """A good request with other values (None: without), and further
    (name, value)."""
    change = {name.lower(): v for name, v in (change or {}).items()}
    lines = [(name, change.get(name.lower(), value)) for name, value in GOOD]
    lines = [(name, value) for name, value in lines if value is not None]
    text = "".join(f"{name}: {value}\r\n" for name, value in (*lines, *more))
    return f"{start}\r\n{text}\r\n".encode("latin-1") + body


def changed(name, value):
    return request(change={name: value})


def with_more(*fields, path="/plain"):
    return request(f"GET {path} HTTP/1.1", *fields)


def rows_of_start():
    for method in ("POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH",
                   "get", "GETT", "websocket"):
        yield f"method {method}", 405, {"Allow": "GET"}, \
            request(f"{method} /plain HTTP/1.1")
    for start, status in (
            ("GET /plain HTTP/1.0", 400), ("GET /plain HTTP/2.0", 505),
            ("GET /plain HTTP/0.9", 505), ("GET /plain http/1.1", 400),
            ("GET /plain HTTP/1.1 ", 400), ("GET /plain", 400),
            ("GET  /plain HTTP/1.1", 400), ("GET\t/plain HTTP/1.1", 400),
            ("GET /pl ain HTTP/1.1", 400), ("GET plain HTTP/1.1", 400),
            ("GET /plain#part HTTP/1.1", 400), ("GET * HTTP/1.1", 400),
            ("GET /nowhere HTTP/1.1", 404), ("G{T /plain HTTP/1.1", 400),
            ("GET /" + "a" * 9000 + " HTTP/1.1", 414)):
        yield f"line {start[:40]!r}", status, {}, request(start)
    yield "absolute form", 101, NONE, \
        request("GET http://gateway.test/plain HTTP/1.1")
    yield "absolute form over another Host", 101, NONE, request(
        "GET http://gateway.test/plain HTTP/1.1", change={"host": "other"})
    yield "query", 101, NONE, request("GET /plain?a=b HTTP/1.1")


def rows_of_host():
    yield "Host missing", 400, {}, changed("Host", None)
    yield "Host twice", 400, {}, with_more(("Host", "gateway.test"))
    yield "Host twice, different", 400, {}, with_more(("Host", "other"))
    yield "Host ''", 404, {}, changed("Host", "")
    for host in ("gate way.test", "user@gateway.test", "gateway.test/",
                 "a,b", "gateway.test:x", "gateway.test:99999", "[::1"):
        yield f"Host {host!r}", 400, {}, changed("Host", host)
    yield "Host in capitals", 101, NONE, changed("Host", "GATEWAY.TEST")


def rows_of_upgrade():
    yield "Upgrade missing", 426, UPGRADE, changed("Upgrade", None)
    for value in ("", "h2c", "web socket", "websockets", "websocke",
                  '"websocket"', "websocket/13", "websocket;x", "TLS/1.2"):
        yield f"Upgrade {value!r}", 426, UPGRADE, changed("Upgrade", value)
    for value in ("WebSocket", "WEBSOCKET", "h2c, websocket",
                  "websocket, h2c", " , websocket ,", "a/1,b/2,websocket"):
        yield f"Upgrade {value!r}", 101, UPGRADE, changed("Upgrade", value)
    yield "Upgrade in two fields", 101, UPGRADE, request(
        "GET /plain HTTP/1.1", ("Upgrade", "websocket"),
        change={"Upgrade": "h2c"})
    yield "Connection missing", 426, UPGRADE, changed("Connection", None)
    for value in ("", "keep-alive", "close", "upgraded", "websocket",
                  "up-grade"):
        yield f"Connection {value!r}", 426, UPGRADE, \
            changed("Connection", value)
    for value in ("Upgrade;x", "up grade", '"Upgrade"'):
        yield f"Connection {value!r}", 400, {}, changed("Connection", value)
    for value in ("upgrade", "UPGRADE", "keep-alive, Upgrade",
                  "Upgrade, keep-alive", ",, Upgrade"):
        yield f"Connection {value!r}", 101, UPGRADE, \
            changed("Connection", value)
    yield "Connection in two fields", 101, UPGRADE, request(
        "GET /plain HTTP/1.1", ("Connection", "Upgrade"),
        change={"Connection": "keep-alive"})


def rows_of_version():
    name = "Sec-WebSocket-Version"
    yield "version missing", 426, VERSION, changed(name, None)
    for value in ("", "0", "7", "8", "12", "14", "013", "+13", "13.0", "1 3",
                  "0x0d", "13, 8", "13,13", "thirteen", "256", "4294967309",
                  "99999999999999999999"):
        yield f"version {value!r}", 426, VERSION, changed(name, value)
    for value in ("13", "8"):
        yield f"version 13 and {value} in two fields", 400, {}, \
            with_more((name, value))
    yield "version with space around", 101, NONE, changed(name, "  13\t ")


def rows_of_key():
    name = "Sec-WebSocket-Key"
    yield "key missing", 400, {}, changed(name, None)
    for what, value in (
            ("empty", ""), ("of 15 bytes", base64.b64encode(b"a" * 15)),
            ("of 17 bytes", base64.b64encode(b"a" * 17)),
            ("of 0 bytes, padded", "===="), ("without padding", KEY[:22]),
            ("with one =", KEY[:23]), ("with three =", KEY + "="),
            ("with _", "_" + KEY[1:]), ("with -", "-" + KEY[1:]),
            ("with !", "!" + KEY[1:]), ("with a space", "a b" + KEY[3:]),
            ("with = inside", "a=" + KEY[2:]),
            ("with bits behind the end", KEY[:21] + "R=="),
            ("in quotes", f'"{KEY}"'), ("in a list", f"{KEY}, {KEY}"),
            ("of 4096 bytes", "A" * 4096),
            ("beyond ASCII", "é" + KEY[1:])):
        value = value.decode() if isinstance(value, bytes) else value
        yield f"key {what}", 400, {}, changed(name, value)
    yield "key twice", 400, {}, with_more((name, KEY))
    yield "two keys", 400, {}, with_more((name, "A" * 22 + "=="))
    yield "key with space around", 101, NONE, changed(name, f" \t{KEY} ")


def rows_of_protocols():
    for value in ("", ",", "a b", "a,a", "a, b, a", "a/b", "a;q=1", "{a}",
                  '"a"', "a=b", "é", "a@b", "a:b", "a, b c",
                  ",".join(f"p{i}" for i in range(65))):
        yield f"subprotocols {value[:20]!r}", 400, {}, \
            with_more((PROTOCOL, value))
    yield "a subprotocol in two fields", 400, {}, \
        with_more((PROTOCOL, "a"), (PROTOCOL, "a"))
    for value, chosen in (("x", None), ("v1", "v1"), ("x, v2", "v2"),
                          ("v2, v1", "v2"), ("V1", None), ("v1 ,, x", "v1"),
                          ("v11", None), ("v", None)):
        yield f"subprotocols {value!r} where v1, v2 are known", 101, \
            {PROTOCOL: chosen}, with_more((PROTOCOL, value), path="/spoken")
    yield "subprotocols in two fields", 101, {PROTOCOL: "v2"}, with_more(
        (PROTOCOL, "x"), (PROTOCOL, "v2"), path="/spoken")
    yield "no subprotocol where one is required", 400, {}, \
        with_more(path="/required")
    yield "another subprotocol than required", 400, {}, \
        with_more((PROTOCOL, "x"), path="/required")


def rows_of_extensions():
    for value in ("", ";", "a;", "a;;b", "a b", ";a", "a;b=", "a;=b",
                  'a;b="', 'a;b="c d"', "a;b=c=d", "a;b c", "a(b)",
                  "a;b=(c)"):
        for path in ("/plain", "/packed"):
            yield f"extensions {value!r} on {path}", 400, {}, \
                with_more((EXTENSIONS, value), path=path)
    yield "extensions that are not known", 101, NONE, \
        with_more((EXTENSIONS, "a, b; c=d"))
    yield "deflate where it is off", 101, NONE, \
        with_more((EXTENSIONS, "permessage-deflate"))
    name = "permessage-deflate"
    for value in ("x-webkit-deflate-frame", f"{name}; a",
                  f"{name}; server_max_window_bits",
                  f"{name}; server_max_window_bits=7",
                  f"{name}; server_max_window_bits=16",
                  f"{name}; server_max_window_bits=08",
                  f"{name}; client_max_window_bits=7",
                  f"{name}; client_max_window_bits=16",
                  f"{name}; client_max_window_bits=1e1",
                  f"{name}; server_no_context_takeover=1",
                  f"{name}; client_no_context_takeover=true",
                  f"{name}; server_no_context_takeover; "
                  "server_no_context_takeover",
                  f"{name}; client_max_window_bits; "
                  "client_max_window_bits=9"):
        yield f"offer {value!r} is declined", 101, {EXTENSIONS: None}, \
            with_more((EXTENSIONS, value), path="/packed")
    for value, answer in (
            (name, name), (f"a, {name}", name), (f"{name}; a, {name}", name),
            (name.upper(), name),
            (f"{name}; server_max_window_bits=10",
             f"{name}; server_max_window_bits=10"),
            (f'{name}; server_max_window_bits="10"',
             f"{name}; server_max_window_bits=10"),
            (f"{name}; server_no_context_takeover",
             f"{name}; server_no_context_takeover"),
            (f"{name}; server_max_window_bits=16, {name}; "
             "server_max_window_bits=9",
             f"{name}; server_max_window_bits=9")):
        yield f"offer {value!r}", 101, {EXTENSIONS: answer}, \
            with_more((EXTENSIONS, value), path="/packed")


def rows_of_origin():
    for value, status in (
            ("http://good.test", 101), ("HTTP://GOOD.TEST", 101),
            ("http://gateway.test", 101), ("https://good.test", 403),
            ("http://bad.test", 403), ("http://good.test.bad.test", 403),
            ("http://good.test:81", 403), ("null", 403), ("good.test", 403),
            ("http://bad.test/http://good.test", 403),
            ("http://bad.test http://good.test", 403), ("", 403)):
        yield f"Origin {value!r}", status, {}, \
            with_more(("Origin", value), path="/guarded")
    yield "no Origin", 101, {}, with_more(path="/guarded")
    yield "Origin twice", 400, {}, with_more(
        ("Origin", "http://good.test"), ("Origin", "http://good.test"))


def rows_of_the_rest():
    yield "body", 400, {}, request("GET /plain HTTP/1.1",
                                   ("Content-Length", "5"), body=b"hello")
    yield "chunked body", 400, {}, request(
        "GET /plain HTTP/1.1", ("Transfer-Encoding", "chunked"),
        body=b"0\r\n\r\n")
    yield "length and chunks", 400, {}, request(
        "GET /plain HTTP/1.1", ("Transfer-Encoding", "chunked"),
        ("Content-Length", "5"), body=b"0\r\n\r\n")
    yield "length of 0", 101, NONE, with_more(("Content-Length", "0"))
    yield "length that is no number", 400, {}, \
        with_more(("Content-Length", "x"))
    good = request()
    for name, status, broken in (
            ("space before a colon", 400,
             good.replace(b"Upgrade:", b"Upgrade :")),
            ("folded line", 400, good.replace(
                b"Upgrade: ", b"Upgrade:\r\n ")),
            ("line without a colon", 400, good.replace(
                b"Upgrade: websocket", b"Upgrade websocket")),
            ("bare LF", 400, good.replace(b"\r\n", b"\n")),
            ("bare LF inside", 400, good.replace(b"\r\n", b"\n", 1)),
            ("NUL in a value", 400, good.replace(b"websocket", b"web\0sock")),
            ("CR in a value", 400, good.replace(b"websocket", b"web\rsock")),
            ("name that is no token", 400,
             good.replace(b"Upgrade:", b"Up(grade:")),
            ("empty name", 400, good.replace(b"Upgrade:", b":")),
            ("head too large", 431,
             good[:-2] + b"X: y\r\n" * 3500 + b"\r\n"),
            ("line too long", 431, good[:-2] + b"X: " + b"y" * 9000 +
             b"\r\n\r\n"),
            ("too many fields", 431, good[:-2] + b"X: y\r\n" * 101 +
             b"\r\n")):
        yield name, status, {}, broken
    yield "names in other case", 101, NONE, good.replace(
        b"Sec-WebSocket", b"sEC-wEBsOCKET")
    yield "Sec-WebSocket-Accept in the request", 101, NONE, \
        with_more(("Sec-WebSocket-Accept", ACCEPT))
    yield "not HTTP at all", 400, {}, b"\x16\x03\x01" + b"a" * 200 + b"\r\n\r\n"


REQUESTS = [*rows_of_start(), *rows_of_host(), *rows_of_upgrade(),
            *rows_of_version(), *rows_of_key(), *rows_of_protocols(),
            *rows_of_extensions(), *rows_of_origin(), *rows_of_the_rest()]


# -- what a back-end answers --------------------------------------------------

SWITCH = "HTTP/1.1 101 Switching Protocols"


def response(start=SWITCH, *more, change=None, body=""):
    """A good 101 with other values (None: without), and further lines; {key}
    stands for the right Sec-WebSocket-Accept."""
    lines = {"Upgrade": "websocket", "Connection": "Upgrade",
             "Sec-WebSocket-Accept": "{key}", **(change or {})}
    text = "".join(f"{name}: {value}\r\n" for name, value in
                   (*lines.items(), *more) if value is not None)
    return f"{start}\r\n{text}\r\n{body}"


def answered(name, value):
    return response(change={name: value})


def rows_of_101():
    for name in ("Upgrade", "Connection", "Sec-WebSocket-Accept"):
        yield f"{name} missing", 502, answered(name, None)
    for value in ("", "h2c", "websockets", "web socket", "websocket/13",
                  '"websocket"', "websocket, h2c", "h2c, websocket",
                  "websocket, websocket"):
        yield f"Upgrade {value!r}", 502, answered("Upgrade", value)
    for value in ("WebSocket", "WEBSOCKET"):
        yield f"Upgrade {value!r}", 101, answered("Upgrade", value)
    yield "Upgrade in two fields", 502, response(
        SWITCH, ("Upgrade", "h2c"))
    for value in ("", "close", "keep-alive", "upgraded", "websocket"):
        yield f"Connection {value!r}", 502, answered("Connection", value)
    for value in ("upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade,,"):
        yield f"Connection {value!r}", 101, answered("Connection", value)
    for what, value in (
            ("empty", ""), ("of another key", ACCEPT), ("cut", "{key:.27}"),
            ("longer", "{key}="), ("in quotes", '"{key}"'),
            ("with a space inside", "{key:.5} {key}"),
            ("in other case", "{other}"), ("in a list", "{key}, {key}")):
        yield f"accept {what}", 502, answered("Sec-WebSocket-Accept", value)
    yield "accept twice", 502, response(
        SWITCH, ("Sec-WebSocket-Accept", "{key}"))
    yield "two accepts", 502, response(
        SWITCH, ("Sec-WebSocket-Accept", ACCEPT))
    yield "accept with space around", 101, \
        answered("Sec-WebSocket-Accept", " \t{key}\t ")


def rows_of_negotiation():
    for value in ("x", "V1", "v1, v2", "v1,", "", "v11", "v1 v2", '"v1"'):
        yield f"subprotocol {value!r} where v1, v2 were offered", 502, \
            answered(PROTOCOL, value), "spoken"
    yield "subprotocol where none was offered", 502, answered(PROTOCOL, "x")
    yield "subprotocol twice", 502, response(
        SWITCH, (PROTOCOL, "v1"), (PROTOCOL, "v1")), "spoken"
    for value in ("v1", "v2", None):
        yield f"subprotocol {value} where v1, v2 were offered", 101, \
            answered(PROTOCOL, value), "spoken"
    for value in ("x", "permessage-deflate", "x; y=z"):
        yield f"extension {value!r} where none was offered", 502, \
            answered(EXTENSIONS, value)
    name = "permessage-deflate"
    for value in ("x", f"{name}, x", f"{name}, {name}", f"{name}; a",
                  f"{name}; server_max_window_bits",
                  f"{name}; server_max_window_bits=7",
                  f"{name}; server_max_window_bits=16",
                  f"{name}; server_max_window_bits=08",
                  f"{name}; client_max_window_bits",
                  f"{name}; client_max_window_bits=7",
                  f"{name}; client_max_window_bits=16",
                  f"{name}; server_no_context_takeover=1",
                  f"{name}; client_no_context_takeover; "
                  "client_no_context_takeover",
                  f"{name};", f"{name};;client_no_context_takeover",
                  f"{name} x"):
        yield f"extension {value!r}", 502, answered(EXTENSIONS, value), \
            "packed"
    for value in (name, name.upper(), f"{name}; server_max_window_bits=9",
                  f'{name}; client_max_window_bits="10"',
                  f"{name};client_no_context_takeover ; "
                  "server_no_context_takeover"):
        yield f"extension {value!r}", 101, answered(EXTENSIONS, value), \
            "packed"


def rows_of_status():
    for status in (200, 201, 300, 301, 302, 307, 308, 400, 401, 403, 404,
                   407, 410, 426, 429, 500, 502, 503, 599):
        yield f"status {status}", status, (
            f"HTTP/1.1 {status} As It Is\r\nContent-Length: 2\r\n"
            "Connection: close\r\nX-Why: because\r\n\r\nno")
    for start in ("204 Nothing", "304 Not Modified"):
        yield f"status {start[:3]}", int(start[:3]), (
            f"HTTP/1.1 {start}\r\nConnection: close\r\n\r\n")
    yield "status 400 in chunks", 400, (
        "HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n"
        "Connection: close\r\n\r\n2\r\nno\r\n0\r\n\r\n")
    yield "all fields of a 101 with status 200", 200, response(
        "HTTP/1.1 200 OK", ("Content-Length", "0"),
        change={"Connection": "close, Upgrade"})
    yield "100 before the 101", 101, \
        "HTTP/1.1 100 Continue\r\n\r\n" + response()
    yield "103 before the 101", 101, \
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + response()
    for start in ("HTTP/1.0 101 Switching Protocols", "HTTP/2 101 S",
                  "http/1.1 101 S", "HTTP/1.1 1001 S", "HTTP/1.1 10 S",
                  "HTTP/1.1 099 S", "HTTP/1.1 600 S", "HTTP/1.1 1O1 S",
                  "HTTP/1.1101 S", "HTTP/1.1  101 S", "101 S", "",
                  "GET / HTTP/1.1", "HTTP/1.1 101 S\x01"):
        yield f"line {start!r}", 502, response(start)
    for start in ("HTTP/1.1 101 ", "HTTP/1.1 101 Any words: at all"):
        yield f"line {start!r}", 101, response(start)


def rows_of_heads():
    good = response()
    for name, broken in (
            ("space in a name", good.replace("Upgrade:", "Upg rade:")),
            ("folded line", good.replace("Upgrade: ", "Upgrade:\r\n ")),
            ("line without a colon", good.replace("e: websocket",
                                                  "e websocket")),
            ("bare LF", good.replace("\r\n", "\n")),
            ("NUL in a value", good.replace("websocket", "web\0sock")),
            ("head too large", good[:-2] + "X: y\r\n" * 3500 + "\r\n"),
            ("line too long", good[:-2] + "X: " + "y" * 9000 + "\r\n\r\n"),
            ("length and chunks", response(
                "HTTP/1.1 400 No", ("Content-Length", "2"),
                ("Transfer-Encoding", "chunked"))),
            ("nothing", ""), ("half a line", SWITCH[:15]),
            ("half a head", good[:-2]), ("not HTTP", "\x15\x03\x01\0\2\2"),
            ("frames at once", "\x81\x05hello")):
        yield name, 502, broken
    yield "space before a colon", 101, good.replace("Upgrade:", "Upgrade :")
    yield "names in other case", 101, good.replace("Sec-WebSocket",
                                                   "sEC-wEBsOCKET")


RESPONSES = [*rows_of_101(), *rows_of_negotiation(), *rows_of_status(),
             *rows_of_heads()]
ROOMS = {"plain": {}, "packed": {"deflate": True},
         "spoken": {"subprotocols": ["v1", "v2"]},
         "required": {"accept": {"subprotocols": ["v1"],
                                 "require_subprotocol": True}},
         "guarded": {"accept": {"origins": ["http://good.test"]}}}


def ask(world, status, fields, data):
    stream = world.dial()
    stream.send(data)
    head = stream.receive_until(b"\r\n\r\n").decode("latin-1")
    first = head.split("\r\n")[0]
    expect(first.startswith(f"HTTP/1.1 {status} "),
           f"wanted {status}, got {first!r}")
    if status in WORDS:
        expect_equal(first, f"HTTP/1.1 {status} {WORDS[status]}", "line")
    for name, value in fields.items():
        got = wsraw.field(head, name)
        expect_equal(got.lower() if got and value else got,
                     value.lower() if value else None, name)
    if status == 101:
        expect_equal(wsraw.field(head, "Sec-WebSocket-Accept"), ACCEPT,
                     "Sec-WebSocket-Accept")
        line = Line(stream, head, mask=b"\1\2\3\4")
        line.send(line.frame(wsraw.TEXT, b"hello"))
        line.expect_message(wsraw.TEXT, b"hello")
    stream.close()


def ask_all(t, world, rows, least):
    result = Rows(t)
    for name, status, fields, data in rows:
        result.run(name, ask, world, status, fields, data)
    result.check(least)


@test(rows=[row[0] for row in REQUESTS])
def requests(t):
    ask_all(t, World(t, ROOMS), REQUESTS, 180)


@test
def requests_over_tls(t):
    ask_all(t, World(t, ROOMS, secure=True), REQUESTS[::8], 20)


def answer(world, status, text, room="plain"):
    client = world.dial()
    client.send(wsraw.request(f"/through-{room}", "gateway.test"))
    back = world.backs[room].accept()
    head = back.receive_until(b"\r\n\r\n").decode("latin-1")
    key = wsraw.accept_key(wsraw.field(head, "Sec-WebSocket-Key"))
    # what is refused may be so before its end
    with contextlib.suppress(OSError if status == 502 else ()):
        back.send(text.format(key=key, other=key.swapcase()).encode("latin-1"))
        if status == 502 and "\r\n\r\n" not in text:
            back.finish()
    first = client.receive_until(b"\r\n\r\n").decode("latin-1")
    expect(first.startswith(f"HTTP/1.1 {status} "),
           f"wanted {status}, got {first!r}")
    if status == 101:
        frame = wsraw.frame(wsraw.TEXT, b"hello", mask=None)
        back.send(frame)
        expect_equal(wsraw.read_message(client), (wsraw.TEXT, b"hello"),
                     "message")
        expect_equal(wsraw.field(first, "Sec-WebSocket-Accept") is None,
                     False, "no Sec-WebSocket-Accept")
    elif status == 502 and "502" not in text:
        expect_equal(back.receive_all(), b"", "to the back-end")
        expect("Sec-WebSocket" not in first, f"of the back-end: {first!r}")
    elif "X-Why" in text:
        expect("X-Why: because\r\n" in first, f"without X-Why: {first!r}")
        expect_equal(client.receive(2), b"no", "body")
    back.close()
    client.close()


def answer_all(t, world, rows, least):
    result = Rows(t)
    for name, status, *text_and_room in rows:
        result.run(name, answer, world, status, *text_and_room)
    result.check(least)


@test(rows=[row[0] for row in RESPONSES])
def responses(t):
    answer_all(t, World(t, ROOMS), RESPONSES, 100)


@test
def responses_over_tls(t):
    answer_all(t, World(t, ROOMS, secure=True), RESPONSES[::8], 12)


@test
def all_protocols_of_an_upgrade_pass_between_http_and_http(t):
    """And what the back-end chose among them comes back."""
    back, port = Server(t), t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("http", port),
        conf.connect("http", back.port)))).start()
    stream = dial(t, port)
    stream.send(request("GET /work HTTP/1.1", change={
        "Upgrade": "foo/2, websocket"}))
    there = back.accept()
    head = wsraw.answer(there)
    expect_equal(wsraw.field(head, "Upgrade"), "foo/2,websocket", "Upgrade")
    head = stream.receive_until(b"\r\n\r\n").decode()
    expect_equal((head[:12], wsraw.field(head, "Upgrade")),
                 ("HTTP/1.1 101", "websocket"), "answer")
    for one, other in ((stream, there), (there, stream)):
        one.send(b"anything at all")
        expect_equal(other.receive(15), b"anything at all", "bytes behind")
