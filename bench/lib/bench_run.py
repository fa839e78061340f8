# SPDX-License-Identifier: MIT
"""bench/run as a module, for the programs beside it: `from bench_run import run`."""
import importlib.machinery
import importlib.util
import os

_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'run')
_loader = importlib.machinery.SourceFileLoader('run', os.path.normpath(_PATH))
run = importlib.util.module_from_spec(
    importlib.util.spec_from_loader('run', _loader))
_loader.exec_module(run)
