# SPDX-License-Identifier: MIT
"""First of all: programs of others on both sides of each protocol."""
import json
import os

from lib import conf, httpraw, tools, wspeers
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import dial, dial_tls, server_context

TALK = b"a line to the other side\n"


def proxy(t, front, back, back_port, **more):
    """A gateway with one service; returns the front port."""
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs),
        conf.connect(back, back_port, t.certs), **more))).start()
    return port


def socat_cat(t):
    port = t.ports.one()
    server = tools.socat(t, f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork",
                         "EXEC:cat")
    server.wait_listening(port)
    return port


def talk(client):
    client.send(TALK)
    expect_equal(client.receive_until(b"\n"), TALK, "echo")


@test
def tcp_to_tcp_between_two_socats(t):
    port = proxy(t, "tcp", "tcp", socat_cat(t))
    client = tools.socat(t, "-", f"TCP:127.0.0.1:{port}")
    talk(client)
    data = os.urandom(300000).hex().encode()
    client.send_all(data)
    expect_equal(client.receive_all(), data, "all up to the end")
    expect_equal(client.wait_end(), 0, "socat's status")


@test
def unix_to_unix_between_two_socats(t):
    back, front = t.tmp / "back.sock", t.tmp / "front.sock"
    tools.socat(t, f"UNIX-LISTEN:{back},fork", "EXEC:cat")
    t.wait("socat's socket", back.exists)
    Gateway(t, conf.gateway(conf.service(
        "work", f"unix://{front}", f"unix://{back}"))).start()
    client = tools.socat(t, "-", f"UNIX-CONNECT:{front}")
    talk(client)
    client.end_input()
    expect_equal(client.receive_all(), b"", "nothing but the end")


@test
def tls_to_tcp_with_openssl_s_client(t):
    port = proxy(t, "tls", "tcp", socat_cat(t))
    for version in ("-tls1_2", "-tls1_3"):
        client = tools.openssl_client(t, port, version)
        talk(client)
        client.end()


@test
def tcp_to_tls_with_openssl_s_server(t):
    server = tools.openssl_server(t, "-rev")
    port = proxy(t, "tcp", "tls", server.port)
    client = tools.socat(t, "-", f"TCP:127.0.0.1:{port}")
    client.send(b"stressed\n")
    expect_equal(client.receive_until(b"\n"), b"desserts\n", "reversed line")


@test
def tcp_to_tls_sends_the_name_as_sni(t):
    server = tools.openssl_server(
        t, "-rev", "-servername", "backend.test", "-servername_fatal",
        "-cert2", t.certs.backend, "-key2", t.certs.backend_key,
        certificate="wrong")
    port = proxy(t, "tcp", "tls", server.port)
    client = dial(t, port)
    client.send(b"drawer\n")
    expect_equal(client.receive_until(b"\n"), b"reward\n", "reversed line")


@test
def tls_to_tls_between_gnutls_cli_and_gnutls_serv(t):
    server = tools.gnutls_server(t)
    port = proxy(t, "tls", "tls", server.port)
    client = tools.gnutls_client(t, port)
    talk(client)


@test
def tls_to_tls_between_openssl_and_gnutls_in_both_versions(t):
    server = tools.gnutls_server(
        t, "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2")
    port = proxy(t, "tls", "tls", server.port)
    talk(tools.openssl_client(t, port, "-tls1_3"))
    talk(tools.openssl_client(t, port, "-tls1_2"))


@test
def tls_with_an_rsa_certificate(t):
    port = t.ports.one()
    back = socat_cat(t)
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tls", port, t.certs, certificate="rsa"),
        conf.connect("tcp", back)))).start()
    for version in ("-tls1_2", "-tls1_3"):
        talk(tools.openssl_client(t, port, version))


@test
def tls_refuses_old_versions_and_static_rsa(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.echo(
        "work", conf.accept("tls", port, t.certs, certificate="rsa")))).start()
    for version, suites in (("-tls1", "ALL:@SECLEVEL=0"),
                            ("-tls1_1", "ALL:@SECLEVEL=0"),
                            ("-tls1_2", "AES128-GCM-SHA256"),
                            ("-tls1_2", "ECDHE-RSA-AES128-SHA")):
        client = tools.openssl_client(t, port, version, "-cipher", suites)
        expect(client.wait_end() != 0, f"{version} {suites} got through")
    talk(tools.openssl_client(t, port))


async def python_talk(connection):
    """Bytes behind the gateway: binary messages, one after another."""
    data = os.urandom(150000)
    await connection.send(data[:1])
    await connection.send(data[1:70000])
    await connection.send(data[70000:])
    got = b""
    while len(got) < len(data):
        message = await connection.recv()
        expect(isinstance(message, bytes), "bytes arrived as text")
        got += message
    expect_equal(got == data, True, "the same bytes")


@test
def ws_to_tcp_with_python_and_socat(t):
    wspeers.library()
    port = proxy(t, "ws", "tcp", socat_cat(t))
    wspeers.client(t, port, python_talk).result()


@test
def wss_to_tcp_with_python_and_socat(t):
    wspeers.library()
    port = proxy(t, "wss", "tcp", socat_cat(t))
    wspeers.client(t, port, python_talk, trust=t.certs.front).result()


@test
def wss_to_tcp_with_node_and_socat(t):
    t.npm("ws")
    port = proxy(t, "wss", "tcp", socat_cat(t))
    client = tools.node(t, "ws_bytes.js", f"wss://gateway.test:{port}/work",
                        t.certs.front)
    report = json.loads(client.receive_until(b"\n"))
    expect_equal(report, {"text": 0, "same": True, "code": 1000}, "Node saw")


@test
def wss_to_tls_with_node_and_gnutls_serv(t):
    t.npm("ws")
    port = proxy(t, "wss", "tls", tools.gnutls_server(t).port)
    client = tools.node(t, "ws_bytes.js", f"wss://gateway.test:{port}/work",
                        t.certs.front)
    report = json.loads(client.receive_until(b"\n"))
    expect_equal(report, {"text": 0, "same": True, "code": 1000}, "Node saw")


def bytes_to_ws(t, back, **tls):
    server = wspeers.WsServer(t, wspeers.echo, **tls)
    port = proxy(t, "tcp", back, server.port)
    client = tools.socat(t, "-", f"TCP:127.0.0.1:{port}")
    talk(client)
    path, fields = server.requests[0]
    expect_equal(path, "/back", "path of the request to the back-end")
    expect_equal(fields["Host"], f"backend.test:{server.port}",
                 "Host of the request to the back-end")
    client.end_input()
    expect_equal(client.receive_all(), b"", "nothing but the end")
    expect_equal(server.result(), (1000, ""), "how the server saw it close")


@test
def tcp_to_ws_with_socat_and_python(t):
    bytes_to_ws(t, "ws")


@test
def tcp_to_wss_with_socat_and_python(t):
    bytes_to_ws(t, "wss", tls=server_context(t.certs.backend,
                                             t.certs.backend_key))


def node_server(t, *certificate):
    server = tools.node(t, "ws_server.js", (port := t.ports.one()),
                        *certificate)
    server.receive_until(b"listening\n")
    server.port = port
    return server


@test
def tcp_to_wss_with_socat_and_node(t):
    server = node_server(t, t.certs.backend, t.certs.backend_key)
    port = proxy(t, "tcp", "wss", server.port)
    client = tools.socat(t, "-", f"TCP:127.0.0.1:{port}")
    talk(client)
    client.end_input()
    expect_equal(client.receive_all(), b"", "nothing but the end")
    report = json.loads(server.receive_until(b"\n"))
    expect_equal((report["path"], report["code"]), ("/back", 1000),
                 "Node's server saw")


def node_saw(client):
    """All echoes, a pong, and its own close code back (the answer to a Close
    repeats the code; RFC 6455 5.5.1 says nothing of the text)."""
    report = json.loads(client.receive_until(b"\n"))
    expect(report.pop("reason", "") in ("", "node is done"), "another reason")
    expect_equal(report, {"echoed": 10, "wrong": 0, "pongs": 1, "code": 4001},
                 "Node saw")


@test
def ws_to_ws_with_node_and_python(t):
    t.npm("ws")
    server = wspeers.WsServer(t, wspeers.echo)
    port = proxy(t, "ws", "ws", server.port)
    client = tools.node(t, "ws_client.js", f"ws://gateway.test:{port}/work")
    node_saw(client)
    expect_equal(server.result(), (4001, "node is done"),
                 "close code and text at the back-end")


@test
def wss_to_wss_with_node_on_both_sides(t):
    server = node_server(t, t.certs.backend, t.certs.backend_key)
    port = proxy(t, "wss", "wss", server.port)
    client = tools.node(t, "ws_client.js", f"wss://gateway.test:{port}/work",
                        t.certs.front)
    node_saw(client)
    report = json.loads(server.receive_until(b"\n"))
    expect_equal((report["messages"], report["code"], report["reason"]),
                 (10, 4001, "node is done"), "Node's server saw")


@test
def wss_to_ws_with_compression_offered_and_none_taken_needlessly(t):
    """A client that offers permessage-deflate gets a correct answer."""
    server = wspeers.WsServer(t, wspeers.echo, compression="deflate")
    port = proxy(t, "wss", "ws", server.port)

    async def play(connection):
        for message in ("x" * 5000, b"\0" * 5000, ""):
            await connection.send(message)
            expect_equal(await connection.recv(), message, "echo")
        await connection.close(1000, "enough")
        return connection.close_code
    code = wspeers.client(t, port, play, trust=t.certs.front,
                          compression="deflate").result()
    expect_equal(code, 1000, "close code at the client")
    expect_equal(server.result(), (1000, "enough"), "close at the back-end")


@test
def ws_echo_service_with_node(t):
    t.npm("ws")
    port = t.ports.one()
    Gateway(t, conf.gateway(
        conf.echo("work", conf.accept("ws", port)))).start()
    client = tools.node(t, "ws_client.js", f"ws://gateway.test:{port}/work")
    node_saw(client)


@test
def echo_service_over_tcp_and_tls(t):
    plain, secure = t.ports.one(), t.ports.one()
    Gateway(t, conf.gateway(
        conf.echo("plain", conf.accept("tcp", plain)),
        conf.echo("secure", conf.accept("tls", secure, t.certs)))).start()
    data = os.urandom(1000000)
    for stream in (dial(t, plain), dial_tls(t, secure, trust=t.certs.front)):
        expect(stream.exchange(data, len(data)) == data, "another echo")
        stream.finish()
        expect_equal((stream.receive_all(), stream.end), (b"", "clean"),
                     "the end")


@test
def ipv6_addresses_in_urls(t):
    """Host has them in brackets, on the way in and on the way out."""
    t.ipv6()
    server = wspeers.WsServer(t, wspeers.echo, ip="::1")
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", f"ws://[::1]:{port}/work", f"ws://[::1]:{server.port}/back")))
    gateway.ports = [port]
    gateway.start()

    async def play(connection):
        await connection.send("hello")
        return await connection.recv()
    got = wspeers.client(t, port, play, ip="::1", host="[::1]").result()
    expect_equal(got, "hello", "echo")
    expect_equal(server.requests[0][1]["Host"], f"[::1]:{server.port}", "Host")


@test
def one_service_with_several_ways_in(t):
    ports = [t.ports.one() for _ in range(3)]
    Gateway(t, conf.gateway(conf.echo("work", [
        conf.accept("tcp", ports[0]), conf.accept("tls", ports[1], t.certs),
        {"url": f"ssl://gateway.test:{ports[2]}",
         "tcp": {"bind": f"127.0.0.1:{ports[2]}"},
         "tls": {"certificate": t.certs.gateway,
                 "private_key": t.certs.gateway_key}}]))).start()
    for stream in (dial(t, ports[0]),
                   dial_tls(t, ports[1], trust=t.certs.front),
                   dial_tls(t, ports[2], trust=t.certs.front)):
        expect_equal(stream.exchange(b"hello", 5), b"hello", "echo")


@test
def http_respond_with_curl(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.respond(
        "work", conf.accept("http", port), body="hello\n"))).start()
    url = f"http://gateway.test:{port}/work"
    expect_equal(tools.curl(t, port, url), b"hello\n", "curl got")
    head = tools.curl(t, port, url, "--head").decode()
    expect_in("HTTP/1.1 200", head, "the head")
    expect_in("Content-Length: 6", head, "the head")


@test
def https_keep_alive_with_curl(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.respond(
        "work", conf.accept("https", port, t.certs), body="hello\n"))).start()
    url = f"https://gateway.test:{port}/work"
    report = tools.curl(t, port, url, url, url, "--cacert", t.certs.front,
                        "--http1.1", "--write-out", "%{num_connects} ")
    expect_equal(report, b"hello\n1 hello\n0 hello\n0 ",
                 "bodies and new connections")


@test
def https_pipelined_requests(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.respond(
        "work", conf.accept("https", port, t.certs), body="hello\n"))).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.send(httpraw.request("/work") * 20)
    for _ in range(20):
        response = httpraw.read_response(stream)
        expect_equal((response.status, response.body), (200, b"hello\n"),
                     "a pipelined response")
    expect_equal(stream.available(), b"", "nothing more")


@test
def tls_back_end_in_python_sees_the_bytes_of_python(t):
    """Both ends in one process, to see each side's end exactly."""
    server = Server.with_certificate(t, echo)
    port = proxy(t, "tls", "tls", server.port)
    stream = dial_tls(t, port, trust=t.certs.front)
    data = os.urandom(500000)
    expect(stream.exchange(data, len(data)) == data, "another echo")
    stream.finish()
    expect_equal((stream.receive_all(), stream.end), (b"", "clean"), "the end")
    expect_equal(server.result(), (len(data), "clean"), "the back-end saw")
