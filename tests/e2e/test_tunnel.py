# SPDX-License-Identifier: MIT
"""The service tunnel: CONNECT to what is listed, seen from both ends."""
import re
import signal

from lib import conf, httpraw, wsraw
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import Tls, client_context, dial, dial_tls
from lib.tunnels import (BACK, answer, ask, check, opened, start, talk, target,
                         tunnel)
from test_sni import context_for, hop
from test_splice import held


@test
def tunnel_carries_bytes_and_both_ends(t):
    back = Server(t)
    gateway, port = start(t, target(back))
    stream = opened(dial(t, port), f"{BACK}:{back.port}")
    far = back.accept()
    far.send(b"banner")
    expect_equal(stream.receive(6), b"banner", "banner")
    stream.send(b"request")
    expect_equal(far.receive(7), b"request", "request")
    stream.finish()
    expect_equal(far.receive_all(), b"", "rest")
    expect_equal(far.end, "clean", "the client's end at the back-end")
    far.send(b"after the client's end")
    far.finish()
    expect_equal(stream.receive_all(), b"after the client's end", "answer")
    expect_equal(stream.end, "clean", "the back-end's end at the client")
    line = gateway.wait_log("stream ended.*service=way-out")
    for part in (f"request=\"CONNECT {BACK}:{back.port}\"", "status=200",
                 "bytes_in=7", "bytes_out=28", "class=clean"):
        expect_in(part, line, "log")


@test
def tunnel_opens_to_nothing_that_is_not_listed(t):
    back, other = Server(t), Server(t, echo)
    gateway, port = start(t, target(back))
    names = [f"{BACK}:{other.port}", f"127.0.0.1:{back.port}",
             f"localhost:{back.port}", f"x.{BACK}:{back.port}",
             f"[::1]:{back.port}", f"[::ffff:127.0.0.1]:{back.port}",
             f"{BACK}..:{back.port}", f".{BACK}:{back.port}",
             f"backend%2etest:{back.port}", f"2130706433:{back.port}"]
    for name in names:
        response, stream = answer(t, port, name)
        expect(response.status in (400, 403), f"{name} got {response}")
        expect_equal(stream.receive_all(), b"", f"behind it, {name}")
        if response.status == 403:
            gateway.wait_log("class=policy.*reason=.*" + re.escape(name))
    response, _ = answer(t, port, f"localhost:{back.port}")
    expect_equal(response.body,
                 b"403 Forbidden: a rule of this gateway forbids it\n", "text")
    expect(back.streams.empty(), "the back-end was connected to")


MALFORMED = (
    BACK, BACK + ":", ":1", "", BACK + ":0", BACK + ":65536",
    BACK + ":99999", BACK + ":100000", BACK + ":1x", BACK + ":+1",
    BACK + ":-1", BACK + ":1:1", "user@" + BACK + ":1",
    "user:pass@" + BACK + ":1", BACK + ":1/", BACK + ":1?x", BACK + ":1#x",
    "/", "/" + BACK + ":1", "*", "*:1", "*." + BACK + ":1",
    "http://" + BACK + ":1", "http://" + BACK + ":1/", "tcp://" + BACK + ":1",
    "[::1]", "[::1", "::1:1", "[::1]1", "[::1%25lo]:1", "[]:1", "[v1.x]:1",
    BACK + "\\:1", BACK + ",x:1", BACK + ";:1", BACK + "\x80:1",
    BACK + "\t:1", "a b:1", "x" * 256 + ":1", "x" * 9000 + ":1",
)


@test(rows=[str(n) for n in range(len(MALFORMED))])
def tunnel_refuses_malformed_targets(t):
    back = Server(t)
    _, port = start(t, target(back))
    for n, name in enumerate(MALFORMED):
        if not t.wants_row(str(n)):
            continue
        stream = dial(t, port)
        stream.send(f"CONNECT {name} HTTP/1.1\r\nHost: x\r\n\r\n"
                    .encode("latin-1") + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        response = httpraw.read_response(stream)
        expect_equal(response.status, 414 if len(name) > 8192 else 400, name)
        expect_equal(response.field("connection"), "close", name)
        expect_equal(stream.receive_all(), b"", f"behind it, {name}")


@test
def tunnel_refuses_malformed_requests(t):
    back = Server(t)
    _, port = start(t, target(back))
    name = f"{BACK}:{back.port}"
    rows = (("Content-Length: 5\r\n\r\nhello", 400),
            ("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("Host: x\r\n\r\n", 400),
            ("Expect: x\r\n\r\n", 417),
            ("Bad Name: x\r\n\r\n", 400))
    for rest, status in rows:
        stream = dial(t, port)
        stream.send(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n{rest}"
                    .encode())
        response = httpraw.read_response(stream)
        expect_equal(response.status, status, rest)
        expect_equal(stream.receive_all(), b"", f"behind it, {rest!r}")
    for first in (f"CONNECT {name}", f"CONNECT {name} HTTP/2.0",
                  f"connect {name} HTTP/1.1"):
        stream = dial(t, port)
        stream.send(f"{first}\r\nHost: {name}\r\n\r\n".encode())
        status = httpraw.read_response(stream).status
        expect(status in (400, 505), f"{first} got {status}")
    stream = dial(t, port)
    stream.send(f"CONNECT {name} HTTP/1.1\r\n\r\n".encode())
    expect_equal(httpraw.read_response(stream).status, 400, "without Host")
    expect(back.streams.empty(), "the back-end was connected to")


@test
def tunnel_spells_of_one_target_are_one(t):
    back = Server(t, echo)
    _, port = start(t, target(back))
    for name in (BACK.upper() + f":{back.port}", f"{BACK}.:{back.port}",
                 f"Backend.Test:{back.port:05}"):
        talk(opened(dial(t, port), name))


@test
def tunnel_gives_other_methods_405(t):
    back = Server(t)
    _, port = start(t, target(back))
    stream = dial(t, port)
    for method, body in (("GET", b""), ("HEAD", b""), ("POST", b"x" * 100),
                         ("DELETE", b""), ("OPTIONS", b"")):
        response = httpraw.ask(stream, "/", method=method, body=body)
        expect_equal((response.status, response.field("allow")),
                     (405, "CONNECT"), method)
    expect_equal(stream.end, None, "still open")
    response = httpraw.ask(stream, "http://gateway.test/")
    expect_equal(response.status, 405, "absolute form")
    status, _ = ask(stream, f"{BACK}:{back.port}")
    expect_equal(status, 200, "CONNECT on the same connection")


@test
def tunnel_passes_on_what_was_sent_ahead(t):
    back = Server(t)
    _, port = start(t, target(back))
    name = f"{BACK}:{back.port}"
    ahead = b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n"
    stream = dial(t, port)
    stream.send(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode() +
                ahead)
    stream.finish()
    far = back.accept()
    expect_equal(far.receive_all(), ahead, "at the back-end")
    expect_equal(far.end, "clean", "end at the back-end")
    far.send(b"seen")
    far.finish()
    expect_equal(httpraw.read_head(stream)[0], 200, "status")
    expect_equal(stream.receive_all(), b"seen", "at the client")


@test
def tunnel_opens_for_a_client_that_has_nothing_to_say(t):
    back = Server(t)
    _, port = start(t, target(back))
    stream = dial(t, port)
    stream.send(f"CONNECT {BACK}:{back.port} HTTP/1.1\r\nHost: x\r\n\r\n"
                .encode())
    stream.finish()
    far = back.accept()
    far.send(b"banner")
    far.finish()
    expect_equal(httpraw.read_head(stream)[0], 200, "status")
    expect_equal(stream.receive_all(), b"banner", "at the client")


@test
def tunnel_works_for_http_1_0(t):
    back = Server(t, echo)
    _, port = start(t, target(back))
    name = f"{BACK}:{back.port}"
    talk(opened(dial(t, port), name, version="1.0"))
    stream = dial(t, port)
    stream.send(f"CONNECT {name} HTTP/1.0\r\n\r\n".encode())
    expect_equal(httpraw.read_head(stream)[0], 200, "without Host")
    talk(stream)


@test
def tunnel_ignores_host_and_keeps_credentials(t):
    back = Server(t)
    _, port = start(t, target(back))
    stream = opened(dial(t, port), f"{BACK}:{back.port}", host="evil.test:1",
                    extra="Proxy-Authorization: Basic eDp5\r\n"
                          "Proxy-Connection: keep-alive\r\nCookie: a=b\r\n")
    far = back.accept()
    stream.send(b"x")
    stream.finish()
    expect_equal(far.receive_all(), b"x", "all that the back-end got")


@test
def tunnel_tells_why_there_is_none(t):
    silent = Server(t)
    gone = t.ports.one()
    _, port = start(
        t, conf.connect("tcp", gone),
        conf.connect("tls", silent.port, t.certs, opening_timeout="300ms"),
        conf.connect("tls", Server.with_certificate(
            t, echo, certificate="gateway").port, t.certs, name="other.test"))
    expect_equal(answer(t, port, f"{BACK}:{gone}")[0].status, 502, "refused")
    expect_equal(answer(t, port, f"{BACK}:{silent.port}")[0].status, 504,
                 "silent")


@test
def tunnel_back_end_without_trust_is_502(t):
    back = Server.with_certificate(t, echo, certificate="gateway")
    gateway, port = start(t, target(back, "tls", certs=t.certs))
    response, _ = answer(t, port, f"{BACK}:{back.port}")
    expect_equal(response.status, 502, "untrusted")
    gateway.wait_log("layer=tls.*is not trusted")


@test
def tunnel_tries_pipelines_of_one_name_in_order(t):
    back = Server(t, echo)
    gone = t.ports.one()
    _, port = start(t, conf.connect("tcp", gone), target(back),
                    targets=["db.test:1 = 0", "db.test:1 = 1"])
    talk(opened(dial(t, port), "db.test:1"))
    expect_equal(answer(t, port, f"{BACK}:{back.port}")[0].status, 403,
                 "its own name")


@test
def tunnel_leads_outer_names_to_inner_ones(t):
    one, two = Server(t, echo), Server(t, echo)
    url = f"tcp://{BACK}:{one.port}"
    _, port = start(t, target(one), target(two),
                    targets=[f"*.db.example.com:5432 = {url}",
                             f"[::1]:5432 = {url}"])
    for name in ("a.db.example.com:5432", "B.DB.example.com:5432",
                 "[0:0:0::1]:5432", f"{BACK}:{two.port}"):
        talk(opened(dial(t, port), name))
    for name in ("db.example.com:5432", "a.b.db.example.com:5432",
                 "a.db.example.com:5433", f"{BACK}:{one.port}"):
        expect_equal(answer(t, port, name)[0].status, 403, name)


@test
def tunnel_through_tls_to_tls_and_through_another(t):
    back = Server.with_certificate(t, echo)
    inner_port = t.ports.one()
    plain = Server(t, echo)
    inner = tunnel("inner", conf.accept("http", inner_port, path="/"),
                   [target(plain)])
    _, port = start(t, target(back, "tls", certs=t.certs),
                    conf.connect("tcp", inner_port, name="proxy.test"),
                    scheme="https", more=[inner])
    stream = dial_tls(t, port, trust=t.certs.front)
    talk(opened(stream, f"{BACK}:{back.port}"))
    stream = dial_tls(t, port, trust=t.certs.front)
    opened(stream, f"proxy.test:{inner_port}")
    talk(opened(stream, f"{BACK}:{plain.port}"), b"x" * 100000)
    stream.finish()
    expect_equal(stream.receive_all(), b"", "rest")
    expect_equal(stream.end, "clean", "end")


@test
def tunnel_carries_the_clients_own_tls(t):
    back = Server.with_certificate(t, echo)
    _, port = start(t, target(back), scheme="https")
    stream = dial_tls(t, port, trust=t.certs.front)
    opened(stream, f"{BACK}:{back.port}")
    stream.start_tls(Tls(client_context(t.certs.back), name=BACK))
    talk(stream)


@test
def tunnel_stands_beside_other_services(t):
    back = Server(t, echo)
    port = t.ports.one()
    page = conf.respond("page", conf.accept("http", port, path="/page"),
                        body="page\n")
    Gateway(t, conf.gateway(
        page, tunnel("out", conf.accept("http", port, path="/"),
                     [target(back)]))).start()
    stream = dial(t, port)
    expect_equal(httpraw.ask(stream, "/page").body, b"page\n", "page")
    expect_equal(httpraw.ask(stream, "/").status, 405, "the tunnel's path")
    talk(opened(stream, f"{BACK}:{back.port}"))


@test
def tunnel_is_501_where_none_stands(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(
        conf.respond("page", conf.accept("http", port, path="/"),
                     body="page\n"))).start()
    for name in (f"gateway.test:{port}", "elsewhere.test:443"):
        response, stream = answer(t, port, name)
        expect_equal(response.status, 501, name)
        expect_equal(stream.receive_all(), b"", f"behind it, {name}")


@test
def tunnel_ends_abruptly_when_an_end_does(t):
    back = Server(t)
    gateway, port = start(t, target(back))
    name = f"{BACK}:{back.port}"
    stream = opened(dial(t, port), name)
    far = back.accept()
    stream.abort()
    far.receive_all()
    expect_equal(far.end, "reset", "the back-end's end")
    stream = opened(dial(t, port), name)
    back.accept().abort()
    stream.receive_all()
    expect_equal(stream.end, "reset", "the client's end")


@test
def tunnel_shows_a_client_that_was_cut_off(t):
    back = Server(t)
    _, port = start(t, target(back), scheme="https")
    stream = opened(dial_tls(t, port), f"{BACK}:{back.port}")
    far = back.accept()
    stream.send(b"half")
    expect_equal(far.receive(4), b"half", "data")
    stream.fin()
    far.receive_all()
    expect_equal(far.end, "reset", "FIN without close_notify")


@test
def tunnel_gives_up_a_back_end_that_nobody_waits_for(t):
    back = Server(t)
    gateway, port = start(t, target(back, "tls", certs=t.certs))
    stream = dial(t, port)
    stream.send(f"CONNECT {BACK}:{back.port} HTTP/1.1\r\nHost: x\r\n\r\n"
                .encode())
    far = back.accept()
    far.receive(5)  # it is connected to
    stream.abort()
    far.receive_all()
    gateway.wait_log("stream ended.*ended_by=client")


@test
def tunnel_ends_when_idle_and_after_half_an_end(t):
    back = Server(t)
    gateway, port = start(t, target(back, idle_timeout="400ms"))
    stream = opened(dial(t, port), f"{BACK}:{back.port}")
    far = back.accept()
    stream.receive_all()
    far.receive_all()
    gateway.wait_log("no payload for idle_timeout")


@test
def tunnel_moves_much_both_ways(t):
    back = Server(t, echo)
    gateway, port = start(t, target(back))
    stream = opened(dial(t, port), f"{BACK}:{back.port}")
    data = bytes(range(256)) * 65536  # 16 MiB
    expect(stream.exchange(data, len(data)) == data, "16 MiB came back wrong")
    stream.finish()
    stream.receive_all()
    line = gateway.wait_log("stream ended.*request=")
    expect_in(f"bytes_in={len(data)}", line, "log")
    expect_in(f"bytes_out={len(data)}", line, "log")


@test
def tunnel_is_spliced(t):
    back = Server(t)
    gateway, port = start(t, target(back))
    before = held(gateway)
    stream = opened(dial(t, port), f"{BACK}:{back.port}")
    stream.offer(64 << 20, bytes(1 << 20), quiet=0.2)  # until all is full
    t.wait("a pipe", lambda: held(gateway) > before)


@test
def tunnel_ends_in_a_websocket(t):
    def server(stream):
        wsraw.answer(stream)
        kind, text = wsraw.read_message(stream)
        stream.send(wsraw.frame(wsraw.BINARY, text.upper(), mask=None))
        return kind, text
    back = Server(t, server)
    _, port = start(t, target(back, "ws", message_delimiter="\\n"))
    stream = opened(dial(t, port), f"{BACK}:{back.port}")
    stream.send(b"half")
    stream.send(b" line\n")
    expect_equal(stream.receive(10), b"HALF LINE\n", "answer")
    expect_equal(back.result(), (wsraw.BINARY, b"half line\n"), "message")


@test
def tunnel_lists_change_with_a_reload(t):
    one, two = Server(t, echo), Server(t, echo)
    gateway, port = start(t, target(one))
    old = opened(dial(t, port), f"{BACK}:{one.port}")
    text = gateway.conf.read_text()
    gateway.conf.write_text(text.replace(f":{one.port}", f":{two.port}"))
    gateway.signal(signal.SIGHUP)
    t.wait("the new list", lambda: ask(
        dial(t, port), f"{BACK}:{two.port}")[0] == 200)
    expect_equal(answer(t, port, f"{BACK}:{one.port}")[0].status, 403,
                 "the old name")
    talk(old)


@test
def tunnel_below_layers_of_exchanges(t):
    back = Server(t, echo)
    port = t.ports.one()
    hop = conf.accept("http", port, path="/", insert=[
        {"layer": "cors", "cors": {"origins": ["https://app.example"]}}])
    Gateway(t, conf.gateway(tunnel("out", hop, [target(back)]))).start()
    name = f"{BACK}:{back.port}"
    talk(opened(dial(t, port), name), b"x" * 1000000)
    status, _ = ask(dial(t, port), name,
                    extra="Origin: https://app.example\r\n")
    expect_equal(status, 403, "a page of another site")


@test
def tunnel_byte_by_byte_and_through_failures(t):
    """What was sent ahead, too; and no error at any byte does harm."""
    back = Server(t, echo)
    name = f"{BACK}:{back.port}"
    request = f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\nahead".encode()

    def begin(**how):
        port = t.ports.one()
        chaos = [{"above": "tcp", "layer": "chaos", "chaos": how}]
        hop = conf.accept("http", port, path="/", insert=chaos)
        gateway = Gateway(t, conf.gateway(tunnel("out", hop, [target(
            back, insert=[{"layer": "chaos", "chaos": how}])]))).start()
        stream = dial(t, port)
        try:
            stream.send(request)
        except ConnectionResetError:
            pass
        return gateway, stream
    gateway, stream = begin(chunk=1)
    expect_equal(httpraw.read_head(stream)[0], 200, "status")
    expect_equal(stream.receive(5), b"ahead", "what was sent ahead")
    talk(stream, b"x" * 5000)
    gateway.stop()
    for at in (1, len(request) - 6, len(request) - 5, len(request) - 1):
        gateway, stream = begin(error_at=at, chunk=3)
        stream.receive_all()
        gateway.stop()


@test
def tunnel_is_left_open_by_a_drain_until_its_end(t):
    back = Server(t, echo)
    gateway, port = start(t, target(back))
    stream = opened(dial(t, port), f"{BACK}:{back.port}")
    talk(stream)
    gateway.signal(signal.SIGTERM)
    gateway.wait_log("draining")
    talk(stream)
    stream.finish()
    expect_equal(stream.receive_all(), b"", "rest")
    expect_equal(stream.end, "clean", "end")
    expect_equal(gateway.wait_end(), 0, "status")


@test
def tunnel_is_chosen_by_server_name(t):
    """Nothing in CONNECT tells two tunnels apart, but TLS does."""
    port = t.ports.one()
    back = {name: Server(t, echo) for name in ("one.test", "two.test")}
    Gateway(t, conf.gateway(*(
        tunnel(name.partition(".")[0], hop(t, "https", port, name, name),
               [target(server)]) for name, server in back.items()))).start()
    for name, server in back.items():
        for asked, other in back.items():
            stream = dial_tls(t, port, name=name, context=context_for(t))
            status, _ = ask(stream, f"{BACK}:{other.port}")
            expect_equal(status, 200 if asked == name else 403,
                         f"{asked}'s target at {name}")


# -- settings ----------------------------------------------------------------

@test
def tunnel_settings_that_are_wrong(t):
    port = t.ports.one()
    hop = conf.accept("http", port, path="/")
    tcp = conf.connect("tcp", 5432)
    rows = (
        (tunnel("a", hop, [conf.connect("http", 80)]), "leave http out"),
        (tunnel("a", conf.accept("tcp", port), [tcp]), "takes exchanges"),
        (tunnel("a", conf.accept("ws", port), [tcp]), "takes exchanges"),
        (conf.service("a", hop, type="tunnel"), "connect is missing"),
        (tunnel("a", hop, [tcp], targets=["x:1 = 1"]),
         "no connect pipeline is"),
        (tunnel("a", hop, [tcp], targets=["x = 0"]), "host:port = URL"),
        (tunnel("a", hop, [{"layers": [{"tcp": {"address": "127.0.0.1:1"}}]}]),
         "has no URL with host and port"),
    )
    for service, words in rows:
        done = check(t, service)
        expect_equal(done.returncode, 1, f"{service}: {done.stderr}")
        expect_in(words, done.stderr, str(service))


@test
def tunnel_is_no_hint_where_exchanges_meet_bytes(t):
    done = check(t, conf.service("a", conf.accept("tcp", t.ports.one()),
                                 conf.connect("http", 80)))
    expect_in("put ws on top of services.a.connect", done.stderr, "check")
    done = check(t, conf.service("a", conf.accept("http", t.ports.one()),
                                 conf.connect("tcp", 80)))
    expect_in('choose type = "tunnel"', done.stderr, "check")


@test
def tunnel_is_alone_on_its_address(t):
    port = t.ports.one()
    tcp = conf.connect("tcp", 5432)
    hop = conf.accept("http", port, path="/")
    done = check(t, tunnel("one", hop, [tcp]),
                 tunnel("two", conf.accept("http", port, path="/b"), [tcp]))
    expect_equal(done.returncode, 1, done.stderr)
    expect_in("both open tunnels", done.stderr, "check")
    done = check(t, tunnel("one", [hop, conf.accept("http", port, path="/b")],
                           [tcp]))
    expect_equal(done.returncode, 0, done.stderr)


@test
def tunnel_is_explained(t):
    path = t.file("x.conf", conf.text(conf.gateway(tunnel(
        "out", conf.accept("http", t.ports.one(), path="/"),
        ["tcp://pg.test:5432", "tls://mail.test:993"],
        targets=["*.db.example.com:5432 = tcp://pg.test:5432"]))))
    done = command(t, "explain", "-c", path)
    expect_equal(done.returncode, 0, done.stderr)
    for words in ("*.db.example.com:5432 leads to connect 0: "
                  "tcp://pg.test:5432",
                  "mail.test:993 leads to connect 1: tls://mail.test:993"):
        expect_in(words, done.stdout, "explain")
