# SPDX-License-Identifier: MIT
"""No request is seen differently by the gateway and by the server beside it.

The same bytes, the table's and ones made wrong by chance, go to a back-end of
ours that reads strictly, through the gateway alone; through the gateway with
nginx or HAProxy behind it; and with nginx or HAProxy in front. What each chain
makes of them must be the same requests, or be refused.
"""
import contextlib
from collections import Counter

from lib import conf, httpmutants, httptext, tools
from lib.gateway import Gateway
from lib.harness import Failure, brief, expect, test
from lib.httpback import Recorder
from lib.httpspy import Spy
from lib.streams import dial

MUTANTS = 2000
NGINX = """\
    merge_slashes off;
    client_max_body_size 0;
    proxy_ignore_client_abort on;
    proxy_next_upstream off;
    location / {
      proxy_pass http://back;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Connection "";
    }
"""
HAPROXY = """\
defaults
  mode http
  retries 0
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend front
  bind 127.0.0.1:PORT
  default_backend back
backend back
  server one 127.0.0.1:BACK
"""


def peer(t, name, back):
    """nginx or HAProxy, which passes everything on to the port `back`."""
    if name == "nginx":
        return tools.nginx(
            t, NGINX, f"upstream back {{ server 127.0.0.1:{back}; "
                      "keepalive 8; }")
    return tools.haproxy(t, HAPROXY.replace("BACK", str(back)))


class Chain:
    """A port to send to, and the back-end at the far end."""

    def __init__(self, t, port, back):
        self.t, self.port, self.back = t, port, back
        self.marks = 0

    def play(self, raw):
        """Send, end, and wait for the end."""
        stream = dial(self.t, self.port)
        with contextlib.suppress(OSError, Failure):
            stream.send(raw)
            stream.fin()
            stream.receive_all()
        stream.sock.close()

    def seen(self, cases):
        """What the back-end made of `cases`, one after the other, as text."""
        for raw in cases:
            self.play(raw)
        self.marks += 1
        mark = f"/mark-{self.marks}"
        self.play(httptext.get(mark, "Connection: close").encode())
        return [str(each) for each in self.back.until(mark)]


def normal(request):
    """An absolute form, which only HAProxy passes on, as the path."""
    method, target, *body = request.split(" ", 2)
    if target.lower().startswith("http://"):
        rest = target[len("http://"):]
        at = min((rest.find(c) for c in "/?" if c in rest), default=len(rest))
        target = rest[at:] or ("*" if method == "OPTIONS" else "/")
        target = f"/{target}" if target[0] == "?" else target
    return " ".join((method, target, *body))


def gateway(t, name, back):
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("http", port, path="/"),
        conf.connect("http", back, path="/"), type="proxy", trace="pass",
        allow_in_path=["dots", "slashes", "empty", "letters"]),
        level="error"), name=name).start()
    return port


def cases(seed):
    return [*httpmutants.bases(), *httpmutants.mutants(MUTANTS, seed)]


def granted(spy):
    """What was answered with 200, as a strict reader has it."""
    return count(each for talk in list(spy.talks) for each in talk.granted())


def count(requests):
    return Counter(normal(str(each)) for each in requests
                   if "/mark-" not in str(each))


def expect_same(t, look, wanted, what):
    """`look()` comes to `wanted`: answers may be on their way."""
    with contextlib.suppress(Failure):
        t.wait(what, lambda: look() == wanted)
    found = look()
    expect(found == wanted, f"{what}: {brief(found - wanted)} is too much, "
                            f"{brief(wanted - found)} is missing")


def behind(t, name, seed):
    """The peer reads what the gateway wrote: all of it can be read, is what
    another back-end gets, and what the peer grants is what it passes on."""
    alone, back = Recorder(t), Recorder(t)
    spy = Spy(t, peer(t, name, back.port))
    one = Chain(t, gateway(t, "alone", alone.port), alone)
    other = Chain(t, gateway(t, "before", spy.port), back)
    raws = cases(seed)
    wanted, seen = one.seen(raws), other.seen(raws)
    expect_same(t, lambda: count(
        each for talk in list(spy.talks) for each in talk.requests()),
        count(wanted), f"what {name} gets, beside what a back-end gets")
    expect_same(t, lambda: granted(spy), count(seen),
                f"what {name} grants, beside what it passes on")
    expect(len(seen) > 700, f"only {len(seen)} requests came through")


def before(t, name, seed):
    """The gateway reads what the peer wrote: it grants what a strict reader
    finds there, and passes just that on."""
    back = Recorder(t)
    spy = Spy(t, gateway(t, "behind", back.port))
    seen = Chain(t, peer(t, name, spy.port), back).seen(cases(seed))
    expect_same(t, lambda: granted(spy), count(seen),
                "what the gateway grants, beside what it passes on")
    expect(len(seen) > 700, f"only {len(seen)} requests came through")


for name_ in ("nginx", "haproxy"):
    for where in (behind, before):
        def body_(t, where=where, name=name_):
            where(t, name, f"{name} {where.__name__}")
        body_.__module__ = __name__
        test(body_, name=f"{name_}_{where.__name__}_the_gateway")
