# SPDX-License-Identifier: MIT
"""Tunnels and programs that are not ours: clients, back-ends, and proxies that
the layer tunnel goes through."""
import http.client
import ssl

from lib import conf, tools
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import dial
from lib.tunnels import BACK, check, start, talk, target
from test_procedures import procedure


def page(stream):
    """One HTTP response, whoever asks."""
    stream.receive_until(b"\r\n\r\n")
    stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                b"Connection: close\r\n\r\npage\n")
    stream.finish()
    stream.receive_all()


@test
def tunnel_for_curl(t):
    secure, plain = Server.with_certificate(t, page), Server(t, page)
    connects = (target(secure), target(plain))
    for scheme in ("http", "https"):
        _, port = start(t, *connects, scheme=scheme)
        proxy = ["--proxytunnel", "--proxy", f"{scheme}://gateway.test:{port}",
                 "--proxy-cacert", t.certs.front, "--proxy-user", "a:b",
                 "--resolve", f"gateway.test:{port}:127.0.0.1"]
        for url, more in ((f"https://{BACK}:{secure.port}/",
                           ["--cacert", t.certs.back]),
                          (f"http://{BACK}:{plain.port}/", [])):
            got = tools.run(t, [t.tool("curl"), "--silent", "--show-error",
                                "--noproxy", "", *proxy, *more, url])
            expect_equal(got, b"page\n", f"curl by {scheme} to {url}")
        tools.run(t, [t.tool("curl"), "--silent", "--noproxy", "", *proxy,
                      "http://elsewhere.test/"], status=56)


@test
def tunnel_for_openssl_s_client(t):
    back = Server.with_certificate(t, echo)
    _, port = start(t, target(back))
    program = tools.Program(t, [
        t.tool("openssl"), "s_client", "-quiet", "-proxy", f"127.0.0.1:{port}",
        "-connect", f"{BACK}:{back.port}", "-verify_hostname", BACK,
        "-verify_return_error", "-CAfile", t.certs.back])
    program.send(b"hello\n")
    expect_equal(program.receive_until(b"hello\n"), b"hello\n", "echo")


@test
def tunnel_for_socat(t):
    back = Server(t, echo)
    _, port = start(t, target(back))
    program = tools.socat(
        t, "-", f"PROXY:127.0.0.1:{BACK}:{back.port},proxyport={port}")
    program.send(b"hello\n")
    expect_equal(program.receive_until(b"hello\n"), b"hello\n", "echo")
    program.end_input()
    expect_equal(program.receive_all(), b"", "rest")


@test
def tunnel_for_python(t):
    back = Server.with_certificate(t, page)
    _, port = start(t, target(back))
    context = ssl.create_default_context(cafile=t.certs.back)
    client = http.client.HTTPSConnection("127.0.0.1", port, context=context,
                                         timeout=t.patience)
    client.set_tunnel(BACK, back.port)
    client.request("GET", "/")
    response = client.getresponse()
    expect_equal((response.status, response.read()), (200, b"page\n"), "got")
    client.close()


HAPROXY = """
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 60s
frontend f
    bind 127.0.0.1:PORT
    http-request return status 200 content-type text/plain string haproxy
"""


@test
def tunnel_to_nginx_and_haproxy(t):
    nginx = tools.nginx(t, 'location / { return 200 "nginx"; }')
    haproxy = tools.haproxy(t, HAPROXY)
    _, port = start(t, conf.connect("tcp", nginx, name="nginx.test"),
                    conf.connect("tcp", haproxy, name="haproxy.test"))
    for name, far in (("nginx", nginx), ("haproxy", haproxy)):
        got = tools.run(t, [
            t.tool("curl"), "--silent", "--show-error", "--noproxy", "",
            "--proxytunnel", "--proxy", f"http://127.0.0.1:{port}",
            f"http://{name}.test:{far}/one", f"http://{name}.test:{far}/two"])
        expect_equal(got, name.encode() * 2, f"through the tunnel to {name}")


# -- through a foreign proxy ----------------------------------------------------

def through(t, scheme, name, proxy_port, **options):
    """A connect hop to `name` through a proxy at this port."""
    where = {"below": "tls"} if scheme == "tls" else {}
    return conf.connect(scheme, int(name.rpartition(":")[2]), t.certs, insert=[
        {**where, "layer": "http"},
        {**where, "layer": "tunnel", "tunnel": options}],
        tcp={"address": f"127.0.0.1:{proxy_port}"})


def relay(t, connect, more=()):
    """A gateway with a tcp service that leads there."""
    port = t.ports.one()
    return Gateway(t, conf.gateway(
        conf.service("in", conf.accept("tcp", port), connect), *more)), port


@test
def tunnel_through_a_tunnel_of_ours(t):
    for scheme in ("tcp", "tls"):
        back = Server.with_certificate(t, echo) if scheme == "tls" \
            else Server(t, echo)
        out, proxy = start(t, target(back))
        name = f"{BACK}:{back.port}"
        gateway, port = relay(t, through(t, scheme, name, proxy))
        gateway.start()
        stream = dial(t, port)
        talk(stream, b"x" * 1000000)
        stream.finish()
        expect_equal(stream.receive_all(), b"", "rest")
        expect_equal(stream.end, "clean", "end")
        out.wait_log(f'request="CONNECT {name}" status=200')
        layers = "tcp, http, tunnel" + (", tls" if scheme == "tls" else "")
        gateway.wait_log(f'back="{layers}".*class=clean')


@test
def tunnel_through_a_proxy_that_wants_credentials(t):
    def proxy(stream):
        head = stream.receive_until(b"\r\n\r\n").decode()
        stream.send(b"HTTP/1.1 200 Connection established\r\n\r\nbanner")
        stream.receive(5)
        stream.finish()
        return head
    server = Server(t, proxy)
    secret = t.file("proxy.secret", "user:pass\n")
    gateway, port = relay(t, through(t, "tcp", "db.test:5432", server.port,
                                     target="db.test:5432",
                                     credentials=str(secret)))
    gateway.start()
    stream = dial(t, port)
    expect_equal(stream.receive(6), b"banner", "what came behind the 200")
    stream.send(b"hello")
    expect_equal(stream.receive_all(), b"", "rest")
    expect_equal(server.result(), "CONNECT db.test:5432 HTTP/1.1\r\n"
                 "Host: db.test:5432\r\n"
                 "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n", "request")
    expect("pass" not in gateway.log(), "a secret in the log")


@test
def tunnel_through_a_proxy_that_refuses(t):
    rows = ((b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n",
             "class=refused code=407.*it wants credentials"),
            (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
             "class=overload code=503"),
            (b"HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n", "class=protocol"),
            (b"SSH-2.0-x\r\n", "class=protocol"),
            (b"", "class=truncated"))
    for sent, words in rows:
        def proxy(stream):
            stream.receive_until(b"\r\n\r\n")
            stream.send(sent)
        gateway, port = relay(t, through(t, "tcp", "db.test:1",
                                         Server(t, proxy).port))
        gateway.start()
        stream = dial(t, port)
        stream.receive_all()
        gateway.wait_log(words)
        gateway.stop()


@test
def tunnel_through_a_secure_proxy_is_not_secure(t):
    layers = [{"tcp": {"address": "127.0.0.1:3128"}},
              {"tls": {"trust": t.certs.back, "server_name": BACK}},
              {"http": {}}, {"tunnel": {"target": "db.test:1"}}]
    more = {"require": ["back.secure"]}
    port = t.ports.one()

    def checked(connect):
        return check(t, conf.service("in", conf.accept("tcp", port),
                                     {"layers": connect}, **more))
    done = checked(layers)
    expect_equal(done.returncode, 1, done.stderr)
    expect_in("back.secure", done.stderr, "check")
    done = checked([*layers, {"tls": {"trust": t.certs.back,
                                      "server_name": BACK}}])
    expect_equal(done.returncode, 0, done.stderr)
    more["require"] = ["back.authenticated"]
    expect_equal(checked(layers).returncode, 1, "authenticated")


@test
def tunnel_through_tls_to_tls(t):
    back = Server.with_certificate(t, echo)
    _, proxy = start(t, target(back), scheme="https")
    tls = {"trust": t.certs.back, "server_name": BACK}
    gateway, port = relay(t, {"layers": [
        {"tcp": {"address": f"127.0.0.1:{proxy}"}},
        {"tls": {"trust": t.certs.front, "server_name": "gateway.test"}},
        {"http": {}}, {"tunnel": {"target": f"{BACK}:{back.port}"}},
        {"tls": tls}]})
    gateway.start()
    talk(dial(t, port), b"x" * 300000)


@test
def tunnels_as_the_page_says(t):
    procedure(t, "http-tunnel.md")
