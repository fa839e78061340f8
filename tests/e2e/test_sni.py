# SPDX-License-Identifier: MIT
"""Services on one address, told apart by server name and protocol."""
import signal
import socket

from lib import conf, httpraw, tools
from lib.gateway import Gateway, command
from lib.harness import Failure, expect, expect_equal, expect_in, test
from lib.streams import Tls, client_context, dial, dial_tls
from lib.tinyca import TinyCA

UNRECOGNIZED_NAME = 112
NO_APPLICATION_PROTOCOL = 120


def authority(t):
    """A certificate authority of this test's own."""
    ca = TinyCA(t.tmp / "ca")
    if not ca.folder.exists():
        ca.folder.mkdir()
        ca.authority("front")
    return ca


def identity(t, names):
    """A certificate for `names`."""
    ca = authority(t)
    stem = names[0].replace("*", "any").replace(".", "-")
    if not (ca.folder / f"{stem}.pem").exists():
        ca.issue(stem, "front", ",".join(f"DNS:{n}" for n in names))
    return {"certificate": str(ca.folder / f"{stem}.pem"),
            "private_key": str(ca.folder / f"{stem}.key")}


def hop(t, scheme, port, name, *names, **tls):
    """An accept hop for `name`; asked for by `names` when there are some."""
    settings = {**identity(t, [name, *names]), **tls}
    if names:
        settings["sni"] = list(names)
    return {"url": conf.url(scheme, name, port, "/"),
            "tcp": {"bind": conf.address(port)}, "tls": settings}


def answering(t, port, name, *names, **tls):
    """A service that answers with its own name."""
    return conf.respond(name.partition(".")[0],
                        hop(t, "https", port, name, *names, **tls),
                        body=name)


def context_for(t, *protocols, names=True):
    context = client_context(authority(t).front)
    context.check_hostname = names
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def ask(t, port, sni, host):
    """A verified request; returns the response."""
    stream = dial_tls(t, port, name=sni, context=context_for(t, names=False))
    response = httpraw.ask(stream, "/", host)
    stream.close()
    return response


def shown_to(t, port, sni):
    """The first name in the certificate that a client is shown."""
    stream = dial_tls(t, port, name=sni, context=context_for(t, names=False))
    names = stream.filters[0].session.getpeercert()["subjectAltName"]
    stream.close()
    return names[0][1]


def refusal(t, port, *options):
    """What `openssl s_client` says when it is refused."""
    return tools.run(
        t, ["sh", "-c", 'exec "$@" 2>&1 </dev/null', "sh",
            t.tool("openssl"), "s_client", "-connect", f"127.0.0.1:{port}",
            *options], status=1).decode(errors="replace")


@test
def each_name_is_a_service_of_its_own(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(
        answering(t, port, "one.test"),
        answering(t, port, "two.test", min_version="1.3"))).start()
    for name in ("one.test", "two.test", "ONE.test", "Two.TEST"):
        response = ask(t, port, name, name.lower())
        expect_equal(response.body.decode(), name.lower(), f"for {name}")


@test
def wildcards_stand_for_one_label(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(
        answering(t, port, "one.test"),
        answering(t, port, "any.test", "*.test"))).start()
    expect_equal(shown_to(t, port, "one.test"), "one.test", "exact")
    expect_equal(shown_to(t, port, "other.TEST"), "any.test", "wildcard")
    told = refusal(t, port, "-servername", "a.b.test")
    expect_in("alert number 112", told, "two labels")
    expect_equal(ask(t, port, "x.test", "any.test").status, 200, "its Host")


@test
def unknown_names_get_the_alert_and_one_line(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(
        answering(t, port, "one.test"), answering(t, port, "two.test")))
    gateway.start()
    for version in ("-tls1_2", "-tls1_3"):
        told = refusal(t, port, version, "-servername", "three.test")
        expect_in("unrecognized name", told, version)
        expect_in(f"alert number {UNRECOGNIZED_NAME}", told, version)
    expect_in(f"alert number {UNRECOGNIZED_NAME}",
              refusal(t, port, "-noservername"), "no name")
    line = gateway.wait_log(r"connection refused.*name=three\.test")
    for part in (f"listener=127.0.0.1:{port}", "peer=127.0.0.1:",
                 "layer=tls", "one.test, two.test", "tls.sni or tls.default"):
        expect_in(part, line, "the log line")
    gateway.wait_log(r"connection refused.*asks for no name")


@test
def the_default_takes_unknown_names(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(
        answering(t, port, "one.test"),
        answering(t, port, "two.test", default=True))).start()
    expect_equal(shown_to(t, port, "three.test"), "two.test", "unknown")
    expect_equal(shown_to(t, port, None), "two.test", "none")
    expect_equal(shown_to(t, port, "one.test"), "one.test", "known")


@test
def a_host_of_another_name_is_misdirected(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(
        answering(t, port, "one.test"),
        answering(t, port, "two.test"))).start()
    expect_equal(ask(t, port, "one.test", "two.test").status, 421, "status")
    context = context_for(t)
    stream = dial_tls(t, port, name="one.test", context=context)
    for host, status in (("one.test", 200), ("two.test", 421),
                         ("one.test", 200)):
        response = httpraw.ask(stream, "/", host)
        expect_equal(response.status, status, f"on one connection: {host}")
        if response.field("connection") == "close":
            stream = dial_tls(t, port, name="one.test", context=context)
    stream.close()


@test
def protocols_choose_between_a_websocket_and_a_raw_service(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(
        answering(t, port, "one.test", alpn=["http/1.1"]),
        conf.echo("raw", hop(t, "tls", port, "one.test",
                             alpn=["x-echo", "x-other"])),
        answering(t, port, "two.test"))).start()

    def chosen(*protocols):
        stream = dial_tls(t, port, name="one.test",
                          context=context_for(t, *protocols))
        return stream, stream.filters[0].session.selected_alpn_protocol()

    stream, protocol = chosen("x-echo")
    expect_equal(protocol, "x-echo", "protocol")
    stream.send(b"GET / HTTP/1.1\r\n")
    expect_equal(stream.receive(16), b"GET / HTTP/1.1\r\n", "its echo")
    stream.close()
    stream, protocol = chosen("x-other", "http/1.1")
    expect_equal(protocol, "http/1.1", "the first service's protocol")
    expect_equal(httpraw.ask(stream, "/", "one.test").status, 200, "status")
    stream.close()
    stream, protocol = chosen()
    expect_equal(httpraw.ask(stream, "/", "one.test").status, 200, "without")
    stream.close()
    told = refusal(t, port, "-servername", "one.test", "-alpn", "h9")
    expect_in(f"alert number {NO_APPLICATION_PROTOCOL}", told, "unknown")


class Slow:
    """A TLS client whose hello is sent in parts."""

    def __init__(self, t, address, name):
        self.tls = Tls(context_for(t), name=name)
        self.tls.handshake()
        self.hello = self.tls.output()
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.sock = socket.socket(family)
        self.sock.settimeout(t.patience)
        self.sock.connect(address)
        t.defer(self.sock.close)

    def send(self, count=None):
        part = self.hello[:count]
        self.hello = self.hello[len(part):]
        self.sock.sendall(part)

    def finish(self):
        """The rest, and the handshake; returns who is shown."""
        self.send()
        while not self.tls.handshake():
            self.sock.sendall(self.tls.output())
            data = self.sock.recv(65536)
            expect(data, "the gateway ended the handshake")
            self.tls.incoming.write(data)
        self.sock.sendall(self.tls.output())
        return self.tls.session.getpeercert()["subjectAltName"][0][1]


def two_services(t, port, *more):
    return conf.gateway(answering(t, port, "one.test"),
                        answering(t, port, "two.test"), *more, drain="1h")


@test
def a_hello_may_come_byte_by_byte(t):
    port = t.ports.one()
    Gateway(t, two_services(t, port)).start()
    client = Slow(t, ("127.0.0.1", port), "two.test")
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while len(client.hello) > 1:
        client.send(1)
    expect_equal(client.finish(), "two.test", "who is shown")


@test
def a_unix_socket_has_names_too(t):
    path = str(t.tmp / "front.sock")
    services = []
    for name in ("one.test", "two.test"):
        services.append(conf.echo(name[:3], {
            "layers": [{"tcp": {"bind": f"unix:{path}"}},
                       {"tls": {**identity(t, [name]), "sni": [name]}}]}))
    Gateway(t, conf.gateway(*services)).start()
    client = Slow(t, path, "two.test")
    client.send(100)
    expect_equal(client.finish(), "two.test", "who is shown")


@test
def many_may_wait_at_once(t):
    port = t.ports.one()
    gateway = Gateway(t, two_services(t, port))
    gateway.start()
    clients = [Slow(t, ("127.0.0.1", port), f"{name}.test")
               for name in ("one", "two") * 100]
    for client in clients:
        client.send(50)
    for number, client in enumerate(clients):
        expect_equal(client.finish(), ("one.test", "two.test")[number % 2],
                     "who is shown")


@test
def who_waits_over_a_reload_finds_the_services_of_now(t):
    port = t.ports.one()
    gateway = Gateway(t, two_services(t, port))
    gateway.start()
    waiting = [Slow(t, ("127.0.0.1", port), name)
               for name in ("two.test", "three.test")]
    for client in waiting:
        client.send(100)
    gateway.conf.write_text(conf.text(conf.gateway(
        answering(t, port, "three.test"), answering(t, port, "two.test"))))
    gateway.signal(signal.SIGHUP)
    t.wait("the new service", lambda: reachable(t, port, "three.test"))
    for client, name in zip(waiting, ("two.test", "three.test")):
        expect_equal(client.finish(), name, "who is shown")


def reachable(t, port, name):
    try:
        return shown_to(t, port, name) == name
    except (OSError, Failure):
        return False


@test
def a_reload_keeps_the_names_of_open_connections_apart(t):
    port = t.ports.one()
    gateway = Gateway(t, two_services(t, port))
    gateway.start()
    stream = dial_tls(t, port, name="two.test", context=context_for(t))
    expect_equal(httpraw.ask(stream, "/", "two.test").status, 200, "before")
    gateway.conf.write_text(conf.text(
        two_services(t, port, answering(t, port, "three.test"))))
    gateway.signal(signal.SIGHUP)
    t.wait("the new service", lambda: reachable(t, port, "three.test"))
    for host, status in (("two.test", 200), ("one.test", 421)):
        expect_equal(httpraw.ask(stream, "/", host).status, status, host)


@test
def who_waits_is_served_by_a_gateway_that_ends(t):
    port = t.ports.one()
    gateway = Gateway(t, two_services(t, port))
    gateway.start()
    client = Slow(t, ("127.0.0.1", port), "two.test")
    client.send(100)
    shown_to(t, port, "one.test")  # by now the first was accepted
    gateway.signal(signal.SIGTERM)
    gateway.wait_log("draining")
    expect_equal(client.finish(), "two.test", "who is shown")
    client.sock.close()
    expect_equal(gateway.wait_end(), 0, "status")


@test
def what_a_client_asks_for_cannot_steer_the_log(t):
    port = t.ports.one()
    gateway = Gateway(t, two_services(t, port))
    gateway.start()
    client = Slow(t, ("127.0.0.1", port), "abcdefgh.test")
    client.hello = client.hello.replace(b"abcdefgh", b"a\x1b[31m\nX")
    client.send()
    expect_equal(client.sock.recv(100)[:1], b"\x15", "an alert")
    line = gateway.wait_log("connection refused")
    expect_in("name=a?[31m?X.test", line, "the log line")


@test
def plain_text_and_silence_do_no_harm(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(
        conf.respond("one", {**hop(t, "https", port, "one.test"),
                             "opening_timeout": "5s"}, body="one"),
        answering(t, port, "two.test")))
    gateway.start()
    plain = dial(t, port)
    plain.send(b"GET / HTTP/1.1\r\nHost: one.test\r\n\r\n")
    expect_in(b"HTTP/1.1 400 ", plain.receive_all(), "the answer")
    gateway.wait_log(r"connection ended.*layer=tls.*HTTP")
    silent = dial(t, port)
    silent.receive_all()
    gateway.wait_log(r"connection ended.*opening_timeout")
    cut = dial(t, port)
    cut.send(b"\x16\x03\x01\x02\x00\x01")
    cut.close()
    expect_equal(shown_to(t, port, "two.test"), "two.test", "afterwards")


@test
def explain_shows_the_tree(t):
    port = t.ports.one()
    settings = conf.gateway(
        answering(t, port, "one.test", alpn=["http/1.1"]),
        conf.echo("raw", hop(t, "tls", port, "one.test", alpn=["x-echo"])),
        answering(t, port, "two.test", default=True))
    file = t.file("tree.conf", conf.text(settings))
    text = command(t, "explain", "-c", file).stdout
    for part in (f"listener 127.0.0.1:{port}", "name one.test",
                 "protocol http/1.1", "protocol x-echo",
                 "name two.test", "and every other name, and none"):
        expect_in(part, text, "explain")
    file = t.file("none.conf", conf.text(two_services(t, port)))
    expect_in("every other name, and none: refused",
              command(t, "explain", "-c", file).stdout, "without a default")


@test
def two_defaults_are_refused_by_name_and_line(t):
    port = t.ports.one()
    settings = conf.gateway(
        answering(t, port, "one.test", default=True),
        answering(t, port, "two.test", default=True))
    file = t.file("two.conf", conf.text(settings))
    done = command(t, "check", "-c", file)
    expect(done.returncode != 0, "it was accepted")
    for part in ("services.two.accept", "services.one.accept",
                 "and both take clients that ask for no name"):
        expect_in(part, done.stderr, "the error")
