# SPDX-License-Identifier: MIT
"""Requests to the accepting end, malformed and unusual, each with its outcome.

A row is (name, answers, bytes, requests seen). Answers are statuses in their
order and then what becomes of the connection: "200 400 closed". A request seen
by the back-end is "METHOD target body", followed by "| name: value" for fields
that it must have and "| !name" for those that it must not.
"""
from .httptext import (
    CHUNKED, CRLF, HOST, SMUGGLED, chunks, get, head, post, printable)

ROWS = {}


class Section:
    """Rows under one heading, which cites where their answers are from."""

    def __init__(self, title):
        self.rows = ROWS[title] = []

    def row(self, name, answers, raw, *seen):
        if isinstance(raw, str):
            raw = raw.encode("latin-1")
        self.rows.append((printable(name), answers, raw, seen))

    def ok(self, name, raw, *seen):
        """All are answered with 200, and the connection is kept."""
        self.row(name, "200 " * len(seen) + "kept", raw, *seen)

    def bad(self, name, raw, status=400):
        """Refused with all that follows, and nothing is seen."""
        self.row(name, f"{status} closed", raw)

    def cut(self, name, raw, status=400):
        """Refused within the body: what was seen, if anything, ended early."""
        self.row(name, f"{status} closed", raw)


def request_lines():
    s = Section("Request lines: RFC 9112 2.2, 2.3, 3")
    s.ok("plain", get(), "GET /a")
    s.ok("an empty line before", CRLF + get(), "GET /a")
    s.bad("two empty lines before", CRLF * 2 + get())
    s.bad("a bare LF before", "\n" + get())
    s.bad("a bare CR before", "\r" + get())
    s.ok("an empty line between two", get() + CRLF + get("/b"), "GET /a",
         "GET /b")
    s.row("two empty lines between two", "200 400 closed",
          get() + CRLF * 2 + get("/b"), "GET /a")
    for method in ("BREW", "get", "M-SEARCH", "G!#$%&'*+.^_`|~9"):
        s.ok(f"method {method}", head(f"{method} /a HTTP/1.1"), f"{method} /a")
    s.row("HEAD", "200/HEAD kept", head("HEAD /a HTTP/1.1"), "HEAD /a")
    for what, start in (
            ("method with a bracket", "G[T /a HTTP/1.1"),
            ("method with a colon", "GET: /a HTTP/1.1"),
            ("method with a slash", "GE/T /a HTTP/1.1"),
            ("method beyond ASCII", "G\xc9T /a HTTP/1.1"),
            ("method with NUL", "G\0T /a HTTP/1.1"),
            ("no method", " /a HTTP/1.1"),
            ("space before the method", " GET /a HTTP/1.1"),
            ("tab before the method", "\tGET /a HTTP/1.1"),
            ("tab for a space", "GET\t/a HTTP/1.1"),
            ("vertical tab for a space", "GET\x0b/a HTTP/1.1"),
            ("form feed for a space", "GET\x0c/a HTTP/1.1"),
            ("no-break space for a space", "GET\xa0/a HTTP/1.1"),
            ("two spaces before the target", "GET  /a HTTP/1.1"),
            ("two spaces before the version", "GET /a  HTTP/1.1"),
            ("space behind the version", "GET /a HTTP/1.1 "),
            ("tab behind the version", "GET /a HTTP/1.1\t"),
            ("CR within the line", "GET /a\r HTTP/1.1"),
            ("CR behind the version", "GET /a HTTP/1.1\r"),
            ("no target", "GET HTTP/1.1"),
            ("nothing but a method", "GET"),
            ("HTTP/0.9 without a version", "GET /a"),
            ("a status line", "HTTP/1.1 200 OK"),
            ("two requests in one line", "GET /a HTTP/1.1 GET /b HTTP/1.1")):
        s.bad(what, head(start))
    for version in ("http/1.1", "Http/1.1", "HTTP/1", "HTTP/1.", "HTTP/.1",
                    "HTTP/1.10", "HTTP/01.1", "HTTP/1.01", "HTTP/1,1",
                    "HTTP/1.x", "HTTP/+1.1", "HTTP/-1.1", "HTTP/1.1.1",
                    "HTTP 1.1", "HTTP\\1.1", "HTTPS/1.1", "HTCPCP/1.1",
                    "RTSP/1.1", "1.1", "HTTP/\xb9.1"):
        s.bad(f"version {version}", head(f"GET /a {version}"))
    for version in ("0.9", "2.0", "2.1", "3.0", "9.9"):
        s.bad(f"version {version}", head(f"GET /a HTTP/{version}"), 505)
    s.ok("version 1.2", head("GET /a HTTP/1.2"), "GET /a")
    s.ok("version 1.9", head("GET /a HTTP/1.9"), "GET /a")
    s.bad("the preface of HTTP/2",
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 505)
    s.bad("a ClientHello", "\x16\x03\x01\x00\x05hello\r\n\r\n")
    s.bad("SOCKS", "\x05\x01\x00\r\n\r\n")
    s.bad("SMTP", "EHLO gateway.test\r\n\r\n")
    s.bad("lines that end with LF", get().replace(CRLF, "\n"))
    s.bad("a request line that ends with LF",
          get().replace(CRLF, "\n", 1))
    s.bad("lines that end with CR", get().replace(CRLF, "\r") + CRLF * 2)
    s.bad("a head whose empty line is a bare LF", get()[:-2] + "\n")
    s.bad("a head whose last lines are LF LF", get()[:-4] + "\n\n")
    s.bad("a target of 9000 bytes", get("/" + "a" * 9000), 414)
    s.bad("a query of 9000 bytes", get("/?" + "a" * 9000), 414)
    s.bad("a method of 9000 bytes", head("A" * 9000 + " /a HTTP/1.1"), 501)
    s.ok("a target of 8000 bytes", get("/" + "a" * 8000),
         "GET /" + "a" * 8000)


def targets():
    s = Section("Targets: RFC 9112 3.2, RFC 9110 4.2, 7.4")
    for path in ("/", "/a?b=c&d", "/a?", "/?", "/a;b=c", "/a/", "/%7E%20%FF",
                 "/a|b[]^`{}", "/a?x={\"y\"}|<z>", "/?100%", "/a:b@c",
                 "/~a/-._!$&'()*+,=", "/a?http://b/", "/a?b=../%2e%2f%00",
                 "/...", "/.a", "/a.."):
        s.ok(f"path {path}", get(path), f"GET {path}")
    for path in ("//", "/a//b", "/http://other.test/", "/.", "/..", "/a/./b",
                 "/a/../b", "/a/..", "/..;x/b", "/%2e%2e/b", "/a/.%2E/b",
                 "/%252e%252e/b", "/%c0%ae%c0%ae/b", "/a%2Fb", "/a%5cb",
                 "/a%00", "/%61"):
        s.row(f"path {path}, which may mean another to a back-end",
              "400 kept", get(path))
    for path in ("/a%", "/a%2", "/a%zz", "/%u0041", "/a#b", "/a?b#c", "/a\\b",
                 "/\xe4", "/a?\xe4", "/a\x7f", "/a\x01b", "/a\0b", "/a?\0",
                 "/a\tb", "/<a>", "/\"a\"", "a/b", "?a", ".", "\\a",
                 "gateway.test/a", "gateway.test:80", "http:", "http:/a",
                 "http://", "http:///a", "http://u@gateway.test/a",
                 "http://u:p@gateway.test/a", "http://gateway.test:x/a",
                 "http://gateway.test:99999/a", "http://gateway.test:0/a",
                 "http://gate way.test/a", "http://gateway.test#/a",
                 "http://gateway.test\\@other.test/a", "http://[::1/a",
                 "http://[::g]/a", "ftp://gateway.test/a", "file:///a",
                 "ws://gateway.test/a", "javascript://gateway.test/a", "*"):
        s.bad(f"target {path}", get(path))
    other = "Host: other.test"
    for what, target, host, seen in (
            ("absolute form", "http://gateway.test/a", HOST, "/a"),
            ("absolute form without a path", "http://gateway.test", HOST, "/"),
            ("absolute form with a query alone", "http://gateway.test?q", HOST,
             "/?q"),
            ("absolute form in capitals", "HTTP://GATEWAY.TEST/a", HOST, "/a"),
            ("absolute form over another Host", "http://gateway.test/a", other,
             "/a"),
            ("absolute form over an empty Host", "http://gateway.test/a",
             "Host:", "/a")):
        s.ok(what, get(target, host=host),
             f"GET {seen} | host: gateway.test")
    s.row("absolute form to a host that is not served", "421 kept",
          get("http://other.test/a"))
    s.bad("absolute form without Host", get("http://gateway.test/a",
                                            host=None))
    s.bad("absolute form, https on a port without TLS",
          get("https://gateway.test/a"), 421)
    s.ok("asterisk form", head("OPTIONS * HTTP/1.1"), "OPTIONS *")
    s.ok("absolute form for asterisk form",
         head("OPTIONS http://gateway.test HTTP/1.1"), "OPTIONS *")
    s.ok("OPTIONS with a path", head("OPTIONS / HTTP/1.1"), "OPTIONS /")
    s.bad("asterisk form with more", head("OPTIONS *a HTTP/1.1"))
    s.bad("authority form with POST",
          head("POST gateway.test:80 HTTP/1.1"))
    for target in ("gateway.test", "gateway.test:", "gateway.test:0",
                   "gateway.test:65536", "/", "*", "http://gateway.test:80",
                   "u@gateway.test:80", ":80"):
        s.bad(f"CONNECT {target}", head(f"CONNECT {target} HTTP/1.1"))
    s.bad("CONNECT where no tunnel is", head(
        "CONNECT gateway.test:80 HTTP/1.1") + SMUGGLED, 501)
    s.bad("CONNECT with a body", head("CONNECT gateway.test:80 HTTP/1.1",
                                      "Content-Length: 1") + "a")
    s.bad("CONNECT with a chunked body", head(
        "CONNECT gateway.test:80 HTTP/1.1", CHUNKED) + "0" + CRLF * 2)


def hosts():
    s = Section("Host: RFC 9112 3.2, RFC 9110 7.2")
    s.bad("no Host", get(host=None))
    s.bad("two Hosts", get("/a", HOST))
    s.bad("two Hosts, the second another", get("/a", "Host: other.test"))
    s.bad("two Hosts with HTTP/1.0", head("GET /a HTTP/1.0", HOST))
    for host in ("gateway.test/", "gateway.test/a", "a,b", "gate way.test",
                 "u@gateway.test", "gateway.test:x", "gateway.test:+80",
                 "gateway.test:99999", "gateway.test:80:80", "gateway.test:0",
                 "gateway.test?", "gateway.test#", "gateway.test\\", "[::1",
                 "::1", "[::g]", "[]", "http://gateway.test", "%67ateway.test",
                 "\"gateway.test\"", "g\xe4teway.test", "gateway.test\x01",
                 "gateway.test\0", ":80", "a" * 300):
        s.bad(f"Host {host}", get(host=f"Host: {host}"))
    s.row("an empty Host", "404 kept", get(host="Host:"))
    s.row("a Host that is not served", "421 kept", get(host="Host: b.test"))
    s.row("an address as Host", "421 kept", get(host="Host: 127.0.0.1"))
    s.row("an IPv6 address as Host", "421 kept", get(host="Host: [::1]:80"))
    s.ok("Host with a port", get(host="Host: gateway.test:8080"),
         "GET /a | host: gateway.test:8080")
    s.ok("Host with an empty port", get(host="Host: gateway.test:"),
         "GET /a | host: gateway.test")
    s.ok("Host in capitals", get(host="HOST: GATEWAY.test"),
         "GET /a | host: gateway.test")
    s.ok("Host with space around", get(host="Host: \t gateway.test \t"),
         "GET /a | host: gateway.test")
    s.ok("Host as the last field", get("/a", "A: b", HOST, host=None),
         "GET /a")
    s.row("no Host with HTTP/1.0", "404 closed",
          head("GET /a HTTP/1.0", host=None))


def fields():
    s = Section("Fields: RFC 9112 5, RFC 9110 5.5")
    for what, line in (
            ("space before the colon", "A : b"),
            ("tab before the colon", "A\t: b"),
            ("Content-Length with space before the colon",
             "Content-Length : 5"),
            ("Transfer-Encoding with tab before the colon",
             "Transfer-Encoding\t: chunked"),
            ("no name", ": b"), ("no colon", "nonsense"),
            ("a name with a space", "A b: c"),
            ("a name with a bracket", "A(b): c"),
            ("a name in quotes", "\"A\": b"),
            ("a name with NUL", "A\0: b"),
            ("a name beyond ASCII", "\xc4: b"),
            ("a name with CR", "A\rB: c"),
            ("NUL in a value", "A: b\0c"),
            ("CR in a value", "A: b\rc"),
            ("CR at the end of a value", "A: b\r"),
            ("LF in a value", "A: b\nC: d"),
            ("vertical tab in a value", "A: b\x0bc"),
            ("backspace in a value", "A: b\x08"),
            ("escape in a value", "A: \x1b[31m"),
            ("DEL in a value", "A: b\x7f"),
            ("a fold", "A: b\r\n c"),
            ("a fold with a tab", "A: b\r\n\tc"),
            ("a fold of nothing", "A: b\r\n "),
            ("a folded Content-Length", "Content-Length:\r\n 5"),
            ("a folded Transfer-Encoding", "Transfer-Encoding:\r\n chunked"),
            ("a line of spaces", "  "),
            ("a bare LF", "A: b\n"),
            ("CR CR LF", "A: b\r\r")):
        s.bad(what, get("/a", line) + SMUGGLED)
    s.bad("space before the first field", get("/a", host=" " + HOST))
    s.bad("a fold before the first field", get("/a", host=" A: b\r\n" + HOST))
    for what, line, seen in (
            ("an empty value", "A:", "a: "),
            ("no space behind the colon", "A:b", "a: b"),
            ("space around a value", "A: \t b c \t ", "a: b c"),
            ("a colon in a value", "A: b:c", "a: b:c"),
            ("a tab in a value", "A: b\tc", "a: b\tc"),
            ("a value beyond ASCII", "A: \xe4\xff", "a: \xe4\xff"),
            ("a name with odd characters", "!#$%&'*+-.^_`|~1: b",
             "!#$%&'*+-.^_`|~1: b"),
            ("a name with an underscore", "X_A: 5", "x_a: 5"),
            ("framing disguised by an underscore", "Content_Length: 5",
             "!content_length"),
            ("a name that begins alike", "Content-Lengthy: 5",
             "content-lengthy: 5")):
        s.ok(what, get("/a", line), f"GET /a | {seen}")
    s.bad("a field of 9000 bytes", get("/a", "A: " + "b" * 9000), 431)
    s.bad("a name of 9000 bytes", get("/a", "A" * 9000 + ": b"), 431)
    s.bad("a head of 17 KiB", get("/a", *(f"A{n}: {'b' * 1000}"
                                          for n in range(17))), 431)
    s.bad("101 fields", get("/a", *(f"A{n}: b" for n in range(100))), 431)
    s.ok("100 fields", get("/a", *(f"A{n}: b" for n in range(99))),
         "GET /a | a98: b")


def lengths():
    s = Section("Content-Length: RFC 9112 6.2, 6.3")
    for value in ("", "+5", "-5", "-0", "0x5", "5.0", "5,", ",5", "5, 5",
                  "5,6", "5 5", "5;", "5a", "a5", "\"5\"", "5e0", "\u00b2",
                  "0b101", "5_0", "five", "5\x0b"):
        s.bad(f"Content-Length {value}",
              post(f"Content-Length: {value}") + "hello" + SMUGGLED)
    for value in ("9223372036854775808", "18446744073709551616",
                  "18446744073709551621", "99999999999999999999999999"):
        s.bad(f"Content-Length {value}",
              post(f"Content-Length: {value}") + "hello", 413)
    for what, first, second in (
            ("the same twice", "5", "5"), ("two", "5", "6"),
            ("zero and another", "0", "32"), ("another and zero", "32", "0")):
        s.bad(f"Content-Length, {what}",
              post(f"Content-Length: {first}", f"content-length: {second}") +
              "hello" + SMUGGLED)
    s.ok("Content-Length 5", post("Content-Length: 5") + "hello",
         "POST /a hello")
    s.ok("Content-Length 005", post("Content-Length: 005") + "hello",
         "POST /a hello | content-length: 5")
    s.ok("Content-Length with space around",
         post("Content-Length: \t5 ") + "hello", "POST /a hello")
    s.ok("Content-Length 0", post("Content-Length: 0"),
         "POST /a | content-length: 0")
    s.ok("POST without a length", post(), "POST /a | content-length: 0")
    s.ok("a request as a body", post(f"Content-Length: {len(SMUGGLED)}") +
         SMUGGLED, "POST /a " + SMUGGLED)
    s.ok("a request behind a body", post("Content-Length: 5") + "hello" +
         get("/b"), "POST /a hello", "GET /b")
    s.row("a byte too many", "200 400 closed",
          post("Content-Length: 4") + "hello" + CRLF + get("/b"),
          "POST /a hell")
    s.ok("GET with a body", get("/a", "Content-Length: 5") + "hello",
         "GET /a hello | connection: close")
    s.ok("GET whose body is a request",
         get("/a", f"Content-Length: {len(SMUGGLED)}") + SMUGGLED,
         "GET /a " + SMUGGLED + " | connection: close")
    s.ok("DELETE with a body", head("DELETE /a HTTP/1.1",
                                    "Content-Length: 5") + "hello",
         "DELETE /a hello | connection: close")
    s.row("HEAD with a body", "200/HEAD kept",
          head("HEAD /a HTTP/1.1", "Content-Length: 5") + "hello",
          "HEAD /a hello | connection: close")
    s.row("TRACE", "405 kept", head("TRACE /a HTTP/1.1"))
    s.bad("TRACE with a body", head("TRACE /a HTTP/1.1",
                                    "Content-Length: 5") + "hello")
    s.row("POST with HTTP/1.0 and no length", "411 closed",
          post(version="1.0"))
    s.row("PUT with HTTP/1.0 and no length", "411 closed",
          head("PUT /a HTTP/1.0"))
    s.row("POST with HTTP/1.0", "200 closed",
          post("Content-Length: 5", version="1.0") + "hello", "POST /a hello")


def codings():
    s = Section("Transfer-Encoding: RFC 9112 6.1, 6.3, 7")
    end = "0" + CRLF * 2
    for value in ("", ",", "identity", "gzip", "xchunked", "chunkedx",
                  "chunke", "chunk ed", "chunked;", "chunked;q=1",
                  "\"chunked\"", "'chunked'", "chunked,", ",chunked",
                  "chunked, identity", "chunked, chunked", "chunked, gzip",
                  "chunked\x0b", "\x0bchunked", "chunked\x00", "\xa0chunked",
                  "chunked\xff", "cow", "[chunked]", "x:chunked", "trailers",
                  "chunked chunked"):
        s.bad(f"Transfer-Encoding {value}",
              post(f"Transfer-Encoding: {value}") + end + SMUGGLED)
    for value in ("gzip, chunked", "identity, chunked", "cow, chunked",
                  "compress, deflate, chunked", "gzip;q=1, chunked"):
        s.bad(f"Transfer-Encoding {value}",
              post(f"Transfer-Encoding: {value}") + end + SMUGGLED, 501)
    for what, lines in (
            ("twice", (CHUNKED, CHUNKED)),
            ("twice, then identity", (CHUNKED, "Transfer-Encoding: identity")),
            ("twice, first identity", ("Transfer-encoding: identity",
                                       CHUNKED)),
            ("twice, then an unknown one", (CHUNKED, "Transfer-Encoding: x")),
            ("beside Content-Length", (CHUNKED, "Content-Length: 5")),
            ("behind Content-Length", ("Content-Length: 5", CHUNKED)),
            ("beside Content-Length 0", (CHUNKED, "Content-Length: 0")),
            ("unknown beside Content-Length", ("Transfer-Encoding: xchunked",
                                               "Content-Length: 5")),
            ("beside two lengths", (CHUNKED, "Content-Length: 5",
                                    "Content-Length: 5"))):
        s.bad(f"Transfer-Encoding {what}", post(*lines) + end + SMUGGLED)
    s.bad("Transfer-Encoding with HTTP/1.0",
          post(CHUNKED, version="1.0") + end + SMUGGLED)
    s.bad("Transfer-Encoding with HTTP/1.0 that is kept", post(
        CHUNKED, "Connection: keep-alive", version="1.0") + end + SMUGGLED)
    s.ok("Transfer-Encoding in capitals",
         post("TRANSFER-ENCODING: CHUNKED") + end, "POST /a")
    s.ok("Transfer-Encoding with space around",
         post("Transfer-Encoding: \t chunked \t") + end, "POST /a")
    s.ok("GET with a chunked body", get("/a", CHUNKED) + "5\r\nhello\r\n" +
         end, "GET /a hello | connection: close")
    s.ok("Transfer-Encoding that Connection names",
         post(CHUNKED, "Connection: Transfer-Encoding") + "5\r\nhello\r\n" +
         end, "POST /a hello | !connection")
    s.ok("Content-Length that Connection names",
         post("Content-Length: 5", "Connection: Content-Length") + "hello",
         "POST /a hello | !connection")
    s.ok("a chunked request before another",
         chunks("5\r\nhello\r\n" + end) + get("/b"), "POST /a hello",
         "GET /b")


def chunked_bodies():
    s = Section("Chunks: RFC 9112 7.1")
    end = "0" + CRLF * 2
    for what, text, body in (
            ("one", "5\r\nhello\r\n" + end, "hello"),
            ("three", "1\r\nh\r\n3\r\nell\r\n1\r\no\r\n" + end, "hello"),
            ("capital digits", "A\r\n0123456789\r\n" + end, "0123456789"),
            ("small digits", "a\r\n0123456789\r\n" + end, "0123456789"),
            ("leading zeros", "00005\r\nhello\r\n000" + CRLF * 2, "hello"),
            ("a name as extension", "5;a\r\nhello\r\n" + end, "hello"),
            ("an extension", "5;a=b\r\nhello\r\n0;c=d" + CRLF * 2, "hello"),
            ("a quoted extension", "5;a=\"b;\\\"c\"\r\nhello\r\n" + end,
             "hello"),
            ("extensions with space", "5 ; a = b ;c\r\nhello\r\n" + end,
             "hello"),
            ("data that looks like an end", "7\r\n0\r\n\r\n12\r\n" + end,
             "0\r\n\r\n12"),
            ("nothing", end, "")):
        s.ok(f"chunks: {what}", chunks(text) + get("/b"),
             f"POST /a {body}".rstrip(" "), "GET /b")
    for what, text in (
            ("no size", "\r\nhello\r\n"), ("size x", "x\r\nhello\r\n"),
            ("size 0x5", "0x5\r\nhello\r\n"), ("size +5", "+5\r\nhello\r\n"),
            ("size -5", "-5\r\nhello\r\n"), ("size 5g", "5g\r\nhello\r\n"),
            ("size 5 with space before", " 5\r\nhello\r\n"),
            ("size 5 with space behind", "5 \r\nhello\r\n"),
            ("size 5 with tab behind", "5\t\r\nhello\r\n"),
            ("size 5 with NUL behind", "5\0\r\nhello\r\n"),
            ("size 5,5", "5,5\r\nhello\r\n"),
            ("size 5_0", "5_0\r\nhello\r\n"),
            ("size of 16 digits", "0000000000000005\r\nhello\r\n"),
            ("size beyond 64 bits", "10000000000000005\r\nhello\r\n"),
            ("size of all ones", "ffffffffffffffff\r\nhello\r\n"),
            ("size line ends with LF", "5\nhello\r\n"),
            ("size line ends with CR", "5\rhello\r\n"),
            ("size line ends with CR CR LF", "5\r\r\nhello\r\n"),
            ("data ends with LF", "5\r\nhello\n"),
            ("data ends with CR", "5\r\nhello\r5\r\n"),
            ("data without its CRLF", "5\r\nhello5\r\n"),
            ("data longer than it says", "3\r\nhello\r\n"),
            ("data shorter than it says", "6\r\nhello\r\n\r\n"),
            ("an extension without a name", "5;\r\nhello\r\n"),
            ("an extension without a name before =", "5;=b\r\nhello\r\n"),
            ("two semicolons", "5;;a\r\nhello\r\n"),
            ("an extension without a value", "5;a=\r\nhello\r\n"),
            ("an extension whose quote is open", "5;a=\"b\r\nhello\r\n"),
            ("an extension behind a quote", "5;a=\"b\"c\r\nhello\r\n"),
            ("an extension of a space", "5 a\r\nhello\r\n"),
            ("an extension with LF", "5;a\nb\r\nhello\r\n"),
            ("an extension with CR", "5;a\rb\r\nhello\r\n"),
            ("an extension with NUL", "5;a=\0\r\nhello\r\n"),
            ("a quoted extension with LF", "5;a=\"\n\"\r\nhello\r\n"),
            ("a quoted extension with CRLF", "5;a=\"\r\n\"\r\nhello\r\n"),
            ("an extension of 2000 bytes", f"5;{'a' * 2000}\r\nhello\r\n"),
            ("the end without its CR", "5\r\nhello\r\n0\n\r\n"),
            ("the end without its empty line's CR", "0\r\n\n"),
            ("no end but a request", "5\r\nhello\r\n" + get("/b"))):
        s.cut(f"chunks: {what}", chunks(text) + end + SMUGGLED)
    s.cut("chunks: extensions of 70000 bytes in all", chunks(
        f"1;{'a' * 1000}\r\nh\r\n" * 70) + end)


def trailers():
    s = Section("Trailers: RFC 9112 7.1.2, RFC 9110 6.5")
    for what, line, seen in (
            ("one", "X-Sum: 1", "trailer-x-sum: 1"),
            ("with an empty value", "X-Sum:", "trailer-x-sum: "),
            ("Content-Length", "Content-Length: 5", "!trailer-content-length"),
            ("Transfer-Encoding", CHUNKED, "!trailer-transfer-encoding"),
            ("Host", "Host: other.test", "!trailer-host"),
            ("Connection", "Connection: close", "!trailer-connection"),
            ("Upgrade", "Upgrade: websocket", "!trailer-upgrade"),
            ("Trailer", "Trailer: X-Sum", "!trailer-trailer"),
            ("TE", "TE: trailers", "!trailer-te"),
            ("Expect", "Expect: 100-continue", "!trailer-expect"),
            ("Authorization", "Authorization: Basic eDp5",
             "!trailer-authorization"),
            ("Proxy-Authorization", "Proxy-Authorization: Basic eDp5",
             "!trailer-proxy-authorization"),
            ("Cookie", "Cookie: a=b", "!trailer-cookie"),
            ("Content-Type", "Content-Type: a/b", "!trailer-content-type"),
            ("Content-Encoding", "Content-Encoding: gzip",
             "!trailer-content-encoding"),
            ("Content-Range", "Content-Range: bytes 0-1/2",
             "!trailer-content-range"),
            ("Range", "Range: bytes=0-1", "!trailer-range"),
            ("If-Match", "If-Match: *", "!trailer-if-match"),
            ("Cache-Control", "Cache-Control: no-store",
             "!trailer-cache-control"),
            ("Max-Forwards", "Max-Forwards: 1", "!trailer-max-forwards"),
            ("X-Forwarded-For", "X-Forwarded-For: 1.2.3.4",
             "!trailer-x-forwarded-for"),
            ("Forwarded", "Forwarded: for=1.2.3.4", "!trailer-forwarded"),
            ("Via", "Via: 1.1 a", "!trailer-via")):
        s.ok(f"trailer {what}", chunks(f"5\r\nhello\r\n0\r\n{line}\r\n\r\n") +
             get("/b"), f"POST /a hello | {seen}", "GET /b")
    for what, text in (
            ("with a fold", "A: b\r\n c\r\n"), ("without a colon", "nonsense"),
            ("with space before the colon", "A : b\r\n"),
            ("with NUL", "A: \0\r\n"), ("that ends with LF", "A: b\n"),
            ("with CR", "A: b\rc\r\n"),
            ("that begins with a space", " A: b\r\n"),
            ("without a name", ": b\r\n"),
            ("that is a request line", "GET /smuggled HTTP/1.1\r\n")):
        s.cut(f"trailer {what}", chunks("0\r\n" + text + CRLF) + SMUGGLED)
    s.cut("trailers of 17 KiB", chunks("0\r\n" + "".join(
        f"A{n}: {'b' * 1000}\r\n" for n in range(17)) + CRLF), 431)
    s.cut("101 trailers", chunks("0\r\n" + "".join(
        f"A{n}: b\r\n" for n in range(101)) + CRLF), 431)


def connections():
    s = Section("Connections: RFC 9112 9, RFC 9110 7.6.1, 7.8")
    s.row("Connection: close", "200 closed",
          get("/a", "Connection: close") + SMUGGLED, "GET /a | !connection")
    s.row("Connection: CLOSE among others", "200 closed",
          get("/a", "Connection: x, ClOsE ,, y"), "GET /a | !connection")
    s.row("Connection: close and keep-alive", "200 closed",
          get("/a", "Connection: keep-alive, close"), "GET /a")
    s.row("HTTP/1.0", "200 closed", head("GET /a HTTP/1.0"), "GET /a")
    s.ok("HTTP/1.0 with keep-alive",
         head("GET /a HTTP/1.0", "Connection: keep-alive"),
         "GET /a | !connection | !keep-alive")
    s.row("HTTP/1.0 with Proxy-Connection", "200 closed",
          head("GET /a HTTP/1.0", "Proxy-Connection: keep-alive"),
          "GET /a | !proxy-connection")
    for value in ("close;x", "a b", "\"close\"", "(close)", "a=b",
                  ", ".join("abcdefghijklmnopqrstuvwxyzABCDEFGHIJK")):
        s.bad(f"Connection: {value[:20]}", get("/a", f"Connection: {value}"))
    s.ok("fields that Connection names",
         get("/a", "Connection: X-A, x-b", "X-A: 1", "X-B: 2", "X-C: 3"),
         "GET /a | !x-a | !x-b | x-c: 3 | !connection")
    s.ok("Host that Connection names", get("/a", "Connection: Host"),
         "GET /a | host: gateway.test")
    s.ok("Keep-Alive, TE, Trailer, Proxy-Connection",
         get("/a", "Keep-Alive: timeout=5", "TE: trailers", "Trailer: x",
             "Proxy-Connection: close"),
         "GET /a | !keep-alive | !te | !trailer | !proxy-connection")
    s.ok("Upgrade without Connection", get("/a", "Upgrade: websocket"),
         "GET /a | !upgrade")
    s.ok("Upgrade with HTTP/1.0 that is kept", head(
        "GET /a HTTP/1.0", "Connection: upgrade, keep-alive",
        "Upgrade: websocket"), "GET /a | !upgrade")
    s.ok("Upgrade with a body", post("Connection: upgrade",
                                     "Upgrade: websocket",
                                     "Content-Length: 5") + "hello",
         "POST /a hello | !upgrade")
    s.ok("Upgrade to h2c", get("/a", "Connection: Upgrade, HTTP2-Settings",
                               "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
         "GET /a | !upgrade | !http2-settings")
    s.ok("Upgrade to h2c among others",
         get("/a", "Connection: Upgrade", "Upgrade: h2c, websocket"),
         "GET /a | upgrade: websocket")
    s.ok("Upgrade that is no protocol",
         get("/a", "Connection: Upgrade", "Upgrade: web socket"),
         "GET /a | !upgrade")
    s.ok("Upgrade that the back-end ignores, and a request behind",
         get("/a", "Connection: Upgrade", "Upgrade: websocket") + get("/b"),
         "GET /a | upgrade: websocket", "GET /b")
    s.ok("three requests at once", get("/a") + get("/b") + get("/c"),
         "GET /a", "GET /b", "GET /c")
    s.row("a good request before a bad one", "200 400 closed",
          get("/a") + get("/b", "A : b") + get("/c"), "GET /a")
    s.row("POST to a WebSocket", "405 kept", head(
        "POST /ws HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket"))
    s.row("GET to a WebSocket", "426 kept", get("/ws"))


def rules():
    s = Section("Rules of a service: RFC 9110 9.1, 15.5.6, 15.5.12, 15.5.14")
    path = "/rules"
    s.ok("a method that is allowed", get(path), f"GET {path}")
    s.row("HEAD where GET is allowed", "200/HEAD kept",
          head(f"HEAD {path} HTTP/1.1"), f"HEAD {path}")
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        s.row(f"{method} where it is not allowed", "405 kept",
              head(f"{method} {path} HTTP/1.1"))
    for method in ("BREW", "get", "GETT"):
        s.row(f"{method}, which nobody knows, where methods are listed",
              "501 kept", head(f"{method} {path} HTTP/1.1"))
    s.row("PUT with a body where it is not allowed", "405 closed",
          head(f"PUT {path} HTTP/1.1", "Content-Length: 5") + "hello" +
          SMUGGLED)
    s.ok("a body as long as it may be",
         post("Content-Length: 10", path=path) + "0123456789",
         f"POST {path} 0123456789")
    s.row("a body that is too long", "413 closed",
          post("Content-Length: 11", path=path) + "0123456789a" + SMUGGLED)
    s.row("a body without a length where one is required", "411 closed",
          post(CHUNKED, path=path) + "5\r\nhello\r\n0\r\n\r\n" + SMUGGLED)
    s.ok("no body where a length is required", post(path=path),
         f"POST {path}")


def expectations():
    s = Section("Expectations: RFC 9110 10.1.1")
    for value in ("", "x", "100-continued", "100", "200-ok", "100-continue;x",
                  "100-continue, x", "x, 100-continue", "100 continue",
                  "\"100-continue\""):
        s.bad(f"Expect: {value}", post(f"Expect: {value}",
                                       "Content-Length: 5") + "hello" +
              SMUGGLED, 417)
    s.bad("Expect twice, the second unknown", post(
        "Expect: 100-continue", "Expect: x", "Content-Length: 5") + "hello",
        417)
    s.ok("Expect: 100-Continue, and the body at once", post(
        "Expect: 100-Continue", "Content-Length: 5") + "hello",
        "POST /a hello | expect: 100-Continue")
    s.ok("Expect: 100-continue without a body",
         get("/a", "Expect: 100-continue"), "GET /a")
    s.row("Expect with HTTP/1.0", "200 closed", post(
        "Expect: x", "Content-Length: 5", version="1.0") + "hello",
        "POST /a hello | !expect")


for part in (request_lines, targets, hosts, fields, lengths, codings,
             chunked_bodies, trailers, connections, rules, expectations):
    part()
