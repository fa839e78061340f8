# SPDX-License-Identifier: MIT
"""Supervisor and workers: death, replacement, draining, signals."""
import os
import pwd
import signal
import socket

from lib import conf, httpraw, ports, processes, wsraw
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import dial, dial_tls


def start(t, front="tcp", workers=2, *, options=(), **more):
    server = Server(t, echo)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs),
        conf.connect("tcp", server.port)), workers=workers, **more),
        options=options).start()
    return gateway, port


def works(stream, data=b"are you there?"):
    return stream.exchange(data, len(data)) == data


@test
def as_many_workers_as_configured(t):
    gateway, port = start(t, workers=3)
    gateway.wait_workers(3)
    expect(works(dial(t, port)), "no echo")


@test
def connections_pending_at_a_killed_worker_are_served(t):
    gateway, port = start(t)
    victim, other = gateway.wait_workers(2)
    streams = [dial(t, port) for _ in range(4)]
    for stream in streams:
        expect(works(stream), "no echo")
    os.kill(victim, signal.SIGSTOP)
    pending = [dial(t, port) for _ in range(40)]
    for stream in pending:
        stream.send(b"hello")
    gateway.may_crash = True
    os.kill(victim, signal.SIGKILL)
    for stream in pending:
        expect_equal(stream.receive(5), b"hello", "echo")
    expect(other in gateway.wait_workers(2), "the other worker is gone")
    gateway.stop()


@test
def sessions_of_the_other_worker_do_not_notice(t):
    gateway, port = start(t)
    victim, _ = gateway.wait_workers(2)
    streams = [dial(t, port) for _ in range(24)]
    for stream in streams:
        expect(works(stream), "no echo")
    gateway.may_crash = True
    os.kill(victim, signal.SIGKILL)
    gateway.wait_log(rf"\b{victim}\b")
    alive = 0
    data = os.urandom(300000)
    for stream in streams:
        try:
            alive += works(stream, data)
        except (AssertionError, OSError):
            pass
    expect(0 < alive < 24, f"{alive} of 24 sessions are alive")
    gateway.wait_workers(2)
    fresh = [dial(t, port) for _ in range(24)]
    expect(all(works(stream) for stream in fresh), "no echo of new sessions")
    gateway.stop()


@test
def every_worker_killed_under_load_is_replaced(t):
    gateway, port = start(t)
    gateway.may_crash = True
    failed = done = 0
    killed = 0
    while killed < 4:
        for _ in range(25):
            try:
                done += works(dial(t, port))
            except (AssertionError, OSError):
                failed += 1
        victim = gateway.wait_workers(2)[killed % 2]
        os.kill(victim, signal.SIGKILL)
        killed += 1
    gateway.wait_workers(2)
    expect(works(dial(t, port)), "no echo")
    expect(failed <= 4, f"{failed} of {failed + done} connections failed")
    gateway.stop()


@test
def the_crash_line_names_layer_service_and_session(t):
    t.plugin("crash")
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo("fragile", conf.accept(
        "tcp", port, insert=[{"above": "tcp", "layer": "crash"}]))))
    gateway.may_crash = True
    gateway.env["ASAN_OPTIONS"] += ":handle_segv=0:handle_abort=0"
    gateway.start()
    stream = dial(t, port)
    stream.send(b"crash\n")
    stream.receive_all()
    gateway.wait_log(r"signal 6.*layer.crash.*service.fragile.*session.\d+")
    gateway.wait_workers(1)
    t.wait("a replacement that serves", lambda: ports.listening(port))
    gateway.stop()


@test
def sigterm_lets_sessions_finish(t):
    for options in ((), ("--single",)):
        gateway, port = start(t, workers=1, options=options, drain="10m")
        stream = dial(t, port)
        expect(works(stream), "no echo")
        gateway.signal(signal.SIGTERM)
        t.wait("the port to be closed", lambda: not ports.listening(port))
        expect(works(stream, os.urandom(300000)), "no echo while draining")
        stream.finish()
        expect_equal((stream.receive_all(), stream.end), (b"", "clean"),
                     "end of the session")
        gateway.check(gateway.wait_end())


@test
def draining_ends_idle_keep_alive_connections(t):
    """Between two requests there is nothing to wait for."""
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.respond(
        "work", conf.accept("http", port, http={"keepalive_timeout": "1h"}),
        body="hello"), drain="1h")).start()
    stream = dial(t, port)
    expect_equal(httpraw.ask(stream, "/work").status, 200, "status")
    gateway.signal(signal.SIGTERM)
    expect_equal((stream.receive_all(), stream.end), (b"", "clean"), "the end")
    stream.close()
    gateway.check(gateway.wait_end())


@test
def a_worker_takes_nobody_new_while_it_drains(t):
    gateway, port = start(t, drain="1h")
    steady = dial(t, port)
    expect(works(steady), "no echo")
    gateway.signal(signal.SIGTERM)
    gateway.wait_log("draining")
    t.wait("connections to be refused", lambda: refused(port))
    steady.close()
    gateway.check(gateway.wait_end())


def refused(port):
    try:
        with socket.create_connection(("127.0.0.1", port)):
            return False
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # the last that were let into the queue
        return False


@test
def the_drain_timeout_ends_what_does_not_finish(t):
    gateway, port = start(t, drain="1s")
    streams = [dial(t, port) for _ in range(8)]
    expect(all(works(stream) for stream in streams), "no echo")
    gateway.signal(signal.SIGTERM)
    gateway.check(gateway.wait_end())
    for stream in streams:
        stream.receive_all()
        expect_equal(stream.end, "reset", "end of a session that was cut")


@test
def a_second_sigterm_stops_at_once(t):
    for options in ((), ("--single",)):
        gateway, port = start(t, options=options, drain="1h")
        stream = dial(t, port)
        expect(works(stream), "no echo")
        gateway.signal(signal.SIGTERM)
        t.wait("the port to be closed", lambda: not ports.listening(port))
        expect(works(stream), "no echo while draining")
        gateway.signal(signal.SIGTERM)
        gateway.check(gateway.wait_end())
        stream.receive_all()


@test
def draining_tells_ws_clients_that_it_goes_away(t):
    gateway, port = start(t, "wss", workers=1, drain="1h")
    stream = dial_tls(t, port, trust=t.certs.front)
    wsraw.upgrade(stream)
    stream.send(wsraw.frame(wsraw.BINARY, b"hello"))
    wsraw.read_message(stream)
    gateway.signal(signal.SIGTERM)
    expect_equal(wsraw.read_close(stream)[0], 1001, "close code")
    stream.send(wsraw.close_frame(1001))
    gateway.check(gateway.wait_end())


@test
def sigint_ends_as_sigterm_does(t):
    for options in ((), ("--single",)):
        gateway, _ = start(t, options=options)
        gateway.signal(signal.SIGINT)
        gateway.check(gateway.wait_end())


@test
def run_single_is_one_process(t):
    gateway, port = start(t, options=("--single",))
    stream = dial(t, port)
    expect(works(stream, os.urandom(1000000)), "no echo")
    expect_equal(processes.children(gateway.pid), [], "child processes")
    stream.close()
    gateway.stop()


@test
def workers_end_when_the_supervisor_is_killed(t):
    gateway, port = start(t)
    workers = gateway.wait_workers(2)
    gateway.may_crash = True
    gateway.process.kill()
    gateway.process.wait()
    t.wait("the workers to end",
           lambda: not any(processes.alive(pid) for pid in workers))
    t.wait("the port to be free", lambda: not ports.listening(port))


@test
def a_port_in_use_is_an_error_that_names_everything(t):
    server = Server(t, echo)
    for options in ((), ("--single",)):
        hop = {"url": f"tcp://gateway.test:{server.port}",
               "tcp": {"bind": f"127.0.0.1:{server.port}"}}
        gateway = Gateway(t, conf.gateway(conf.echo("work", hop)),
                          options=options, name="taken" + "".join(options))
        gateway.may_crash = True
        gateway.start(ready=False)
        expect(gateway.wait_end() != 0, "it started")
        for part in ("work", f"tcp://gateway.test:{server.port}",
                     f"127.0.0.1:{server.port}", "in use"):
            expect_in(part, gateway.log(), "the error")


@test
def a_second_instance_does_not_share_the_port(t):
    gateway, port = start(t)
    second = Gateway(t, gateway.conf.read_text(), name="second")
    second.may_crash = True
    second.start(ready=False)
    expect(second.wait_end() != 0, "the second instance started")
    expect_in("in use", second.log(), "the error")
    streams = [dial(t, port) for _ in range(16)]
    expect(all(works(stream) for stream in streams), "the first one is hurt")


@test
def descriptors_that_run_out_pause_accepting(t):
    """With a low limit all clients are served, one after another."""
    gateway, port = start(t, workers=1)
    gateway.wait_log("ready workers=1")  # it has opened what it needs
    worker = gateway.wait_workers(1)[0]
    import resource
    limit = processes.descriptors(worker) + 12
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (limit, limit))
    streams = [dial(t, port) for _ in range(30)]
    tasks = [t.spawn(served, stream) for stream in streams]
    expect(all(task.result("a client") for task in tasks), "a client failed")
    expect(processes.alive(worker), "the worker died")


def served(stream):
    """One short session from its first byte to its end."""
    try:
        ok = works(stream)
        stream.close()
        return ok
    except (OSError, AssertionError):
        return True  # its back-end had no descriptor: told so, not stuck


@test
def a_worker_without_a_sign_of_life_is_replaced(t):
    gateway, port = start(t, workers=1)
    victim = gateway.wait_workers(1)[0]
    os.kill(victim, signal.SIGSTOP)
    gateway.may_crash = True
    pending = dial(t, port)
    pending.send(b"hello")
    expect_equal(pending.receive(5), b"hello", "echo of the replacement")
    gateway.wait_log(rf"\b{victim}\b")
    expect(not processes.alive(victim), "the old worker is still there")
    gateway.stop()


@test
def workers_give_up_root_for_the_user_named(t):
    """Root's own privileges are needed for this; others are told."""
    user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    wanted = pwd.getpwnam(user).pw_uid
    t.tmp.chmod(0o700)
    port = t.ports.one()
    for options in ((), ("--single",)):
        gateway = Gateway(t, conf.gateway(conf.echo(
            "work", conf.accept("tls", port, t.certs)), user=user),
            options=options).start()
        for worker in gateway.wait_workers(1):
            t.wait("the worker's user",
                   lambda: processes.status(worker, "Uid") == wanted)
        stream = dial_tls(t, port, trust=t.certs.front)
        expect(works(stream), "no echo")  # with a key that only root reads
        stream.close()
        gateway.stop()
    bad = Gateway(t, conf.gateway(conf.echo(
        "work", conf.accept("tcp", port)), user="no-such-user"), name="bad")
    bad.may_crash = True
    bad.start(ready=False)
    expect(bad.wait_end() != 0, "it started for a user that does not exist")
    expect_in("no-such-user", bad.log(), "the error")


@test
def a_pid_file_is_written_and_removed(t):
    gateway, _ = start(t, pid_file=str(t.tmp / "penstock.pid"))
    path = t.tmp / "penstock.pid"
    t.wait("the pid file", lambda: path.exists() and path.read_text())
    expect_equal(path.read_text().strip(), str(gateway.pid), "pid file")
    gateway.stop()
    expect(not path.exists(), "the pid file is left behind")


@test
def a_unix_socket_file_is_removed_at_the_end(t):
    path = t.tmp / "front.sock"
    gateway = Gateway(t, conf.gateway(conf.echo("work", {
        "url": f"unix://{path}", "tcp": {"mode": "0600"}})))
    gateway.paths = [str(path)]
    gateway.start()
    expect_equal(oct(path.stat().st_mode & 0o777), "0o600", "mode")
    gateway.stop()
    expect(not path.exists(), "the socket's file is left behind")


@test
def the_foreground_log_says_what_it_listens_on(t):
    gateway, port = start(t, "wss")
    gateway.wait_log(rf"127\.0\.0\.1:{port}")
    gateway.stop()


@test
def a_daemon_without_foreground_leaves_the_terminal(t):
    """`penstock run` without --foreground returns when it is ready, or says
    what is wrong."""
    missing = command(t, "run", "-c", t.tmp / "nowhere.conf")
    expect_equal(missing.returncode != 0, True, "status without a file")
    expect_in("nowhere.conf", missing.stderr, "the error")
