# SPDX-License-Identifier: MIT
"""Responses of a back-end, malformed and unusual, each with its outcome.

`answer` is what the client gets: the statuses in their order, "cut" when the
last response does not end as it said, and what becomes of the connection:
"103 200 kept", "200 cut closed". `back` is what becomes of the connection to
the back-end: "used" again, or "ended". `shows` are fields that the client must
get, "name: value", or must not, "!name".
"""
from .httptext import CHUNKED, CRLF, printable

ROWS = {}
LENGTH = "Content-Length: 5"
LAST = "0" + CRLF * 2
OK = "HTTP/1.1 200 OK"
GOOD = OK + CRLF + LENGTH + CRLF * 2 + "hello"


def response(*lines, body="hello"):
    return "".join(line + CRLF for line in lines) + CRLF + body


class Row:
    def __init__(self, name, answer, back, raw, *, body="hello", method="GET",
                 fin=False, shows=(), ask=(), version="1.1"):
        self.name, self.answer, self.back = printable(name), answer, back
        self.raw = raw.encode("latin-1")
        self.body = body.encode("latin-1")
        self.method, self.fin, self.shows = method, fin, shows
        self.ask, self.version = ask, version


class Section:
    def __init__(self, title):
        self.rows = ROWS[title] = []

    def row(self, name, answer, back, raw, **more):
        self.rows.append(Row(name, answer, back, raw, **more))

    def ok(self, name, raw, **more):
        self.row(name, "200 kept", "used", raw, **more)

    def once(self, name, raw, **more):
        """Good, but nothing else goes over that connection."""
        self.row(name, "200 kept", "ended", raw, **more)

    def bad(self, name, raw, **more):
        """502, and nothing of it reaches the client."""
        self.row(name, "502 kept", "ended", raw, **more)

    def cut(self, name, raw, body, **more):
        """The head was good; the client sees that the body is not whole."""
        self.row(name, "200 cut closed", "ended", raw, body=body, **more)


def status_lines():
    s = Section("Status lines: RFC 9112 4, RFC 9110 15")
    s.ok("plain", GOOD)
    s.ok("no reason", response("HTTP/1.1 200 ", LENGTH))
    s.ok("no reason and no space", response("HTTP/1.1 200", LENGTH))
    s.ok("a reason beyond ASCII", response("HTTP/1.1 200 \xd6K", LENGTH))
    s.ok("a reason with tabs", response("HTTP/1.1 200 a\tb", LENGTH))
    s.ok("version 1.2", response("HTTP/1.2 200 OK", LENGTH))
    for status in (201, 299, 300, 399, 400, 401, 407, 418, 421, 426, 499, 500,
                   503, 511, 599):
        s.row(f"status {status}", f"{status} kept", "used",
              response(f"HTTP/1.1 {status} X", LENGTH))
    for line in ("HTTP/1.1 099 X", "HTTP/1.1 000 X", "HTTP/1.1 99 X",
                 "HTTP/1.1 20 X", "HTTP/1.1 600 X", "HTTP/1.1 999 X",
                 "HTTP/1.1 1000 X", "HTTP/1.1 2000 X", "HTTP/1.1 -200 X",
                 "HTTP/1.1 +200 X", "HTTP/1.1 2e2 X", "HTTP/1.1 0x200 X",
                 "HTTP/1.1 20\xb2 X", "HTTP/1.1 OK", "HTTP/1.1",
                 "HTTP/1.1 ", "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK",
                 "HTTP/1.1 200\tOK", "HTTP/1.1 200,OK", "HTTP/1.1200 OK",
                 "http/1.1 200 OK", "HTTP/2.0 200 OK", "HTTP/2 200",
                 "HTTP/0.9 200 OK", "HTTP/1 200 OK", "HTTP/1.10 200 OK",
                 "HTTP/1.x 200 OK", "HTTPS/1.1 200 OK", "ICY 200 OK",
                 "HTTP 200 OK", "200 OK", " HTTP/1.1 200 OK",
                 "\tHTTP/1.1 200 OK", "HTTP/1.1 200 O\0K",
                 "HTTP/1.1 200 O\rK", "HTTP/1.1 200 O\x7fK",
                 "HTTP/1.1 200 \x1b[31m", "GET / HTTP/1.1"):
        s.bad(f"line {line}", response(line, LENGTH))
    s.bad("an empty line before", CRLF + GOOD)
    s.bad("a bare LF before", "\n" + GOOD)
    s.bad("lines that end with LF", GOOD.replace(CRLF, "\n"))
    s.bad("a status line that ends with LF", GOOD.replace(CRLF, "\n", 1))
    s.bad("a status line that ends with CR CR LF",
          GOOD.replace(CRLF, "\r" + CRLF, 1))
    s.bad("HTTP/0.9", "<html>hello</html>", fin=True)
    s.bad("a banner of SSH", "SSH-2.0-x\r\n")
    s.bad("a banner of SMTP", "220 a ESMTP\r\n")
    s.bad("a TLS alert", "\x15\x03\x01\0\2\2\x46")
    s.bad("settings of HTTP/2", "\0\0\0\4\0\0\0\0\0")
    s.bad("nothing", "", fin=True)
    s.bad("half a status line", "HTTP/1.1 2", fin=True)
    s.bad("half a head", OK + CRLF + "Content-Len", fin=True)
    s.bad("a head without its last line", OK + CRLF + LENGTH + CRLF, fin=True)
    s.bad("a status line of 9000 bytes", response("HTTP/1.1 200 " + "a" * 9000,
                                                  LENGTH))


def fields():
    s = Section("Fields: RFC 9112 5")
    s.ok("space before a colon is taken out", response(OK, LENGTH, "A : b"),
         shows=("a: b",))
    s.ok("tab before a colon is taken out",
         response(OK, "Content-Length\t: 5", "A: b"), shows=("a: b",))
    for what, line in (
            ("no name", ": b"), ("no colon", "nonsense"),
            ("a name with a space", "A b: c"),
            ("a name with a bracket", "A(b): c"),
            ("a name of a space", " : c"),
            ("a name beyond ASCII", "\xc4: b"),
            ("a name with NUL", "A\0: b"), ("NUL in a value", "A: b\0c"),
            ("CR in a value", "A: b\rc"), ("LF in a value", "A: b\nC: d"),
            ("CR CR LF", "A: b\r\r"), ("escape in a value", "A: \x1b"),
            ("DEL in a value", "A: b\x7f"), ("a fold", "A: b\r\n c"),
            ("a fold with a tab", "A: b\r\n\tc"),
            ("a line of spaces", "  "), ("a bare LF", "A: b\n")):
        s.bad(what, response(OK, LENGTH, line))
    s.bad("space before the first field", response(OK, " " + LENGTH))
    s.ok("an empty value", response(OK, LENGTH, "A:"), shows=("a: ",))
    s.ok("a value beyond ASCII", response(OK, LENGTH, "A: \xe4"),
         shows=("a: \xe4",))
    s.bad("a field of 9000 bytes", response(OK, LENGTH, "A: " + "b" * 9000))
    s.bad("a head of 17 KiB", response(OK, LENGTH, *(
        f"A{n}: {'b' * 1000}" for n in range(17))))
    s.bad("101 fields", response(OK, LENGTH, *(
        f"A{n}: b" for n in range(100))))
    s.ok("100 fields", response(OK, LENGTH, *(f"A{n}: b" for n in range(99))),
         shows=("a98: b",))
    s.ok("hop-by-hop fields", response(
        OK, LENGTH, "Keep-Alive: timeout=5", "TE: x", "Trailer: y",
        "Proxy-Connection: close", "Host: other", "Upgrade: h2c",
        "Connection: keep-alive, X-A", "X-A: 1", "X-B: 2"),
        shows=("!keep-alive", "!te", "!trailer", "!proxy-connection", "!host",
               "!upgrade", "!connection", "!x-a", "x-b: 2"))
    s.ok("Content-Length that Connection names",
         response(OK, LENGTH, "Connection: Content-Length"),
         shows=("content-length: 5", "!connection"))
    s.bad("Connection that is no list of tokens",
          response(OK, LENGTH, "Connection: a b"))


def lengths():
    s = Section("Content-Length: RFC 9112 6.3")
    for value in ("", "+5", "-5", "0x5", "5.0", "5,5", "5, 6", "5 5", "5a",
                  "\"5\"", "five", "9223372036854775808",
                  "18446744073709551621"):
        s.bad(f"Content-Length {value}",
              response(OK, f"Content-Length: {value}"))
    s.bad("Content-Length twice", response(OK, LENGTH, LENGTH))
    s.bad("two Content-Lengths", response(OK, LENGTH, "content-length: 6"))
    s.ok("Content-Length 005", response(OK, "Content-Length: 005"),
         shows=("content-length: 5",))
    s.ok("Content-Length 0", response(OK, "Content-Length: 0", body=""),
         body="")
    s.once("a byte more than it says", GOOD + "!")
    s.once("a second response behind", GOOD + GOOD)
    s.once("CRLF behind", GOOD + CRLF)
    s.cut("less than it says", response(OK, "Content-Length: 9"), "hello",
          fin=True)
    s.cut("nothing of what it says", response(OK, LENGTH, body=""), "",
          fin=True)
    s.once("no length: to the end", response(OK), fin=True)
    s.once("no length, though it is kept", response(
        OK, "Connection: keep-alive"), fin=True)


def codings():
    s = Section("Transfer-Encoding: RFC 9112 6.1, 6.3, 7.1")
    hello = "5\r\nhello\r\n"
    for value in ("", "identity", "gzip", "gzip, chunked", "chunked, gzip",
                  "chunked, chunked", "xchunked", "chunked;q=1", "chunked,",
                  "\"chunked\"", "identity, chunked"):
        s.bad(f"Transfer-Encoding {value}", response(
            OK, f"Transfer-Encoding: {value}", body=hello + LAST))
    s.bad("Transfer-Encoding twice", response(OK, CHUNKED, CHUNKED,
                                              body=hello + LAST))
    s.bad("Transfer-Encoding and Content-Length",
          response(OK, CHUNKED, LENGTH, body=hello + LAST))
    s.bad("Content-Length and Transfer-Encoding",
          response(OK, LENGTH, CHUNKED, body=hello + LAST))
    s.bad("Transfer-Encoding with HTTP/1.0",
          response("HTTP/1.0 200 OK", CHUNKED, body=hello + LAST))
    for what, body in (
            ("one", hello + LAST), ("capitals", "5\r\nhello\r\n0" + CRLF * 2),
            ("several", "1\r\nh\r\n04\r\nello\r\n" + LAST),
            ("extensions", "5;a=b;c=\"d\"\r\nhello\r\n0;e" + CRLF * 2)):
        s.ok(f"chunks: {what}", response(OK, CHUNKED, body=body))
    s.ok("chunks: nothing", response(OK, CHUNKED, body=LAST), body="")
    s.row("chunks to HTTP/1.0", "200 closed", "used",
          response(OK, CHUNKED, body=hello + LAST), version="1.0")
    s.once("chunks: more behind the end", response(OK, CHUNKED,
                                                   body=hello + LAST + GOOD))
    for what, body in (
            ("no size", "\r\n"), ("size x", "x\r\n"), ("size +5", "+5\r\n"),
            ("size 0x5", "0x5\r\n"), ("size -1", "-1\r\n"),
            ("a space behind the size", "5 \r\nhello\r\n" + LAST),
            ("size beyond 64 bits", "10000000000000005\r\n"),
            ("size line with LF", "5\nhello\r\n" + LAST),
            ("end with LF", "0\n\n"),
            ("an extension of 2000 bytes", "5;" + "a" * 2000 + CRLF),
            ("another response in place of a chunk", GOOD)):
        s.cut(f"chunks: {what}", response(OK, CHUNKED, body=hello + body),
              "hello")
    s.cut("chunks: too long for their size",
          response(OK, CHUNKED, body="3\r\nhello\r\n" + LAST), "hel")
    for what, body in (("no end", hello), ("half the end", hello + "0\r\n"),
                       ("half a chunk", "9\r\nhello"),
                       ("half a size", hello + "5")):
        s.cut(f"chunks: {what}", response(OK, CHUNKED, body=body), "hello",
              fin=True)
    s.ok("a trailer", response(OK, CHUNKED,
                               body=hello + "0\r\nX-Sum: 1\r\n\r\n"),
         shows=("trailer-x-sum: 1",))
    s.ok("trailers that frame, route or identify", response(
        OK, CHUNKED, body=hello + "0\r\nContent-Length: 9\r\nHost: a\r\n"
        "Transfer-Encoding: x\r\nSet-Cookie: a=b\r\nLocation: /\r\n"
        "Content-Type: a/b\r\nX-Sum: 1\r\n\r\n"),
        shows=("trailer-x-sum: 1", "!trailer-content-length", "!trailer-host",
               "!trailer-transfer-encoding", "!trailer-set-cookie",
               "!trailer-location", "!trailer-content-type"))
    for what, line in (("with a fold", "A: b\r\n c"), ("without a colon", "x"),
                       ("with space before the colon", "A : b"),
                       ("with NUL", "A: \0")):
        s.cut(f"a trailer {what}", response(
            OK, CHUNKED, body=f"{hello}0\r\n{line}\r\n\r\n"), "hello")


def without_bodies():
    s = Section("Responses without a body: RFC 9112 6.3, RFC 9110 15")
    for status in (204, 304):
        plain = f"HTTP/1.1 {status} X"
        s.row(f"{status}", f"{status} kept", "used", response(plain, body=""),
              body="")
        s.row(f"{status} that is chunked and has a body", f"{status} kept",
              "ended", response(plain, CHUNKED, body=LAST), body="")
    s.row("204 with a length and a body", "204 kept", "ended",
          response("HTTP/1.1 204 X", LENGTH), body="",
          shows=("!content-length",))
    s.row("304 with a length", "304 kept", "used",
          response("HTTP/1.1 304 X", LENGTH, body=""), body="",
          shows=("content-length: 5",))
    s.row("304 with a length and a body", "304 kept", "ended",
          response("HTTP/1.1 304 X", LENGTH), body="")
    s.row("304 with a body that looks like a response", "304 kept", "ended",
          response("HTTP/1.1 304 X", LENGTH, body=GOOD), body="")
    s.row("205 with a body", "205 kept", "used",
          response("HTTP/1.1 205 X", LENGTH))
    s.row("HEAD with a length", "200 kept", "used",
          response(OK, LENGTH, body=""), body="", method="HEAD",
          shows=("content-length: 5",))
    s.row("HEAD that is chunked", "200 kept", "used",
          response(OK, CHUNKED, body=""), body="", method="HEAD")
    s.row("HEAD without a length", "200 kept", "used",
          response(OK, body=""), body="", method="HEAD")
    s.row("HEAD with a body", "200 kept", "ended", GOOD, body="",
          method="HEAD")
    s.row("HEAD with two Content-Lengths", "502 kept", "ended",
          response(OK, LENGTH, "Content-Length: 6", body=""), body="",
          method="HEAD")


def interims():
    s = Section("Interim responses: RFC 9110 15.2")
    for status in (100, 102, 103, 110, 199):
        s.row(f"{status} before", f"{status} 200 kept", "used",
              response(f"HTTP/1.1 {status} X", body="") + GOOD)
    s.row("three before", "103 100 103 200 kept", "used", "".join(
        response(f"HTTP/1.1 {n} X", body="") for n in (103, 100, 103)) + GOOD)
    s.row("fields of 103", "103 200 kept", "used", response(
        "HTTP/1.1 103 X", "Link: </a>", "Connection: X-A", "X-A: 1", body="") +
        GOOD)
    s.row("500 before", "103 " * 500 + "200 kept", "used",
          response("HTTP/1.1 103 X", body="") * 500 + GOOD)
    s.row("100 to HTTP/1.0", "200 kept", "used",
          response("HTTP/1.1 100 X", body="") + GOOD, version="1.0")
    s.row("100 with Content-Length 0", "100 200 kept", "used", response(
        "HTTP/1.1 100 X", "Content-Length: 0", body="") + GOOD)
    s.row("100 with a body", "100 502 kept", "ended",
          response("HTTP/1.1 100 X", LENGTH) + GOOD)
    s.row("100 with two Content-Lengths", "502 kept", "ended", response(
        "HTTP/1.1 100 X", LENGTH, LENGTH, body="") + GOOD)
    s.row("100 with a fold", "502 kept", "ended",
          response("HTTP/1.1 100 X", "A: b\r\n c", body="") + GOOD)
    s.row("100 and the end", "100 502 kept", "ended",
          response("HTTP/1.1 100 X", body=""), fin=True)
    s.row("100 and nonsense", "100 502 kept", "ended",
          response("HTTP/1.1 100 X", body="") + "nonsense\r\n")


def upgrades():
    s = Section("Upgrades: RFC 9110 7.8")
    asks = ("Connection: Upgrade", "Upgrade: websocket")
    switch = "HTTP/1.1 101 X"
    s.bad("101 that was not asked for", response(switch, *asks, body=""))
    s.bad("101 to HTTP/1.0", response(switch, *asks, body=""), version="1.0")
    s.bad("101 without Upgrade", response(switch, body=""), ask=asks)
    s.bad("101 without Connection", response(switch, asks[1], body=""),
          ask=asks)
    s.bad("101 to another protocol", response(
        switch, asks[0], "Upgrade: h2c", body=""), ask=asks)
    s.bad("101 to one more protocol", response(
        switch, asks[0], "Upgrade: websocket, tls/1.0", body=""), ask=asks)
    s.bad("101 with HTTP/1.0", response("HTTP/1.0 101 X", *asks, body=""),
          ask=asks)
    s.bad("101 to h2c that a client asked for", response(
        switch, asks[0], "Upgrade: h2c", body=""),
        ask=(asks[0], "Upgrade: h2c"))
    s.ok("200 in place of 101", GOOD, ask=asks)
    s.row("426 keeps its Upgrade", "426 kept", "used", response(
        "HTTP/1.1 426 X", asks[0], "Upgrade: foo/2, websocket", LENGTH),
        shows=("upgrade: foo/2,websocket", "connection: Upgrade"))


def connections():
    s = Section("Connections: RFC 9112 9")
    s.once("Connection: close", response(OK, LENGTH, "Connection: close"),
           shows=("!connection",))
    s.once("Connection: CLOSE among others",
           response(OK, LENGTH, "Connection: x, CLOSE"),
           shows=("!connection",))
    s.once("HTTP/1.0", response("HTTP/1.0 200 OK", LENGTH))
    s.ok("HTTP/1.0 that is kept", response("HTTP/1.0 200 OK", LENGTH,
                                           "Connection: keep-alive"),
         shows=("!connection", "!keep-alive"))
    s.once("HTTP/1.0 without a length", response("HTTP/1.0 200 OK"),
           fin=True)
    s.once("HTTP/1.0 that is kept without a length", response(
        "HTTP/1.0 200 OK", "Connection: keep-alive"), fin=True)
    s.row("no length, to a client of HTTP/1.0", "200 closed", "ended",
          response(OK), fin=True, version="1.0")
    s.once("the end behind a length", GOOD, fin=True)


for part in (status_lines, fields, lengths, codings, without_bodies, interims,
             upgrades, connections):
    part()
