# SPDX-License-Identifier: MIT
"""Sessions that are resumed: by clients with tickets, and with back-ends."""
import os
import shutil
import signal
import socket
import ssl

from lib import conf, tools
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server
from lib.streams import client_context, dial, server_context

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


# -- clients ------------------------------------------------------------------


class Client:
    """Python's client, which keeps its last session."""

    def __init__(self, t, port, *, version=ssl.TLSVersion.TLSv1_3,
                 certificate=False):
        self.t, self.port = t, port
        self.context = client_context(t.certs.front, version=version)
        if certificate:
            self.context.load_cert_chain(t.certs.client, t.certs.client_key)
        self.session = None

    def visit(self, text=b"hello"):
        """Connect, be echoed, go. Returns whether the session was resumed."""
        with socket.create_connection(("127.0.0.1", self.port),
                                      self.t.patience) as sock:
            tls = self.context.wrap_socket(sock, server_hostname="gateway.test",
                                           session=self.session)
            tls.sendall(text)
            got = b""
            while len(got) < len(text):
                part = tls.recv(100)
                expect(part, "the gateway ended")
                got += part
            expect_equal(got, text, "echo")
            resumed, self.session = tls.session_reused, tls.session
            return resumed


def hop(t, port, **tls):
    return conf.accept("tls", port, t.certs, tls=tls)


def start(t, accept, **more):
    return Gateway(t, conf.gateway(conf.echo("work", accept), **more)).start()


def reload(gateway):
    done = "new configuration is taken over"
    count = gateway.log().count(done)
    gateway.signal(signal.SIGHUP)
    gateway.wait_log(done, count + 1)


@test
def python_comes_back(t):
    port = t.ports.one()
    start(t, hop(t, port))
    for version in VERSIONS:
        client = Client(t, port, version=version)
        expect_equal([client.visit() for _ in range(4)],
                     [False, True, True, True], f"{version.name}")


@test
def openssl_comes_back(t):
    port = t.ports.one()
    start(t, hop(t, port))
    openssl = t.tool("openssl")
    session = t.tmp / "session.pem"
    for version in ("-tls1_2", "-tls1_3"):
        words = []
        for option in ("-sess_out", "-sess_in"):
            client = tools.Program(t, [
                openssl, "s_client", "-connect", f"127.0.0.1:{port}",
                "-servername", "gateway.test", version, option, session])
            client.send(b"hello\n")
            words.append(client.receive_until(b"\nhello\n"))
            client.end_input()
            client.wait_end()
        expect(b"New, TLSv1" in words[0], words[0])
        expect(b"Reused, TLSv1" in words[1], words[1])


@test
def gnutls_comes_back(t):
    port = t.ports.one()
    start(t, hop(t, port))
    done = tools.Program(t, [
        t.tool("gnutls-cli", "gnutls-bin"), "--resume", "--x509cafile",
        t.certs.front, "--port", port, "--sni-hostname", "gateway.test",
        "--verify-hostname", "gateway.test", "127.0.0.1"])
    done.end_input()
    output = done.receive_all()
    expect(b"This is a resumed session" in output, output)


@test
def without_tickets_nobody_comes_back(t):
    port = t.ports.one()
    start(t, hop(t, port, tickets=0))
    for version in VERSIONS:
        client = Client(t, port, version=version)
        expect_equal([client.visit() for _ in range(2)], [False, False],
                     version.name)


@test
def workers_take_each_others_tickets(t):
    port = t.ports.one()
    gateway = start(t, hop(t, port), workers=2)
    gateway.wait_workers(2)
    client = Client(t, port)
    client.visit()
    expect_equal({client.visit() for _ in range(20)}, {True}, "resumed")


@test
def tickets_outlive_a_reload(t):
    port = t.ports.one()
    gateway = start(t, hop(t, port))
    client = Client(t, port)
    client.visit()
    reload(gateway)
    expect_equal(client.visit(), True, "after a reload")


@test
def tickets_outlive_a_restart_by_a_file_only(t):
    key = t.file("ticket.key", os.urandom(64))
    text = t.file("ticket.hex", key.read_bytes().hex() + "\n")
    for first, second, wanted in ((key, text, True), (None, None, False)):
        port = t.ports.one()
        with_key = {"ticket_key": str(first)} if first else {}
        gateway = start(t, hop(t, port, **with_key))
        client = Client(t, port)
        client.visit()
        gateway.stop()
        with_key = {"ticket_key": str(second)} if second else {}
        gateway = start(t, hop(t, port, **with_key))
        expect_equal(client.visit(), wanted, f"with {first}")
        gateway.stop()


@test
def new_trust_ends_old_tickets(t):
    port = t.ports.one()
    trust = t.tmp / "trust.pem"
    shutil.copy(t.certs.back, trust)
    gateway = start(t, hop(t, port, client_auth="request",
                           client_trust=str(trust)))
    client = Client(t, port, certificate=True)
    expect_equal([client.visit(), client.visit()], [False, True], "before")
    with open(trust, "ab") as more, open(t.certs.front, "rb") as other:
        more.write(other.read())
    reload(gateway)
    expect_equal([client.visit(), client.visit()], [False, True], "after")


# -- back-ends ----------------------------------------------------------------


class BackEnd(Server):
    """Echoes once, and knows whether a session was resumed, and whose."""

    def __init__(self, t, version=None, **more):
        context = server_context(t.certs.backend, t.certs.backend_key)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(t.certs.back)
        context.load_verify_locations(t.certs.front)
        if version:
            context.minimum_version = context.maximum_version = version
        super().__init__(t, self.play, tls=context, **more)

    @staticmethod
    def play(stream):
        tls = stream.filters[-1].session
        stream.send(stream.receive(5))
        names = dict(part[0] for part in
                     (tls.getpeercert() or {}).get("subject", ()))
        stream.finish()
        stream.receive_all()
        return tls.session_reused, names.get("commonName")


def visit(t, port, server):
    stream = dial(t, port)
    expect_equal(stream.exchange(b"hello", 5), b"hello", "echo")
    stream.finish()
    stream.receive_all()
    return server.result()


@test
def back_ends_are_come_back_to(t):
    for version in VERSIONS:
        server, port = BackEnd(t, version), t.ports.one()
        gateway = Gateway(t, conf.gateway(conf.service(
            "work", conf.accept("tcp", port),
            conf.connect("tls", server.port, t.certs)))).start()
        expect_equal([visit(t, port, server)[0] for _ in range(4)],
                     [False, True, True, True], version.name)
        gateway.stop()


@test
def back_ends_are_met_in_full_without_resumption(t):
    server, port = BackEnd(t), t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port),
        conf.connect("tls", server.port, t.certs,
                     tls={"resumption": False})))).start()
    expect_equal([visit(t, port, server)[0] for _ in range(3)],
                 [False, False, False], "resumed")


@test
def no_identity_uses_the_session_of_another(t):
    server = BackEnd(t)
    ports = [t.ports.one() for _ in range(3)]
    who = [{}, {"certificate": t.certs.client, "private_key":
                t.certs.client_key},
           {"certificate": t.certs.other, "private_key": t.certs.other_key}]
    Gateway(t, conf.gateway(*(conf.service(
        f"work{i}", conf.accept("tcp", port),
        conf.connect("tls", server.port, t.certs, tls=tls))
        for i, (port, tls) in enumerate(zip(ports, who))))).start()
    names = [None, "client.test", "other.test"]
    for resumed in (False, True):
        for port, name in zip(ports, names):
            expect_equal(visit(t, port, server), (resumed, name),
                         f"a connection of {name}")


@test
def openssl_s_server_is_come_back_to(t):
    backend, port = t.ports.one(), t.ports.one()
    server = tools.Program(t, [
        t.tool("openssl"), "s_server", "-accept", f"127.0.0.1:{backend}",
        "-cert", t.certs.backend, "-key", t.certs.backend_key])
    server.wait_listening(backend)
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port),
        conf.connect("tls", backend, t.certs)))).start()
    for resumed in (False, True, True):
        stream = dial(t, port)
        stream.send(b"abc\n")
        words = server.receive_until(b"abc\n")
        server.send(b"cba\n")
        expect_equal(stream.receive(4), b"cba\n", "s_server")
        stream.finish()
        stream.receive_all()
        expect_equal(b"Reused session-id" in words, resumed, "s_server")


@test
def gnutls_serv_is_come_back_to(t):
    backend, port = t.ports.one(), t.ports.one()
    server = tools.Program(t, [
        t.tool("gnutls-serv", "gnutls-bin"), "--echo", "--port", backend,
        "--x509certfile", t.certs.backend,
        "--x509keyfile", t.certs.backend_key])
    server.wait_listening(backend)
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port),
        conf.connect("tls", backend, t.certs)))).start()
    for resumed in (False, True):
        stream = dial(t, port)
        expect_equal(stream.exchange(b"abc\n", 4), b"abc\n", "gnutls-serv")
        stream.finish()
        stream.receive_all()
        words = server.receive_until(b"- Channel binding")
        expect_equal(b"resumed session" in words, resumed, "gnutls-serv")
