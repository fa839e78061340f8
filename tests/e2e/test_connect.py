# SPDX-License-Identifier: MIT
"""`penstock connect` as a client of WebSockets, for people and for scripts."""
import os
import pty
import signal
import subprocess
import tty

from lib import tools, wspeers, wsraw
from lib.gateway import command, environment
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import server_context


class Client(tools.Program):
    """`penstock connect`, talked to while it runs."""

    def __init__(self, t, *arguments):
        super().__init__(t, [t.penstock, "connect", *arguments],
                         env=environment(t), name="connect")

    def ends(self, status):
        rest = self.receive_all()
        expect_equal(self.wait_end(), status, f"status ({self.words()})")
        return rest

    def words(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8", errors="replace") as log:
            return log.read()


def server(t, play, **more):
    return wspeers.WsServer(t, play, **more)


def url(peer, path="/"):
    return f"ws://127.0.0.1:{peer.port}{path}"


async def everything(connection, _):
    """All that comes, and the close."""
    got = await wspeers.collect(connection)
    return got, connection.close_code, connection.close_reason


def closing(code, reason=""):
    async def play(connection, _):
        await connection.close(code, reason)
    return play


# -- lines and bytes -------------------------------------------------------

@test
def connect_sends_each_line_as_a_text(t):
    peer = server(t, everything)
    done = command(t, "connect", url(peer),
                   stdin="one\nzwölf\n\nlast".encode())
    expect_equal((done.returncode, done.stdout, done.stderr), (0, "", ""),
                 "status and output")
    expect_equal(peer.result(), (["one", "zwölf", "", "last"], 1000, ""),
                 "messages and close at the server")


@test
def connect_writes_each_message_as_a_line(t):
    async def play(connection, _):
        for message in ("one", "", "two\nlines", b"\x00\xff"):
            await connection.send(message)
        await connection.close()
    peer = server(t, play)
    client = Client(t, url(peer))
    expect_equal(client.ends(0), b"one\n\ntwo\nlines\n\x00\xff\n", "stdout")


@test
def connect_keeps_a_long_line_in_one_message(t):
    peer = server(t, everything)
    line = "ä" * 300000
    done = command(t, "connect", url(peer), stdin=f"{line}\nx\n".encode())
    expect_equal(done.returncode, 0, "status")
    expect(peer.result()[0] == [line, "x"], "the messages")


@test
def connect_binary_is_raw_both_ways(t):
    peer = server(t, wspeers.echo)
    data = bytes(range(256)) + b"\n\xff\n"
    for option in ("--binary", "-b"):
        client = Client(t, option, url(peer))
        client.send(data)
        expect_equal(client.receive_until(b"\n\xff\n"), data, "stdout")
        client.end_input()
        expect_equal(client.ends(0), b"", "the rest")
        expect_equal(peer.result(), (1000, ""), "close at the server")


@test
def connect_binary_makes_binary_messages_of_reads(t):
    peer = server(t, everything)
    client = Client(t, "--binary", url(peer))
    client.send(b"no\nline")
    client.end_input()
    client.ends(0)
    expect_equal(peer.result()[0], [b"no\nline"], "messages")


@test
def connect_takes_rules_of_its_own(t):
    peer = server(t, everything)
    done = command(t, "connect", "-o", "message_delimiter=;", "-o",
                   "message_delimiter_mode=strip", url(peer), stdin=b"a;b;c")
    expect_equal(done.returncode, 0, done.stderr)
    expect_equal(peer.result()[0], [b"a", b"b", b"c"], "messages")
    for scheme in ("tcp", "ws"):
        done = command(t, "connect", "-o", "bytes_as=text",
                       f"{scheme}://127.0.0.1:{peer.port}", stdin=b"")
        expect_equal(done.returncode, 1 if scheme == "tcp" else 0,
                     f"status with {scheme} ({done.stderr})")


@test
def connect_refuses_input_that_is_no_text(t):
    for data in (b"fine\nbad\xff\n", b"half a character \xe2\x82"):
        peer = server(t, everything)
        done = command(t, "connect", url(peer), stdin=data)
        expect_equal(done.returncode, 1, "status")
        expect_in("standard input is not UTF-8", done.stderr, "stderr")
        expect_in("--binary", done.stderr, "stderr")
        expect_equal(peer.result()[1:], (1007, "not UTF-8"),
                     "close at the server")


# -- how it ends -----------------------------------------------------------

@test
def connect_tells_the_close_code_by_its_status(t):
    for code, status in ((1000, 0), (1001, 3), (1008, 3), (1011, 3),
                         (1013, 3), (3000, 3), (4999, 3)):
        peer = server(t, closing(code, "because"))
        client = Client(t, url(peer))
        client.ends(status)
        peer.result()
        words = client.words()
        if status:
            expect_in(f"closed by the peer with code {code}: because", words,
                      "stderr")
        else:
            expect_equal(words, "", "stderr")


@test
def connect_takes_a_close_without_a_code_as_clean(t):
    def play(stream):
        wsraw.answer(stream)
        stream.send(wsraw.frame(1, b"bye", mask=None) +
                    wsraw.frame(8, b"", mask=None))
        return wsraw.read_frame(stream)
    peer = Server(t, play)
    client = Client(t, "-v", url(peer))
    expect_equal(client.ends(0), b"bye\n", "stdout")
    expect_in("* closed by the peer without a code", client.words(), "stderr")


@test
def connect_fails_when_nobody_closes(t):
    def play(stream):
        wsraw.answer(stream)
        stream.send(wsraw.frame(1, b"half", mask=None))
    peer = Server(t, play)
    client = Client(t, url(peer))
    expect_equal(client.ends(1), b"half\n", "stdout")
    expect_in("penstock: truncated: ", client.words(), "stderr")


@test
def connect_fails_when_the_peer_breaks_its_protocol(t):
    def play(stream):
        wsraw.answer(stream)
        stream.send(b"\xf3\x00")
        return wsraw.read_close(stream)
    client = Client(t, url(Server(t, play)))
    client.ends(1)
    expect_in("penstock: protocol: ", client.words(), "stderr")


@test
def connect_tells_a_refusal_from_a_failure(t):
    def play(stream):
        stream.receive_until(b"\r\n\r\n")
        stream.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    done = command(t, "connect", url(Server(t, play)))
    expect_equal(done.returncode, 3, f"status ({done.stderr})")
    expect_in("403", done.stderr, "stderr")
    done = command(t, "connect", f"ws://127.0.0.1:{t.ports.one()}/")
    expect_equal(done.returncode, 1, f"status ({done.stderr})")


@test
def connect_waits_for_the_close_of_the_peer(t):
    heard = []

    async def play(connection, _):
        heard.append(await connection.recv())
        await connection.wait_closed()
        return connection.close_code
    peer = server(t, play)
    client = Client(t, url(peer))
    client.send(b"hello\n")
    client.end_input()
    client.ends(0)
    expect_equal((peer.result(), heard), (1000, ["hello"]), "at the server")


@test
def connect_kept_open_waits_for_answers(t):
    async def play(connection, _):
        await connection.send((await connection.recv()).upper())
        await connection.close(4000, "done")
    for option in ("--keep-open", "-k"):
        peer = server(t, play)
        done = command(t, "connect", option, url(peer), stdin=b"hello\n")
        expect_equal((done.returncode, done.stdout), (3, "HELLO\n"),
                     f"status and output ({done.stderr})")
    done = command(t, "connect", "-k", f"tcp://127.0.0.1:"
                   f"{Server(t, lambda s: s.send(s.receive(2))).port}",
                   stdin=b"hi")
    expect_equal((done.returncode, done.stdout), (0, "hi"), "over TCP")


@test
def connect_closes_when_it_is_interrupted(t):
    for signum in (signal.SIGINT, signal.SIGTERM):
        for extra in ([], ["-k"]):
            peer = server(t, wspeers.echo)
            client = Client(t, *extra, url(peer))
            client.send(b"hello\n")
            client.receive_until(b"hello\n")
            if extra:
                client.end_input()
            client.process.send_signal(signum)
            client.ends(0)
            expect_equal(peer.result(), (1000, ""), "close at the server")


@test
def connect_stops_at_a_second_interrupt(t):
    def play(stream):
        wsraw.answer(stream)
        stream.send(wsraw.frame(1, b"up", mask=None))
        wsraw.read_close(stream)
        first.append(True)
        stream.receive_all()
    first = []
    peer = Server(t, play)
    client = Client(t, "-v", url(peer))
    client.receive_until(b"up\n")
    client.process.send_signal(signal.SIGINT)
    t.wait("the first to be taken", lambda: first)
    client.process.send_signal(signal.SIGINT)
    expect_equal(client.wait_end(), 1, "status")
    expect_in("penstock: interrupted", client.words(), "stderr")


@test
def connect_is_interrupted_while_it_opens(t):
    peer = Server(t)
    client = Client(t, url(peer))
    peer.accept()
    client.process.send_signal(signal.SIGINT)
    client.ends(1)
    expect_in("penstock: interrupted", client.words(), "stderr")


@test
def connect_ends_plain_bytes_when_it_is_interrupted(t):
    peer = Server(t, echo)
    client = Client(t, f"tcp://127.0.0.1:{peer.port}")
    client.send(b"hello\n")
    client.receive_until(b"hello\n")
    client.process.send_signal(signal.SIGINT)
    client.ends(0)
    expect_equal(peer.result(), (6, "clean"), "at the server")


# -- what is shown ---------------------------------------------------------

@test
def connect_shows_the_opening_and_the_close(t):
    peer = server(t, closing(1000, "fine"), subprotocols=["b", "a"],
                  tls=server_context(t.certs.backend, t.certs.backend_key))
    client = Client(t, "-v", "--subprotocol", "a", "-o",
                    f"tls.trust={t.certs.back}",
                    f"wss://localhost:{peer.port}/x")
    client.ends(0)
    words = client.words()
    for part in (f"* connected to 127.0.0.1:{peer.port}\n",
                 "* open: tcp, tls, http, ws\n", "* tls.version: ",
                 "* ws.subprotocol: a\n", "localhost",
                 "* closed by the peer with code 1000: fine\n"):
        expect_in(part, words, "stderr of -v")


@test
def connect_shows_pings_and_pongs(t):
    async def play(connection, _):
        await (await connection.ping(b"abcd"))
        await connection.recv()
    peer = server(t, play)
    client = Client(t, "-v", "-o", "ws.ping_interval=20ms", url(peer))
    t.wait("a ping", lambda: "ping of 4 bytes" in client.words())
    t.wait("a pong", lambda: "pong of " in client.words())
    client.end_input()
    client.ends(0)


@test
def connect_offers_subprotocols_in_order(t):
    async def play(connection, _):
        await connection.close()
    peer = server(t, play)
    done = command(t, "connect", "-s", "one", "--subprotocol", "two",
                   url(peer))
    expect_equal(done.returncode, 0, done.stderr)
    fields = peer.requests[0][1]
    expect_equal([part.strip() for part in
                  fields["Sec-WebSocket-Protocol"].split(",")],
                 ["one", "two"], "offered")
    for arguments, status, word in (
            (("-s", "a,b", url(peer)), 2, "not the name of one"),
            (("-s", "a", f"tcp://127.0.0.1:{peer.port}"), 1,
             "no layer that offers subprotocols"),
            (("-s", "a", f"tpc://127.0.0.1:{peer.port}"), 1, "tcp")):
        done = command(t, "connect", *arguments)
        expect_equal(done.returncode, status, f"status of {arguments}")
        expect_in(word, done.stderr, "stderr")


def on_terminal(t, *arguments):
    """What is written when stdout is a terminal."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    process = subprocess.Popen(
        [str(t.penstock), "connect", *arguments], stdin=subprocess.PIPE,
        stdout=theirs, stderr=subprocess.PIPE, env=environment(t), cwd=t.tmp)
    t.defer(process.kill)
    os.close(theirs)

    def rest():
        got = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # EIO: nobody has it open any more
                return got
            if not part:
                return got
            got += part
    got = t.spawn(rest).result("the terminal's output")
    status = t.spawn(process.wait).result("connect")
    process.stdin.close()
    return got, status, process.stderr.read().decode()


EVIL = "\x1b]0;owned\x07\x9b31mä\rb\u202e"


@test
def connect_spares_a_terminal_what_it_would_act_on(t):
    async def play(connection, _):
        await connection.send(EVIL)
        await connection.send(b"\xff\r\n")
        await connection.close(4000, "\x1b[2J")
    got, status, words = on_terminal(t, url(server(t, play)))
    expect_equal(got.decode(), "\\x1b]0;owned\\x07\\xc2\\x9b31mä\\x0db"
                 "\\xe2\\x80\\xae\n\\xff\n\n", "on the terminal")
    expect_equal(status, 3, "status")
    expect_in("code 4000: \\x1b[2J", words, "stderr")
    client = Client(t, url(server(t, play)))
    expect_equal(client.ends(3), EVIL.encode() + b"\n\xff\r\n\n", "in a pipe")


# -- other transports ------------------------------------------------------

@test
def connect_to_openssl_and_socat(t):
    peer = tools.openssl_server(t)
    client = Client(t, "-o", f"tls.trust={t.certs.back}",
                    f"tls://localhost:{peer.port}")
    client.send(b"\x00hello\xff\n")
    expect_equal(peer.receive_until(b"\xff\n"), b"\x00hello\xff\n", "there")
    peer.send(b"bare\x1b\n")
    expect_equal(client.receive_until(b"\n"), b"bare\x1b\n", "back")
    client.end_input()
    peer.end_input()
    client.ends(0)
    port = t.ports.one()
    peer = tools.socat(t, f"TCP-LISTEN:{port},bind=127.0.0.1",
                       "EXEC:tr a-z A-Z")
    peer.wait_listening(port)
    done = command(t, "connect", f"tcp://127.0.0.1:{port}", stdin=b"shout\xff")
    expect_equal(done.stdout.encode(errors="replace")[:5], b"SHOUT", "answer")
    expect_equal(done.returncode, 0, done.stderr)


@test
def connect_says_what_exchanges_lack(t):
    done = command(t, "connect", f"http://127.0.0.1:{t.ports.one()}/")
    expect_equal(done.returncode, 1, "status")
    expect_in("offers exchanges", done.stderr, "stderr")
