# SPDX-License-Identifier: MIT
"""WebSocket libraries that are not ours, through every combination of hops."""
import json
import os
import re
import threading
from http.server import ThreadingHTTPServer
from urllib.parse import unquote

from lib import conf, strangers, tools
from lib.gateway import Gateway
from lib.harness import Skip, expect, expect_equal, test
from lib.streams import server_context
from test_applications import CHROMIUM, Pages, chromium_home


def every_place(t, client):
    """{ws, wss} x {tcp, tls, ws, wss}, every back-end, compressed or not."""
    strangers.need(t, client)
    world = strangers.World(t)
    world.hold(client, world.jobs())
    world.gateway.stop()


for library in (*strangers.NODE, *strangers.PYTHON):
    test(lambda t, client=library: every_place(t, client),
         name=f"{library}_talks_to_every_back_end")


@test
def no_library_was_left_out(t):
    missing = [one for one in (*strangers.NODE, *strangers.PYTHON)
               if not strangers.is_there(t, one)]
    if missing:
        raise Skip(f"missing {', '.join(missing)}")


class TalkPages(Pages):
    """The page, its script and its jobs."""
    files = {}

    def do_GET(self):
        found = self.files.get(self.path)
        if found:
            self.answer(*found)
        else:
            super().do_GET()


def talk_pages(t, jobs):
    """https://localhost/page.html; returns its port."""
    handler = type("TheseTalkPages", (TalkPages,), {
        "page": (t.peers / "talk.html").read_bytes(),
        "reported": threading.Event(),
        "files": {"/page.html/script.js": (
            "text/javascript; charset=utf-8",
            (t.peers / "script.js").read_bytes()),
            "/page.html/jobs": ("application/json",
                                json.dumps(jobs).encode())}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    context = server_context(t.certs.gateway, t.certs.gateway_key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    t.defer(server.server_close)
    t.defer(handler.reported.set)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


@test
def chromium_talks_to_every_back_end(t):
    chromium = t.tool("chromium")
    t.tool("certutil", "libnss3-tools")
    world = strangers.World(t, host="localhost")
    jobs = [job for job in world.jobs() if job["url"].startswith("wss")]
    home = chromium_home(t)
    dom = tools.run(
        t, [chromium, *CHROMIUM, f"--user-data-dir={t.tmp / 'profile'}",
            f"https://localhost:{talk_pages(t, jobs)}/page.html"],
        env={"HOME": str(home), "XDG_CONFIG_HOME": str(home),
             "XDG_CACHE_HOME": str(home)}).decode()
    found = re.search(r'<pre id="result">(.*?)</pre>', dom)
    expect(found and found.group(1) != "waiting", f"no result: {dom[:500]}")
    reports = json.loads(unquote(found.group(1)))
    expect_equal(len(reports), len(jobs), "conversations")
    for job, report in zip(jobs, reports):
        world.check("chromium", job, report)
    world.gateway.stop()


def broker(t):
    """Mosquitto on {tcp, tls, ws, wss}; the port of each."""
    ports = {kind: t.ports.one() for kind in ("tcp", "tls", "ws", "wss")}
    t.tmp.chmod(0o755)
    lines = ["allow_anonymous true", "persistence false"]
    lines += ["user root"] if os.getuid() == 0 else []
    for kind, port in ports.items():
        lines.append(f"listener {port} 127.0.0.1")
        if kind in ("ws", "wss"):
            lines.append("protocol websockets")
        if kind in ("tls", "wss"):
            lines += [f"certfile {t.certs.backend}",
                      f"keyfile {t.certs.backend_key}"]
    settings = t.file("mosquitto.conf", "\n".join(lines) + "\n")
    program = tools.Program(t, [t.tool("mosquitto"), "-c", settings])
    for port in ports.values():
        program.wait_listening(port)
    return ports


@test
def mqtt_through_every_combination_of_hops(t):
    modules = t.npm("mqtt")
    behind = broker(t)
    front = {"ws": t.ports.one(), "wss": t.ports.one()}
    services, urls = [], []
    for back, port in behind.items():
        more = {"ws": {"subprotocols": ["mqtt"]}} if "ws" in back else {}
        accepts = [conf.accept(kind, front[kind], t.certs, path=f"/{back}",
                               ws={"subprotocols": ["mqtt"], "deflate": True,
                                   "deflate_ratio": 0}) for kind in front]
        services.append(conf.service(back, accepts, conf.connect(
            back, port, t.certs, path="/mqtt", **more)))
        urls += [hop["url"] for hop in accepts]
    gateway = Gateway(t, conf.gateway(*services)).start()
    for url in urls:  # one after the other: they share their topics
        client = tools.Program(
            t, [t.tool("node", "nodejs"), t.peers / "mqtt_client.js", url,
                t.certs.front], env={"NODE_PATH": str(modules)})
        expect_equal(json.loads(client.receive_until(b"\n")),
                     {"got": 4, "wrong": 0}, f"the MQTT client at {url} saw")
        client.wait_end()
    gateway.stop()
