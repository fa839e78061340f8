# SPDX-License-Identifier: MIT
"""Runs the tests: each in a process and a folder of its own, some at once."""
import argparse
import contextlib
import ctypes
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import harness
from .processes import descendants, end_all
from .tinyca import TinyCA

LONGEST = 3600  # seconds; a safety net for a hanging test, not a measure
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
SKIPPED = 77
ORDINARY = {"tcp", "tls", "http", "ws", "wss", "chaos", "proxy", "echo",
            "respond", "directory", "redirect", "tunnel", "cors"}


def main(here, arguments):
    os.umask(0o022)  # who asks for modes asks for those of most machines
    options = parse(arguments)
    load(here)
    names = [name for name in sorted(harness.REGISTRY)
             if picked(name, options.only)]
    if options.list:
        for name in names:
            print("\n".join([name, *rows_of(name)]))
        return 0
    if not names:
        print(f"no test matches {options.only}")
        return 1
    if options.child:
        return run_child(options)
    if not (Path(options.build) / "core" / "penstock").exists():
        print(f"not ok build: {options.build}/core/penstock is not there; "
              "run configure and make, or say --build DIR")
        return 1
    return run_all(options, names)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tests/e2e/run")
    parser.add_argument("--build", default=os.environ.get("PST_BUILD", "."),
                        help="build folder (default: $PST_BUILD or .)")
    parser.add_argument("--only", action="append", metavar="PATTERN",
                        help="tests whose name contains or matches PATTERN")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--keep", metavar="DIR",
                        help="leave folders of failed tests in DIR")
    parser.add_argument("--child", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--certs", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    options.build = os.path.abspath(options.build)
    return options


def load(here):
    for path in sorted(Path(here).glob("test_*.py")):
        importlib.import_module(path.stem)


def rows_of(name):
    """Full names of a test's rows."""
    return [f"{name}.{row}" for row in harness.REGISTRY[name].rows]


def picked(name, patterns):
    return any(harness.matches(each, patterns)
               for each in (name, *rows_of(name)))


@contextlib.contextmanager
def own_folder():
    """One that is emptied as far as it goes."""
    folder = tempfile.mkdtemp(prefix="penstock-e2e.")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_all(options, names):
    count = {"ok": 0, "not ok": 0, "skip": 0}
    lock = threading.Lock()
    with own_folder() as folder:
        certs = Path(folder) / "certs"
        if shutil.which("openssl"):
            TinyCA.create(certs)

        def one(numbered):
            number, name = numbered
            place = Path(folder) / str(number)  # short: for Unix sockets
            verdict, line = run_one(options, name, place, certs)
            with lock:
                count[verdict] += 1
                print(line, flush=True)
        with ThreadPoolExecutor(max(1, options.jobs)) as pool:
            list(pool.map(one, enumerate(names)))
    print(f"{count['ok']} passed, {count['not ok']} failed, "
          f"{count['skip']} skipped")
    return 1 if count["not ok"] else 0


def run_one(options, name, place, certs):
    place.mkdir()
    command = [sys.executable, sys.argv[0], "--build", options.build,
               "--child", name, "--folder", str(place), "--certs", str(certs)]
    if options.only and not harness.matches(name, options.only):
        command += [f"--only={pattern}" for pattern in options.only]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             start_new_session=True)
    try:
        output = child.communicate(timeout=LONGEST)[0]
    except subprocess.TimeoutExpired:
        end_all([*descendants(child.pid), child.pid])
        output = child.communicate()[0] + b"\nstill running after an hour\n"
    text = output.decode(errors="replace").strip()
    reason = text.splitlines()[-1] if text else f"status {child.returncode}"
    left_out = missing_plugins(options.build) if child.returncode else []
    if child.returncode == 0:
        verdict, line = "ok", f"ok {name}"
    elif left_out and "no plugin offers" in text:
        verdict = "skip"
        line = f"skip {name}: missing plugin {', '.join(left_out)}"
    elif child.returncode == SKIPPED:
        verdict, line = "skip", f"skip {name}: {reason}"
    else:
        details = "\n".join("  | " + part for part in text.splitlines()[:-1])
        line = f"not ok {name}: {reason}" + (f"\n{details}" if details else "")
        verdict = "not ok"
        if options.keep:
            shutil.copytree(place, Path(options.keep) / name, symlinks=True,
                            dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("*.sock"))
    shutil.rmtree(place, ignore_errors=True)
    return verdict, line


def missing_plugins(build):
    """Plugins that this build leaves out; what needs them is skipped."""
    built = {path.stem for path in Path(build).glob("plugins/*/.libs/*.so")}
    return sorted(ORDINARY - built)


def run_child(options):
    """One test, in this process, which inherits whatever the test leaves."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    t = harness.Test(options.child, options.folder, options.build,
                     options.certs)
    t.only = options.only or []
    status = 0
    try:
        os.chdir(options.folder)
        harness.REGISTRY[options.child](t)
    except harness.Skip as reason:
        status, message = SKIPPED, str(reason)
    except harness.Failure as failure:
        status, message = 1, f"{failure}"
        print_where(failure)
    except SystemExit as reason:
        status, message = 1, str(reason)
        end_all(descendants(os.getpid()))
    except Exception as error:  # a test that breaks has failed
        status, message = 1, f"{type(error).__name__}: {error}"
        traceback.print_exc(file=sys.stdout)
    trouble = t.clean_up()
    end_all(descendants(os.getpid()))
    if trouble and status == 0:
        print_where(trouble)
        status, message = 1, f"{trouble}"
    if status:
        print_logs(t, status)
        print(" ".join(message.split("\n")))
    sys.stdout.flush()
    os._exit(status)  # peers' threads may still wait for something


def print_where(error):
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if Path(frame.filename).name.startswith("test_")]
    for frame in frames:
        print(f"{Path(frame.filename).name}:{frame.lineno}: {frame.line}")


def print_logs(t, status):
    if status == SKIPPED:
        return
    for path in sorted(t.tmp.glob("*.log")):
        lines = path.read_text(errors="replace").splitlines()
        print(f"-- {path.name}")
        print("\n".join(lines[-60:]))
