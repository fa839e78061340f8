# SPDX-License-Identifier: MIT
"""WebSocket libraries that are not ours as clients and as back-ends, and one
gateway between all of them."""
import importlib.util
import itertools
import json
import sys

from . import conf, tools
from .gateway import Gateway
from .harness import Skip, expect, expect_equal
from .servers import Server, echo

NODE = {"ws": "ws", "websocket": "websocket", "faye": "faye-websocket",
        "undici": "undici"}
PYTHON = ("websockets", "aiohttp", "tornado")
NODE_SERVERS = ("ws", "websocket", "faye")
# What does not know permessage-deflate.
PLAIN = ("websocket",)
# What compresses whether or not it is told to.
ALWAYS = ("undici", "chromium")
# What a client offers, and what a back-end calls that.
OUTER, INNER = ["app.one", "app.two"], ["inner.one", "inner.two"]
ENDS = {"client": (4001, "client is döne"), "server": (4002, "server is döne"),
        "plain": (1000, "")}


def is_there(t, library):
    if library in PYTHON:
        return importlib.util.find_spec(library) is not None
    try:
        t.tool("node", "nodejs")
        return (t.npm(NODE[library]) / NODE[library]).is_dir()
    except Skip:
        return False


def need(t, library):
    """Skip the test without this library."""
    if not is_there(t, library):
        raise Skip(f"missing {'npm' if library in NODE else 'python3-'} "
                   f"{library}")


def program(t, script, library, *arguments):
    """A script of tests/e2e/peers, for libraries of its language."""
    if library in PYTHON:
        return tools.Program(t, [sys.executable, t.peers / f"{script}.py",
                                 *arguments], name=f"{script}.py")
    return tools.node(t, f"{script}.js", *arguments, package=NODE[library])


def check_end(got, kind, who, what, answers=()):
    """What an end saw of the close. Who began it gets the code back, or one
    of `answers`, and need not be told what it said."""
    code, reason = ENDS[kind]
    if kind == who:
        expect(got[0] in (code, *answers) and got[1] in ("", reason),
               f"{what}: the {who}, which began it, got {got}")
    else:
        expect_equal(got, (code, reason), f"{what}: the {who}'s end")


class BackEnds:
    """Servers of all libraries that are there; `ports[library, secure]`."""

    def __init__(self, t, libraries=NODE_SERVERS + PYTHON):
        self.ports = {}
        self.program_of = {}
        self.ends = {}
        for group in (NODE_SERVERS, PYTHON):
            there = [one for one in group
                     if one in libraries and is_there(t, one)]
            places = []
            for library in there:
                plain, tls = t.ports.one(), t.ports.one()
                self.ports[library, False] = plain
                self.ports[library, True] = tls
                places += [library, plain, tls]
            if there:
                one = program(t, "backends", there[0], t.certs.backend,
                              t.certs.backend_key, *places)
                self.program_of.update({library: one for library in there})
        for one in {id(one): one for one in self.program_of.values()}.values():
            one.receive_until(b"listening\n")
        self.libraries = sorted({library for library, _ in self.ports})

    def end_of(self, number, library):
        """How the conversation of this number ended at its back-end."""
        source = self.program_of[library]
        while number not in self.ends:
            line = json.loads(source.receive_until(b"\n"))
            at = int(line["url"].partition("id=")[2])
            self.ends[at] = line["code"], line["reason"]
        return self.ends[number]


class World:
    """One gateway with a service for each kind of back, back-end library and
    compression behind; each is reached by ws and wss, with and without
    compression in front."""

    def __init__(self, t, front_certificate="gateway", host=conf.FRONT_NAME):
        self.t = t
        self.host = host
        self.back_ends = BackEnds(t)
        self.fronts = {"ws": t.ports.one(), "wss": t.ports.one()}
        self.certificate = front_certificate
        self.streams = {"tcp": Server(t, echo).port,
                        "tls": Server.with_certificate(t, echo).port}
        self.places = []
        services = [self._bytes(kind) for kind in ("tcp", "tls")]
        services += [self._messages(library, kind, deflate)
                     for library, kind, deflate in itertools.product(
                         self.back_ends.libraries, ("ws", "wss"),
                         (False, True))]
        self.gateway = Gateway(t, conf.gateway(*services)).start()

    def _accepts(self, path, more=None):
        """The pipelines in front, and how their places are told apart."""
        found = []
        for scheme, deflate in itertools.product(("ws", "wss"),
                                                 (False, True)):
            name = f"{path}/{'deflate' if deflate else 'plain'}"
            options = {"subprotocols": OUTER, "deflate": deflate}
            if deflate:
                options.update(more or {})
            hop = conf.accept(scheme, self.fronts[scheme], self.t.certs,
                              certificate=self.certificate, path=name,
                              ws=options)
            hop["url"] = conf.url(scheme, self.host, self.fronts[scheme],
                                  name)
            found.append((hop, scheme, deflate))
        return found

    def _service(self, name, accepts, connect, **about):
        for hop, scheme, deflate in accepts:
            self.places.append({"url": hop["url"], "front": scheme,
                                "deflate": deflate, **about})
        return conf.service(name, [hop for hop, _, _ in accepts], connect)

    def _bytes(self, kind):
        return self._service(
            kind, self._accepts(f"/{kind}"),
            conf.connect(kind, self.streams[kind], self.t.certs),
            kind="bytes", back=kind, library=None, back_deflate=False)

    def _messages(self, library, kind, deflate):
        name = f"{library}-{kind}-{'deflate' if deflate else 'plain'}"
        return self._service(
            name, self._accepts("/" + name.replace("-", "/"),
                                {"subprotocol_choice": "back-end"}),
            conf.connect(kind, self.back_ends.ports[library, kind == "wss"],
                         self.t.certs, ws={
                             "deflate": deflate, "forward_query": True,
                             "forward_subprotocols": True,
                             "subprotocol_map": [
                                 f"{a}={b}" for a, b in zip(OUTER, INNER)]}),
            kind="messages", back=kind, library=library,
            back_deflate=deflate)

    def jobs(self):
        """Conversations that a client holds: one at each place."""
        found = []
        ends = itertools.cycle(ENDS)
        for number, place in enumerate(self.places):
            end = next(ends) if place["kind"] == "messages" else "plain"
            found.append({"id": number, "kind": place["kind"], "end": end,
                          "url": f"{place['url']}?id={number}",
                          "protocols": OUTER, "deflate": place["deflate"]})
        return found

    def check(self, client, job, report):
        """Was the conversation what it should have been, at both ends?"""
        place = self.places[job["id"]]
        what = f"{client} at {place['url']}, ending by {job['end']}"
        expect("error" not in report and "code" in report, f"{what}: {report}")
        check_end((report["code"], report["reason"]), job["end"], "client",
                  what)
        expect_equal(report["wrong"], 0, f"{what}: wrong messages")
        expect_equal(report["pongs"], report.get("pings", 0)
                     if place["kind"] == "messages" else 0,
                     f"{what}: pongs")
        expect_equal(report["deflate"],
                     place["deflate"] and client not in PLAIN,
                     f"{what}: compression in front")
        decided = place["kind"] == "messages" and place["deflate"]
        expect_equal(report["protocol"], OUTER[decided],
                     f"{what}: subprotocol")
        if place["kind"] == "messages":
            self._check_back(what, place, job, report["told"])

    def _check_back(self, what, place, job, told):
        expect_equal(told["url"], f"/back?id={job['id']}", f"{what}: target")
        expect_equal(told["protocol"], INNER[place["deflate"]],
                     f"{what}: the back-end's subprotocol")
        expect_equal(told["deflate"], place["back_deflate"] and
                     place["library"] not in PLAIN,
                     f"{what}: compression behind")
        check_end(self.back_ends.end_of(job["id"], place["library"]),
                  job["end"], "server", what)

    def hold(self, client, jobs):
        """All jobs by one client program; each is checked as it ends."""
        trust = self.t.certs.front
        peer = program(self.t, "talk", client, client, trust)
        peer.send(json.dumps(jobs).encode() + b"\n")
        by_number = {job["id"]: job for job in jobs}
        for _ in jobs:
            report = json.loads(peer.receive_until(b"\n"))
            self.check(client, by_number.pop(report["id"]), report)
        expect_equal(by_number, {}, "conversations without a report")
