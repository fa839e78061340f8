# SPDX-License-Identifier: MIT
"""The main job: a browser and an MQTT client come in over wss://, the broker
stands behind tls:// with a certificate of its own."""
import http.server
import json
import os
import re
import threading

from lib import conf, tools, wspeers
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.streams import server_context


def mosquitto(t):
    """A broker on tls://."""
    port = t.ports.one()
    t.tmp.chmod(0o755)
    settings = t.file("mosquitto.conf", (
        f"listener {port} 127.0.0.1\ncertfile {t.certs.backend}\n"
        f"keyfile {t.certs.backend_key}\nallow_anonymous true\n"
        "persistence false\n" + ("user root\n" if os.getuid() == 0 else "")))
    broker = tools.Program(t, [t.tool("mosquitto"), "-c", settings])
    broker.wait_listening(port)
    broker.port = port
    return broker


@test
def mqtt_over_wss_reaches_mosquitto_behind_tls(t):
    modules = t.npm("mqtt")
    broker = mosquitto(t)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "broker",
        conf.accept("wss", port, t.certs, ws={"subprotocols": ["mqtt"]}),
        conf.connect("tls", broker.port, t.certs)))).start()
    client = tools.Program(
        t, [t.tool("node", "nodejs"), t.peers / "mqtt_client.js",
            f"wss://gateway.test:{port}/work", t.certs.front],
        env={"NODE_PATH": str(modules)})
    report = json.loads(client.receive_until(b"\n"))
    expect_equal(report, {"got": 4, "wrong": 0}, "the MQTT client saw")
    client.wait_end()
    gateway.stop()


CHROMIUM = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--disable-extensions", "--dump-dom")


class Pages(http.server.BaseHTTPRequestHandler):
    """The page, and an image that is held back until the page has reported:
    so the page is loaded, and dumped, when its work is done."""
    page = b""
    reported = None

    def do_GET(self):
        if self.path.startswith("/page.html"):
            self.answer("text/html; charset=utf-8", self.page)
        elif self.path.startswith("/report"):
            self.reported.set()
            self.answer("text/plain", b"thanks")
        elif self.path.startswith("/hold"):
            self.reported.wait()
            self.answer("image/svg+xml",
                        b'<svg xmlns="http://www.w3.org/2000/svg"/>')
        else:
            self.send_error(404)

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def page_server(t):
    """https://localhost/ with the page, on Python's own server."""
    handler = type("ThesePages", (Pages,), {
        "page": (t.peers / "page.html").read_bytes(),
        "reported": threading.Event()})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    context = server_context(t.certs.gateway, t.certs.gateway_key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    t.defer(server.server_close)
    t.defer(handler.reported.set)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def chromium_home(t):
    """A home whose certificate database trusts the front authority."""
    home = t.tmp / "home"
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    certutil = t.tool("certutil", "libnss3-tools")
    tools.run(t, [certutil, "-N", "-d", f"sql:{database}",
                  "--empty-password"])
    tools.run(t, [certutil, "-A", "-d", f"sql:{database}", "-t", "C,,",
                  "-n", "test", "-i", t.certs.front])
    return home


def browse(t, port):
    """Load the page in Chromium; returns what its script found."""
    home = chromium_home(t)
    dom = tools.run(
        t, [t.tool("chromium"), *CHROMIUM,
            f"--user-data-dir={t.tmp / 'profile'}",
            f"https://localhost:{page_server(t)}/page.html?port={port}"],
        env={"HOME": str(home), "XDG_CONFIG_HOME": str(home),
             "XDG_CACHE_HOME": str(home)}).decode()
    found = re.search(r'<pre id="result">(.*?)</pre>', dom)
    expect(found, f"no result in the page: {dom[:500]}")
    return found.group(1)


@test
def chromium_talks_wss_through_the_gateway(t):
    t.tool("chromium")
    t.tool("certutil", "libnss3-tools")
    server = wspeers.WsServer(t, wspeers.echo, tls=server_context(
        t.certs.backend, t.certs.backend_key))
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", {"url": f"wss://localhost:{port}/work",
                 "tls": {"certificate": t.certs.gateway,
                         "private_key": t.certs.gateway_key},
                 "ws": {"max_message": "1m"}},
        conf.connect("wss", server.port, t.certs)))).start()
    text = browse(t, port)
    expect(re.fullmatch("closed 4002 (page is done)?: "
                        "grüße from the browser, same bytes", text),
           f"the page says: {text}")
    expect_equal(server.result(), (4002, "page is done"), "the back-end saw")
