# SPDX-License-Identifier: MIT
"""HTTP clients and servers that are not ours, as they come from Debian."""
import json
import os
import re
import sys
import time

from lib import conf, httpraw, tools
from lib.gateway import Gateway
from lib.harness import Failure, expect, expect_equal, expect_in, test
from lib.streams import dial, dial_tls

DATA = os.urandom(300000)
ERRANDS = ["page", "length", "chunks", "head", "range", "redirect", "proxy",
           "proxy chunked", "proxy upload", "missing"]
SCHEMES = ("http", "https")


def folder(t):
    found = t.tmp / "files"
    found.mkdir(exist_ok=True)
    (found / "data").write_bytes(DATA)
    (found / "data").chmod(0o644)
    found.chmod(0o755)
    t.tmp.chmod(0o755)
    return found


# -- back-ends -------------------------------------------------------------

def python_back_end(t, library):
    port = t.ports.one()
    program = tools.Program(t, [sys.executable, t.peers / "http_backend.py",
                                library, port, folder(t)], name=library)
    program.wait_listening(port)
    return port


def aiohttp_back_end(t):
    t.module("aiohttp", "python3-aiohttp")
    return python_back_end(t, "aiohttp")


def node_back_end(t):
    port = t.ports.one()
    tools.Program(t, [t.tool("node", "nodejs"), t.peers / "http_backend.js",
                      port, folder(t)],
                  name="node").wait_listening(port)
    return port


def nginx_back_end(t):
    return tools.nginx(t, f"root {folder(t)}; keepalive_requests 7;")


def lighttpd_back_end(t):
    port = t.ports.one()
    file = t.file("lighttpd.conf", f"""
        server.port = {port}
        server.bind = "127.0.0.1"
        server.document-root = "{folder(t)}"
        server.max-keep-alive-requests = 7
        """)
    tools.Program(t, [t.tool("lighttpd"), "-D", "-f",
                      file]).wait_listening(port)
    return port


BACK_ENDS = {
    "http.server": lambda t: python_back_end(t, "http.server"),
    "http.server-1.1": lambda t: python_back_end(t, "http.server-1.1"),
    "aiohttp": aiohttp_back_end, "node": node_back_end,
    "nginx": nginx_back_end, "lighttpd": lighttpd_back_end,
}


class World:
    """One gateway; `urls[scheme]` are the places of its services."""

    def __init__(self, t, back_end):
        self.t = t
        self.urls, self.port_of = {}, {}
        services = []
        for scheme in SCHEMES:
            ports = {name: t.ports.one() for name in (
                "page", "echo", "file", "moved", "proxy")}
            self.port_of[scheme] = ports
            self.urls[scheme] = {
                name: f"{scheme}://gateway.test:{port}/"
                for name, port in ports.items()}
            self.urls[scheme]["file"] += "data"
            self.urls[scheme]["moved"] += "old/data"
            services += self.services(scheme, ports, back_end)
        self.gateway = Gateway(t, conf.gateway(*services)).start()

    def services(self, scheme, ports, back_end):
        def hop(name):
            return conf.accept(scheme, ports[name], self.t.certs, path="/")
        yield conf.respond(f"page-{scheme}", hop("page"), body="page\n")
        yield conf.echo(f"echo-{scheme}", hop("echo"))
        yield conf.service(f"file-{scheme}", hop("file"), type="directory",
                           root=str(folder(self.t)))
        yield conf.service(f"moved-{scheme}", hop("moved"), type="redirect",
                           paths=[f"/old/*={scheme}://gateway.test:"
                                  f"{ports['file']}/*"])
        yield conf.service(f"proxy-{scheme}", hop("proxy"),
                           conf.connect("http", back_end, path="/"))

    def curl(self, scheme, name, *options, path="", status=0):
        return tools.curl(self.t, self.port_of[scheme][name],
                          self.urls[scheme][name] + path, "--cacert",
                          self.t.certs.front, *options, status=status)

    def dial(self, scheme, name):
        port = self.port_of[scheme][name]
        return dial(self.t, port) if scheme == "http" else \
            dial_tls(self.t, port, trust=self.t.certs.front)


# -- clients ---------------------------------------------------------------

def errands(t, command, back_end, **more):
    body = t.tmp / "body"
    body.write_bytes(DATA)
    world = World(t, back_end)
    for scheme in SCHEMES:
        out = tools.run(t, [*command, t.certs.front, body,
                            json.dumps(world.urls[scheme])], **more)
        expect_equal(json.loads(out), ERRANDS, f"errands by {scheme}")
    world.gateway.stop()


@test
def errands_of_requests(t):
    t.module("requests", "python3-requests")
    errands(t, [sys.executable, t.peers / "http_client.py", "requests"],
            aiohttp_back_end(t))


@test
def errands_of_aiohttp(t):
    t.module("aiohttp", "python3-aiohttp")
    errands(t, [sys.executable, t.peers / "http_client.py", "aiohttp"],
            node_back_end(t))


@test
def errands_of_node(t):
    errands(t, [t.tool("node", "nodejs"), t.peers / "http_client.js", "http"],
            node_back_end(t))


@test
def errands_of_undici(t):
    modules = t.npm("undici")
    errands(t, [t.tool("node", "nodejs"), t.peers / "http_client.js",
                "undici"], aiohttp_back_end(t),
            env={"NODE_PATH": str(modules)})


@test
def errands_of_curl(t):
    world = World(t, node_back_end(t))
    body = t.tmp / "body"
    body.write_bytes(DATA)
    for scheme in SCHEMES:
        for version in ("--http1.0", "--http1.1", "--http2"):
            expect_equal(world.curl(scheme, "page", version), b"page\n",
                         version)
        # curl's status says what it saw first: an answer that is no frame, the
        # end behind it, or that it cannot send on
        out = world.curl(scheme, "page", "--http2-prior-knowledge",
                         status=None)
        expect_equal(out, b"", "without asking for HTTP/2")
        world.gateway.wait_log(f"service=page-{scheme} .*status=505 "
                               '.*reason="the client speaks HTTP/2')
        for more in ((), ("-H", "Transfer-Encoding: chunked"),
                     ("-H", "Expect: 100-continue"), ("-H", "Expect:"),
                     ("--http1.0",)):
            for name, path in (("echo", ""), ("proxy", "echo")):
                out = world.curl(scheme, name, "--data-binary", f"@{body}",
                                 *more, path=path)
                expect(out == DATA, f"{scheme} {name} {more}: {len(out)}")
        head = world.curl(scheme, "file", "--head").decode()
        expect_in("Content-Length: 300000\r\n", head, "HEAD")
        expect_equal(world.curl(scheme, "file", "--range", "10-19"),
                     DATA[10:20], "a range")
        expect_equal(world.curl(
            scheme, "moved", "--location", "--resolve",
            f"gateway.test:{world.port_of[scheme]['file']}:127.0.0.1"),
            DATA, "a redirect")
        many = world.curl(scheme, "page", "--write-out", "%{num_connects} ",
                          *[world.urls[scheme]["page"]] * 9)
        expect_equal(re.findall(rb"\d", many), [b"1"] + [b"0"] * 9,
                     "connections for ten pages")
        out = world.curl(scheme, "proxy", "--include", "--raw", "-H",
                         "TE: trailers", path="chunked")
        expect(out.endswith(b"\r\n0\r\nX-Sum: right\r\n\r\n"), out[-40:])
        out = world.curl(scheme, "proxy", "--include", path="hints")
        expect(out.startswith(b"HTTP/1.1 103 "), f"an early hint: {out}")
        expect(out.endswith(b"\r\n\r\nhinted\n"), f"and the page: {out}")
    world.gateway.stop()


# -- back-ends that are not ours -------------------------------------------

def serve_with(t, name):
    world = World(t, BACK_ENDS[name](t))
    for scheme in SCHEMES:
        expect_equal(world.curl(scheme, "proxy", path="data"), DATA, "GET")
        head = world.curl(scheme, "proxy", "--head", path="data")
        expect_in(b"Content-Length: 300000\r\n", head, "HEAD")
        out = world.curl(scheme, "proxy", "--write-out", "%{http_code}",
                         "--output", "/dev/null", path="none")
        expect_equal(out, b"404", "what is not there")
        stream = world.dial(scheme, "proxy")
        stream.send(httpraw.request("/data") * 10 +
                    httpraw.request("/data", method="HEAD") * 10)
        for n in range(20):
            method = "GET" if n < 10 else "HEAD"
            response = httpraw.read_response(stream, method)
            expect_equal((response.status, response.body),
                         (200, DATA if n < 10 else b""), f"{method} {n}")
    if name in ("nginx", "lighttpd"):
        expect_equal(world.curl("http", "proxy", "--range", "5-9",
                                path="data"), DATA[5:10], "a range")
    world.gateway.stop()


for back_end in BACK_ENDS:
    test(lambda t, back_end=back_end: serve_with(t, back_end),
         name=f"files_of_{back_end.replace('.', '_').replace('-', '_')}")


# -- many of them at once --------------------------------------------------

def load(t, world, command):
    out = tools.run(t, command).decode()
    for bad in (r"Non-2xx", r"Failed requests: +[1-9]", r"Socket errors"):
        expect(not re.search(bad, out), out)
    return out


@test
def ab_finds_no_fault(t):
    ab, world = t.tool("ab", "apache2-utils"), World(t, nginx_back_end(t))
    body = t.file("small", "x" * 1000)
    for scheme in SCHEMES:
        for name, size, more in (
                ("page", 5, ("-k",)), ("page", 5, ()),
                ("file", len(DATA), ("-k",)),
                ("echo", 1000, ("-k", "-p", body)),
                ("echo", 1000, ("-p", body))):
            port = world.port_of[scheme][name]
            path = "data" if name == "file" else ""
            # with a port in it, ab would make that Host its SNI
            out = load(t, world, [
                ab, "-q", "-n", 400, "-c", 20, "-s", int(t.patience), "-H",
                "Host: gateway.test", *more, f"{scheme}://127.0.0.1:{port}/{path}"])
            expect_in(f"HTML transferred:       {400 * size} bytes", out,
                      f"{scheme} {name} {more}")
            expect(re.search(r"Complete requests: +400", out), out)
            if "-k" in more:
                expect(re.search(r"Keep-Alive requests: +400", out), out)
    world.gateway.stop()


@test
def wrk_finds_no_fault(t):
    wrk, world = t.tool("wrk"), World(t, nginx_back_end(t))
    for scheme in SCHEMES:
        for name, path in (("page", ""), ("file", "data"),
                           ("proxy", "data")):
            port = world.port_of[scheme][name]
            for seconds in (1, 10, 100):  # a machine may be slow
                out = load(t, world, [
                    wrk, "-t", 1, "-c", 20, "-d", f"{seconds}s", "--timeout",
                    f"{int(t.patience)}s", "-H", f"Host: gateway.test:{port}",
                    f"{scheme}://127.0.0.1:{port}/{path}"])
                if re.search(r"[1-9]\d* requests in", out):
                    break
            expect(re.search(r"[1-9]\d* requests in", out), out)
    world.gateway.stop()


SLOW = {"slow headers": ("-H", "-i", 1),
        "slow bodies": ("-B", "-i", 1, "-s", 8192),
        "slow reading": ("-X", "-w", 64, "-y", 128, "-z", 1, "-n", 1,
                         "-k", 3)}
SLOWNESS = 0.4  # seconds; less than every limit that the slow ones run into


def is_served(t, port, what):
    """Another client gets its file. Where the machine kept the client itself
    waiting, it may have been taken for a slow one: then it asks again."""
    def attempt():
        begun = time.monotonic()
        try:
            response = httpraw.ask(dial(t, port), "/data",
                                   host=f"127.0.0.1:{port}")
            got = (response.status, response.body)
        except (Failure, OSError) as error:
            got = str(error)
        quick = time.monotonic() - begun < SLOWNESS
        if quick:
            expect_equal(got, (200, DATA), what)
        return got == (200, DATA)
    t.wait(what, attempt)


@test
def slowhttptest_does_not_keep_others_out(t):
    slow = t.tool("slowhttptest")
    (folder(t) / "large").write_bytes(bytes(8 << 20))
    ports = {name: t.ports.one() for name in SLOW}
    gateway = Gateway(t, conf.gateway(*[
        conf.service(name.replace(" ", "_"), {
            "url": f"http://127.0.0.1:{port}/",  # which it asks for
            "http": {"header_timeout": "1s", "body_timeout": "500ms",
                     "keepalive_timeout": "1s", "min_rate": "64k",
                     "min_rate_time": "500ms"}},
            type="directory", root=str(folder(t)))
        for name, port in ports.items()])).start()
    for name, options in SLOW.items():
        port = ports[name]
        program = tools.Program(t, [
            slow, *options, "-c", 60, "-r", 60, "-l", int(t.patience),
            "-p", 1, "-u", f"http://127.0.0.1:{port}/large"], name=name)
        for _ in range(20):
            is_served(t, port, f"another client during {name}")
        late = f"service={name.replace(' ', '_')} .*class=timeout"
        if name == "slow reading":
            # it looks at the end only when it has read all before it
            gateway.wait_log(late, 60)
            gateway.wait_log(f"{late}.*read too slowly")
            continue
        out = program.receive_all()
        expect_in(b"No open connections left", out, name)
        program.wait_end()
        gateway.wait_log(late)
    gateway.stop()
