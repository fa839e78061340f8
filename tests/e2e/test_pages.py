# SPDX-License-Identifier: MIT
"""What pages of doc/ tell to write is what `penstock check` takes.

A block of configuration is taken whole. In the tables of coming-from.md the
first code span of the last column is put into the group that the second column
names.
"""
import re
import secrets
import subprocess

from lib.gateway import command
from lib.harness import Skip, expect, expect_equal, test

PLACES = ("service", "accept", "connect", "penstock", "file")
TABLE = re.compile(r"^\| (.+?) \| (\w*) ?\| (.+) \|$")
SCHEMES = {"stunnel": "tls", "hitch": "tls"}


def page(t, name):
    return (t.source / "doc" / name).read_text()


def rows(text):
    """(line number, place, what is written there, the scheme of its hop) of
    each row with settings."""
    scheme = "https"
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            scheme = SCHEMES.get(line[3:], "https")
        row = TABLE.match(line)
        if row is None or row.group(2) not in PLACES:
            continue
        written = re.search(r"`([^`]+)`", row.group(3))[1]
        yield number, row.group(2), written, scheme


def blocks(text):
    """(line number, text) of each block that is a configuration of ours."""
    for found in re.finditer(r"^```\n(.*?)^```$", text, re.M | re.S):
        if re.match(r"(penstock|defaults|services) ?[:=] ?[({]", found.group(1)):
            yield text[:found.start()].count("\n") + 1, found.group(1)


def files(t):
    """The files that the page names, in the test's folder."""
    tool = t.build / "plugins" / "tls" / "penstock-cert"
    if not tool.exists():
        raise Skip("missing penstock-cert")

    def cert(*arguments):
        subprocess.run([str(tool), *arguments], cwd=t.tmp, check=True,
                       capture_output=True)
    cert("self-signed", "www.example.com", "*.example.com", "--out", "gateway")
    cert("ca", "Test", "--out", "ca")
    cert("ca", "Clients", "--out", "clients")
    cert("issue", "--ca", "clients.pem", "--client", "me.test", "--out",
         "client")
    cert("revoke", "--ca", "clients.pem", "--crl", "clients.crl")
    pair = [(t.tmp / f"gateway.{kind}").read_text() for kind in ("pem", "key")]
    t.file("gateway-with-key.pem", "".join(pair), 0o600)
    t.file("gateway.password", "secret\n", 0o600)
    t.file("ticket.key", secrets.token_hex(64), 0o600)
    (t.tmp / "peer.pem").write_text(pair[0])
    for folder in ("certs.d", "srv/www/errors", "srv/docs", "pages",
                   "services.d"):
        (t.tmp / folder).mkdir(parents=True)
    for name, text in (("certs.d/gateway.pem", pair[0]),
                       ("srv/www/index.html", "x"), ("pages/502.html", "x"),
                       ("srv/www/errors/404.html", "x"),
                       ("pages/503.html", "x"), ("services.d/a.conf", "")):
        (t.tmp / name).write_text(text)
    t.file("certs.d/gateway.key", pair[1], 0o600)


def hop(settings, scheme, place):
    """A pipeline with these settings, and a URL when they have none."""
    if "url =" in settings:
        return settings
    return f'url = "{scheme}://{place}"; {settings}'


def accepting(settings, scheme):
    settings = hop(settings, scheme, "www.example.com:8443/")
    kind = "respond" if 'url = "http' in settings else "echo"
    return f'type = "{kind}"; accept = {{ {settings} }};'


def connecting(settings, scheme):
    settings = hop(settings, scheme, "10.0.0.7:8443")
    front = "http" if 'url = "http' in settings else "tcp"
    return f'accept = "{front}://127.0.0.1:80"; connect = {{ {settings} }};'


def serving(settings, scheme):
    """A service with the hops that it does not have itself."""
    if "accept =" not in settings:
        front = "tcp" if scheme == "tls" else "http"
        settings += f' accept = "{front}://127.0.0.1:80";'
    if "type =" not in settings and "connect =" not in settings:
        settings += ' connect = "http://10.0.0.7:8080";'
    return settings


def whole(place, settings, scheme):
    """A configuration around what stands in one place of it."""
    beside, inside = "", 'type = "echo"; accept = "tcp://127.0.0.1:9000";'
    if place == "penstock":
        beside = f"penstock: {{ {settings} }};\n"
    elif place == "file":
        beside = settings + "\n"
    elif place == "accept":
        inside = accepting(settings, scheme)
    elif place == "connect":
        inside = connecting(settings, scheme)
    else:
        inside = serving(settings, scheme)
    return f'{beside}services: ( {{ name = "a"; {inside} }} );\n'


def with_certificate(text):
    """With a certificate of ours for hops that are about something else."""
    if re.search(r"certificate =|identity =|directory =|offloaded", text):
        return text
    return ('defaults: { accept = { tls = { certificate = "gateway.pem"; '
            'private_key = "gateway.key"; }; }; };\n' + text
            if "defaults" not in text else text)


def takes(t, name, line, text):
    text = text.replace("HOST", "www.example.com").replace(
        "/etc/penstock/pages", f"{t.tmp}/pages").replace(
        "/srv/", f"{t.tmp}/srv/").replace("/run/g.sock", f"{t.tmp}/g.sock")
    text = with_certificate(text)
    path = t.file("row.conf", text)
    done = command(t, "check", "-c", path)
    return "" if done.returncode == 0 else (
        f"doc/{name}:{line}:\n{text}{done.stderr}")


def takes_all(t, name, found):
    wrong = list(filter(None, (takes(t, name, *one) for one in found)))
    expect_equal(len(wrong), 0, "\n".join(["refused", *wrong]))


@test
def what_the_page_for_newcomers_tells_to_write_is_taken(t):
    for layer in ("tls", "http", "ws", "cors", "tunnel"):
        t.needs(layer)
    files(t)
    text = page(t, "coming-from.md")
    found = [(line, whole(*row)) for line, *row in rows(text)]
    found += blocks(text)
    expect(len(found) > 80, f"{len(found)} settings found")
    takes_all(t, "coming-from.md", found)


@test
def whole_configurations_on_other_pages_are_taken(t):
    for layer in ("tls", "http", "ws"):
        t.needs(layer)
    files(t)
    for name in ("http-proxy.md", "websockets.md"):
        found = list(blocks(page(t, name)))
        expect(found, f"doc/{name} has no configuration")
        takes_all(t, name, found)
