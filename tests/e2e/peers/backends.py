# SPDX-License-Identifier: MIT
"""WebSocket servers of Python, each on a plain and a TLS port:
CERTIFICATE KEY LIBRARY PLAIN TLS [LIBRARY PLAIN TLS ...]. They echo, do as
"please ..." asks, and print a line of JSON for each end."""
import asyncio
import json
import ssl
import sys

LARGEST = 1 << 26
KNOWN = ("inner.two", "inner.one")
IP = "127.0.0.1"


def choose(offered):
    return next((one for one in KNOWN if one in offered), None)


def about(url, protocol, extensions, fields):
    return {"url": url, "protocol": protocol or "",
            "deflate": "permessage-deflate" in (extensions or ""),
            "fields": {name.lower(): v for name, v in fields}}


def report(known, code, reason):
    print(json.dumps({"url": known["url"], "code": code,
                      "reason": reason or ""}), flush=True)


async def converse(message, known, *, send, ping, close):
    """Answer one message; `send` takes str and bytes."""
    if message == "please ping":
        await ping(b"and you")
    elif message == "please tell":
        await send(json.dumps(known))
    elif message == "please close":
        await close(4002, "server is döne")
    else:
        await send(message)


async def serve_websockets(port, tls):
    import websockets

    async def play(peer, path):
        known = about(path, peer.subprotocol,
                      peer.response_headers.get("Sec-WebSocket-Extensions"),
                      peer.request_headers.raw_items())

        async def ping(data):
            await (await peer.ping(data))
            await peer.send("pong came")
        try:
            async for message in peer:
                await converse(message, known, send=peer.send, ping=ping,
                               close=peer.close)
        except websockets.ConnectionClosed:
            pass
        report(known, peer.close_code, peer.close_reason)

    class Chooser(websockets.WebSocketServerProtocol):
        def select_subprotocol(self, client, server):
            return choose(client)

    await websockets.serve(
        play, IP, port, ssl=tls, max_size=LARGEST, ping_interval=None,
        subprotocols=KNOWN, create_protocol=Chooser, compression="deflate")


async def serve_aiohttp(port, tls):
    from aiohttp import WSMsgType, web

    async def play(request):
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        best = choose([one.strip() for one in offered.split(",")])
        peer = web.WebSocketResponse(
            protocols=[best] if best else [], autoping=False,
            max_msg_size=LARGEST, timeout=600)
        await peer.prepare(request)
        known = about(request.path_qs, peer.ws_protocol,
                      "permessage-deflate" if peer.compress else "",
                      request.headers.items())

        async def send(data):
            if isinstance(data, str):
                await peer.send_str(data)
            else:
                await peer.send_bytes(data)

        async def close(code, reason):
            await peer.close(code=code, message=reason.encode())
        while True:
            message = await peer.receive()
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await converse(message.data, known, send=send,
                               ping=peer.ping, close=close)
            elif message.type == WSMsgType.PING:
                await peer.pong(message.data)
            elif message.type == WSMsgType.PONG:
                await peer.send_str("pong came")
            elif message.type == WSMsgType.CLOSE:
                report(known, message.data, message.extra)
                break
            else:
                report(known, peer.close_code, "")
                break
        return peer
    app = web.Application()
    app.router.add_route("GET", "/{rest:.*}", play)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, IP, port, ssl_context=tls).start()


async def serve_tornado(port, tls):
    from tornado import web, websocket

    class Play(websocket.WebSocketHandler):
        known = None

        def check_origin(self, origin):
            return True

        def get_compression_options(self):
            return {}

        def select_subprotocol(self, offered):
            return choose(offered)

        def open(self, *arguments):
            offered = self.request.headers.get("Sec-WebSocket-Extensions")
            self.known = about(self.request.uri, self.selected_subprotocol,
                               offered, self.request.headers.items())

        async def on_message(self, message):
            async def send(data):
                await self.write_message(data, isinstance(data, bytes))

            async def ping(data):
                self.ping(data)

            async def close(code, reason):
                self.close(code, reason)
            await converse(message, self.known, send=send, ping=ping,
                           close=close)

        def on_pong(self, data):
            self.write_message("pong came")

        def on_close(self):
            report(self.known, self.close_code, self.close_reason)
    app = web.Application([(r"/.*", Play)],
                          websocket_max_message_size=LARGEST)
    app.listen(port, IP, ssl_options=tls)


SERVERS = {"websockets": serve_websockets, "aiohttp": serve_aiohttp,
           "tornado": serve_tornado}


async def main(certificate, key, *places):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    for library, plain, secure in zip(places[::3], places[1::3],
                                      places[2::3]):
        await SERVERS[library](int(plain), None)
        await SERVERS[library](int(secure), tls)
    print("listening", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
