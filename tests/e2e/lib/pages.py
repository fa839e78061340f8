# SPDX-License-Identifier: MIT
"""Pages whose scripts work in Chromium, and what is found in them then."""
import re
import threading
from http.server import BaseHTTPRequestHandler

from . import tools
from .chromium import OPTIONS
from .harness import expect
from .servers import serve_pages


class Pages(BaseHTTPRequestHandler):
    """A page, what belongs to it, and an image that is held back until the page
    has reported: so the page is loaded, and dumped, when its work is done."""
    page = b""
    files = {}
    reported = None

    def do_GET(self):
        if self.path in self.files:
            self.answer(*self.files[self.path])
        elif self.path.startswith("/page.html"):
            self.answer("text/html; charset=utf-8", self.page)
        elif self.path.startswith("/report"):
            self.reported.set()
            self.answer("text/plain", b"thanks")
        elif self.path.startswith("/hold"):
            self.reported.wait()
            self.answer("image/svg+xml",
                        b'<svg xmlns="http://www.w3.org/2000/svg"/>')
        else:
            self.send_error(404)

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def page_server(t, name, files=None):
    """https://localhost/page.html, on Python's own server; returns its port.
    `files` are {path: (type, content)}."""
    handler = type("ThesePages", (Pages,), {
        "page": (t.peers / name).read_bytes(), "files": files or {},
        "reported": threading.Event()})
    port = serve_pages(t, handler, "gateway")
    t.defer(handler.reported.set)
    return port


def needs_chromium(t):
    """Skip the test where it cannot load a page."""
    t.tool("chromium")
    t.tool("certutil", "libnss3-tools")


def home(t):
    """A home whose certificate database trusts the front authority."""
    place = t.tmp / "home"
    database = place / ".pki" / "nssdb"
    database.mkdir(parents=True)
    certutil = t.tool("certutil", "libnss3-tools")
    tools.run(t, [certutil, "-N", "-d", f"sql:{database}",
                  "--empty-password"])
    tools.run(t, [certutil, "-A", "-d", f"sql:{database}", "-t", "C,,",
                  "-n", "test", "-i", t.certs.front])
    return place


def load(t, url):
    """Load a page in Chromium; returns it as it is when its work is done."""
    place = home(t)
    return tools.run(
        t, [t.tool("chromium"), *OPTIONS, "--dump-dom",
            f"--user-data-dir={t.tmp / 'profile'}", url],
        env={"HOME": str(place), "XDG_CONFIG_HOME": str(place),
             "XDG_CACHE_HOME": str(place)}, patience=4).decode()


def result(t, url):
    """Load a page; returns what its script found."""
    page = load(t, url)
    found = re.search(r'<pre id="result">(.*?)</pre>', page)
    expect(found and found.group(1) != "waiting",
           f"no result in the page: {page[:500]}")
    return found.group(1)
