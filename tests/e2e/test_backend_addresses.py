# SPDX-License-Identifier: MIT
"""How a back-end is connected to: at once, or when the loop tells of it."""
import socket
import threading

from lib import conf
from lib.gateway import Gateway
from lib.harness import expect_equal, test
from lib.servers import Server, echo
from lib.streams import dial

# The answer of the second and third comes before connect(2) returns; that of
# the last, an IPv4 address in the clothes of IPv6, is not looked for then.
HOSTS = ("localhost", "127.0.0.1", "127.9.9.9", "[::ffff:127.0.0.1]")


def hosts(t, first=0):
    for host in HOSTS[first:]:
        if host.startswith("["):
            t.ipv6()
        yield host


def start(t, url):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port, t.certs), url))).start()
    return gateway, port


def talks(t, port):
    stream = dial(t, port)
    expect_equal(stream.exchange(b"hello", 5), b"hello", "echo")
    stream.fin()
    expect_equal(stream.receive_all(), b"", "nothing but the end")
    expect_equal(stream.end, "clean", "how it ended")


def greet(stream):
    stream.send(b"welcome")
    stream.receive_all()


@test
def a_back_end_is_reached_at_each_kind_of_address(t):
    for host in hosts(t):
        server = Server(t, echo, ip="0.0.0.0")
        gateway, port = start(t, f"tcp://{host}:{server.port}")
        talks(t, port)
        gateway.stop()


@test
def a_back_end_that_speaks_first_is_heard_at_each_kind_of_address(t):
    for host in hosts(t):
        server = Server(t, greet, ip="0.0.0.0")
        gateway, port = start(t, f"tcp://{host}:{server.port}")
        stream = dial(t, port)
        expect_equal(stream.receive(len(b"welcome")), b"welcome",
                     "the greeting")
        gateway.stop()


@test
def a_refusal_is_told_at_each_kind_of_address(t):
    for host in hosts(t, 1):
        gateway, port = start(t, f"tcp://{host}:{t.ports.one()}")
        dial(t, port).receive_all()
        gateway.wait_log("class=unreachable.*Connection refused")
        gateway.stop()


@test
def a_unix_socket_that_is_gone_is_told(t):
    gateway, port = start(t, f"unix://{t.tmp / 'nobody.sock'}")
    dial(t, port).receive_all()
    gateway.wait_log("class=unreachable.*No such file or directory")


@test
def a_back_end_whose_queue_is_full_is_reached_when_it_has_room(t):
    """The kernel sends its SYN again, so the answer comes late."""
    sock = socket.socket()
    t.defer(sock.close)
    sock.bind(("127.0.0.1", 0))
    sock.listen(0)
    filler = socket.create_connection(sock.getsockname())
    t.defer(filler.close)
    _, port = start(t, f"tcp://127.0.0.1:{sock.getsockname()[1]}")
    stream = dial(t, port)
    stream.send(b"hello")

    def serve():
        for _ in range(2):
            taken = sock.accept()[0]
            t.defer(taken.close)
        taken.sendall(taken.recv(5, socket.MSG_WAITALL))
    threading.Thread(target=serve, daemon=True).start()
    expect_equal(stream.receive(5), b"hello", "echo")
