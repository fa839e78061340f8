# SPDX-License-Identifier: MIT
"""HTTP clients of Python, `requests` or `aiohttp`: the same errands.

usage: http_client.py LIBRARY CA BODY-FILE URLS-AS-JSON

Prints a JSON object: what was done, in order, and what went wrong."""
import asyncio
import json
import socket
import sys

LIBRARY, CA, BODY, URLS = sys.argv[1:5]
URLS = json.loads(URLS)
DATA = open(BODY, "rb").read()
DONE = []


def check(what, good):
    DONE.append(what if good else f"WRONG {what}")


def parts():
    for at in range(0, len(DATA), 10000):
        yield DATA[at:at + 10000]


def with_requests():
    import requests
    plain = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *more, **named: plain(
        "127.0.0.1", *more, **named)
    with requests.Session() as s:
        s.verify = CA
        s.trust_env = False
        got = [s.get(URLS["page"]) for _ in range(20)]
        check("page", all(r.text == "page\n" for r in got))
        check("length", s.post(URLS["echo"], data=DATA).content == DATA)
        check("chunks", s.post(URLS["echo"], data=parts()).content == DATA)
        head = s.head(URLS["file"])
        check("head", head.headers["Content-Length"] == str(len(DATA)) and
              head.content == b"")
        r = s.get(URLS["file"], headers={"Range": "bytes=10-19"})
        check("range", (r.status_code, r.content) == (206, DATA[10:20]))
        r = s.get(URLS["moved"])
        check("redirect", r.content == DATA and len(r.history) == 1)
        check("proxy", s.get(URLS["proxy"] + "data").content == DATA)
        check("proxy chunked",
              s.get(URLS["proxy"] + "chunked").content == DATA)
        check("proxy upload", s.post(URLS["proxy"] + "echo",
                                     data=parts()).content == DATA)
        check("missing", s.get(URLS["file"] + "x").status_code == 404)


class Here:
    """A resolver: every name is here."""

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [{"hostname": host, "host": "127.0.0.1", "port": port,
                 "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self):
        pass


async def with_aiohttp():
    import ssl
    import aiohttp

    async def feed():
        for part in parts():
            yield part
    context = ssl.create_default_context(cafile=CA)
    connector = aiohttp.TCPConnector(resolver=Here(), ssl=context, limit=4)
    async with aiohttp.ClientSession(connector=connector) as s:
        async def get(url, **more):
            async with s.get(url, **more) as r:
                return r, await r.read()

        async def post(url, data):
            async with s.post(url, data=data) as r:
                return await r.read()
        got = await asyncio.gather(*(get(URLS["page"]) for _ in range(20)))
        check("page", all(body == b"page\n" for _, body in got))
        check("length", await post(URLS["echo"], DATA) == DATA)
        check("chunks", await post(URLS["echo"], feed()) == DATA)
        async with s.head(URLS["file"]) as r:
            check("head", r.headers["Content-Length"] == str(len(DATA)))
        r, body = await get(URLS["file"], headers={"Range": "bytes=10-19"})
        check("range", (r.status, body) == (206, DATA[10:20]))
        r, body = await get(URLS["moved"])
        check("redirect", body == DATA and len(r.history) == 1)
        check("proxy", (await get(URLS["proxy"] + "data"))[1] == DATA)
        check("proxy chunked",
              (await get(URLS["proxy"] + "chunked"))[1] == DATA)
        check("proxy upload",
              await post(URLS["proxy"] + "echo", feed()) == DATA)
        r, _ = await get(URLS["file"] + "x")
        check("missing", r.status == 404)


if LIBRARY == "requests":
    with_requests()
else:
    asyncio.run(with_aiohttp())
print(json.dumps(DONE))
