# SPDX-License-Identifier: MIT
"""Python's `websockets` library as client and server, each in a thread."""
import asyncio
import socket
import ssl
import threading

from .harness import Failure, Skip

LARGEST = 64 * 1024 * 1024


def library():
    try:
        import websockets
    except ImportError:
        raise Skip("missing python3-websockets") from None
    return websockets


def tcp_socket(port, ip):
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    sock = socket.socket(family)
    sock.connect((ip, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    return sock


def client(t, port, play, *, trust=None, ip="127.0.0.1", path="/work",
           host="gateway.test", **options):
    """Open ws:// (wss:// with `trust`) and run the coroutine
    `play(connection)`. Returns a Task."""
    websockets = library()
    context = ssl.create_default_context(cafile=trust) if trust else None
    scheme = "wss" if trust else "ws"
    settings = {"max_size": LARGEST, "compression": None, **options}

    async def go():
        if trust:
            settings.update(ssl=context, server_hostname=host)
        async with websockets.connect(
                f"{scheme}://{host}:{port}{path}", sock=tcp_socket(port, ip),
                open_timeout=t.patience, ping_interval=None,
                close_timeout=t.patience, **settings) as connection:
            return await play(connection)

    async def limited():
        try:
            return await asyncio.wait_for(go(), t.patience)
        except asyncio.TimeoutError:
            raise Failure("the WebSocket client waited in vain") from None
    return t.spawn(lambda: asyncio.run(limited()))


async def collect(connection):
    """All messages up to the end."""
    got = []
    try:
        while True:
            got.append(await connection.recv())
    except library().ConnectionClosed:
        return got


class WsServer:
    """A WebSocket server; `handler(connection, path)` is a coroutine whose
    values are handed out, in order, by `result()`."""

    def __init__(self, t, handler, *, tls=None, ip="127.0.0.1", **options):
        self.t = t
        self.websockets = library()
        self.handler = handler
        self.options = {"max_size": LARGEST, "compression": None,
                        "ping_interval": None, **options}
        self.requests = []
        self.tls = tls
        self.results = []
        self.taken = 0
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        self.sock = socket.socket(family)
        self.sock.bind((ip, 0))
        self.port = self.sock.getsockname()[1]
        self.sock.listen(128)
        self.loop = asyncio.new_event_loop()
        self.up = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        t.wait("the WebSocket server", self.up.is_set)

    def _run(self):
        asyncio.set_event_loop(self.loop)

        async def go():
            await self.websockets.serve(
                self._serve, sock=self.sock, ssl=self.tls,
                close_timeout=self.t.patience,
                **self.options)
            self.up.set()
        self.loop.run_until_complete(go())
        self.loop.run_forever()

    async def _serve(self, connection, path):
        fields = dict(connection.request_headers.raw_items())
        self.requests.append((path, fields))
        try:
            self.results.append((await self.handler(connection, path), None))
        except Exception as error:  # for whoever asks for the result
            self.results.append((None, error))

    def result(self):
        self.t.wait("the WebSocket server's result",
                    lambda: len(self.results) > self.taken)
        value, error = self.results[self.taken]
        self.taken += 1
        if error:
            raise error
        return value


async def echo(connection, path):
    """Every message back with its type; returns how it was closed."""
    try:
        while True:
            await connection.send(await connection.recv())
    except library().ConnectionClosed:
        pass
    return connection.close_code, connection.close_reason


async def exchange(connection, data, count, sink, size=65536):
    """Send `data` in messages of `size` and receive `count` bytes, both at
    the same time."""
    async def sender():
        view = memoryview(data)
        for at in range(0, len(view), size):
            await connection.send(view[at:at + size])

    async def receiver():
        got = 0
        while got < count:
            message = await connection.recv()
            if isinstance(message, str):
                raise Failure("a binary stream arrived as text")
            sink(message)
            got += len(message)
        return got
    _, got = await asyncio.gather(sender(), receiver())
    return got
