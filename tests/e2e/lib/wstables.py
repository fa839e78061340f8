# SPDX-License-Identifier: MIT
"""The part of doc/conformance.md about WebSocket, made of the tables that the
tests play.

A row stands on the page only when a test plays it, and the answer beside it is
the one that the test demands; so the page is right when the tests pass.
"""
import importlib

BEGINNING = """\
# WebSocket

At the connecting end the answer is what the back-end gets; the client behind the
gateway gets the same, but 1002 where the back-end gets 1007, because the fault
was not the client's data.

| part | rows |
|---|---|
"""
UNLIKE = """\
## What is not as another may have it

| case | here | why |
|---|---|---|
| request without `Upgrade: websocket` to a WebSocket service | 426 with \
`Upgrade: websocket` | RFC 9110 15.5.22; RFC 6455 4.2.2 leaves the status open |
| HTTP/1.0 | 400 | RFC 6455 4.1 wants HTTP/1.1; HTTP/1.0 has no `Upgrade` |
| another version | 426 with `Sec-WebSocket-Version: 13` | RFC 6455 4.4 |
| extensions that are malformed, though none is used | 400 | RFC 6455 9.1 |
| back-end that answers with another status | relayed with its fields and body \
| the client may have a use for it: a redirect, or a request for credentials |
| back-end whose 101 is wrong | 502 | the client is not at fault |
| several extensions in agreement or reordered, by a back-end | parameters in \
any order; a second extension is refused | only permessage-deflate is offered |
| lifetime of a connection | closed with 1001 | it ends for no fault of the peer |
"""


def modules():
    names = ("test_ws_scenarios", "test_ws_handshakes", "test_ws_frames",
             "test_ws_sections")
    return [importlib.import_module(name) for name in names]


def cell(text):
    text = "".join(c if " " <= c < "\x7f" else f"\\x{ord(c):02x}"
                   for c in str(text))
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*") \
        .replace("_", "\\_")


def table(*rows):
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "".join("| " + " | ".join(map(cell, line)) + " |\n"
                   for line in lines) + "\n"


def counts(scenarios, handshakes, frames, sections):
    yield "scenarios", len(scenarios.SCENARIOS)
    yield "requests to the accepting end", len(handshakes.REQUESTS)
    yield "responses to the connecting end", len(handshakes.RESPONSES)
    yield "malformed frames, each to both ends", len(frames.PLAIN)
    yield "malformed frames with deflate, each to both ends", \
        len(frames.DEFLATE)
    yield "cases by sections, each with both ends", \
        sum(map(len, sections.SECTIONS.values()))


def of_scenarios(module):
    yield "## Scenarios\n\nThe names that the specification of KAAZING's " \
          "gateway counts, as a checklist; what is\nplayed is ours, from the " \
          "standard.\n\n"
    for area in module.AREAS:
        yield f"### {area.capitalize()}: `ws_scenarios.{area}`\n\n"
        yield table(("scenario", "end under test", "answer"), *(
            (s.name, " and ".join(s.roles), s.answer)
            for s in module.of_area(area)))


def of_handshakes(module):
    yield "## Requests: `ws_handshakes.requests`\n\n"
    yield table(("request", "status", "fields of the answer"), *(
        (name, status, ", ".join(f"{field}: {value}" if value is not None
                                 else f"no {field}"
                                 for field, value in fields.items()))
        for name, status, fields, _ in module.REQUESTS))
    yield "## Responses: `ws_handshakes.responses`\n\n"
    yield table(("back-end's answer", "client's"), *(
        row[:2] for row in module.RESPONSES))


def of_frames(module):
    for title, test, rows in (
            ("Malformed frames", "malformed_frames_to_the_accepting_end` and "
             "`ws_frames.malformed_frames_to_the_connecting_end",
             module.PLAIN),
            ("Malformed frames with deflate", "malformed_frames_with_deflate",
             module.DEFLATE)):
        yield f"## {title}: `ws_frames.{test}`\n\n"
        yield table(("frames", "close code", "client behind"), *(
            (name, code, module.BEHIND.get(code, code))
            for name, code, _ in rows))


def of_sections(module):
    yield "## Sections: `ws_sections.*`\n\n"
    rows = [(section, title, len(module.SECTIONS.get(section, ())) or "-")
            for section, title in module.TITLES.items()]
    yield table(("section", "title", "cases in each role"), *rows)
    yield "Sections 10, 12 and 13 are loops over sizes, fragments and terms, " \
          "not cases.\n\n"


def part():
    scenarios, handshakes, frames, sections = modules()
    text = BEGINNING + "".join(
        f"| {name} | {count} |\n" for name, count in
        counts(scenarios, handshakes, frames, sections)) + "\n"
    for lines in (of_sections(sections), of_scenarios(scenarios),
                  of_handshakes(handshakes), of_frames(frames)):
        text += "".join(lines)
    return text + UNLIKE
