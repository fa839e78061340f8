# SPDX-License-Identifier: MIT
"""SIGHUP: a good configuration takes over, a bad one changes nothing."""
import json
import os
import shutil
import signal
import socket

from lib import conf, httpraw, ports, processes
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import Stream, dial, dial_tls


def write(gateway, settings):
    text = settings if isinstance(settings, str) else conf.text(settings)
    gateway.conf.write_text(text)


def hello(stream):
    return stream.exchange(b"hello", 5) == b"hello"


def dial_unix(t, path):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return Stream(t, sock)


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
    gateway.wait_log("new configuration is taken over")
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
def the_json_log_of_reloads_has_members(t):
    port = t.ports.one()
    settings = conf.gateway(conf.echo("work", conf.accept("tcp", port)),
                            log={"format": "json", "level": "info"})
    gateway = Gateway(t, settings).start()
    gateway.wait_log('"ready"')
    write(gateway, "(((")
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("reload failed")
    write(gateway, settings)
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("is taken over")
    gateway.stop()
    lines = {line["message"]: line for line in
             map(json.loads, gateway.log().splitlines())}
    for message, members in (
            ("ready", {"workers": 1}),
            ("reload failed and nothing has changed", {"errors": 1}),
            ("new configuration is taken over",
             {"generation": 2, "workers": 1})):
        expect(message in lines, f"{message!r} is not in {list(lines)}")
        expect(members.items() <= lines[message].items(),
               f"{members} is not in {lines[message]}")


@test
def workers_that_run_as_root_are_warned_of_once(t):
    """And again when a reload takes their user away."""
    root = os.getuid() == 0
    port = t.ports.one()
    plain = conf.gateway(conf.echo("work", conf.accept("tcp", port)))
    users = conf.gateway(conf.echo("work", conf.accept("tcp", port)),
                         user="nobody")
    gateway = Gateway(t, plain).start()
    for count, settings in enumerate(
            (plain, plain, users, plain) if root else (plain, plain)):
        write(gateway, settings)
        gateway.signal(signal.SIGHUP)
        gateway.wait_log("is taken over", count + 1)
    gateway.stop()
    expect_equal(gateway.log().count("workers run as root"),
                 2 if root else 0, "warnings")


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
    t.wait("a new file", lambda: path.exists() and
           "log opened again" in path.read_text())
    stream = dial(t, port)
    expect(hello(stream), "no echo")
    stream.close()
    t.wait("the line", lambda: "service=work" in path.read_text())
    gateway.stop()


@test
def a_log_that_cannot_be_opened_again_goes_on(t):
    folder, moved = t.tmp / "logs", t.tmp / "moved"
    folder.mkdir()
    gateway = Gateway(t, conf.gateway(
        conf.echo("work", conf.accept("tls", t.ports.one(), t.certs,
                                      tls={"tickets": 0,
                                           "ticket_lifetime": "1h"})),
        log={"file": str(folder / "own.txt"), "level": "info"})).start()
    path = moved / "own.txt"
    t.wait("the file", (folder / "own.txt").exists)
    folder.rename(moved)
    gateway.signal(signal.SIGUSR2)
    t.wait("two lines", lambda: path.read_text().count(
        "lines still go to the file of before") == 2)
    expect("log opened again" not in path.read_text(), "it was not")
    for line in path.read_text().splitlines():
        expect("warning: " not in line.split(" ", 2)[2],
               f"a level twice: {line}")
    expect_in("warning supervisor: ", path.read_text(), "the log")
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


@test
def hundreds_of_sessions_live_through_twenty_reloads(t):
    port = t.ports.one()
    server = Server(t, echo)

    def settings(n):
        return conf.gateway(
            conf.service("work", conf.accept("tcp", port),
                         conf.connect("tcp", server.port)),
            conf.echo(f"n{n}", f"unix://{t.tmp}/n{n}.sock"),
            workers=2, drain="1ms")
    gateway = Gateway(t, settings(0)).start()
    workers = gateway.wait_workers(2)
    streams = [dial(t, port) for _ in range(300)]
    expect(all(hello(stream) for stream in streams), "no echo at first")
    stop = []

    def load():
        done = 0
        while not stop:
            stream = dial(t, port)
            expect(hello(stream), "no echo of a new one")
            stream.finish()
            expect_equal((stream.receive_all(), stream.end), (b"", "clean"),
                         "the end")
            stream.sock.close()
            done += 1
        return done
    tasks = [t.spawn(load) for _ in range(3)]
    for n in range(1, 21):
        bad = n % 3 == 0
        write(gateway, "services = 1;" if bad else settings(n))
        gateway.signal(signal.SIGHUP)
        if bad:
            gateway.wait_log("reload failed and nothing has changed", n // 3)
        else:
            gateway.wait_log("new configuration is taken over", n - n // 3)
            expect(hello(dial_unix(t, f"{t.tmp}/n{n}.sock")), "not served")
    stop.append(True)
    done = [task.result("the load") for task in tasks]
    expect(min(done) > 0, f"sessions of each client: {done}")
    expect(all(hello(stream) for stream in streams), "sessions are gone")
    expect_equal(sorted(gateway.workers()), sorted(workers), "workers")
    for stream in streams:
        stream.close()
    gateway.stop()


def pair(t, hop, name):
    """Put the pair `name` of the test CA at the place of `hop`'s files."""
    for suffix, end in (("", "pem"), ("_key", "key")):
        path = t.tmp / f"gateway.{end}"
        shutil.copy(getattr(t.certs, name + suffix), f"{path}.new")
        (t.tmp / f"gateway.{end}.new").rename(path)


def with_a_pair(t, **settings):
    """A gateway whose certificate and key can be changed, its port and hop."""
    port = t.ports.one()
    hop = own_files(t, port)
    pair(t, hop, "gateway")
    gateway = Gateway(t, conf.gateway(conf.echo("work", hop),
                                      **settings)).start()
    return port, hop, gateway


def own_files(t, port, **tls):
    return {"url": f"tls://gateway.test:{port}",
            "tcp": {"bind": f"127.0.0.1:{port}"},
            "tls": {"certificate": "gateway.pem",
                    "private_key": "gateway.key", **tls}}


def serial(t, port):
    stream = dial_tls(t, port, trust=t.certs.front)
    stream.close()
    return stream.filters[0].session.getpeercert()["serialNumber"]


@test
def files_that_are_replaced_are_used_without_being_asked(t):
    for options in ([], ["--single"]):
        port = t.ports.one()
        hop = own_files(t, port)
        pair(t, hop, "gateway")
        gateway = Gateway(t, conf.gateway(conf.echo("work", hop)),
                          options=options,
                          name=f"files{len(options)}").start()
        workers = gateway.wait_workers(1)
        first = dial_tls(t, port, trust=t.certs.front)
        before = serial(t, port)
        write(gateway, "edited, and not asked for yet")
        pair(t, hop, "soon")
        gateway.wait_log(r"gateway\.pem has changed")
        gateway.wait_log("files that have changed are taken over")
        expect(serial(t, port) != before, "the old certificate is shown")
        expect(hello(first), "the old session is gone")
        expect_equal(gateway.workers(), workers, "workers")
        first.close()
        gateway.stop()


@test
def certificates_are_replaced_fifty_times_under_load(t):
    port, hop, gateway = with_a_pair(t, workers=2, watch=False)
    serials = {"gateway": serial(t, port)}
    streams = [dial_tls(t, port, trust=t.certs.front) for _ in range(60)]
    stop = []

    def load():
        done = 0
        while not stop:
            stream = dial_tls(t, port, trust=t.certs.front)
            expect(hello(stream), "no echo of a new one")
            stream.close()
            done += 1
        return done
    task = t.spawn(load)
    current, good, bad = "gateway", 0, 0
    for n in range(50):
        if n % 4 == 3:
            shutil.copy(t.certs.back_key if n % 8 == 3 else t.certs.soon,
                        t.tmp / "gateway.key")
            gateway.signal(signal.SIGHUP)
            bad += 1
            gateway.wait_log("reload failed and nothing has changed", bad)
        else:
            current = ("gateway", "soon")[n % 2]
            pair(t, hop, current)
            gateway.signal(signal.SIGHUP)
            good += 1
            gateway.wait_log("new configuration is taken over", good)
        shown = serial(t, port)
        expect_equal(shown, serials.setdefault(current, shown),
                     f"certificate after {n + 1}")
    expect_equal(len(set(serials.values())), 2, "certificates shown")
    stop.append(True)
    expect(task.result("the load") > 0, "no load")
    expect(all(hello(stream) for stream in streams), "sessions are gone")
    for stream in streams:
        stream.close()
    gateway.stop()


@test
def a_folder_of_pairs_is_watched(t):
    port = t.ports.one()
    folder = t.tmp / "pairs"
    folder.mkdir()

    def put(name, source):
        for suffix, end in (("_key", "key"), ("", "pem")):
            shutil.copy(getattr(t.certs, source + suffix),
                        folder / f"{name}.{end}")
    put("gateway", "gateway")
    hop = own_files(t, port)
    hop["tls"] = {"identity": {"directory": "pairs"}}
    gateway = Gateway(t, conf.gateway(conf.echo("work", hop))).start()
    before = serial(t, port)
    put("gateway", "soon")
    gateway.wait_log("files that have changed are taken over")
    expect(serial(t, port) != before, "the old certificate is shown")
    put("another", "gateway")
    gateway.wait_log("pairs has changed")
    gateway.wait_log("files that have changed are taken over", 2)
    gateway.stop()


@test
def a_pair_that_does_not_fit_leaves_the_old_one_in_use(t):
    port, hop, gateway = with_a_pair(t)
    before = serial(t, port)
    shutil.copy(t.certs.soon_key, t.tmp / "gateway.key")
    gateway.wait_log("the old ones stay in use errors=1")
    expect_in("gateway.key", gateway.log(), "the log")
    expect_equal(serial(t, port), before, "the certificate")
    gateway.signal(signal.SIGUSR1)
    gateway.wait_log("name=reload_failures value=1")
    shutil.copy(t.certs.soon, t.tmp / "gateway.pem")
    gateway.wait_log("files that have changed are taken over")
    expect(serial(t, port) != before, "the old certificate is shown")
    gateway.stop()


@test
def a_pair_out_of_its_time_leaves_the_old_one_in_use(t):
    port, hop, gateway = with_a_pair(t)
    before = serial(t, port)
    pair(t, hop, "early")
    gateway.wait_log("the old ones stay in use errors=1")
    expect_in("is not valid before", gateway.log(), "the log")
    pair(t, hop, "late")
    gateway.wait_log("the old ones stay in use errors=1", 2)
    expect_in("ended on", gateway.log(), "the log")
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("reload failed and nothing has changed")
    expect_equal(serial(t, port), before, "the certificate")
    pair(t, hop, "soon")
    gateway.wait_log("files that have changed are taken over")
    expect(serial(t, port) != before, "the old certificate is shown")
    gateway.stop()


@test
def files_behind_links_are_renewed_as_kubernetes_does(t):
    port = t.ports.one()
    for n, name in (("1", "gateway"), ("2", "soon")):
        folder = t.tmp / f"..{n}"
        folder.mkdir()
        shutil.copy(getattr(t.certs, name), folder / "gateway.pem")
        shutil.copy(getattr(t.certs, name + "_key"), folder / "gateway.key")
    (t.tmp / "..data").symlink_to("..1")
    for name in ("gateway.pem", "gateway.key"):
        (t.tmp / name).symlink_to(f"..data/{name}")
    gateway = Gateway(t, conf.gateway(
        conf.echo("work", own_files(t, port)))).start()
    before = serial(t, port)
    (t.tmp / "..data_tmp").symlink_to("..2")
    (t.tmp / "..data_tmp").rename(t.tmp / "..data")
    gateway.wait_log("files that have changed are taken over")
    expect(serial(t, port) != before, "the old certificate is shown")
    gateway.stop()


def has_inotify(pid):
    return any(os.readlink(f"/proc/{pid}/fd/{fd}") == "anon_inode:inotify"
               for fd in os.listdir(f"/proc/{pid}/fd"))


@test
def files_are_not_watched_when_it_is_not_wanted(t):
    port = t.ports.one()
    for watch in (True, False):
        gateway = Gateway(t, conf.gateway(
            conf.echo("work", conf.accept("tls", port, t.certs)),
            watch=watch), name=f"watch{watch}").start()
        expect_equal(has_inotify(gateway.pid), watch, "files are watched")
        gateway.stop()


@test
def a_certificate_that_ends_soon_is_told_at_start(t):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        "tls", port, t.certs, certificate="soon")))).start()
    line = gateway.wait_log(r"certificate .*soon.* ends in \d+ days, on 20")
    expect_in("warning", line, "the line")
    gateway.signal(signal.SIGUSR1)
    gateway.wait_log(r'gauge name="expires\.certificate .*soon.*" value=\d+')
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("new configuration is taken over")
    expect_equal(gateway.log().count(" ends in "), 1, "lines about its end")
    gateway.stop()


def fixed(port, body, **layers):
    return conf.gateway(conf.respond(
        "work", conf.accept("http", port, **layers), body=body))


@test
def requests_of_an_old_connection_find_the_new_services(t):
    port = t.ports.one()
    gateway = Gateway(t, fixed(port, "old")).start()
    stream = dial(t, port)
    expect_equal(httpraw.ask(stream, "/work").body, b"old", "answer")
    write(gateway, fixed(port, "new"))
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("new configuration is taken over")
    expect_equal(httpraw.ask(stream, "/work").body, b"new", "answer")
    # with other settings up to the requests it keeps what it began with
    write(gateway, fixed(port, "newest", http={"max_head": "9k"}))
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("new configuration is taken over", 2)
    expect_equal(httpraw.ask(stream, "/work").body, b"old", "answer")
    expect_equal(httpraw.ask(dial(t, port), "/work").body, b"newest",
                 "answer to a new connection")
    stream.close()
    gateway.stop()


@test
def a_reload_may_be_the_first_to_need_a_plugin(t):
    port, more = t.ports.one(), t.ports.one()
    work = conf.echo("work", conf.accept("tcp", port))
    gateway = Gateway(t, conf.gateway(work)).start()
    stream = dial(t, port)
    expect(hello(stream), "no echo")
    write(gateway, conf.gateway(work, conf.respond(
        "more", conf.accept("https", more, t.certs), body="hello")))
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("new configuration is taken over")
    fresh = dial_tls(t, more, trust=t.certs.front)
    expect_equal(httpraw.ask(fresh, "/work").body, b"hello", "answer")
    expect(hello(stream), "the old session is gone")
    for one in (stream, fresh):
        one.close()
    gateway.stop()


@test
def other_workers_take_over_when_their_number_changes(t):
    port = t.ports.one()

    def settings(workers):
        return conf.gateway(conf.echo("work", conf.accept("tcp", port)),
                            workers=workers, drain="1h")
    gateway = Gateway(t, settings(1)).start()
    before = gateway.wait_workers(1)
    stream = dial(t, port)
    expect(hello(stream), "no echo")
    write(gateway, settings(2))
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("workers are replaced, since penstock.workers has")
    gateway.wait_log("ready workers=2")
    gateway.wait_workers(3)
    fresh = dial(t, port)
    expect(hello(stream), "the old session is gone")
    expect(hello(fresh), "nobody serves")
    stream.close()
    fresh.close()
    expect(before[0] not in gateway.wait_workers(2), "the old one stays")
    gateway.stop()


@test
def one_process_alone_reloads_too(t):
    old, new = t.ports.one(), t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo(
        "work", conf.accept("tcp", old))), options=["--single"]).start()
    stream = dial(t, old)
    expect(hello(stream), "no echo")
    write(gateway, "((")
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("reload failed and nothing has changed")
    expect(hello(dial(t, old)), "nobody serves")
    write(gateway, conf.gateway(conf.echo("work", conf.accept("tcp", new))))
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("new configuration is taken over")
    expect(hello(dial(t, new)), "no echo at the new port")
    expect(not ports.listening(old), "the old port is there")
    expect(hello(stream), "the old session is gone")
    stream.close()
    gateway.stop()


@test
def a_worker_that_dies_gets_the_current_configuration(t):
    old, new = t.ports.one(), t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo(
        "work", conf.accept("tcp", old)))).start()
    gateway.may_crash = True
    victim = gateway.wait_workers(1)[0]
    write(gateway, conf.gateway(conf.echo("work", conf.accept("tcp", new))))
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("new configuration is taken over")
    os.kill(victim, signal.SIGKILL)
    expect(hello(dial(t, new)), "no echo at the new port")
    expect(gateway.wait_workers(1) != [victim], "the worker")
    gateway.stop()


@test
def a_worker_that_dies_while_it_prepares_changes_nothing(t):
    old, new = t.ports.one(), t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo(
        "work", conf.accept("tcp", old)), workers=2)).start()
    gateway.may_crash = True
    victim = gateway.wait_workers(2)[0]
    os.kill(victim, signal.SIGSTOP)
    write(gateway, conf.gateway(conf.echo(
        "work", conf.accept("tcp", new)), workers=2))
    gateway.signal(signal.SIGHUP)
    t.wait("the new sockets, and who has opened them to go on",
           lambda: ports.listening(new) and processes.sleeps(gateway.pid))
    os.kill(victim, signal.SIGKILL)
    gateway.wait_log("ended while it was prepared")
    gateway.wait_log("reload failed and nothing has changed")
    t.wait("the new port to go", lambda: not ports.listening(new))
    gateway.wait_workers(2)
    expect(all(hello(dial(t, old)) for _ in range(8)), "nobody serves")
    gateway.signal(signal.SIGHUP)
    gateway.wait_log("new configuration is taken over")
    expect(hello(dial(t, new)), "no echo at the new port")
    gateway.stop()


@test
def the_log_follows_its_settings(t):
    port = t.ports.one()

    def settings(**log):
        return conf.gateway(conf.echo("work", conf.accept("tcp", port)),
                            log=log)
    gateway = Gateway(t, settings(level="info")).start()
    write(gateway, settings(level="info", file="new.txt", format="json"))
    gateway.signal(signal.SIGHUP)
    path = t.tmp / "new.txt"
    t.wait("the file", lambda: path.exists() and
           "is taken over" in path.read_text())
    stream = dial(t, port)
    expect(hello(stream), "no echo")
    stream.close()
    t.wait("the line", lambda: '"message":"stream ended"' in path.read_text())
    expect("stream ended" not in gateway.log(), "the old log is used")
    gateway.stop()
