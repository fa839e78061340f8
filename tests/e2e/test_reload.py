# SPDX-License-Identifier: MIT
"""SIGHUP: a good configuration takes over, a bad one changes nothing."""
import shutil
import signal

from lib import conf, ports
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, test
from lib.servers import Server, echo
from lib.streams import dial, dial_tls


def write(gateway, settings):
    text = settings if isinstance(settings, str) else conf.text(settings)
    gateway.conf.write_text(text)


def hello(stream):
    return stream.exchange(b"hello", 5) == b"hello"


@test
def a_new_service_appears_and_an_old_one_goes(t):
    old, new, kept = t.ports.one(), t.ports.one(), t.ports.one()
    steady = conf.echo("kept", conf.accept("tcp", kept))
    gateway = Gateway(t, conf.gateway(
        conf.echo("old", conf.accept("tcp", old)), steady, drain="1h")).start()
    streams = [dial(t, old), dial(t, kept)]
    expect(all(hello(stream) for stream in streams), "no echo")
    write(gateway, conf.gateway(
        conf.echo("new", conf.accept("tcp", new)), steady, drain="1h"))
    gateway.signal(signal.SIGHUP)
    t.wait("the new port", lambda: ports.listening(new))
    streams.append(dial(t, new))
    expect(hello(streams[-1]), "no echo at the new port")
    t.wait("the old port to go", lambda: not ports.listening(old))
    streams.append(dial(t, kept))
    expect(hello(streams[-1]), "no echo at the port that stays")
    expect(all(hello(stream) for stream in streams), "old sessions are gone")
    for stream in streams:
        stream.close()
    gateway.stop()


@test
def a_bad_configuration_changes_nothing(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(
        conf.echo("work", conf.accept("tcp", port)))).start()
    workers = gateway.wait_workers(1)
    stream = dial(t, port)
    for count, bad in enumerate((
            "services: ( { nmae = 1; } );", "((((", "",
            conf.text(conf.gateway(conf.echo("work", {
                "url": "tls://gateway.test:1", "tcp": {"bind": "127.0.0.1:1"},
                "tls": {"certificate": "none", "private_key": "none"}}))))):
        write(gateway, bad)
        gateway.signal(signal.SIGHUP)
        gateway.wait_log("reload failed", count + 1)
        expect(hello(stream), "the old session is gone")
        expect(hello(dial(t, port)), "nobody serves")
    expect_equal(gateway.workers(), workers, "workers")
    gateway.stop()


@test
def a_port_in_use_changes_nothing(t):
    port = t.ports.one()
    taken = Server(t, echo).port
    gateway = Gateway(t, conf.gateway(
        conf.echo("work", conf.accept("tcp", port)))).start()
    write(gateway, conf.gateway(
        conf.echo("work", conf.accept("tcp", port)),
        conf.echo("more", conf.accept("tcp", taken))))
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("in use")
    expect(hello(dial(t, port)), "nobody serves")
    gateway.stop()


@test
def a_new_certificate_is_shown_to_new_clients(t):
    port = t.ports.one()
    for name in ("gateway.pem", "gateway.key"):
        shutil.copy(f"{t.certs.folder}/{name}", t.tmp)
    hop = {"url": f"tls://gateway.test:{port}",
           "tcp": {"bind": f"127.0.0.1:{port}"},
           "tls": {"certificate": "gateway.pem",
                   "private_key": "gateway.key"}}
    gateway = Gateway(t, conf.gateway(conf.echo("work", hop),
                                      drain="1h")).start()
    first = dial_tls(t, port, trust=t.certs.front)
    before = first.filters[0].session.getpeercert()["serialNumber"]
    shutil.copy(t.certs.soon, t.tmp / "gateway.pem")
    shutil.copy(t.certs.soon_key, t.tmp / "gateway.key")
    gateway.signal(signal.SIGHUP)

    def shown():
        stream = dial_tls(t, port, trust=t.certs.front)
        stream.close()
        return stream.filters[0].session.getpeercert()["serialNumber"]
    t.wait("the new certificate", lambda: shown() != before)
    expect(hello(first), "the old session is gone")
    first.close()
    gateway.stop()


@test
def reloads_under_load_lose_nobody(t):
    port = t.ports.one()
    server = Server(t, echo)

    def settings(n):
        return conf.gateway(conf.service(
            "work", conf.accept("tcp", port),
            conf.connect("tcp", server.port)),
            conf.echo(f"n{n}", f"unix://{t.tmp}/n{n}.sock"), workers=2)
    gateway = Gateway(t, settings(0)).start()
    stop = []

    def load():
        done = 0
        while not stop:
            stream = dial(t, port)
            expect(stream.exchange(b"x" * 2000, 2000) == b"x" * 2000, "echo")
            stream.finish()
            expect_equal((stream.receive_all(), stream.end), (b"", "clean"),
                         "the end")
            stream.sock.close()
            done += 1
        return done
    tasks = [t.spawn(load) for _ in range(4)]
    for n in range(1, 6):
        write(gateway, settings(n))
        gateway.signal(signal.SIGHUP)
        t.wait("the new generation", (t.tmp / f"n{n}.sock").exists)
    stop.append(True)
    done = [task.result("the load") for task in tasks]
    expect(min(done) > 0, f"sessions of each client: {done}")
    gateway.stop()


@test
def the_log_file_is_opened_again(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(
        conf.echo("work", conf.accept("tcp", port)),
        log={"file": "own.txt", "level": "info"})).start()
    path = t.tmp / "own.txt"
    t.wait("the file", path.exists)
    path.rename(t.tmp / "own.old")
    gateway.signal(signal.SIGUSR2)
    t.wait("a new file", path.exists)
    stream = dial(t, port)
    expect(hello(stream), "no echo")
    stream.close()
    t.wait("the line", lambda: "service=work" in path.read_text())
    gateway.stop()


@test
def counters_are_written_to_the_log(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(
        conf.echo("work", conf.accept("tcp", port)))).start()
    stream = dial(t, port)
    expect(hello(stream), "no echo")
    stream.close()
    gateway.wait_log("stream ended")
    gateway.signal(signal.SIGUSR1)
    gateway.wait_log(r"(?i)bytes.*\b5\b|sessions|streams")
    gateway.stop()
