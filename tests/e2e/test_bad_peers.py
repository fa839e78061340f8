# SPDX-License-Identifier: MIT
"""Peers that speak another protocol, nonsense, or never stop."""
import os
import ssl

from lib import conf, httpraw, tools, wsraw
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server, echo
from lib.streams import Tls, client_context, dial, dial_tls


def start(t, scheme, **layers):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        scheme, port, t.certs, **layers)))).start()
    return gateway, port


@test
def plain_http_on_a_tls_port_is_logged_as_that(t):
    for scheme in ("tls", "wss", "https"):
        port = t.ports.one()
        hop = conf.accept(scheme, port, t.certs)
        service = (conf.respond("work", hop, body="x") if scheme == "https"
                   else conf.echo("work", hop))
        gateway = Gateway(t, conf.gateway(service)).start()
        tools.curl(t, port, f"http://gateway.test:{port}/work", status=None)
        gateway.wait_log(r"(?i)plain.*http|http.*(not|instead of|without) tls"
                         r"|http.*plain")
        gateway.stop()


@test
def tls_on_a_plain_port_is_logged_as_that(t):
    for scheme in ("ws", "http"):
        port = t.ports.one()
        hop = conf.accept(scheme, port)
        service = (conf.respond("work", hop, body="x") if scheme == "http"
                   else conf.echo("work", hop))
        gateway = Gateway(t, conf.gateway(service)).start()
        tools.curl(t, port, f"https://gateway.test:{port}/work", status=None)
        gateway.wait_log(r"(?i)\btls\b.*(plain|http)|(plain|http).*\btls\b")
        gateway.stop()


@test
def garbage_on_every_kind_of_port(t):
    source = os.urandom(50000)
    pieces = [b"", b"\0", b"\r\n\r\n", source, b"\x16\x03\x01" + source,
              b"\x16\x03\x01\x40\x00" + source, b"GET " + source,
              b"GET / HTTP/1.1\r\n" + source, b"\x80\x2e\x01\x03\x01" + source]
    for scheme in ("tcp", "tls", "ws", "wss"):
        gateway, port = start(t, scheme)
        for piece in pieces:
            stream = dial(t, port)
            try:
                if scheme == "tcp":
                    got = stream.exchange(piece, len(piece))
                    expect(got == piece, "tcp echo differs")
                    stream.finish()
                else:
                    stream.send(piece)
                    stream.fin()
                stream.receive_all()
            except OSError:
                pass
        good(t, gateway, scheme, port)
        gateway.stop()


def good(t, gateway, scheme, port):
    """A proper client is still served."""
    stream = (dial_tls(t, port, trust=t.certs.front)
              if conf.secure(scheme) else dial(t, port))
    if "ws" in scheme:
        wsraw.upgrade(stream)
        stream.send(wsraw.frame(wsraw.TEXT, b"fine"))
        expect_equal(wsraw.read_message(stream), (wsraw.TEXT, b"fine"), "echo")
    else:
        expect_equal(stream.exchange(b"fine", 4), b"fine", "echo")
    stream.sock.close()


@test
def a_client_hello_cut_anywhere(t):
    gateway, port = start(t, "tls")
    tls = Tls(client_context(), name="gateway.test")
    tls.handshake()
    hello = tls.output()
    for length in range(0, len(hello), 7):
        stream = dial(t, port)
        stream.send(hello[:length])
        stream.fin()
        stream.receive_all()
    for at in range(0, len(hello), 11):
        stream = dial(t, port)
        bad = bytearray(hello)
        bad[at] ^= 0xff
        try:
            stream.send(bad)
            stream.fin()
            stream.receive_all()
        except OSError:
            pass
    good(t, gateway, "tls", port)
    gateway.stop()


@test
def an_oversized_handshake_is_ended(t):
    """Handshake records without end are not collected for ever."""
    gateway, port = start(t, "tls")
    good(t, gateway, "tls", port)
    before = gateway.memory()
    stream = dial(t, port)
    record = b"\x16\x03\x01\x40\x00" + b"\x01\xff\xff\xff" + bytes(16380)
    try:
        stream.send(record)
        for _ in range(4000):
            stream.send(b"\x16\x03\x01\x40\x00" + bytes(16384))
        stream.receive_all()
    except OSError:
        pass
    gateway.wait_log("without end|too (large|big|long)")
    grown = gateway.memory() - before
    expect(grown < (2 if not t.sanitized else 30) * 1024, f"{grown} KiB grown")
    good(t, gateway, "tls", port)


@test
def a_handshake_that_never_ends_meets_the_opening_limit(t):
    limits = {"tls": {"opening_timeout": "1s"},
              "ws": {"http": {"header_timeout": "1s"}}}
    for scheme, first in (("tls", b"\x16\x03\x01"), ("ws", b"GET /wo")):
        port = t.ports.one()
        hop = conf.accept(scheme, port, t.certs, **limits[scheme])
        gateway = Gateway(t, conf.gateway(conf.echo("work", hop))).start()
        stream = dial(t, port)
        stream.send(first)
        stream.receive_all()
        gateway.wait_log(r"(?i)timeout|time limit|too long|in time")
        good(t, gateway, scheme, port)
        gateway.stop()


@test
def renegotiation_and_odd_records_are_refused(t):
    gateway, port = start(t, "tls")
    client = tools.openssl_client(t, port, "-tls1_2")
    client.send(b"hello\n")
    client.receive_until(b"hello\n")
    client.end()
    stream = dial_tls(t, port, trust=t.certs.front,
                      context=client_context(
                          t.certs.front, version=ssl.TLSVersion.TLSv1_3))
    stream.pending += b"\x17\x03\x03\x00\x20" + bytes(32)
    stream.push()
    try:
        stream.receive_all()
    except ssl.SSLError as error:
        expect("alert" in str(error).lower() or "mac" in str(error).lower(),
               f"no alert: {error}")
    good(t, gateway, "tls", port)
    gateway.stop()


@test
def a_client_without_common_versions_gets_an_alert(t):
    gateway, port = start(t, "tls")
    context = client_context(t.certs.front)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        dial_tls(t, port, context=context)
        expect(False, "TLS 1.1 was accepted")
    except ssl.SSLError as error:
        expect("alert" in str(error).lower(), f"no alert: {error}")
    gateway.wait_log(r"(?i)version")


@test
def a_client_that_does_not_trust_us_is_logged(t):
    gateway, port = start(t, "tls")
    try:
        stream = dial_tls(t, port, trust=t.certs.back)
        stream.receive_all()
        expect(False, "the client trusted a stranger")
    except ssl.SSLError:
        pass
    gateway.wait_log(r"(?i)alert|unknown.?ca")


@test
def a_back_end_that_speaks_another_protocol_is_logged(t):
    for scheme in ("tls", "ws"):
        def play(stream):
            stream.send(b"220 mail.test ESMTP ready\r\n")
            stream.receive_all()
        server = Server(t, play)
        port = t.ports.one()
        gateway = Gateway(t, conf.gateway(conf.service(
            "work", conf.accept("ws", port),
            conf.connect(scheme, server.port, t.certs)))).start()
        stream = dial(t, port)
        stream.send(wsraw.request("/work", "gateway.test"))
        expect_equal(httpraw.read_response(stream).status, 502, scheme)
        gateway.wait_log(r"service=work")
        gateway.stop()


@test
def a_back_end_that_masks_or_lies_is_1002(t):
    """What is wrong behind the 101 ends the client with a close code."""
    bad = {"masked": wsraw.frame(wsraw.TEXT, b"hi"),
           "reserved bit": wsraw.frame(wsraw.TEXT, b"hi", mask=None,
                                       reserved=2),
           "unknown opcode": wsraw.frame(5, b"hi", mask=None)}
    for name, raw in bad.items():
        def play(stream, raw=raw):
            wsraw.answer(stream)
            wsraw.read_frame(stream)
            stream.send(raw)
            return stream.receive_all()
        server = Server(t, play)
        port = t.ports.one()
        gateway = Gateway(t, conf.gateway(conf.service(
            "work", conf.accept("ws", port),
            conf.connect("ws", server.port)))).start()
        stream = dial(t, port)
        wsraw.upgrade(stream)
        stream.send(wsraw.frame(wsraw.TEXT, b"go on"))
        code, _ = wsraw.read_close(stream)
        expect(code in (1002, 1011, 1014, 1006), f"{name}: close code {code}")
        stream.send(wsraw.close_frame(code))
        stream.receive_all()
        gateway.stop()


@test
def a_back_end_lost_behind_the_101_is_not_a_normal_close(t):
    def play(stream):
        stream.receive(5)
        stream.abort()
    server = Server(t, play)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("ws", port),
        conf.connect("tcp", server.port)))).start()
    stream = dial(t, port)
    wsraw.upgrade(stream)
    stream.send(wsraw.frame(wsraw.BINARY, b"hello"))
    try:
        code, _ = wsraw.read_close(stream)
    except AssertionError:
        code = 1006
    expect(code in (1006, 1011, 1014, 1001), f"close code {code}")


@test
def many_connections_at_once_are_all_served(t):
    gateway, port = start(t, "tls")

    def one():
        stream = dial_tls(t, port, trust=t.certs.front)
        ok = stream.exchange(b"x" * 5000, 5000) == b"x" * 5000
        stream.close()
        return ok
    tasks = [t.spawn(one) for _ in range(100)]
    expect(all(task.result("a client") for task in tasks), "wrong echo")


@test
def chaos_of_every_kind_ends_sessions_and_nothing_else(t):
    """Errors at byte N of either direction, stalls, short reads."""
    server = Server(t, echo)
    for at in (0, 1, 5, 100, 300, 1000, 5000):
        port = t.ports.one()
        chaos = [{"above": "tcp", "layer": "chaos",
                  "chaos": {"error_at": at, "chunk": 3}}]
        gateway = Gateway(t, conf.gateway(conf.service(
            "work", conf.accept("wss", port, t.certs, insert=chaos),
            conf.connect("tcp", server.port)))).start()
        for _ in range(3):
            try:
                stream = dial_tls(t, port, trust=t.certs.front)
                wsraw.upgrade(stream)
                stream.send(wsraw.frame(wsraw.BINARY, os.urandom(20000)))
                stream.receive_all()
            except (OSError, AssertionError):
                pass
        gateway.wait_log("service=work")
        gateway.stop()
