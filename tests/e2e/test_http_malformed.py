# SPDX-License-Identifier: MIT
"""Malformed and unusual HTTP/1.1, each with its exact outcome: requests to the
accepting end, and responses of a back-end to the connecting end."""
from lib import http_requests, http_responses
from lib.harness import expect_equal, test
from lib.httpends import Backs, World, play, play_response
from lib.wsline import Rows


def run(t, **layers):
    world, rows = World(t, **layers), Rows(t)
    for title, section in http_requests.ROWS.items():
        for name, answers, raw, wanted in section:
            rows.run(name, play, world, answers, raw, wanted)
    rows.check(400)
    world.gateway.stop()


REQUEST_NAMES = [row[0] for section in http_requests.ROWS.values()
                 for row in section]


@test(rows=REQUEST_NAMES)
def requests(t):
    run(t)


@test(rows=REQUEST_NAMES)
def requests_byte_by_byte(t):
    run(t, insert=[{"above": "tcp", "layer": "chaos", "chaos": {"chunk": 1}}])


def run_responses(t, **layers):
    world, rows = Backs(t, **layers), Rows(t)
    for section in http_responses.ROWS.values():
        for row in section:
            rows.run(row.name, play_response, world, row)
    rows.check(200)
    world.gateway.stop()


RESPONSE_NAMES = [row.name for section in http_responses.ROWS.values()
                  for row in section]


@test(rows=RESPONSE_NAMES)
def responses(t):
    run_responses(t)


@test(rows=RESPONSE_NAMES)
def responses_byte_by_byte(t):
    run_responses(t, insert=[{"above": "tcp", "layer": "chaos",
                              "chaos": {"chunk": 1}}])


@test
def rows_have_names_of_their_own(t):
    for names in (REQUEST_NAMES, RESPONSE_NAMES):
        expect_equal(len(set(names)), len(names), "names")
