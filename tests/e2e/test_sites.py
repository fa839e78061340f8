# SPDX-License-Identifier: MIT
"""Many sites and services of every kind on one port."""
import asyncio
import shutil

from lib import conf, httpraw, tools, wsraw
from lib.chromium import Tab
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import client_context, dial, dial_tls
from test_procedures import procedure
from test_sni import authority, context_for, identity

PAGE = b"""<!doctype html><meta charset="utf-8"><title>the page</title>
<pre id="result">waiting</pre><script src="talk.js"></script>"""
TALK = b"""'use strict';
const show = (text) => {
  document.getElementById('result').textContent = text;
};
const socket = new WebSocket(`wss://${location.host}/talk`);
socket.onopen = () => socket.send('hello');
let said = '';
socket.binaryType = 'arraybuffer';
socket.onmessage = async (event) => {
  said += new TextDecoder().decode(event.data);
  if (said.length < 5) {
    return;
  }
  const api = await fetch('/api/thing', {method: 'POST', body: 'x'});
  const head = await fetch('/old');
  show([said, api.status, await api.text(), head.url.slice(-4),
    await head.text()].join(' '));
};
socket.onerror = () => show('the WebSocket failed');
"""


def back_end(stream):
    """A server of HTTP that says what it was asked."""
    while True:
        try:
            head = stream.receive_until(b"\r\n\r\n").decode()
        except AssertionError:
            return
        length = [int(line.split(":")[1]) for line in head.split("\r\n")
                  if line.lower().startswith("content-length:")]
        if length:
            stream.receive(length[0])
        body = " ".join(head.split("\r\n")[0].split(" ")[:2]).encode()
        stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" %
                    len(body) + body)


def everything(t, hop):
    """A service of each kind, by path; `hop(scheme, path)` makes hops."""
    root = t.tmp / "root"
    root.mkdir(exist_ok=True)
    (root / "index.html").write_bytes(PAGE)
    (root / "talk.js").write_bytes(TALK)
    raw, api = Server(t, echo), Server(t, back_end)
    return [
        conf.service("page", hop("http", "/"), type="directory",
                     root=str(root)),
        conf.service("talk", hop("ws", "/talk"),
                     conf.connect("tcp", raw.port)),
        conf.service("api", hop("http", "/api"),
                     conf.connect("http", api.port, path="/api")),
        conf.service("old", hop("http", "/old"), type="redirect", to="/new"),
        conf.respond("new", hop("http", "/new"), body="new"),
        conf.echo("echo", hop("http", "/echo"))]


@test
def a_self_signed_page_opens_its_websocket_in_chromium(t):
    """Whoever accepts the page's certificate has accepted the WebSocket's."""
    tab = Tab(t)
    port = t.ports.one()
    tool = t.build / "plugins" / "tls" / "penstock-cert"
    tools.run(t, [tool, "self-signed", "localhost", "--out",
                  t.tmp / "gateway"])
    pair = {"certificate": str(t.tmp / "gateway.pem"),
            "private_key": str(t.tmp / "gateway.key")}
    Gateway(t, conf.gateway(*everything(t, lambda scheme, path: {
        "url": f"{scheme}s://localhost:{port}{path}", "tls": pair,
        "tcp": {"bind": conf.address(port)}}))).start()
    opens = (f"new Promise(done => {{ const socket = new WebSocket("
             f"'wss://localhost:{port}/talk');"
             "socket.onopen = () => done('open');"
             "socket.onerror = () => done('failed'); })")
    expect_equal(tab.value(opens), "failed", "a WebSocket before the page")
    expect_in("ERR_CERT_AUTHORITY_INVALID",
              tab.go(f"https://localhost:{port}/"), "what Chromium says")
    tab.pass_warning("the page")
    tab.wait("document.getElementById('result').textContent != 'waiting'")
    expect_equal(tab.value("document.getElementById('result').textContent"),
                 "hello 200 POST /api/thing /new new", "the page says")
    expect_equal(tab.value(opens), "open", "a WebSocket behind the page")


@test(rows=("http", "https"))
def services_of_every_kind_share_a_port(t):
    for scheme in ("http", "https"):
        if t.wants_row(scheme):
            share(t, scheme == "https")


def share(t, secure):
    port = t.ports.one()

    def hop(scheme, path):
        return conf.accept(scheme + ("s" if secure else ""), port, t.certs,
                           path=path)
    gateway = Gateway(t, conf.gateway(*everything(t, hop)),
                      name="secure" if secure else "plain").start()

    def connect():
        return (dial_tls(t, port, trust=t.certs.front) if secure
                else dial(t, port))
    stream = connect()
    for method, path, status, body in (
            ("GET", "/", 200, PAGE), ("GET", "/talk.js", 200, TALK),
            ("GET", "/none", 404, None), ("GET", "/api", 200, b"GET /api"),
            ("GET", "/api/x?y=1", 200, b"GET /api/x?y=1"),
            ("GET", "/apis", 404, None), ("POST", "/echo", 200, b"said"),
            ("GET", "/old", 301, None), ("GET", "/new/x", 200, b"new"),
            ("POST", "/", 405, None), ("GET", "/talk", 426, None)):
        response = httpraw.ask(stream, path, method=method,
                               body=b"said" if method == "POST" else b"")
        expect_equal(response.status, status, f"{method} {path}")
        if body is not None:
            expect_equal(response.body, body, f"{method} {path}")
    expect_equal(stream.end, None, "one connection for all of it")
    wsraw.upgrade(stream, path="/talk")
    stream.send(wsraw.frame(wsraw.BINARY, b"hello"))
    expect_equal(wsraw.read_message(stream), (wsraw.BINARY, b"hello"), "talk")
    scheme, trust = (("https", ("--cacert", t.certs.front)) if secure
                     else ("http", ()))
    url = f"{scheme}://gateway.test:{port}"
    expect_equal(tools.curl(t, port, f"{url}/old", "--location", *trust),
                 b"new", "curl follows")
    expect_equal(tools.curl(t, port, f"{url}/api/up", "--data", "x=1", *trust),
                 b"POST /api/up", "curl posts")
    library(t, port, secure)
    gateway.stop()


def library(t, port, secure):
    """A WebSocket library, which knows nothing of this project."""
    websockets = t.module("websockets", "python3-websockets")

    async def talk():
        uri = f"ws{'s' if secure else ''}://gateway.test:{port}/talk"
        context = client_context(t.certs.front) if secure else None
        async with websockets.connect(
                uri, host="127.0.0.1", port=port, ssl=context) as socket:
            await socket.send(b"from a library")
            got = b""
            while len(got) < len(b"from a library"):
                got += await socket.recv()
            return got
    expect_equal(asyncio.run(talk()), b"from a library", "the library got")


# -- hosts ------------------------------------------------------------------


def site(name, port, url, host=None, **more):
    hop = {"url": url, "tcp": {
        "bind": conf.address(port)}, **more}
    if host is not None:
        hop["http"] = {"host": host}
    return conf.respond(name, hop, body=name)


@test
def sites_are_found_by_host_and_then_by_path(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(
        site("shop", port, "http://shop.test/"),
        site("cart", port, "http://shop.test/cart"),
        site("deep", port, "http://shop.test/cart/x/y"),
        site("below", port, "http://*.shop.test/"),
        site("eu", port, "http://*.eu.shop.test/"),
        site("paths", port, "http://www.shop.test/only"),
        site("any", port, "http://shop.test/status", host=""),
        site("written", port, "http://shop.test/w", host="*.test"),
        site("address", port, "http://127.0.0.9/"))).start()
    stream = dial(t, port)
    for host, path, name in (
            ("shop.test", "/", "shop"), ("SHOP.test", "/a", "shop"),
            ("shop.test.", "/a", "shop"), (f"shop.test:{port}", "/", "shop"),
            ("shop.test", "/cart", "cart"), ("shop.test", "/cart/", "cart"),
            ("shop.test", "/cart?x", "cart"), ("shop.test", "/carts", "shop"),
            ("shop.test", "/cart/x/y/z", "deep"),
            ("shop.test", "/cart/x/yy", "cart"),
            ("a.shop.test", "/", "below"), ("a.b.shop.test", "/", "below"),
            ("a.eu.shop.test", "/", "eu"), ("a.b.eu.shop.test", "/", "eu"),
            ("eu.shop.test", "/", "below"),
            ("www.shop.test", "/only", "paths"),
            ("www.shop.test", "/else", "below"),
            ("shop.test", "/status", "shop"),
            ("other.example", "/status", "any"),
            ("a.test", "/w", "written"), ("test", "/w", 404),
            ("127.0.0.9", "/", "address"), ("10.0.0.1", "/status", "any"),
            ("other.example", "/", 404), ("xshop.test", "/", 404),
            ("*.shop.test", "/", 400), ("shop.test:x", "/", 400)):
        response = httpraw.ask(stream, path, host)
        got = (response.body.decode() if response.status == 200
               else response.status)
        expect_equal(got, name, f"{host}{path}")
        if response.status == 400:
            stream = dial(t, port)


@test
def a_host_that_is_not_served_is_misdirected(t):
    """RFC 9110 7.4: 421 for an authority of others, 404 for a path here."""
    port = t.ports.one()
    Gateway(t, conf.gateway(
        site("exact", port, "http://one.test/a"),
        site("wild", port, "http://*.two.test/a"))).start()
    stream = dial(t, port)
    for host, path, status in (
            ("one.test", "/a", 200), ("one.test", "/b", 404),
            ("x.two.test", "/a", 200), ("x.two.test", "/b", 404),
            ("two.test", "/a", 421), ("three.test", "/a", 421),
            ("x.one.test", "/a", 421), ("two.test.evil", "/a", 421)):
        expect_equal(httpraw.ask(stream, path, host).status, status,
                     f"{host}{path}")


def refused(t, *services):
    settings = t.file("bad.conf", conf.text(conf.gateway(*services)))
    done = command(t, "check", "-c", settings)
    expect(done.returncode != 0, "it was accepted")
    return done.stdout + done.stderr


@test
def one_site_twice_names_both(t):
    for one, two in ((("http://a.test/x", None), ("http://A.test/x/", None)),
                     (("http://*.a.test/x", None),
                      ("http://b.test/x", "*.A.test")),
                     (("http://a.test/x", ""), ("http://b.test/x", ""))):
        said = refused(t, site("first", 1234, *one),
                       site("second", 1234, *two))
        expect_in("services.second.accept: has host", said, "who")
        expect_in("as services.first.accept", said, "with whom")
        expect_in("give one of them another path or host", said, "what to do")


@test
def hosts_that_are_none_say_so(t):
    for url, host, words in (
            ("http://*/", None, "has '*' in its host"),
            ("http://a.*.test/", None, "has '*' in its host"),
            ("http://*.10.1.2.3/", None, "nothing is below an address"),
            ("http://a.test/", "*", "is not a host"),
            ("http://a.test/", "*.", "is not a host"),
            ("http://a.test/", "*.[::1]", "is not a host"),
            ("http://a.test/", "*.a.test:80", "is not a host"),
            ("http://a.test/", "a b", "is not a host")):
        expect_in(words, refused(t, site("site", 1234, url, host)),
                  f"{url} {host}")
    expect_in("write tcp = { bind", refused(t, conf.respond(
        "site", "http://*.a.test/", body="x")), "no address")
    expect_in("a connection goes to one", refused(t, conf.service(
        "site", conf.accept("http", 1234), {"url": "http://*.a.test/"})),
        "connect")


@test
def a_wildcard_has_a_certificate_of_its_own(t):
    port = t.ports.one()

    def secure(name, url, *names):
        return site(name, port, url, tls=identity(t, list(names)))
    Gateway(t, conf.gateway(
        secure("wild", "https://*.wild.test/", "*.wild.test"),
        secure("exact", "https://exact.wild.test/", "exact.wild.test"),
        secure("deep", "https://wild.test/", "wild.test"))).start()
    context = context_for(t)

    def asked(sni, host):
        stream = dial_tls(t, port, name=sni, context=context)
        return httpraw.ask(stream, "/", host)
    for name, body in (("a.wild.test", b"wild"), ("b.wild.test", b"wild"),
                       ("exact.wild.test", b"exact"), ("wild.test", b"deep")):
        expect_equal(asked(name, name).body, body, name)
        expect_equal(tools.curl(t, port, f"https://{name}:{port}/", "--cacert",
                                authority(t).front), body, f"curl of {name}")
    for sni, host, status in (
            ("a.wild.test", "b.wild.test", 200),
            ("a.wild.test", "exact.wild.test", 421),
            ("a.wild.test", "x.exact.wild.test", 200),
            ("a.wild.test", "wild.test", 421),
            ("exact.wild.test", "a.wild.test", 421),
            ("wild.test", "a.wild.test", 421)):
        expect_equal(asked(sni, host).status, status, f"{host} behind {sni}")


@test
def a_certificate_must_be_for_the_wildcard(t):
    for name in ("wild.test", "a.wild.test", "*.other.test",
                 "*.a.wild.test"):
        said = refused(t, site("wild", 1234, "https://*.wild.test/",
                               tls=identity(t, [name])))
        expect_in("is not for *.wild.test, the host in https://*.wild.test/; "
                  f"the names in it (subjectAltName) are: {name}", said, name)


@test
def explain_draws_the_sites(t):
    settings = t.file("sites.conf", conf.text(conf.gateway(
        site("shop", 1234, "http://shop.test/"),
        site("below", 1234, "http://*.shop.test/x"),
        site("any", 1234, "http://shop.test/", host=""))))
    done = command(t, "explain", "-c", settings)
    expect_equal(done.returncode, 0, done.stderr)
    for line in ("any host, path /: services.any.accept",
                 "host shop.test, path /: services.shop.accept",
                 "host *.shop.test, path /x: services.below.accept"):
        expect_in(line, done.stdout, "the tree")


@test
def shapes_that_do_not_meet_say_what_to_do(t):
    plain, back = t.ports.one(), t.ports.one()
    root = t.tmp / "root"
    root.mkdir()
    for accept, connect, words in (
            ("http", "tcp", ("services.work.connect: tcp offers bytes",
                             "offers exchanges; exchanges join only exchanges",
                             "put ws on top of services.work.accept",
                             "put http on top of services.work.connect",
                             'choose type = "tunnel"')),
            ("http", "tls", ("put http on top of services.work.connect",)),
            ("tcp", "http", ("put ws on top of services.work.connect",
                             "put http on top of services.work.accept")),
            ("http", "ws", ("put ws on top of services.work.accept",
                            "leave ws out of services.work.connect")),
            ("ws", "http", ("put ws on top of services.work.connect",
                            "leave ws out of services.work.accept"))):
        said = refused(t, conf.service(
            "work", conf.accept(accept, plain, t.certs),
            conf.connect(connect, back, t.certs)))
        for part in words:
            expect_in(part, said, f"{accept} to {connect}")
    for kind, more in (("respond", {"body": "x"}), ("redirect", {"to": "/"}),
                       ("directory", {"root": str(root)})):
        for accept in ("tcp", "tls"):
            expect_in(f'a service of type "{kind}" takes exchanges; put http '
                      "on top", refused(t, conf.service(
                          "work", conf.accept(accept, plain, t.certs),
                          type=kind, **more)), f"{kind} behind {accept}")
        expect_in(f'offers messages, and a service of type "{kind}" takes '
                  "exchanges; leave ws out", refused(t, conf.service(
                      "work", conf.accept("ws", plain, t.certs), type=kind,
                      **more)), f"{kind} behind ws")


@test
def a_host_that_no_server_name_leads_to_is_told(t):
    hop = {"tcp": {"bind": "127.0.0.1:1234"},
           "tls": identity(t, ["a.test", "b.test"])}
    settings = t.file("warned.conf", conf.text(conf.gateway(
        conf.respond("one", {"url": "https://a.test/", **hop}, body="1"),
        conf.respond("two", {"url": "https://b.test/", **hop,
                             "http": {"host": "c.test"}}, body="2"))))
    said = command(t, "check", "-c", settings)
    expect_equal(said.returncode, 0, said.stderr)
    expect_in('services.two.accept: serves the host "c.test", but clients that '
              "ask for this name do not come in here, where b.test does; write "
              "it into the URL, or see tls.sni or tls.default",
              said.stdout + said.stderr, "check")


# -- what is written about it -------------------------------------------------


@test
def many_sites_as_the_page_says(t):
    for layer in ("cors", "directory", "redirect", "respond"):
        t.needs(layer)
    procedure(t, "http-sites.md")


def use_the_example(t):
    """etc/examples/sites.conf, for test_examples.py."""
    root = t.tmp / "www"
    root.mkdir()
    (root / "index.html").write_text("<p>the page")
    raw, api = Server(t, echo), Server(t, back_end)
    pair = identity(t, ["localhost", "gateway.test", "*.gateway.test"])
    shutil.copy(pair["certificate"], t.tmp / "gateway.pem")
    shutil.copy(pair["private_key"], t.tmp / "gateway.key")
    port = t.ports.one()
    gateway = Gateway(t, (t.source / "etc" / "examples" / "sites.conf")
                      .read_text())
    gateway.env.update(GATEWAY_PORT=str(port), GATEWAY_ROOT=str(root),
                       BACKEND_PORT=str(raw.port), API_PORT=str(api.port))
    gateway.ports = [port]
    done = command(t, "check", "-c", gateway.conf, env=gateway.env)
    expect_in("good, 0 warnings", done.stdout, "check")
    gateway.start()

    def secure(name):
        return dial_tls(t, port, name=name, context=context_for(t))
    stream = secure("localhost")
    for path, status, body in (("/", 200, b"<p>the page"),
                               ("/api/x", 200, b"GET /api/x"),
                               ("/old", 301, None), ("/none", 404, None)):
        response = httpraw.ask(stream, path, f"localhost:{port}",
                               extra=f"Origin: https://localhost:{port}\r\n")
        expect_equal(response.status, status, path)
        expect_equal(response.body if body else None, body, path)
    response = httpraw.ask(
        stream, "/api", f"localhost:{port}",
        extra="Origin: https://eu.app.example.com\r\n")
    expect_equal(response.field("access-control-allow-origin"),
                 "https://eu.app.example.com", "another site")
    response = httpraw.ask(stream, "/api", f"localhost:{port}",
                           extra="Origin: https://evil.example\r\n")
    expect_equal(response.status, 403, "a stranger")
    stream = secure("localhost")
    wsraw.upgrade(stream, path="/talk", host="localhost")
    stream.send(wsraw.frame(wsraw.BINARY, b"hello"))
    expect_equal(wsraw.read_message(stream), (wsraw.BINARY, b"hello"), "talk")
    for name, body in (("gateway.test", b"all shops\n"),
                       ("any.gateway.test", b"a shop\n")):
        expect_equal(httpraw.ask(secure(name), "/", name).body, body, name)
