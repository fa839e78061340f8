# SPDX-License-Identifier: MIT
"""WebSocket libraries that are not ours, through every combination of hops."""
import json
from urllib.parse import unquote

from lib import conf, pages, strangers, tools
from lib.gateway import Gateway
from lib.harness import Skip, expect_equal, test


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


@test
def chromium_talks_to_every_back_end(t):
    pages.needs_chromium(t)
    world = strangers.World(t, host="localhost")
    jobs = [job for job in world.jobs() if job["url"].startswith("wss")]
    shown = pages.page_server(t, "talk.html", {
        "/page.html/script.js": ("text/javascript; charset=utf-8",
                                 (t.peers / "script.js").read_bytes()),
        "/page.html/jobs": ("application/json", json.dumps(jobs).encode())})
    reports = json.loads(unquote(pages.result(
        t, f"https://localhost:{shown}/page.html")))
    expect_equal(len(reports), len(jobs), "conversations")
    for job, report in zip(jobs, reports):
        world.check("chromium", job, report)
    world.gateway.stop()


@test
def mqtt_through_every_combination_of_hops(t):
    modules = t.npm("mqtt")
    behind = tools.mosquitto(t, "tcp", "tls", "ws", "wss")
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
