# SPDX-License-Identifier: MIT
"""The part of doc/conformance.md about HTTP, made of the tables that the tests
play."""
import importlib

from . import http_requests, http_responses
from .wstables import table

BEGINNING = """\
# HTTP

RFC 9110 and 9112, strictly. "kept" and "closed" say what becomes of the
client's connection behind the answers; "seen" is what the back-end gets, whole
requests only, where `name: value` is a field that it has and `!name` one that
it must not have.

| part | rows |
|---|---|
"""
UNLIKE = """\
## What is not as another may have it

| case | here | why |
|---|---|---|
| Host beside an absolute form that names another | Host is replaced | \
RFC 9112 3.2.2 demands it; a name that is not served is 421 |
| Content-Length twice with one value, or as a list of it | 400, 502 | \
RFC 9112 6.3 lets a recipient take it; the next one may not |
| Content-Length beside Transfer-Encoding | 400, 502 | RFC 9112 6.1 lets a \
server go on; this is how requests are smuggled |
| lines that end with LF alone | 400, 502 | RFC 9112 2.2 lets a recipient take \
them |
| white space before the colon | requests: 400; responses: taken out | \
RFC 9112 5.1 |
| folded lines | 400, 502 | RFC 9112 5.2 |
| a response with a transfer coding that is not chunked | 502 | it cannot be \
passed on as it is, nor decoded |
| Upgrade: h2c | not passed on | RFC 9113 3.1: obsolete; it would carry \
requests past the gateway |
| GET, HEAD or DELETE with a body | passed on with Connection: close | \
RFC 9110 9.3.1: back-ends differ in whether they read it |
| trailers that frame, route, identify or modify | dropped | RFC 9110 6.5.1 |
| paths with dot segments, //, %2F, %61 in writing | 400 at `proxy` | \
`allow_in_path` |
| parameters of a path, `/a;x` | of the service of `/a`, and passed on | RFC 3986 \
3.3 leaves open what they mean; many back-ends take it for `/a` |
| several ranges at once, at `directory` | the whole file | RFC 9110 14.2 lets a \
server ignore Range |
| TRACE | 405 at `proxy` | `trace = "pass"` |
| CONNECT that is refused | answered with Connection: close | what was sent \
behind it was meant for the tunnel, and must not be read as requests |
| CONNECT where no service `tunnel` stands | 501 | RFC 9110 9.1: nothing there \
implements it, whatever it names |
| 425 | never sent | RFC 8470: TLS early data is not accepted, so no request \
can be a replay; Early-Data of who stands in front, and 425 of a back-end, are \
passed on |
| a back-end that ends the connection without an answer | 502 | \
RFC 9110 15.6.3; 504 is for time |
"""


def counts(scenarios):
    yield "scenarios", len(scenarios.SCENARIOS)
    yield "requests to the accepting end", \
        sum(map(len, http_requests.ROWS.values()))
    yield "responses to the connecting end", \
        sum(map(len, http_responses.ROWS.values()))


def of_scenarios(module):
    yield "## Scenarios of HTTP\n\nThe names of RFC 7230, RFC 7231 and " \
          "http.proxy that KAAZING's gateway is\nspecified by, as a " \
          "checklist; what is played is ours, from the standards.\n\n"
    for area in module.AREAS:
        yield f"### {area}: `http_scenarios.{area}`\n\n"
        yield table(("scenario", "answer", "remark"), *(
            (s.name, s.answer, s.why) for s in module.of_area(area)))


def short(text):
    text = text.replace("\r\n", " CRLF ")
    return text if len(text) < 150 else text[:140] + " ..."


def of_requests():
    yield "## Requests of HTTP: `http_malformed.requests`, and byte by " \
          "byte\n\n"
    for title, rows in http_requests.ROWS.items():
        yield f"### {title}\n\n"
        yield table(("request", "answers", "seen"), *(
            (name, answers, short("; ".join(seen)) or "nothing")
            for name, answers, _, seen in rows))


def of_responses():
    yield "## Responses of HTTP: `http_malformed.responses`, and byte by " \
          "byte\n\n\"cut\": the client sees that the response is not whole. " \
          "The connection to the\nback-end is used again, or ended.\n\n"
    for title, rows in http_responses.ROWS.items():
        yield f"### Responses. {title}\n\n"
        yield table(("back-end's answer", "client's", "connection behind",
                     "fields"), *(
            (row.name, short(row.answer), row.back, ", ".join(row.shows))
            for row in rows))


def part():
    scenarios = importlib.import_module("test_http_scenarios")
    text = BEGINNING + "".join(f"| {name} | {count} |\n"
                               for name, count in counts(scenarios)) + "\n"
    for lines in (of_scenarios(scenarios), of_requests(), of_responses()):
        text += "".join(lines)
    return text + UNLIKE
