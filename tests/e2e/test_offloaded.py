# SPDX-License-Identifier: MIT
"""An offloader in front terminates TLS; below it the gateway takes plain bytes
and keeps the secure meaning of its URLs, as a claim."""
import re
import select

from lib import conf, httpraw, tools, wsraw
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import dial, dial_tls, server_context
from test_bad_config import refuses

TEXT = b"hello, behind the offloader"


def hop(scheme, port, *, host="gateway.test", path="/work", public=443, **tls):
    """An accept hop whose URL is the public one; `port` is the socket's."""
    url = conf.url(scheme, host, public, path)
    return {"url": url, "tcp": {"bind": f"127.0.0.1:{port}"},
            "tls": {"mode": "offloaded", **tls}}


def start(t, *services, **more):
    return Gateway(t, conf.gateway(*services), **more).start()


def offloader(t, port, change=None):
    """Python's TLS in front of `port`; `change` may rewrite what is first sent.
    Returns its port."""
    def relay(client):
        plain = dial(t, port)
        head = client.receive_until(b"\r\n\r\n")
        plain.send(change(head) if change else head)
        pairs = [(plain, client), (client, plain)]
        while pairs:
            for pair in list(pairs):
                if pump(*pair):
                    pairs.remove(pair)
            select.select([s.sock for s, _ in pairs], [], [], t.patience)

    def pump(source, sink):
        """What is there by now; True at the end."""
        data = source.available()
        source.received.clear()
        if data:
            sink.send(data)
        if source.end:
            sink.finish()
        return source.end

    context = server_context(t.certs.gateway, t.certs.gateway_key)
    return Server(t, relay, tls=context).port


def stunnel(t, port):
    """Stunnel in front of `port`; returns its port."""
    front = t.ports.one()
    settings = t.file("stunnel.conf", f"""
foreground = yes
pid =
[work]
accept = 127.0.0.1:{front}
connect = 127.0.0.1:{port}
cert = {t.certs.gateway}
key = {t.certs.gateway_key}
""")
    program = tools.Program(t, [t.tool("stunnel4"), settings])
    program.wait_listening(front)
    return front


def over_tls(t, port):
    return dial_tls(t, port, trust=t.certs.front, name="gateway.test")


def talk_ws(stream, host):
    wsraw.upgrade(stream, host=host)
    stream.send(wsraw.frame(wsraw.TEXT, TEXT))
    expect_equal(wsraw.read_message(stream), (wsraw.TEXT, TEXT), "echo")


def rewrite_host(head):
    return re.sub(rb"(?im)^host: .*\r$", b"Host: inside.test:8000\r", head)


@test
def host_preserved(t):
    port = t.ports.one()
    start(t, conf.echo("work", hop("wss", port)))
    for front in (stunnel(t, port), offloader(t, port)):
        talk_ws(over_tls(t, front), "gateway.test")


@test
def host_rewritten(t):
    port = t.ports.one()
    start(t, conf.echo("work", hop("wss", port, host="inside.test",
                                   public=8000)))
    talk_ws(over_tls(t, offloader(t, port, rewrite_host)), "gateway.test")
    stream = dial(t, port)
    response = httpraw.ask(stream, "/work", host="gateway.test")
    expect_equal(response.status, 421, "the public name is not this one")


@test
def https_and_tls_urls(t):
    web, raw = t.ports.one(), t.ports.one()
    server = Server(t, echo)
    start(t, conf.respond("web", hop("https", web, path="/"), body="fine"),
          conf.service("raw", hop("tls", raw, public=raw),
                       conf.connect("tcp", server.port)))
    stream = over_tls(t, offloader(t, web))
    response = httpraw.ask(stream, "/", host="gateway.test")
    expect_equal((response.status, response.body), (200, b"fine"), "https")
    stream = over_tls(t, stunnel(t, raw))
    expect_equal(stream.exchange(TEXT, len(TEXT)), TEXT, "tls")


@test
def what_is_claimed_is_not_secure(t):
    def text(*require):
        return conf.text(conf.gateway(conf.echo(
            "work", hop("wss", 9000), require=list(require))))
    refuses(t, text("front.secure"), ("front.secure", "claimed"))
    path = t.file("claimed.conf", text("front.secure.claimed"))
    done = command(t, "check", "-c", path)
    expect_equal(done.returncode, 0, done.stderr)
    done = command(t, "explain", "-c", path)
    expect_in("claimed", done.stdout, "explain")
    expect_in("offloaded", done.stdout, "explain")


@test
def what_has_no_effect_is_named(t):
    refuses(t, conf.text(conf.gateway(conf.echo(
        "work", hop("wss", 9000, certificate=t.certs.gateway,
                    private_key=t.certs.gateway_key,
                    client_auth="require", client_trust=t.certs.back)))),
            ("tls.certificate", "offloaded"), ("tls.private_key", "offloaded"),
            ("tls.client_auth", "offloaded"), ("tls.client_trust", "offloaded"))


@test
def without_the_mode_a_certificate_is_wanted(t):
    refuses(t, conf.text(conf.gateway(conf.echo(
        "work", hop("wss", 9000, mode="terminate")))), ("certificate",))


@test
def secure_and_offloaded_cannot_share_a_socket(t):
    secure = conf.accept("wss", 9000, t.certs, path="/secure")
    output = refuses(t, conf.text(conf.gateway(
        conf.echo("first", secure),
        conf.echo("second", hop("wss", 9000, public=9000, path="/other")))),
        ("secure",))
    expect("first" in output and "second" in output, output)


@test
def services_below_one_offloader_share_a_socket(t):
    port = t.ports.one()
    start(t, conf.echo("first", hop("wss", port, path="/first")),
          conf.respond("second", hop("https", port, host="other.test",
                                     path="/"), body="second"))
    stream = dial(t, port)
    response = httpraw.ask(stream, "/", host="other.test")
    expect_equal(response.body, b"second", "by Host")
    stream = dial(t, port)
    wsraw.upgrade(stream, path="/first", host="gateway.test")
