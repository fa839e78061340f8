# SPDX-License-Identifier: MIT
"""doc/conformance.md as a whole: each protocol's part is made of the tables
that its tests play."""
import difflib

from . import httptables, wstables
from .harness import Failure

PAGE = "doc/conformance.md"
BEGINNING = """\
# What is tried, and the answers

This page is made by `tests/e2e/conformance`; the tests
`ws_scenarios.the_page_lists_every_scenario` and
`http_scenarios.the_page_lists_every_scenario` fail when it is out of date. Each
row is played by the test that its heading or the row names, against the
gateway, with raw bytes, and the answer is the one that the test demands. Most
rows can be run by themselves: `tests/e2e/run --build DIR --only
'ws_scenarios.control.client.send.ping.*'`.

*Accepting end*: the gateway is the server of a client that misbehaves.
*Connecting end*: it is the client of a back-end that misbehaves.

Parts: [WebSocket](#websocket), [HTTP](#http).

"""


def page():
    return BEGINNING + wstables.part() + "\n" + httptables.part()


def check(source):
    written = (source / PAGE).read_text(encoding="utf-8")
    made = page()
    if written != made:
        change = difflib.unified_diff(written.splitlines(), made.splitlines(),
                                      lineterm="", n=0)
        raise Failure(f"{PAGE} is out of date; write tests/e2e/conformance to "
                      f"it: {list(change)[:12]}")
