# SPDX-License-Identifier: MIT
"""Processes: who descends from whom, how much they hold, and their end."""
import os
import signal
from pathlib import Path


def parents():
    """Parent of every process."""
    table = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            state, parent = stat.rpartition(")")[2].split()[:2]
            if state not in "ZX":
                table[int(entry.name)] = int(parent)
    return table


def children(pid):
    return sorted(p for p, parent in parents().items() if parent == pid)


def descendants(pid):
    """All living processes below `pid`, nearest first."""
    table = parents()
    found, generation = [], [pid]
    while generation:
        generation = [p for p, parent in table.items() if parent in generation]
        found += generation
    return found


def end_all(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    for pid in pids:
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            pass


def alive(pid):
    return pid in parents()


def sleeps(pid):
    """Is it waiting for something?"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[
        0] == "S"


def status(pid, key):
    """A number from /proc/PID/status, such as VmRSS or VmHWM (in KiB)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    raise KeyError(key)


def descriptors(pid):
    """How many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))
