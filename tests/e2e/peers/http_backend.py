# SPDX-License-Identifier: MIT
"""HTTP servers of Python: `aiohttp`, or `http.server` for files alone.

usage: http_backend.py LIBRARY PORT FOLDER"""
import http.server
import os
import sys

LIBRARY, PORT, FOLDER = sys.argv[1], int(sys.argv[2]), sys.argv[3]
os.chdir(FOLDER)


def with_http_server():
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", PORT), http.server.SimpleHTTPRequestHandler)
    if LIBRARY == "http.server-1.1":
        server.RequestHandlerClass.protocol_version = "HTTP/1.1"
    server.serve_forever()


def with_aiohttp():
    from aiohttp import web

    async def chunked(request):
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        with open("data", "rb") as file:
            while part := file.read(10000):
                await response.write(part)
        return response

    async def echo(request):
        response = web.StreamResponse()
        await response.prepare(request)
        async for part in request.content.iter_any():
            await response.write(part)
        return response
    app = web.Application(client_max_size=1 << 30)
    app.router.add_get("/chunked", chunked)
    app.router.add_post("/echo", echo)
    app.router.add_static("/", FOLDER)
    web.run_app(app, host="127.0.0.1", port=PORT, print=None)


if LIBRARY == "aiohttp":
    with_aiohttp()
else:
    with_http_server()
