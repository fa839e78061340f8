# SPDX-License-Identifier: MIT
"""Back-ends made of Python's socket and ssl: one thread per connection."""
import queue
import socket
import threading
from http.server import ThreadingHTTPServer

from .harness import Failure
from .streams import Stream, Tls, server_context


class Server:
    """Accepts connections and gives each, as a Stream, to `handler`.

    Without a handler, streams are handed out by `accept()`.
    """

    def __init__(self, t, handler=None, *, tls=None, ip="127.0.0.1",
                 receive_buffer=None, backlog=128):
        self.t = t
        self.handler = handler
        self.tls = tls
        self.streams = queue.Queue()
        self.results = queue.Queue()
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        self.sock = socket.socket(family)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                 receive_buffer)
        self.sock.bind((ip, 0))
        self.port = self.sock.getsockname()[1]
        self.sock.listen(backlog)
        t.defer(self.close)
        threading.Thread(target=self._accept, daemon=True).start()

    @classmethod
    def with_certificate(cls, t, handler=None, *, certificate="backend", **kw):
        context = server_context(getattr(t.certs, certificate),
                                 getattr(t.certs, certificate + "_key"))
        return cls(t, handler, tls=context, **kw)

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(sock,),
                             daemon=True).start()

    def _serve(self, sock):
        try:
            stream = Stream(self.t, sock)
            if self.tls:
                stream.start_tls(Tls(self.tls, server_side=True))
            if not self.handler:
                self.t.defer(sock.close)
                self.streams.put(stream)
                return
            self.results.put((self.handler(stream), None))
            sock.close()
        except Exception as error:  # for whoever asks for the result
            (self.results if self.handler else self.streams).put(
                (None, error))
            sock.close()

    def accept(self):
        """The next connection, opened up to TLS."""
        stream = self._get(self.streams, "a connection at the back-end")
        if isinstance(stream, tuple):
            raise stream[1]
        return stream

    def result(self):
        """What the handler of the next finished connection returned."""
        value, error = self._get(self.results, "the back-end's result")
        if error:
            raise error
        return value

    def _get(self, source, what):
        try:
            return source.get(timeout=self.t.patience)
        except queue.Empty:
            raise Failure(f"waited in vain for {what}") from None


def serve_pages(t, handler, certificate=None):
    """Python's own HTTP server with a handler of its kind; with the name of a
    certificate, over TLS. Returns its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    if certificate:
        context = server_context(getattr(t.certs, certificate),
                                 getattr(t.certs, certificate + "_key"))
        server.socket = context.wrap_socket(server.socket, server_side=True)
    t.defer(server.server_close)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def echo(stream):
    """Send back what comes, until the peer ends; then end, too."""
    total = 0
    while True:
        if stream.received:
            data = bytes(stream.received)
            stream.received.clear()
            total += len(data)
            stream.exchange(data, 0)
        elif stream.end:
            break
        else:
            stream._turn(read=True)
    if stream.end != "reset":
        stream.finish()
    return total, stream.end
