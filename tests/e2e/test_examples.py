# SPDX-License-Identifier: MIT
"""Every file of etc/examples is checked, started and used once."""
import shutil
import ssl

from lib import httpraw, tools, wspeers, wsraw
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, test
from lib.httpback import Recorder
from lib.servers import Server, echo
from lib.streams import client_context, dial, dial_tls, server_context
from test_sites import use_the_example
from test_stacks import installed_rot13, rot13

EXAMPLES = set()


def example(name):
    """Declare a test of one file of etc/examples."""
    EXAMPLES.add(name)
    return test(name=name)


def start(t, file, plugins=None, **variables):
    """The example in a folder with the files that it names; `check` must
    have nothing to say against it."""
    names = {"gateway.pem": t.certs.gateway, "gateway.key": t.certs.gateway_key,
             "client.pem": t.certs.client, "client.key": t.certs.client_key,
             "backend-ca.pem": t.certs.back}
    for name, path in names.items():
        shutil.copy(path, t.tmp / name)
    port = t.ports.one()
    text = (t.source / "etc" / "examples" / file).read_text()
    gateway = Gateway(t, text, name=file.removesuffix(".conf"))
    gateway.env.update({"GATEWAY_PORT": str(port)},
                       **{name: str(v) for name, v in variables.items()})
    if plugins:
        gateway.env["PENSTOCK_PLUGIN_PATH"] += f":{plugins}"
    gateway.ports = [port] + ([variables["GATEWAY_WS_PORT"]]
                              if "GATEWAY_WS_PORT" in variables else [])
    done = command(t, "check", "-c", gateway.conf, env=gateway.env)
    expect_equal(done.returncode, 0, f"check of {file} ({done.stderr})")
    expect("error" not in done.stderr.replace("0 errors", ""), done.stderr)
    gateway.start()
    return gateway, port


def talk(stream, text=b"hello"):
    expect_equal(stream.exchange(text, len(text)), text, "echo")


def talk_ws(stream, path, text=b"hello", kind=wsraw.BINARY):
    wsraw.upgrade(stream, path=path, host="localhost")
    stream.send(wsraw.frame(kind, text))
    expect_equal(wsraw.read_message(stream), (kind, text), "echo")


def tls(t, port):
    return dial_tls(t, port, trust=t.certs.front, name="localhost")


@example("echo.conf")
def example_echo(t):
    second = t.ports.one()
    _, port = start(t, "echo.conf", GATEWAY_WS_PORT=second)
    talk(tls(t, port))
    talk_ws(tls(t, second), "/echo", kind=wsraw.TEXT)


@example("http-proxy.conf")
def example_http_proxy(t):
    back = Recorder(t)
    _, port = start(t, "http-proxy.conf", BACKEND_PORT=back.port)
    for path, target, host in (
            ("/shop/cart?a=1", "/app/cart?a=1", f"localhost:{back.port}"),
            ("/other", "/other", "localhost")):
        response = httpraw.ask(dial(t, port), path, host="localhost",
                               extra="X-Debug-Me: 1\r\n")
        expect_equal(response.status, 200, path)
        got = back.requests.pop()
        expect_equal((got.target, got.all("host")), (target, [host]), path)
        expect_equal(got.all("x-environment"),
                     ["production"] if path != "/other" else [], path)


@example("client-certificates.conf")
def example_client_certificates(t):
    context = server_context(t.certs.backend, t.certs.backend_key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(t.certs.back)
    server = Server(t, echo, tls=context)
    shutil.copy(t.certs.back, t.tmp / "clients.pem")
    _, port = start(t, "client-certificates.conf", BACKEND_PORT=server.port)
    mine = client_context(t.certs.front)
    mine.load_cert_chain(t.certs.client, t.certs.client_key)
    talk_ws(dial_tls(t, port, context=mine, name="localhost"), "/quotes")


@example("directory.conf")
def example_directory(t):
    root = t.tmp / "www"
    root.mkdir()
    (root / "index.html").write_text("<p>the page")
    _, port = start(t, "directory.conf", GATEWAY_ROOT=root)
    response = httpraw.ask(tls(t, port), "/", host=f"localhost:{port}")
    expect_equal((response.status, response.body), (200, b"<p>the page"), "/")
    talk_ws(tls(t, port), "/echo", kind=wsraw.TEXT)


@example("http-respond.conf")
def example_http_respond(t):
    _, port = start(t, "http-respond.conf")
    url = f"http://localhost:{port}"
    expect_equal(tools.curl(t, port, f"{url}/health"), b"fine\n", "/health")
    stream = dial(t, port)
    response = httpraw.ask(stream, "/other", host=f"localhost:{port}")
    expect_equal((response.status, response.body),
                 (404, b"there is nothing here\n"), "/other")


@example("insert-layer.conf")
def example_insert_layer(t):
    folder = installed_rot13(t)
    server = Server(t, echo)
    _, port = start(t, "insert-layer.conf", folder, BACKEND_PORT=server.port)
    talk(tls(t, port))

    def play(stream):
        got = stream.receive(5)
        stream.finish()
        return got
    server.handler = play
    tls(t, port).send(rot13(b"Hello"))
    t.wait("the first session", lambda: server.results.qsize())
    got = server.result()
    while got != b"Hello":
        got = server.result()


@example("names.conf")
def example_names(t):
    _, port = start(t, "names.conf")
    for name, body in (("localhost", b"the web\n"),
                       ("gateway.test", b"the shop\n")):
        stream = dial_tls(t, port, trust=t.certs.front, name=name)
        response = httpraw.ask(stream, "/", host=f"{name}:{port}")
        expect_equal((response.status, response.body), (200, body), name)
    context = client_context(t.certs.front)
    context.set_alpn_protocols(["x-echo"])
    talk(dial_tls(t, port, name="localhost", context=context))


@example("offloaded.conf")
def example_offloaded(t):
    server = Server(t, echo)
    _, port = start(t, "offloaded.conf", BACKEND_PORT=server.port)
    stream = dial(t, port)
    wsraw.upgrade(stream, path="/quotes", host="gateway.example.com")
    stream.send(wsraw.frame(wsraw.BINARY, b"hello"))
    expect_equal(wsraw.read_message(stream), (wsraw.BINARY, b"hello"), "echo")


@example("redirect.conf")
def example_redirect(t):
    _, port = start(t, "redirect.conf")
    stream = dial(t, port)
    for path, location in (
            ("/a?b=c", "https://localhost:9443/a?b=c"),
            ("/old/x", "https://localhost:9443/new/x"),
            ("/docs", "https://docs.example.com/start?from=gateway")):
        response = httpraw.ask(stream, path, host=f"localhost:{port}")
        expect_equal((response.status, response.field("location")),
                     (301, location), path)


@example("tcp-to-tls.conf")
def example_tcp_to_tls(t):
    server = Server.with_certificate(t, echo)
    _, port = start(t, "tcp-to-tls.conf", BACKEND_PORT=server.port)
    talk(dial(t, port))


@example("tls-to-tcp.conf")
def example_tls_to_tcp(t):
    server = Server(t, echo)
    _, port = start(t, "tls-to-tcp.conf", BACKEND_PORT=server.port)
    stream = tls(t, port)
    talk(stream)
    stream.finish()
    expect_equal((stream.receive_all(), stream.end), (b"", "clean"), "the end")


@example("tls-to-tls.conf")
def example_tls_to_tls(t):
    context = server_context(t.certs.backend, t.certs.backend_key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(t.certs.back)
    server = Server(t, echo, tls=context)
    _, port = start(t, "tls-to-tls.conf", BACKEND_PORT=server.port)
    talk(tls(t, port))


@example("unix-socket.conf")
def example_unix_socket(t):
    server = Server(t, echo)
    inward, back = t.tmp / "inward.sock", t.tmp / "back.sock"
    tools.socat(t, f"UNIX-LISTEN:{back},fork", "EXEC:cat")
    t.wait("socat's socket", back.exists)
    _, port = start(t, "unix-socket.conf", BACKEND_PORT=server.port,
                    GATEWAY_SOCKET=inward, BACKEND_SOCKET=back)
    talk(dial(t, port))
    t.wait("the gateway's socket", inward.exists)
    client = tools.socat(t, "-", f"UNIX-CONNECT:{inward}")
    client.send(b"hello\n")
    client.receive_until(b"hello\n")


@example("ws-to-ws.conf")
def example_ws_to_ws(t):
    server = wspeers.WsServer(t, wspeers.echo)
    _, port = start(t, "ws-to-ws.conf", BACKEND_PORT=server.port)
    talk_ws(dial(t, port), "/chat", kind=wsraw.TEXT)
    expect_equal(server.requests[0][0], "/internal/chat", "path behind")


@example("tunnel.conf")
def example_tunnel(t):
    server = Server(t, echo)
    _, port = start(t, "tunnel.conf", BACKEND_PORT=server.port)
    stream = tls(t, port)
    stream.send(b"CONNECT eu.db.example.com:5432 HTTP/1.1\r\n"
                b"Host: eu.db.example.com:5432\r\n\r\n")
    expect_equal(httpraw.read_head(stream)[0], 200, "status")
    talk(stream)


@example("wss-to-tcp.conf")
def example_wss_to_tcp(t):
    server = Server(t, echo)
    _, port = start(t, "wss-to-tcp.conf", BACKEND_PORT=server.port)
    talk_ws(tls(t, port), "/quotes")


@example("wss-to-tls.conf")
def example_wss_to_tls(t):
    server = Server.with_certificate(t, echo)
    _, port = start(t, "wss-to-tls.conf", BACKEND_PORT=server.port)
    talk_ws(tls(t, port), "/quotes")


@example("sites.conf")
def example_sites(t):
    use_the_example(t)


@test
def every_example_has_a_test(t):
    files = {path.name for path in
             (t.source / "etc" / "examples").glob("*.conf")}
    expect_equal(files, EXAMPLES, "examples and their tests")


@test
def the_installed_configuration_starts(t):
    port = t.ports.one()
    text = (t.source / "etc" / "penstock.conf").read_text()
    expect("127.0.0.1:9007" in text, "the echo's port is another one")
    gateway = Gateway(t, text.replace("127.0.0.1:9007", f"127.0.0.1:{port}"))
    gateway.ports = [port]
    gateway.start()
    stream = dial(t, port)
    talk(stream)
    stream.close()
    gateway.stop()


@test
def the_commented_services_of_the_configuration_are_right(t):
    """What users shall uncomment must pass when they do."""
    for name, path in (("gateway.pem", t.certs.example),
                       ("gateway.key", t.certs.example_key),
                       ("backend-ca.pem", t.certs.back)):
        shutil.copy(path, t.tmp / name)
    lines = (t.source / "etc" / "penstock.conf").read_text().splitlines()
    first = next(i for i, line in enumerate(lines)
                 if line.strip() == "# {")
    text = "\n".join(lines[:first]) + "\n,\n" + "\n".join(
        line.replace("# ", "", 1) for line in lines[first:])
    done = command(t, "check", "-c", t.file("all.conf", text))
    expect_equal(done.returncode, 0, f"status ({done.stderr})")
