# SPDX-License-Identifier: MIT
"""The daemon under test: written a configuration, started, watched, ended."""
import os
import re
import signal
import subprocess

from . import conf, ports, processes
from .harness import Failure

REPORTS = re.compile(
    r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehavior"
    r"|runtime error:|Assertion .* failed|stack smashing|double free")
# intercept_tls_get_addr: its guess at where thread-locals of loaded objects lie
# is wrong now and then, and then the search for leaks itself crashes.
SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=0:exitcode=86:detect_leaks=1"
                    ":quarantine_size_mb=4:intercept_tls_get_addr=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=86",
    "TSAN_OPTIONS": "halt_on_error=0:exitcode=86:second_deadlock_stack=1",
}


def environment(t):
    """What every penstock process of a test is started with."""
    folders = sorted({str(p.parent) for p in
                      t.build.glob("plugins/*/.libs/*.so")})
    folders += [str(p) for p in (t.build / "tests" / "plugins" / ".libs",
                                 t.build / "sdk" / "examples" / ".libs")
                if p.is_dir()]
    env = {key: v for key, v in os.environ.items()
           if not key.startswith("PENSTOCK_")}
    env["PENSTOCK_PLUGIN_PATH"] = ":".join(folders)
    known = t.source / "tests" / "lib" / "lsan.supp"
    if known.exists():
        env["LSAN_OPTIONS"] = f"suppressions={known}:print_suppressions=0"
    for key, options in SANITIZERS.items():
        env[key] = ":".join(filter(None, [env.get(key), options]))
    env["LC_ALL"] = "C.UTF-8"
    return env


def command(t, *arguments, stdin=b"", env=None, cwd=None):
    """Run `penstock ARGUMENTS` to its end; stdout and stderr as text."""
    try:
        done = subprocess.run(
            [str(t.penstock), *map(str, arguments)], input=stdin,
            capture_output=True, timeout=t.patience, cwd=cwd or t.tmp,
            env={**environment(t), **(env or {})})
    except subprocess.TimeoutExpired as error:
        raise Failure(f"penstock {' '.join(map(str, arguments))} did not end; "
                      f"stderr: {error.stderr}") from None
    done.stdout = done.stdout.decode(errors="replace")
    done.stderr = done.stderr.decode(errors="replace")
    if REPORTS.search(done.stderr) or done.returncode in (86, -6, -11):
        raise Failure(f"penstock {' '.join(map(str, arguments))} broke with "
                      f"status {done.returncode}: {done.stderr}")
    return done


def unframed(picture):
    """What `penstock explain` draws without its frames, as one line: where it
    breaks its lines depends on how long the names in them are."""
    return " ".join(picture.replace("|", " ").split())


class Gateway:
    """`penstock run` with one configuration."""

    def __init__(self, t, settings, *, options=(), name="gateway", env=None):
        self.t = t
        content = settings if isinstance(settings, str) else conf.text(settings)
        self.conf = t.file(f"{name}.conf", content)
        self.log_path = t.tmp / f"{name}.log"
        self.options = list(options)
        self.env = {**environment(t), **(env or {})}
        self.ports = sorted(self._ports(content))
        self.paths = re.findall(r'bind = "unix:([^"]+)"', content)
        self.paths += re.findall(r'accept = "unix://([^"]+)"', content)
        if not isinstance(settings, str):
            self._listens_at_urls(settings)
        self.process = None
        self.may_crash = False
        self.ready = False
        self.tells = re.search(r'\blevel = "(info|debug|trace)"', content) \
            and not re.search(r'\bfile = ', content)
        self.tells_ready = "--single" not in self.options and self.tells
        self.told_before = 0

    @staticmethod
    def _ports(content):
        found = re.findall(r'bind = "[^"]*?:?(\d+)"', content)
        found += re.findall(r'accept = "[a-z]+://[^"/]+:(\d+)', content)
        return {int(port) for port in found}

    def _listens_at_urls(self, settings):
        """Hops that are groups without an address to bind to."""
        for service in settings.get("services", []):
            hops = service.get("accept", [])
            for hop in hops if isinstance(hops, list) else [hops]:
                if isinstance(hop, str) or "bind" in hop.get("tcp", {}):
                    continue
                at = re.match(r"[a-z]+://[^/]*:(\d+)|unix://(.+)",
                              hop.get("url", ""))
                if at and at[1]:
                    self.ports.append(int(at[1]))
                elif at:
                    self.paths.append(at[2])

    def start(self, ready=True):
        if self.log_path.exists():
            self.told_before = len(self.log())
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(self.t.penstock), "run", "--foreground", *self.options,
                 "-c", str(self.conf)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.env, cwd=self.t.tmp)
        self.ready = False
        self.t.defer(self.stop_if_running)
        if ready:
            self.t.wait("the gateway to listen", self._listens)
        return self

    def _listens(self):
        if self.process.poll() is not None:
            raise Failure("the gateway ended with status "
                          f"{self.process.returncode}: {self.log()[-2000:]}")
        return (all(ports.listening(port) for port in self.ports) and
                all(ports.listening_at(path) for path in self.paths) and
                self._has_its_sockets())

    def _has_its_sockets(self):
        """Who listens first may be a probe for whether the port is free, and
        whoever connects to that is reset."""
        if "--single" not in self.options:
            return bool(self.workers())  # which come after the sockets
        return not self.tells or not self.ports + self.paths or \
            "listening address=" in self.log()[self.told_before:]

    def log(self):
        """What it has said; of a line that is being written, nothing."""
        text = self.log_path.read_text(errors="replace")
        if self.process and self.process.poll() is None:
            text = text[:text.rfind("\n") + 1]
        return text

    def wait_log(self, pattern, count=1):
        """Wait for lines that match; returns the newest one."""
        def look():
            found = [line for line in self.log().splitlines()
                     if re.search(pattern, line)]
            return found[-1] if len(found) >= count else None
        return self.t.wait(f"log line /{pattern}/", look)

    @property
    def pid(self):
        return self.process.pid

    def workers(self):
        """Process ids of the workers; our own without a supervisor."""
        if "--single" in self.options:
            return [self.pid]
        return processes.children(self.pid)

    def wait_ready(self):
        """Wait until the workers serve, as the log says: it is listened before
        that, and what is measured of a worker that comes up is nothing."""
        if not self.ready and self.tells_ready:
            self.wait_log(r"\bready\b")
            self.ready = True

    def wait_workers(self, count):
        return self.t.wait(
            f"{count} workers",
            lambda: (len(self.workers()) == count and self.workers()) or None)

    def memory(self, key="VmRSS"):
        """Memory of all workers, in KiB."""
        self.wait_ready()
        return sum(processes.status(pid, key) for pid in self.workers())

    def signal(self, number):
        self.process.send_signal(number)

    def wait_end(self):
        return self.t.wait(
            "the gateway to end",
            lambda: (self.process.poll() is not None and
                     [self.process.returncode]))[0]

    def stop(self):
        """SIGTERM; it must end well and leave nothing behind."""
        workers = self.workers()
        self.signal(signal.SIGTERM)
        status = self.wait_end()
        self.check(status)
        left = [pid for pid in workers if processes.alive(pid)]
        if left:
            raise Failure(f"processes {left} outlive the gateway")

    def check(self, status=0):
        log = self.log()
        report = REPORTS.search(log)
        if report:
            where = log[max(0, report.start() - 200):report.start() + 1500]
            raise Failure(f"a sanitizer or an assertion reports: {where}")
        if status != 0:
            raise Failure(f"the gateway ended with status {status}, not 0")
        crash = re.search(r"killed by signal|dumped core|SIGSEGV|SIGABRT", log)
        if crash and not self.may_crash:
            raise Failure(f"a worker died: {log[crash.start() - 200:][:500]}")

    def stop_if_running(self):
        if self.process.poll() is None:
            self.stop()
        elif not self.may_crash:
            self.check(self.process.returncode)
