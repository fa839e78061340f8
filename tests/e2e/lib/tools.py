# SPDX-License-Identifier: MIT
"""Foreign programs: openssl, GnuTLS's tools, socat, curl, Node, servers."""
import contextlib
import os
import subprocess

from . import ports
from .harness import Failure, expect_equal


class Program:
    """A running outside program with pipes, which ends with the test."""

    def __init__(self, t, command, *, env=None, name=None):
        self.t = t
        self.name = name or os.path.basename(str(command[0]))
        self.log = open(t.tmp / f"{self.name}.{id(self)}.log", "wb")
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.log, cwd=t.tmp,
            env={**os.environ, **(env or {})}, bufsize=0)
        self.output = b""
        t.defer(self.end)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()

    def send(self, data):
        """Should it have ended already, what it said is to be read."""
        def write():
            left = memoryview(data)
            with contextlib.suppress(BrokenPipeError):
                while left:
                    left = left[self.process.stdin.write(left):]
        self.t.spawn(write).result(f"{self.name} to take its input")

    def send_all(self, data):
        """Send and end the input, beside what the caller reads: an echo of
        much must be read while more is sent."""
        def write():
            left = memoryview(data)
            while left:
                left = left[self.process.stdin.write(left):]
            self.process.stdin.close()
        self.t.spawn(write)

    def end_input(self):
        self.process.stdin.close()

    def receive_until(self, mark):
        """stdout up to and with `mark`."""
        def look():
            at = self.output.find(mark)
            if at >= 0:
                return at + len(mark)
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                raise Failure(f"{self.name} ended without {mark!r}; it wrote "
                              f"{self.output!r}")
            self.output += part
            return None
        at = self.t.spawn(self._until, look).result(f"{mark!r} in {self.name}")
        data, self.output = self.output[:at], self.output[at:]
        return data

    @staticmethod
    def _until(look):
        while True:
            at = look()
            if at:
                return at

    def receive_all(self):
        def rest():
            while True:
                part = os.read(self.process.stdout.fileno(), 65536)
                if not part:
                    return self.output
                self.output += part
        return self.t.spawn(rest).result(f"the end of {self.name}")

    def wait_listening(self, port):
        def look():
            if self.process.poll() is not None:
                raise Failure(f"{self.name} ended with status "
                              f"{self.process.returncode}")
            return ports.listening(port)
        self.t.wait(f"{self.name} to listen", look)

    def wait_end(self):
        return self.t.wait(
            f"{self.name} to end",
            lambda: self.process.poll() is not None and
            [self.process.returncode])[0]


def run(t, command, *, data=b"", env=None, status=0, patience=1):
    """Run an outside program to its end; returns its stdout. Its `patience` is
    so many times that of the test."""
    try:
        done = subprocess.run(
            [str(part) for part in command], input=data, capture_output=True,
            timeout=patience * t.patience, cwd=t.tmp,
            env={**os.environ, **(env or {})})
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{command[0]} did not end: {error.stdout!r} "
                      f"{error.stderr!r}") from None
    if status is not None:
        expect_equal(done.returncode, status,
                     f"{' '.join(map(str, command))} ({done.stderr!r})")
    return done.stdout


def openssl_server(t, *options, certificate="backend"):
    """`openssl s_server`: its stdin and stdout are the connection."""
    port = t.ports.one()
    program = Program(t, [
        t.tool("openssl"), "s_server", "-quiet", "-accept",
        f"127.0.0.1:{port}", "-cert", getattr(t.certs, certificate),
        "-key", getattr(t.certs, certificate + "_key"), *options])
    program.wait_listening(port)
    program.port = port
    return program


def openssl_client(t, port, *options, name="gateway.test", trust="front"):
    """`openssl s_client` that fails unless chain and name are right."""
    return Program(t, [
        t.tool("openssl"), "s_client", "-quiet", "-connect",
        f"127.0.0.1:{port}", "-servername", name, "-verify_hostname", name,
        "-verify_return_error", "-CAfile", getattr(t.certs, trust), *options])


def gnutls_server(t, *options, certificate="backend"):
    """`gnutls-serv --echo`."""
    port = t.ports.one()
    program = Program(t, [
        t.tool("gnutls-serv", "gnutls-bin"), "--echo", "--quiet", "--port",
        port, "--x509certfile", getattr(t.certs, certificate),
        "--x509keyfile", getattr(t.certs, certificate + "_key"), *options])
    program.wait_listening(port)
    program.port = port
    return program


def gnutls_client(t, port, *options, name="gateway.test", trust="front"):
    """`gnutls-cli` that fails unless chain and name are right."""
    return Program(t, [
        t.tool("gnutls-cli", "gnutls-bin"), "--port", port, "--logfile",
        t.tmp / "gnutls-cli.notes", "--x509cafile", getattr(t.certs, trust),
        "--sni-hostname", name, "--verify-hostname", name, *options,
        "127.0.0.1"])


def socat(t, *arguments):
    """socat; when one side has ended the other has time to, too."""
    return Program(t, [t.tool("socat"), "-t", int(t.patience), *arguments])


def curl(t, port, url, *options, status=0):
    """curl to the gateway under its public name; returns the output."""
    host = url.split("/")[2].partition(":")[0]
    command = [t.tool("curl"), "--silent", "--show-error", "--noproxy", "*",
               "--resolve", f"{host}:{port}:127.0.0.1", *options, url]
    return run(t, command, status=status)


def node(t, script, *arguments, package="ws"):
    """A script of tests/e2e/peers under Node, with an npm package."""
    return Program(
        t, [t.tool("node", "nodejs"), t.peers / script, *arguments],
        env={"NODE_PATH": str(t.npm(package)), "NODE_EXTRA_CA_CERTS": ""},
        name=script)


def mosquitto(t, *kinds):
    """A broker that listens as tcp, tls, ws or wss; {kind: port}."""
    found = {kind: t.ports.one() for kind in kinds}
    t.tmp.chmod(0o755)
    lines = ["allow_anonymous true", "persistence false"]
    lines += ["user root"] if os.getuid() == 0 else []
    for kind, port in found.items():
        lines.append(f"listener {port} 127.0.0.1")
        if kind in ("ws", "wss"):
            lines.append("protocol websockets")
        if kind in ("tls", "wss"):
            lines += [f"certfile {t.certs.backend}",
                      f"keyfile {t.certs.backend_key}"]
    settings = t.file("mosquitto.conf", "\n".join(lines) + "\n")
    program = Program(t, [t.tool("mosquitto"), "-c", settings])
    for port in found.values():
        program.wait_listening(port)
    return found


def nginx(t, server, more=""):
    """nginx with one server of these settings, and `more` beside it; returns
    its port. It is one process, of whoever runs the test."""
    port = t.ports.one()
    place = t.tmp / f"nginx-{port}"
    place.mkdir()
    own = " ".join(f"{kind}_temp_path {place}/{kind};" for kind in (
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    settings = t.file(f"nginx-{port}.conf", f"""
daemon off; master_process off; pid {place}/pid; error_log stderr;
events {{ }}
http {{ access_log off; {own} {more}
  server {{ listen 127.0.0.1:{port}; {server} }} }}
""")
    program = Program(t, [t.tool("nginx"), "-p", place, "-e", "stderr", "-c",
                          settings])
    program.wait_listening(port)
    return port


def haproxy(t, settings):
    """HAProxy; PORT in its settings is where it listens, which is returned."""
    port = t.ports.one()
    file = t.file(f"haproxy-{port}.conf", settings.replace("PORT", str(port)))
    program = Program(t, [t.tool("haproxy"), "-db", "-f", file])
    program.wait_listening(port)
    return port
