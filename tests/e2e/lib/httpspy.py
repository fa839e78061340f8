# SPDX-License-Identifier: MIT
"""Between two servers: passes bytes on and keeps them, to be read strictly."""
import contextlib
import select
import socket

from .harness import Failure
from .httpback import Request
from .httpends import Answer
from .servers import Server


class Ended(Failure):
    """What was read is good, as far as it goes."""


class Bytes:
    """What was kept, read like a stream."""

    def __init__(self, data):
        self.data = bytes(data)

    def receive(self, count):
        if len(self.data) < count:
            raise Ended("the bytes end")
        part, self.data = self.data[:count], self.data[count:]
        return part

    def receive_until(self, mark):
        at = self.data.find(mark)
        if at < 0:
            raise Ended(f"the bytes end before {mark!r}")
        return self.receive(at + len(mark))

    def receive_all(self):
        return self.receive(len(self.data))


class Talk:
    """One connection: what was asked, and what was answered."""

    def __init__(self):
        self.there, self.back = bytearray(), bytearray()

    def requests(self, versions=("HTTP/1.1",)):
        """The whole ones; fails at what is none."""
        found, source = [], Bytes(self.there)
        with contextlib.suppress(Ended):
            while source.data:
                found.append(Request(source, versions))
        return found

    def readable(self):
        """The whole ones before something that is none."""
        found, source = [], Bytes(self.there)
        with contextlib.suppress(Failure, ValueError):
            while source.data:
                found.append(Request(source, ("HTTP/1.1", "HTTP/1.0")))
        return found

    def statuses(self, requests):
        found, source = [], Bytes(self.back)
        with contextlib.suppress(Failure, ValueError):
            while source.data:
                at = len(found)
                method = requests[at].method if at < len(requests) else "GET"
                found.append(Answer(source, method).statuses[-1])
        return found

    def granted(self):
        """The requests that were answered with 200, each as text."""
        requests = self.readable()
        statuses = self.statuses(requests)
        if 200 in statuses[len(requests):]:
            raise Failure(f"200 to what is no request: {bytes(self.there)!r}")
        return [str(request) for request, status in zip(requests, statuses)
                if status == 200]


class Spy(Server):
    """Stands in front of `port`."""

    def __init__(self, t, port):
        self.talks, self.far = [], port
        super().__init__(t, self._pass)

    def _pass(self, stream):
        talk = Talk()
        self.talks.append(talk)
        near = stream.sock
        with socket.create_connection(("127.0.0.1", self.far)) as far, \
                contextlib.suppress(OSError):
            near.setblocking(True)
            ways = {near: (far, talk.there), far: (near, talk.back)}
            while ways:
                for source in select.select(list(ways), [], [])[0]:
                    to, kept = ways[source]
                    data = source.recv(65536)
                    kept += data
                    if data:
                        to.sendall(data)
                    else:
                        to.shutdown(socket.SHUT_WR)
                        del ways[source]
