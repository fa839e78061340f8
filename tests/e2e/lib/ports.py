# SPDX-License-Identifier: MIT
"""TCP ports for programs that must be told one.

The port is taken from below the range that the system uses for outgoing
connections, so nobody gets it by chance, and is locked by a file, so that no
other test gets it. It is free for IPv4 and IPv6.
"""
import fcntl
import os
import random
import socket
import tempfile

LOWEST = 10240
ACCEPTS = 0x10000  # the kernel's __SO_ACCEPTCON


class Ports:
    """The ports of one test; locked until the process ends."""

    def __init__(self):
        self._locks = []
        self._folder = os.path.join(
            tempfile.gettempdir(), f"penstock-e2e-ports.{os.getuid()}")
        os.makedirs(self._folder, mode=0o700, exist_ok=True)

    def one(self):
        low = self._first_ephemeral()
        for _ in range(2000):
            port = random.randrange(LOWEST, low)
            if self._lock(port):
                return port
        raise RuntimeError(f"no free port between {LOWEST} and {low}")

    @staticmethod
    def _first_ephemeral():
        with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
            low = int(f.read().split()[0])
        return low if low > LOWEST + 2000 else 32768

    def _lock(self, port):
        fd = os.open(os.path.join(self._folder, str(port)),
                     os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return False
        if not is_free(port):
            os.close(fd)
            return False
        self._locks.append(fd)
        return True


def is_free(port):
    for family, address in ((socket.AF_INET, "0.0.0.0"),
                            (socket.AF_INET6, "::")):
        try:
            with socket.socket(family) as probe:
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6,
                                     socket.IPV6_V6ONLY, 1)
                probe.bind((address, port))
        except OSError as error:
            if family == socket.AF_INET6 and error.errno in (97, 99):
                continue  # no IPv6 here
            return False
    return True


def listening(port):
    """Is anybody listening on this TCP port? Asks without connecting."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as f:
                for line in f.readlines()[1:]:
                    part = line.split()
                    if part[1].endswith(wanted) and part[3] == "0A":
                        return True
        except FileNotFoundError:
            continue
    return False


def listening_at(path):
    """Is anybody listening on this Unix socket? It is there before."""
    wanted = os.path.abspath(path)
    with open("/proc/net/unix") as f:
        for line in f.readlines()[1:]:
            part = line.rstrip("\n").split(None, 7)
            if len(part) == 8 and int(part[3], 16) & ACCEPTS and \
                    os.path.abspath(part[7]) == wanted:
                return True
    return False
