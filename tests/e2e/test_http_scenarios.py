# SPDX-License-Identifier: MIT
"""The scenarios that gateways of KAAZING's kind are specified by, for HTTP.

Their names are a checklist: 69 of RFC 7230, 17 of RFC 7231, 77 of the service
http.proxy. Each is played here by a function of ours, as RFC 9110 and 9112 have
it. `doc/conformance.md` lists them all.
"""
from lib import conformance
from lib.harness import expect_equal, test
from lib.http_responses import LENGTH, OK, response
from lib.httpsite import (
    GOOD, LAST, Site, asks, both, closes_behind_close, connects, cookie_path,
    forwarded, from_directory, gets, half_complete, host_comes_first,
    idle_is_ended, is_not_pipelined, is_sent_again, is_sent_once, is_slow,
    relays, starts, streams, tls_in_front, upgrades, via)
from lib.httptext import CHUNKED, HOST, chunks, get, head, post
from lib.wsline import Rows

SCENARIOS = []


class Scenario:
    def __init__(self, area, name, answer, play_, why):
        self.area, self.name, self.answer = area, name, answer
        self.play, self.why = play_, why


def add(area, name, answer, play_, why=""):
    SCENARIOS.append(Scenario(area, name, answer, play_, why))


# -- RFC 7230 -----------------------------------------------------------------

def architecture():
    def to(name, answer, play_, why=""):
        add("architecture", name, answer, play_, why)
    to("client.must.send.host.identifier", "Host is sent",
       asks("200 kept", get(), "GET /a | host: gateway.test"))
    to("inbound.must.reject.requests.missing.host.identifier", "400",
       asks("400 closed", get(host=None)))
    to("inbound.must.reject.requests.with.user.info.on.uri", "400",
       asks("400 closed", get("http://u:p@gateway.test/a")))
    to("inbound.must.reply.with.version.one.dot.one.when.received.higher."
       "minor.version", "HTTP/1.1",
       starts("HTTP/1.1 200 ", head("GET /a HTTP/1.7")))
    to("inbound.must.send.version", "HTTP/1.1",
       starts("HTTP/1.1 200 ", get()))
    to("inbound.should.allow.requests.with.percent.chars.in.uri", "200",
       asks("200 kept", get("/a%20b%C3%A9?c=%26"), "GET /a%20b%C3%A9?c=%26"))
    to("origin.server.should.send.505.on.major.version.not.equal.to.one",
       "505", asks("505 closed", head("GET /a HTTP/2.0")))
    to("outbound.must.send.version", "HTTP/1.1",
       asks("200 closed", head("GET /a HTTP/1.0"), "GET /a"))
    to("response.must.be.400.on.invalid.version", "400",
       asks("400 closed", head("GET /a HTTP/x.1")))


def connection_management():
    def to(name, answer, play_, why=""):
        add("connection.management", name, answer, play_, why)
    to("client.must.close.connection.after.request.with.connection.close",
       "closed", closes_behind_close)
    to("client.must.not.reuse.tcp.connection.when.receives.connection.close",
       "another connection", gets(response(OK, LENGTH, "Connection: close"),
                                  back="ended"))
    to("client.with.pipelining.must.not.retry.pipelining.immediately.after."
       "failure", "never pipelined", is_not_pipelined)
    to("connections.should.persist.by.default", "kept at both ends",
       gets(GOOD))
    to("intermediary.must.remove.connection.header.on.forward.request",
       "removed, and what it names",
       asks("200 kept", get("/a", "Connection: X-A", "X-A: 1", "X-B: 2"),
            "GET /a | !connection | !x-a | x-b: 2"))
    to("proxy.must.not.retry.non.idempotent.requests", "502, sent once",
       is_sent_once("POST"))
    to("reverse.proxy.connection.established", "200", gets(GOOD))
    to("server.getting.upgrade.request.must.respond.with.upgrade.header",
       "101 with Upgrade", upgrades())
    to("server.must.close.connection.after.request.with.connection.close",
       "closed", asks("200 closed", get("/a", "Connection: close"), "GET /a"))
    to("server.must.close.connection.after.response.with.connection.close",
       "closed", asks("200 closed", head("GET /a HTTP/1.0"), "GET /a"))
    to("server.must.close.its.half.of.connection.after.sending.response.if.it"
       ".receives.a.close", "closed, and nothing more is read",
       asks("200 closed", get("/a", "Connection: close") + get("/b"),
            "GET /a"))
    to("server.should.accept.http.pipelining", "in order",
       asks("200 200 200 kept", get("/a") + get("/b") + get("/c"), "GET /a",
            "GET /b", "GET /c"))
    to("server.that.is.upgrading.must.send.a.101.response", "101", upgrades())
    to("server.that.sends.upgrade.required.must.include.upgrade.header",
       "426 with Upgrade, ours and the back-end's", both(
           starts("HTTP/1.1 426 ", get("/ws"), "Upgrade: websocket"),
           gets(response("HTTP/1.1 426 X", "Connection: Upgrade",
                         "Upgrade: foo", LENGTH), "426 kept",
                shows=("upgrade: foo",))))


def message_format():
    def to(name, answer, play_, why=""):
        add("message.format", name, answer, play_, why)
    to("client.should.send.content.length.header.in.post.even.if.no.content",
       "Content-Length: 0",
       asks("200 kept", post(), "POST /a | content-length: 0"))
    to("gateway.must.reject.request.with.multiple.different.content.length",
       "502", gets(response(OK, LENGTH, "Content-Length: 6"), "502 kept",
                   "ended"))
    to("head.response.must.not.have.content", "none", both(
        asks("200/HEAD kept", head("HEAD /a HTTP/1.1"), "HEAD /a"),
        gets(GOOD, back="ended", body="", method="HEAD")))
    to("head.response.must.not.have.content.though.may.have.content.length",
       "none, with its length", gets(
           response(OK, LENGTH, body=""), body="", method="HEAD",
           shows=("content-length: 5",)))
    to("inbound.on.receiving.field.with.length.larger.than.wanting.to.process"
       ".must.reply.with.4xx", "431",
       asks("431 closed", get("/a", "A: " + "b" * 9000)))
    to("inbound.should.accept.headers", "200",
       asks("200 kept", get("/a", "A: b"), "GET /a | a: b"))
    to("inbound.should.process.request.with.content.length", "200",
       asks("200 kept", post("Content-Length: 5") + "hello", "POST /a hello"))
    to("inbound.should.reject.invalid.request.line", "400",
       asks("400 closed", head("GET  /a HTTP/1.1")))
    to("inbound.should.reject.request.with.whitespace.between.start.line.and."
       "first.header", "400", asks("400 closed", get(host=" " + HOST)))
    to("non.http.request.to.http.server.should.be.responded.to.with.400",
       "400", asks("400 closed", "EHLO gateway.test\r\n\r\n"))
    to("on.response.proxy.must.remove.space.in.header.with.space.between."
       "header.name.and.colon", "removed",
       gets(response(OK, LENGTH, "A : b"), shows=("a: b",)))
    to("outbound.should.accept.headers", "200",
       gets(response(OK, LENGTH, "A: b"), shows=("a: b",)))
    to("outbound.should.accept.no.headers", "200, to the end",
       gets(response(OK), back="ended", fin=True))
    to("outbound.should.process.response.with.content.length", "200",
       gets(GOOD))
    to("proxy.or.gateway.must.reject.obs.in.header.value", "502",
       gets(response(OK, LENGTH, "A: b\r\n c"), "502 kept", "ended"))
    to("proxy.should.preserve.unrecongnized.headers", "passed on", both(
        asks("200 kept", get("/a", "X-Unknown: b"), "GET /a | x-unknown: b"),
        gets(response(OK, LENGTH, "X-Unknown: b"), shows=("x-unknown: b",))))
    to("request.must.start.with.request.line", "400",
       asks("400 closed", HOST + "\r\n" + get()))
    to("robust.server.should.allow.extra.CRLF.after.request.line", "200",
       asks("200 kept", "\r\n" + get(), "GET /a"))
    to("server.must.reject.header.with.space.between.header.name.and.colon",
       "400", asks("400 closed", get("/a", "A : b")))
    to("server.must.reject.request.with.multiple.different.content.length",
       "400", asks("400 closed", post(LENGTH, "Content-Length: 6") + "hello"))
    to("server.should.reject.obs.in.header.value", "400",
       asks("400 closed", get("/a", "A: b\r\n c")))
    to("server.should.send.414.to.request.with.too.long.a.request", "414",
       asks("414 closed", get("/" + "a" * 9000)))
    to("server.should.send.501.to.unimplemented.methods",
       "501 where `methods` lists those that are", asks(
           "501 kept", head("BREW /rules HTTP/1.1")),
       "else a gateway passes methods on that it does not know (RFC 9110 9.1)")
    to("server.should.send.501.to.unknown.transfer.encoding", "501",
       asks("501 closed", post("Transfer-Encoding: cow, chunked") + LAST))
    to("server.should.send.status.line.in.start.line", "HTTP/1.1 200 OK",
       starts("HTTP/1.1 200 OK\r\n", get()))


def message_routing():
    def to(name, answer, play_, why=""):
        add("message.routing", name, answer, play_, why)
    to("firewall.intermediary.should.replace.host.in.via.header.with."
       "pseudonym", "a pseudonym", via("/a", 1))
    to("gateway.must.attach.appropriate.via.header.on.request.and.may.attach."
       "on.response", "on requests", via("/a", 1))
    to("inbound.host.header.should.follow.request.line", "Host comes first",
       host_comes_first)
    to("inbound.must.accept.absolute.form", "200", asks(
        "200 kept", get("http://gateway.test/a"),
        "GET /a | host: gateway.test"))
    to("inbound.must.accept.asterick.form.options.request", "200",
       asks("200 kept", head("OPTIONS * HTTP/1.1"), "OPTIONS *"))
    to("inbound.must.accept.origin.form", "200",
       asks("200 kept", get("/a?q=now"), "GET /a?q=now"))
    to("inbound.must.reject.request.with.400.if.host.header.does.not.match."
       "uri", "200, Host replaced", asks(
           "200 kept", get("http://gateway.test/a", host="Host: other.test"),
           "GET /a | host: gateway.test"),
       "RFC 9112 3.2.2: Host must be ignored beside an absolute form, and "
       "nobody sees another one")
    to("inbound.must.reject.request.with.400.if.host.header.occurs.more.than."
       "once", "400", asks("400 closed", get("/a", HOST)))
    to("inbound.must.reject.request.with.400.if.missing.host.header", "400",
       asks("400 closed", get(host=None)))
    to("intermediary.must.accept.authority.form.connect.request",
       "200, a tunnel", connects)
    to("last.proxy.must.convert.options.in.absolute.form.to.asterick.form",
       "OPTIONS *", asks("200 kept", head(
           "OPTIONS http://gateway.test HTTP/1.1"), "OPTIONS *"))
    to("proxy.must.attach.appropriate.via.header", "Via", via("/a", 1))
    to("proxy.must.attach.appropriate.via.headers.even.when.others", "Via",
       via("/a", 2, "Via: 1.0 fred"))
    to("proxy.must.not.modify.query.or.absolute.path.of.request", "as it came",
       asks("200 kept", get("/a;b=c/%7Ed/?e=%2f..//&f"),
            "GET /a;b=c/%7Ed/?e=%2f..//&f"))
    to("proxy.must.not.transform.the.payload.of.a.request.that.contains.a.no."
       "transform.cache.control", "untouched", asks(
           "200 kept", post(LENGTH, "Content-Encoding: gzip",
                            "Cache-Control: no-transform") + "\x1f\x8bxyz",
           "POST /a \x1f\x8bxyz | cache-control: no-transform | "
           "content-encoding: gzip"))
    to("proxy.must.not.transform.the.payload.of.a.response.that.contains.a.no."
       "transform.cache.control", "untouched", gets(
           response(OK, LENGTH, "Content-Encoding: gzip",
                    "Cache-Control: no-transform", body="\x1f\x8bxyz"),
           body="\x1f\x8bxyz", shows=("cache-control: no-transform",
                                      "content-encoding: gzip")))
    to("proxy.should.rewrite.host.header", "Host replaced", asks(
        "200 kept", get("http://gateway.test/a", host="Host: bad.test:80"),
        "GET /a | host: gateway.test"))


def transfer_codings():
    def to(name, answer, play_):
        add("transfer.codings", name, answer, play_)
    hello = "5;a=b\r\nhello\r\n"
    to("request.transfer.encoding.chunked", "200",
       asks("200 kept", chunks(hello + LAST), "POST /a hello"))
    to("request.transfer.encoding.chunked.with.trailer", "passed on",
       asks("200 kept", chunks(hello + "0\r\nX-Sum: 1\r\n\r\n"),
            "POST /a hello | trailer-x-sum: 1"))
    to("response.transfer.encoding.chunked", "200",
       gets(response(OK, CHUNKED, body=hello + LAST)))
    to("response.transfer.encoding.chunked.with.trailer", "passed on",
       gets(response(OK, CHUNKED, body=hello + "0\r\nX-Sum: 1\r\n\r\n"),
            shows=("trailer-x-sum: 1",)))


# -- RFC 7231 -----------------------------------------------------------------

def rfc_7231():
    def to(area, name, answer, play_, why=""):
        add(area, name, answer, play_, why)
    to("method.definitions", "405", "405 with Allow", starts(
        "HTTP/1.1 405 ", head("PUT /files/page.txt HTTP/1.1",
                              "Content-Length: 0"), "Allow: GET, HEAD"))
    to("method.definitions", "501", "501 where `methods` lists others",
       asks("501 kept", head("BREW /rules HTTP/1.1")))
    for method in ("DELETE", "GET", "PUT"):
        to("method.definitions", method.lower(), "200", asks(
            "200 kept", head(f"{method} /a HTTP/1.1"), f"{method} /a"))
    to("method.definitions", "head", "200", asks(
        "200/HEAD kept", head("HEAD /a HTTP/1.1"), "HEAD /a"))
    to("method.definitions", "post", "200", asks(
        "200 kept", post(LENGTH) + "hello", "POST /a hello"))
    found = "HTTP/1.1 302 X"
    for name, location in (
            ("absolute.location", "http://elsewhere.test/b"),
            ("change.fragment", "/b#part"), ("relative.location", "b/c")):
        to("redirection", name, "passed on", gets(
            response(found, LENGTH, f"Location: {location}"), "302 kept",
            shows=(f"location: {location}",)),
           "who asks follows, not the gateway")
    to("request.header", "expectation.responds.with.417", "417",
       asks("417 closed", get("/a", "Expect: x")))
    to("request.header", "intermediary.decrement.max.forward.header", "less 1",
       asks("200 kept", head("OPTIONS /a HTTP/1.1", "Max-Forwards: 5"),
            "OPTIONS /a | max-forwards: 4"))
    to("request.header", "intermediary.responds.zero.max.forward",
       "204, not passed on",
       asks("204 kept", head("OPTIONS /a HTTP/1.1", "Max-Forwards: 0")))
    to("response.header", "allow.lists.resource.methods", "Allow: GET, HEAD",
       starts("HTTP/1.1 405 ", head("DELETE /files/page.txt HTTP/1.1"),
              "Allow: GET, HEAD"))
    to("response.header", "server.header.lists.software.used.by.server",
       "the back-end's is passed on", both(
           gets(response(OK, LENGTH, "Server: Origin/1"),
                shows=("server: Origin/1",)),
           starts("HTTP/1.1 421 ", get(host="Host: b.test"),
                  lacks=("Server",))),
       "the gateway itself has no banner (RFC 9110 10.2.4: it may)")
    to("server.error", "proxy.should.return.504.response.when.server."
       "disconnects", "502", gets("", "502 kept", "ended", fin=True),
       "RFC 9110 15.6.3: an invalid response, and no timeout")
    to("server.error", "proxy.should.return.504.response.when.server.is.down",
       "504 when it is silent, 502 when it refuses", both(
           is_slow, asks("502 kept", get("/down"))),
       "RFC 9110 15.6.5: 504 is for time")


# -- http.proxy ---------------------------------------------------------------

def http_proxy():
    def to(name, answer, play_, why=""):
        add("http.proxy", name, answer, play_, why)
    ok, binary = "200 kept", "\0\xff\x1f\x8b\r\n\r\n"
    length = f"Content-Length: {len(binary)}"
    to("Idempotent.delete", "repeated on a fresh connection",
       is_sent_again("DELETE"))
    to("client.request.streaming", "piece by piece", streams(True))
    to("connect.persistence", "one connection", gets(GOOD))
    to("connect.persistence.timeout", "ended when idle", idle_is_ended)
    to("content.filter.zero.content.length", "401", gets(
        response("HTTP/1.1 401 X", "Content-Length: 0", body=""), "401 kept",
        body="", shows=("content-length: 0",)))
    to("content.without.content.length.header", "to the end",
       gets(response(OK), back="ended", fin=True))
    to("cookie.rewriting", "for the client's path", cookie_path)
    to("delete.method", "200",
       asks(ok, head("DELETE /a HTTP/1.1"), "DELETE /a"))
    for kind, tag in (("strong", "\"x\""), ("weak", "W/\"x\"")):
        to(f"etag.{kind}.validation", "304", both(
            asks(ok, get("/a", f"If-None-Match: {tag}"),
                 f"GET /a | if-none-match: {tag}"),
            gets(response("HTTP/1.1 304 X", f"ETag: {tag}", body=""),
                 "304 kept", body="", shows=(f"etag: {tag}",))))
    to("follow.redirect", "passed on", gets(
        response("HTTP/1.1 302 X", LENGTH, "Location: /resource2"),
        "302 kept", shows=("location: /resource2",)),
       "who asks follows, not the gateway")
    to("fqdn", "200", asks(ok, get(host="Host: gateway.test."), "GET /a"),
       "the root's dot makes no difference to the choice of a service")
    to("get.method.status.401", "401", gets(
        response("HTTP/1.1 401 X", LENGTH, "WWW-Authenticate: Basic"),
        "401 kept", shows=("www-authenticate: Basic",)))
    to("get.request", "200", asks(ok, get(), "GET /a"))
    to("gzip.chunked.encoding", "as it came", gets(
        response(OK, CHUNKED, "Content-Encoding: gzip", body=(
            f"{len(binary):x}\r\n{binary}\r\n{LAST}")), body=binary,
        shows=("content-encoding: gzip",)))
    for status in (200, 302, 403, 404):
        to("head.method" + (f".{status}" if status != 200 else ""),
           str(status), gets(
               response(f"HTTP/1.1 {status} X", LENGTH, body=""),
               f"{status} kept", body="", method="HEAD",
               shows=("content-length: 5",)))
    to("headers.remove.hop.by.hop", "removed", both(
        asks(ok, get("/a", "Connection: X-A", "X-A: 1", "Keep-Alive: 5",
                     "TE: trailers", "Trailer: b",
                     "Proxy-Connection: close"),
             "GET /a | !connection | !x-a | !keep-alive | !te | !trailer | "
             "!proxy-connection"),
        gets(response(OK, LENGTH, "Connection: X-A", "X-A: 1",
                      "Keep-Alive: timeout=5"),
             shows=("!connection", "!x-a", "!keep-alive"))))
    to("http.1.0.request", "200",
       asks("200 closed", head("GET /a HTTP/1.0"), "GET /a"))
    to("http.2.0.request", "505", asks("505 closed", head("GET /a HTTP/2.0")))
    to("incorrect.encoded.content", "as it came", gets(
        response(OK, "Content-Length: 2", "Content-Type: a/b",
                 "Content-Encoding: gzip", body="\xf8\xf9"), body="\xf8\xf9"))
    to("large.header", "431", asks("431 closed", get("/a", "A: " + "b" * 9000)),
       "max_line and max_head say how large; 8 KiB and 16 KiB by default")
    to("large.header2", "431",
       asks("431 closed", get("/a", "A: " + "b" * 5000000)))
    to("linked.proxy.request", "two Via", via("/chain", 2))
    to("linked.proxy.reply", "200", asks(ok, get("/chain/a"),
                                         "GET /end/a"))
    to("linked.proxy.request.loop", "508", asks("508 kept", get("/loop")),
       "where its requests end by Via; the back-end sees nothing")
    to("malformed.hostname.not.match.uri", "200, Host replaced", asks(
        ok, get("http://gateway.test/a", host="Host: other.test"),
        "GET /a | host: gateway.test"),
       "RFC 9112 3.2.2: Host must be ignored beside an absolute form")
    to("malformed.invalid.request.line", "400",
       asks("400 closed", head("GET /a b HTTP/1.1")))
    to("malformed.missing.host.identifier", "400",
       asks("400 closed", get(host=None)))
    to("malformed.multiple.host.headers", "400",
       asks("400 closed", get("/a", "Host: other.test")))
    to("malformed.obs.in.header.value", "400",
       asks("400 closed", get("/a", "A: b\r\n c")))
    to("malformed.space.between.header.and.colon", "400",
       asks("400 closed", get("/a", "A : b")))
    to("malformed.user.info.on.uri", "400",
       asks("400 closed", get("http://u@gateway.test/a")))
    to("malformed.whitespace.before.first.header", "400",
       asks("400 closed", get(host=" " + HOST)))
    to("multiple.half.complete.requests", "400 to each", half_complete)
    to("no.method.is.send", "400", asks("400 closed", HOST + "\r\n\r\n"),
       "RFC 9112 3: not a request line, rather than a method not known")
    to("non.idempotent.post.request", "502, sent once", is_sent_once("POST"))
    to("origin.server.response.streaming", "piece by piece", streams(False))
    to("override.host.header", "the Host that `host` says",
       asks(ok, get("/host"), "GET /host | host: other.test"))
    to("parameter.with.multiple.tokens", "as it came",
       asks(ok, get("/a?f=1&f=2&f=3"), "GET /a?f=1&f=2&f=3"))
    to("parameter.wse.specific", "as it came",
       asks(ok, get("/a?.ksn=1"), "GET /a?.ksn=1"))
    for name, path in (("access.to.blocked.content", "/plain/../b"),
                       ("access.to.blocked.content2", "/../"),
                       ("access.to.blocked.content3", "/../b"),
                       ("security", "/plain/../../b/../c")):
        to(f"path.{name}", "400", asks("400 kept", get(path)),
           "refused rather than not found")
    to("path.is.long", "200",
       asks(ok, get("/plain" + "/a" * 2000), "GET /b/c" + "/a" * 2000))
    to("path.no.slash.appended", "none",
       asks(ok, get("/plain"), "GET /b/c"))
    for config, path, cases in (
            ("no.trailing.slashes.in.config", "/plain",
             (("no.slash.in.request", "", "/b/c"),
              ("no.slash.in.request.path", "/x", "/b/c/x"),
              ("slash.in.request", "/", "/b/c/"),
              ("slash.in.request.path", "/x/", "/b/c/x/"))),
            ("with.trailing.slashes.in.config", "/slash",
             (("no.slash.in.request.path", "/x", "/b/c/x"),
              ("slash.in.request", "/", "/b/c/"),
              ("slash.in.request.path", "/x/", "/b/c/x/")))):
        for name, more, seen in cases:
            to(f"path.{config}.{name}", seen,
               asks(ok, get(path + more + "?n=v"), f"GET {seen}?n=v"))
    to("path.with.trailing.slashes.in.config.no.slash.in.request",
       "/b/c/", asks(ok, get("/slash?n=v"), "GET /b/c/?n=v"),
       "a slash at the end of the accept path makes no difference")
    for kind in ("binary", "image"):
        to(f"payload.{kind}.encoding", "as it came", both(
            asks(ok, post(length) + binary, f"POST /a {binary}"),
            gets(response(OK, length, body=binary), body=binary)))
    to("payload.complete.chunked.encoding", "200", gets(
        response(OK, CHUNKED, body="5\r\nhello\r\n" + LAST)))
    to("payload.no.match.content.length.bigger", "cut", gets(
        response(OK, "Content-Length: 9"), "200 cut closed", "ended",
        fin=True))
    to("payload.no.match.content.length.smaller", "what it says", gets(
        response(OK, "Content-Length: 3"), back="ended", body="hel"))
    to("post.method", "200", asks(ok, post(LENGTH) + "hello",
                                  "POST /a hello"))
    to("put.request", "200", asks(
        ok, head("PUT /a HTTP/1.1", LENGTH) + "hello", "PUT /a hello"))
    to("query.string", "as it came", asks(ok, get("/a?b=c"), "GET /a?b=c"))
    to("redirect", "302", gets(
        response("HTTP/1.1 302 X", "Location: /examples/", CHUNKED,
                 body=LAST), "302 kept", body="",
        shows=("location: /examples/",)))
    to("send.made.up.method", "passed on",
       asks(ok, head("BREW /a HTTP/1.1"), "BREW /a"))
    to("send.wrong.host.header", "421",
       asks("421 kept", get(host="Host: other.test:8111")))
    to("ssl.terminated", "200", tls_in_front)
    to("status.304", "304", both(from_directory, gets(
        response("HTTP/1.1 304 X", body=""), "304 kept", body="")))
    to("status.500", "500", gets(
        response("HTTP/1.1 500 X", LENGTH), "500 kept"))
    to("upgrade.client.disconnect", "ended", relays("client"))
    to("upgrade.server.disconnect", "ended", relays("server"))
    to("upgrade.websocket", "101", both(upgrades(), upgrades("/relay")))
    to("upgrade.websocket.basic.auth", "passed on", relays("client"))
    to("use.forwarded.headers", "X-Forwarded-For, -Proto", forwarded("/a", 1))
    to("use.forwarded.headers.chained.proxies", "of the last hop",
       forwarded("/chain", 1),
       "what came from a peer that is not in trusted_peers is not believed")


for area_ in (architecture, connection_management, message_format,
              message_routing, transfer_codings, rfc_7231, http_proxy):
    area_()

# -- running ------------------------------------------------------------------

AREAS = {"architecture": 9, "connection.management": 14, "message.format": 25,
         "message.routing": 17, "transfer.codings": 4,
         "method.definitions": 7, "redirection": 3, "request.header": 3,
         "response.header": 2, "server.error": 2, "http.proxy": 77}


def of_area(area):
    return [s for s in SCENARIOS if s.area == area]


def run_area(area):
    def run(t):
        site, rows = Site(t), Rows(t)
        for scenario in of_area(area):
            rows.run(scenario.name, scenario.play, site)
        rows.check(AREAS[area])
    return run


for area_ in AREAS:
    body_ = run_area(area_)
    body_.__module__ = __name__
    test(body_, name=area_, rows=[s.name for s in of_area(area_)])


@test
def the_page_lists_every_scenario(t):
    names = [(s.area, s.name) for s in SCENARIOS]
    expect_equal(len(set(names)), len(names), "scenarios without their twins")
    for area, least in AREAS.items():
        expect_equal(len(of_area(area)), least, f"scenarios of {area}")
    conformance.check(t.source)
