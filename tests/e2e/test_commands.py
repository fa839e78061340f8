# SPDX-License-Identifier: MIT
"""The commands, as a user types them."""
import os
import re
import subprocess

from lib import conf, tools, wspeers
from lib.gateway import Gateway, command, environment
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import dial_tls, server_context

COMMANDS = ("run", "check", "explain", "plugins", "connect", "version")
LAYERS = ("tcp", "tls", "http", "ws")


@test
def help_names_every_command(t):
    for arguments in (("--help",), ("help",)):
        done = command(t, *arguments)
        if arguments == ("help",) and done.returncode != 0:
            continue
        expect_equal(done.returncode, 0, f"status of {arguments}")
        for name in COMMANDS:
            expect_in(name, done.stdout, "help")


@test
def each_command_has_help(t):
    for name in COMMANDS:
        done = command(t, name, "--help")
        expect_equal((done.returncode, done.stderr), (0, ""), name)
        expect_in(name, done.stdout, f"help of {name}")
    for option in ("-c", "--foreground", "--single"):
        expect_in(option, command(t, "run", "--help").stdout, "help of run")
    expect_in("--inspect", command(t, "plugins", "--help").stdout, "help")


@test
def wrong_usage_is_told_and_fails(t):
    for arguments in ((), ("chekc",), ("run", "--no-such-option"),
                      ("check", "-c"), ("connect",), ("connect", "a", "b"),
                      ("--no-such-option",)):
        done = command(t, *arguments)
        expect(done.returncode not in (0, 3),
               f"status of penstock {arguments}: {done.returncode}")
        expect(done.stderr.strip(), f"no word about penstock {arguments}")
    expect_in("check", command(t, "chekc").stderr, "a suggestion")


@test
def version_is_one_line(t):
    for argument in ("version", "--version"):
        done = command(t, argument)
        expect_equal(done.returncode, 0, f"status of {argument}")
        expect(re.match(r"penstock \d+\.\d+", done.stdout),
               f"{argument}: {done.stdout!r}")


@test
def plugins_lists_all_that_can_be_used(t):
    done = command(t, "plugins")
    expect_equal(done.returncode, 0, f"status ({done.stderr})")
    for part in (*LAYERS, "proxy", "echo", "respond", "wss", "https", "ssl",
                 "unix"):
        expect(re.search(rf"\b{part}\b", done.stdout),
               f"{part} is not listed, no plugin offers it: {done.stdout}")


@test
def plugins_inspect_shows_one_file(t):
    for path in sorted(t.build.glob("plugins/*/.libs/*.so")):
        done = command(t, "plugins", "--inspect", path)
        expect_equal(done.returncode, 0, f"{path.name} ({done.stderr})")
        expect_in(path.stem, done.stdout, "what it offers")
    missing = command(t, "plugins", "--inspect", t.tmp / "none.so")
    expect_equal(missing.returncode, 1, "status for a missing file")
    expect_in("none.so", missing.stderr, "stderr")
    for path in ("/bin/sh", "/none.so", "./none.so"):
        done = command(t, "plugins", "--inspect", path)
        expect_equal(done.returncode, 1, f"status for {path}")
        expect(done.stderr.startswith(f"{path} "), done.stderr)


@test
def the_script_for_the_sdk_says_how_it_is_used(t):
    for arguments, status, word in (
            ((), 2, "usage: check-sdk PREFIX"), (("a",), 2, "usage: check-sdk"),
            ((t.tmp, t.tmp / "work"), 1, f"penstock-plugin.pc below {t.tmp}")):
        done = subprocess.run([t.source / "scripts" / "check-sdk", *arguments],
                              capture_output=True, text=True, timeout=60)
        expect_equal(done.returncode, status, f"status of {arguments}")
        expect_in(word, done.stderr, "stderr")


def demo(t):
    front, back = conf.accept("wss", 9443, t.certs), \
        conf.connect("tls", 9444, t.certs)
    return t.file("demo.conf", conf.text(conf.gateway(conf.service(
        "quotes", front, back,
        require=["front.secure", "back.authenticated"]))))


@test
def check_says_that_all_is_well(t):
    done = command(t, "check", "-c", demo(t))
    expect_equal(done.returncode, 0, f"status ({done.stderr})")
    expect_equal(done.stderr, "", "stderr")


@test
def explain_of_a_service_that_is_not_there_suggests_one(t):
    for name, hint in (("qoutes", 'did you mean "quotes"?'),
                       ("other", "without a name all are drawn")):
        done = command(t, "explain", "-c", demo(t), name)
        expect_equal((done.returncode, done.stdout), (1, ""), name)
        expect_in(f'there is no service "{name}"; {hint}', done.stderr, name)


@test
def check_binds_nothing(t):
    server = Server(t, echo)
    path = t.file("taken.conf", conf.text(conf.gateway(conf.echo(
        "work", f"tcp://127.0.0.1:{server.port}"))))
    done = command(t, "check", "-c", path)
    expect_equal(done.returncode, 0, f"status ({done.stdout} {done.stderr})")


@test
def explain_draws_both_hops(t):
    done = command(t, "explain", "-c", demo(t))
    expect_equal((done.returncode, done.stderr), (0, ""), "explain")
    text = done.stdout
    for part in ("quotes", f"wss://gateway.test:9443/work",
                 "tls://backend.test:9444", *LAYERS, "127.0.0.1:9443",
                 t.certs.gateway, t.certs.back, "gateway.test",
                 "backend.test"):
        expect_in(part, text, "the picture")
    expect(re.search(r"(?i)plain", text), "not a word about plaintext")
    expect(max(map(len, text.splitlines())) <= 200, "lines too wide")


@test
def explain_shows_secrets_to_no_one(t):
    done = command(t, "explain", "-c", demo(t))
    key = open(t.certs.gateway_key).read().splitlines()[1]
    expect(key not in done.stdout, "the private key is printed")


@test
def explain_of_one_service(t):
    path = t.file("two.conf", conf.text(conf.gateway(
        conf.echo("first", "tcp://127.0.0.1:9000"),
        conf.echo("second", "tcp://127.0.0.1:9001"))))
    done = command(t, "explain", "-c", path, "second")
    if done.returncode == 0:
        expect("first" not in done.stdout, "the other service is drawn")
    done = command(t, "explain", "-c", path, "third")
    expect(done.returncode != 0, "a service that is not there was drawn")


@test
def explain_of_a_bad_configuration_says_what_check_says(t):
    path = t.file("bad.conf", "services: ( { nmae = 1; } );\n")
    done = command(t, "explain", "-c", path)
    expect_equal(done.returncode, 1, "status")
    expect_in("bad.conf:1: ", done.stderr, "stderr")


# -- connect: a netcat for every transport ---------------------------------

def settings(t, *pairs):
    """Options of layers on the command line."""
    return [part for pair in pairs for part in ("-o", pair)]


def converse(t, *arguments, data=os.urandom(300000)):
    """Pipe data through `penstock connect` and back."""
    process = subprocess.Popen(
        [str(t.penstock), "connect", *arguments], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(t),
        cwd=t.tmp)
    t.defer(process.kill)
    task = t.spawn(process.communicate, data)
    out, err = task.result("penstock connect")
    expect_equal(process.returncode, 0, f"status ({err!r})")
    expect(out == data, f"{len(out)} of {len(data)} bytes came back ({err!r})")
    return err.decode()


@test
def connect_tcp(t):
    converse(t, f"tcp://127.0.0.1:{Server(t, echo).port}")
    t.ipv6()
    converse(t, f"tcp://[::1]:{Server(t, echo, ip='::1').port}")


@test
def connect_tls_to_gnutls_serv(t):
    server = tools.gnutls_server(t)
    client = tools.Program(
        t, [t.penstock, "connect", f"tls://localhost:{server.port}",
            *settings(t, f"tls.trust={t.certs.back}")], env=environment(t))
    client.send(b"hello gnutls\n")
    client.receive_until(b"hello gnutls\n")


@test
def connect_tls_says_what_was_negotiated(t):
    server = Server.with_certificate(t, echo)
    err = converse(t, "-v", f"tls://localhost:{server.port}",
                   *settings(t, f"tls.trust={t.certs.back}"))
    for part in ("tls", "1.3", "AES", "localhost"):
        expect_in(part.lower(), err.lower(), "stderr of connect -v")


@test
def connect_tls_verifies(t):
    server = Server.with_certificate(t, echo)
    for extra in ([], settings(t, f"tls.trust={t.certs.front}")):
        done = command(t, "connect", f"tls://localhost:{server.port}", *extra,
                       stdin=b"hello")
        expect_equal(done.returncode, 1, "status with a strange issuer")
        expect(re.search(r"(?i)issue|trust", done.stderr), done.stderr)
        expect_equal(done.stdout, "", "stdout")


def ws_echo(t, **tls):
    async def play(connection, path):
        async for message in connection:
            await connection.send(message)
        return connection.close_code
    return wspeers.WsServer(t, play, **tls)


def converse_ws(t, *arguments):
    """A WebSocket has no half-close: talk first, then end."""
    client = tools.Program(t, [t.penstock, "connect", *arguments],
                           env=environment(t))
    client.send(b"hello\n")
    client.receive_until(b"hello\n")
    client.end_input()
    client.receive_all()
    expect_equal(client.wait_end(), 0, "status of connect")


@test
def connect_ws(t):
    server = ws_echo(t)
    converse_ws(t, f"ws://127.0.0.1:{server.port}/some/path")
    expect_equal(server.result(), 1000, "close code at the server")
    expect_equal(server.requests[0][0], "/some/path", "path")


@test
def connect_wss(t):
    wspeers.library()
    server = ws_echo(t, tls=server_context(t.certs.backend,
                                           t.certs.backend_key))
    converse_ws(t, f"wss://localhost:{server.port}/",
                *settings(t, f"tls.trust={t.certs.back}"))
    expect_equal(server.result(), 1000, "close code at the server")


@test
def connect_to_our_own_gateway(t):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        "wss", port, t.certs)))).start()
    converse_ws(t, f"wss://gateway.test:{port}/work", *settings(
        t, f"tls.trust={t.certs.front}", f"tcp.address=127.0.0.1:{port}"))


@test
def connect_to_nobody_fails_with_a_sentence(t):
    port = t.ports.one()
    done = command(t, "connect", f"tcp://127.0.0.1:{port}")
    expect_equal(done.returncode, 1, "status")
    expect(re.search(rf"127\.0\.0\.1:{port}.*refused|refused.*:{port}",
                     done.stderr), done.stderr)
    for url in ("tpc://127.0.0.1:1", "127.0.0.1:1", "tcp://127.0.0.1"):
        done = command(t, "connect", url)
        expect(done.returncode in (1, 2), f"status for {url}")
        expect(done.stderr, f"no word about {url}")


@test
def connect_is_told_of_a_cut(t):
    def play(stream):
        stream.receive(5)
        stream.send(b"only half")
        stream.fin()
        stream.receive_all()
    server = Server.with_certificate(t, play)
    done = command(t, "connect", f"tls://localhost:{server.port}",
                   *settings(t, f"tls.trust={t.certs.back}"), stdin=b"hello")
    expect_equal(done.returncode, 1, f"status ({done.stderr})")
    expect(done.stderr, "no word about the cut")


@test
def the_log_file_is_appended_and_opened_again(t):
    port = t.ports.one()
    path = t.tmp / "own.txt"
    path.write_text("older line\n")
    gateway = Gateway(t, conf.gateway(
        conf.echo("work", conf.accept("tls", port, t.certs)),
        log={"file": str(path), "level": "info"})).start()
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.send(b"hello")
    stream.receive(5)
    stream.close()
    t.wait("the line", lambda: "service=work" in path.read_text())
    expect_in("older line", path.read_text(), "the file")
    gateway.stop()
