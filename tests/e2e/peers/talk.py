# SPDX-License-Identifier: MIT
"""A WebSocket client's part in many conversations: LIBRARY CA. Takes one line
of JSON, a list of jobs, and says what script.js says; prints a line of JSON
for each job."""
import asyncio
import json
import socket
import ssl
import sys

LARGEST = 1 << 26
AT_ONCE = 4


def pattern(size):
    return bytes((i * 7 ^ i >> 8) & 255 for i in range(size))


LONG = pattern(1 << 20)
LINES = "".join(f"über {i} 𝄞;" for i in range(60000))
MESSAGES = ("grüße ✓ 𝄞", "", b"", LONG[:126], LINES, LONG)


class Peer:
    """What a library's connection has to offer: protocol, extensions,
    send(data), receive() (None at the end), ping() (None: has none),
    close(code, reason), code and reason at the end."""
    ping = None


async def talk(peer, job, report):
    report["protocol"] = peer.protocol or ""
    report["deflate"] = "permessage-deflate" in (peer.extensions or "")
    if job["kind"] == "bytes":
        await talk_bytes(peer, report)
    else:
        await talk_messages(peer, report)
    if job["end"] == "server":
        await peer.send("please close")
        if await peer.receive() is not None:
            report["wrong"] += 1
    elif job["end"] == "client":
        await peer.close(4001, "client is döne")
    else:
        await peer.close(1000, "")
    report["code"], report["reason"] = peer.code, peer.reason or ""


async def talk_bytes(peer, report):
    got = bytearray()
    await peer.send(LONG)
    while len(got) < len(LONG):
        got += await peer.receive()
    report["wrong"] += 0 if got == LONG else 1
    report["told"] = None


async def talk_messages(peer, report):
    async def say():
        for message in MESSAGES:
            await peer.send(message)
    saying = asyncio.create_task(say())
    for message in MESSAGES:
        report["wrong"] += 0 if await peer.receive() == message else 1
    await saying
    if peer.ping:
        report["pings"] = 1
        await peer.ping()
        report["pongs"] += 1
    await peer.send("please ping")
    report["wrong"] += 0 if await peer.receive() == "pong came" else 1
    await peer.send("please tell")
    report["told"] = json.loads(await peer.receive())


async def open_websockets(job, tls, report):
    import websockets
    async with websockets.connect(
            job["url"], ssl=tls, max_size=LARGEST, ping_interval=None,
            subprotocols=job["protocols"] or None,
            compression="deflate" if job["deflate"] else None,
            open_timeout=600, close_timeout=600) as c:
        peer = Peer()
        peer.protocol = c.subprotocol
        peer.extensions = c.response_headers.get("Sec-WebSocket-Extensions")
        peer.send = c.send

        async def receive():
            try:
                return await c.recv()
            except websockets.ConnectionClosed:
                peer.code, peer.reason = c.close_code, c.close_reason
                return None

        async def ping():
            await (await c.ping(b"are you there"))

        async def close(code, reason):
            await c.close(code, reason)
            peer.code, peer.reason = c.close_code, c.close_reason
        peer.receive, peer.ping, peer.close = receive, ping, close
        await talk(peer, job, report)


async def open_aiohttp(job, tls, report):
    import aiohttp
    kinds = aiohttp.WSMsgType
    # Its own deflate is 15: the window's bits.
    async with aiohttp.ClientSession() as session, session.ws_connect(
            job["url"], ssl=tls, protocols=job["protocols"] or (),
            max_msg_size=LARGEST, autoping=False, autoclose=True,
            timeout=600, compress=15 if job["deflate"] else 0) as c:
        peer = Peer()
        peer.protocol = c.protocol
        peer.extensions = "permessage-deflate" if c.compress else ""

        async def send(data):
            if isinstance(data, str):
                await c.send_str(data)
            else:
                await c.send_bytes(data)

        async def receive():
            message = await c.receive()
            while message.type == kinds.PING:
                await c.pong(message.data)
                message = await c.receive()
            if message.type in (kinds.TEXT, kinds.BINARY):
                return message.data
            if message.type == kinds.PONG:
                return "a pong"
            peer.code, peer.reason = c.close_code, message.extra
            return None

        async def ping():
            await c.ping(b"are you there")
            report["wrong"] += 0 if await receive() == "a pong" else 1

        async def close(code, reason):
            await c.close(code=code, message=reason.encode())
            # It keeps the code of the answer, but not the reason.
            peer.code, peer.reason = c.close_code, reason
        peer.send, peer.receive = send, receive
        peer.ping, peer.close = ping, close
        await talk(peer, job, report)


async def open_tornado(job, tls, report):
    from tornado import httpclient, websocket
    c = await websocket.websocket_connect(
        httpclient.HTTPRequest(job["url"], ssl_options=tls,
                               connect_timeout=600, request_timeout=600),
        subprotocols=job["protocols"] or None, max_message_size=LARGEST,
        compression_options={} if job["deflate"] else None)
    peer = Peer()
    peer.protocol = c.selected_subprotocol
    peer.extensions = c.headers.get("Sec-WebSocket-Extensions")
    pongs = asyncio.Queue()
    c.on_pong = pongs.put_nowait

    async def send(data):
        await c.write_message(data, isinstance(data, bytes))

    async def receive():
        message = await c.read_message()
        if message is None:
            peer.code, peer.reason = c.close_code, c.close_reason
        return message

    async def ping():
        c.ping(b"are you there")
        await pongs.get()

    async def close(code, reason):
        c.close(code, reason or None)
        await receive()
    peer.send, peer.receive = send, receive
    peer.ping, peer.close = ping, close
    await talk(peer, job, report)


OPENERS = {"websockets": open_websockets, "aiohttp": open_aiohttp,
           "tornado": open_tornado}


async def main(library, ca):
    everywhere = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **more: everywhere(
        "127.0.0.1", *rest, **more)
    tls = ssl.create_default_context(cafile=ca)
    jobs = json.loads(sys.stdin.readline())

    async def hold():
        while jobs:
            job = jobs.pop(0)
            report = {"id": job["id"], "wrong": 0, "pings": 0, "pongs": 0}
            try:
                secure = tls if job["url"].startswith("wss") else None
                await OPENERS[library](job, secure, report)
            except Exception as error:  # for who reads the report
                report["error"] = f"{type(error).__name__}: {error}"
            print(json.dumps(report), flush=True)
    await asyncio.gather(*(hold() for _ in range(AT_ONCE)))


asyncio.run(main(*sys.argv[1:]))
