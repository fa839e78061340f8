# SPDX-License-Identifier: MIT
"""Tests as functions: how they are declared, and what each one is given."""
import fnmatch
import os
import shutil
import socket
import threading
import time
from pathlib import Path

from . import ports
from .tinyca import TinyCA

REGISTRY = {}


class Skip(Exception):
    """An outside part is not on this machine."""


class Failure(AssertionError):
    """What the gateway did is not what was promised."""


def test(function=None, *, name=None, rows=()):
    """Declare a test. Its name is FILE.FUNCTION, or FILE.`name`. `rows` are
    names of what it tries one after the other: they are listed, too, and can
    be picked with `--only`."""
    def add(body):
        theme = body.__module__.rsplit(".", 1)[-1].removeprefix("test_")
        full = f"{theme}.{name or body.__name__}"
        if full in REGISTRY:
            raise RuntimeError(f"two tests are named {full}")
        REGISTRY[full] = body
        body.rows = tuple(rows)
        return body
    return add(function) if function else add


def matches(name, patterns):
    return not patterns or any(
        pattern in name or fnmatch.fnmatch(name, pattern)
        for pattern in patterns)


def expect(condition, message):
    """Fail with `message` unless `condition` holds."""
    if not condition:
        raise Failure(message)


def expect_equal(got, wanted, what):
    if got != wanted:
        raise Failure(f"{what}: got {brief(got)}, wanted {brief(wanted)}")


def expect_in(part, text, what):
    if part not in text:
        raise Failure(f"{what}: {part!r} is not in {brief(text)}")


def brief(value, most=600):
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}... ({len(text)})"


class Test:
    """One run of one test: its folder, its tools, what it must clean up."""

    def __init__(self, name, folder, build, certs):
        self.name = name
        self.tmp = Path(folder)
        self.build = Path(build)
        self._certs = Path(certs)
        self.source = Path(__file__).resolve().parents[3]
        self.peers = Path(__file__).resolve().parents[1] / "peers"
        self.ports = ports.Ports()
        self._deferred = []
        self.only = []  # patterns of rows; empty: all
        self.patience = float(os.environ.get("PENSTOCK_PATIENCE", "60"))
        program = self.penstock.read_bytes()
        self.asan = b"__asan_init" in program
        self.tsan = b"__tsan_init" in program
        if self.asan or self.tsan:
            self.patience *= 3

    @property
    def penstock(self):
        """The program; a libtool wrapper stands in front of it in a build."""
        hidden = self.build / "core" / ".libs" / "penstock"
        return hidden if hidden.exists() else self.build / "core" / "penstock"

    @property
    def certs(self):
        """The certificates of this run, which openssl made."""
        if not self._certs.exists():
            raise Skip("missing openssl")
        return TinyCA(self._certs)

    @property
    def sanitized(self):
        return self.asan or self.tsan

    def defer(self, function, *arguments):
        """Call this at the end of the test, last in first out."""
        self._deferred.append((function, arguments))

    def wants_row(self, row):
        return not self.only or matches(f"{self.name}.{row}", self.only)

    def clean_up(self):
        """Run what was deferred; returns the first thing that went wrong."""
        trouble = None
        while self._deferred:
            function, arguments = self._deferred.pop()
            try:
                function(*arguments)
            except Exception as error:  # the rest must be cleaned up, too
                trouble = trouble or error
        return trouble

    def wait(self, what, condition):
        """Poll until `condition()` is true and return its value."""
        deadline = time.monotonic() + self.patience
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise Failure(f"waited {self.patience:.0f} s in vain: {what}")
            time.sleep(0.01)

    def file(self, name, content, mode=0o600):
        """Write a file in the test's folder; returns its path."""
        path = self.tmp / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        path.chmod(mode)
        return path

    def tool(self, name, package=None):
        """The path of an outside program; the test is skipped without it."""
        found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
        if not found:
            raise Skip(f"missing {package or name}")
        return found

    def module(self, name, package):
        """An outside Python module."""
        try:
            return __import__(name)
        except ImportError:
            raise Skip(f"missing {package}") from None

    def plugin(self, name):
        """A plugin that exists for tests only."""
        if not (self.build / "tests/plugins/.libs" / f"{name}.so").exists():
            raise Skip(f"missing {name}.so in {self.build}/tests/plugins")

    def needs(self, name):
        """Skip the test in a build without this plugin."""
        if not (self.build / f"plugins/{name}/.libs/{name}.so").exists():
            raise Skip(f"missing plugin {name}")

    def npm(self, package):
        """The folder to put into NODE_PATH for an npm package."""
        folders = [os.environ.get("PENSTOCK_NPM"), self.build / "npm"]
        for folder in filter(None, folders):
            modules = Path(folder) / "node_modules"
            if (modules / package).is_dir():
                return modules
        raise Skip(f"missing npm {package}")

    def ipv6(self):
        """Skip the test on a machine without an IPv6 loopback."""
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError:
            raise Skip("missing IPv6 loopback address") from None

    def spawn(self, function, *arguments):
        """Run in a thread; `.result()` waits and raises what it raised."""
        return Task(self, function, arguments)


class Task:
    """A function in a thread of its own."""

    def __init__(self, t, function, arguments):
        self.t = t
        self._value = self._error = None
        self._thread = threading.Thread(
            target=self._run, args=(function, arguments), daemon=True)
        self._thread.start()

    def _run(self, function, arguments):
        try:
            self._value = function(*arguments)
        except BaseException as error:  # handed to whoever asks
            self._error = error

    def done(self):
        return not self._thread.is_alive()

    def result(self, what="a peer"):
        self._thread.join(self.t.patience)
        if self._thread.is_alive():
            raise Failure(f"waited {self.t.patience:.0f} s in vain for {what}")
        if self._error:
            raise self._error
        return self._value
