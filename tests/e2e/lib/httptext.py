# SPDX-License-Identifier: MIT
"""Requests of HTTP/1.1 as text, right or wrong."""

HOST = "Host: gateway.test"
CRLF = "\r\n"


def head(start, *fields, host=HOST):
    lines = [start, *([host] if host else []), *fields]
    return "".join(line + CRLF for line in lines) + CRLF


def get(path="/a", *fields, **more):
    return head(f"GET {path} HTTP/1.1", *fields, **more)


def post(*fields, path="/a", version="1.1"):
    return head(f"POST {path} HTTP/{version}", *fields)


CHUNKED = "Transfer-Encoding: chunked"
SMUGGLED = get("/smuggled")


def chunks(text, *fields):
    """A POST with a chunked body as it is written."""
    return post(CHUNKED, *fields) + text


def printable(name):
    return "".join(c if " " <= c < "\x7f" else f"\\x{ord(c):02x}"
                   for c in name)[:70]
