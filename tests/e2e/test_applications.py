# SPDX-License-Identifier: MIT
"""The main job: a browser and an MQTT client come in over wss://, the broker
stands behind tls:// with a certificate of its own."""
import json
import re

from lib import conf, pages, tools, wspeers
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.streams import server_context


@test
def mqtt_over_wss_reaches_mosquitto_behind_tls(t):
    modules = t.npm("mqtt")
    broker = tools.mosquitto(t, "tls")["tls"]
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "broker",
        conf.accept("wss", port, t.certs, ws={"subprotocols": ["mqtt"]}),
        conf.connect("tls", broker, t.certs)))).start()
    client = tools.Program(
        t, [t.tool("node", "nodejs"), t.peers / "mqtt_client.js",
            f"wss://gateway.test:{port}/work", t.certs.front],
        env={"NODE_PATH": str(modules)})
    report = json.loads(client.receive_until(b"\n"))
    expect_equal(report, {"got": 4, "wrong": 0}, "the MQTT client saw")
    client.wait_end()
    gateway.stop()


@test
def chromium_talks_wss_through_the_gateway(t):
    pages.needs_chromium(t)
    server = wspeers.WsServer(t, wspeers.echo, tls=server_context(
        t.certs.backend, t.certs.backend_key))
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", {"url": f"wss://localhost:{port}/work",
                 "tls": {"certificate": t.certs.gateway,
                         "private_key": t.certs.gateway_key},
                 "ws": {"max_message": "1m"}},
        conf.connect("wss", server.port, t.certs)))).start()
    shown = pages.page_server(t, "page.html")
    text = pages.result(t, f"https://localhost:{shown}/page.html?port={port}")
    expect(re.fullmatch("closed 4002 (page is done)?: "
                        "grüße from the browser, same bytes", text),
           f"the page says: {text}")
    expect_equal(server.result(), (4002, "page is done"), "the back-end saw")
