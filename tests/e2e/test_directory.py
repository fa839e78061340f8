# SPDX-License-Identifier: MIT
"""The service `directory` with curl, Chromium and by hand."""
import gzip
import os

from lib import conf, httpraw, pages, tools
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.streams import dial

GIB = 1024 * 1024 * 1024
MOMENT = 1700000000  # Tue, 14 Nov 2023 22:13:20 GMT
NARROW = {"send_buffer": "16k"}  # so that the kernel does not hide megabytes


def fill(t, **files):
    """A root with files, and a secret beside it."""
    root = t.tmp / "root"
    for name, data in {"hello.txt": b"hello, world\n", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (MOMENT, MOMENT))
    (t.tmp / "secret.txt").write_bytes(b"secret")
    return root


def start(t, root, hop=None, **options):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "files", conf.accept("http", port, path="/", **(hop or {})),
        type="directory", root=str(root), **options))).start()
    return gateway, port, f"http://gateway.test:{port}"


@test
def types_folders_and_errors_with_curl(t):
    root = fill(t, **{"sub/index.html": b"<p>index"})
    _, port, url = start(t, root, cache_control="max-age=60")
    file = f"{url}/hello.txt"
    expect_equal(tools.curl(t, port, file), b"hello, world\n", "the file")
    head = tools.curl(t, port, file, "--head").decode()
    for line in ("HTTP/1.1 200", "Content-Length: 13",
                 "Content-Type: text/plain; charset=utf-8",
                 "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT",
                 "Accept-Ranges: bytes", "Cache-Control: max-age=60",
                 "X-Content-Type-Options: nosniff"):
        expect_in(line, head, "the head")
    expect_equal(tools.curl(t, port, f"{url}/sub", "--location"), b"<p>index",
                 "the folder's index behind a redirect")
    code = ("--write-out", "%{http_code}")
    expect_equal(tools.curl(t, port, f"{url}/none", *code),
                 b"404 not found\n404", "an unknown path")
    expect_equal(tools.curl(t, port, file, "--data", "x", *code)[-3:], b"405",
                 "a POST")


@test
def ranges_and_conditions_with_curl(t):
    _, port, url = start(t, fill(t))
    file = f"{url}/hello.txt"
    code = ("--write-out", "%{http_code}")
    for wanted, answer in (("0-4", b"hello206"), ("7-", b"world\n206"),
                           ("-6", b"world\n206"),
                           ("13-", b"416 no such range\n416"),
                           ("0-1,3-4", b"hello, world\n200")):
        expect_equal(tools.curl(t, port, file, "--range", wanted, *code),
                     answer, f"range {wanted}")
    half = t.tmp / "half"
    half.write_bytes(b"hello, ")
    tools.curl(t, port, file, "--continue-at", "-", "--output", half)
    expect_equal(half.read_bytes(), b"hello, world\n", "continued")
    tag = t.tmp / "tag"
    tools.curl(t, port, file, "--etag-save", tag, "--output", "/dev/null")
    expect(tag.read_bytes().startswith(b'"'), "a strong tag")
    expect_equal(tools.curl(t, port, file, "--etag-compare", tag, *code),
                 b"304", "with the same tag")
    expect_equal(tools.curl(t, port, file, "--time-cond",
                            "Tue, 14 Nov 2023 22:13:20 GMT", *code), b"304",
                 "not modified since")
    os.utime(t.tmp / "root" / "hello.txt", (MOMENT + 9, MOMENT + 9))
    expect_equal(tools.curl(t, port, file, "--etag-compare", tag, *code),
                 b"hello, world\n200", "after a change")


@test
def sends_precompressed_files(t):
    root = fill(t, **{"a.js": b"plain", "a.js.gz": gzip.compress(b"packed")})
    _, port, url = start(t, root, precompressed=["gz"])
    expect_equal(tools.curl(t, port, f"{url}/a.js"), b"plain", "without")
    expect_equal(tools.curl(t, port, f"{url}/a.js", "--compressed"), b"packed",
                 "with gzip")
    stream = dial(t, port)
    response = httpraw.ask(stream, "/a.js", extra="Accept-Encoding: gzip\r\n")
    expect_equal((response.field("content-encoding"), response.field("vary"),
                  response.field("content-type")),
                 ("gzip", "Accept-Encoding", "text/javascript; charset=utf-8"),
                 "fields")


@test
def keeps_connections(t):
    _, port, _ = start(t, fill(t))
    stream = dial(t, port)
    for n in range(50):
        got = httpraw.ask(stream, "/hello.txt" if n % 3 else "/none")
        expect_equal(got.status, 200 if n % 3 else 404, f"answer {n}")
    stream.send(httpraw.request("/hello.txt") * 50)
    for n in range(50):
        expect_equal(httpraw.read_response(stream).body, b"hello, world\n",
                     f"pipelined {n}")


ESCAPES = (
    "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
    "/sub/../../secret.txt", "/..%5csecret.txt", "/%c0%ae%c0%ae/secret.txt",
    "/%252e%252e/secret.txt", "//../secret.txt", "/out/secret.txt",
    "/secret.txt%00", "/.%2e/secret.txt", "/link", "/.env", "/%2eenv",
    "/..;/secret.txt", "//etc/passwd", "/%2fetc/passwd", "/fifo",
    "/....//secret.txt", "/./../secret.txt")


@test
def never_leaves_its_root(t):
    root = fill(t, **{".env": b"secret", "sub/a": b"a"})
    (root / "out").symlink_to("..")
    (root / "link").symlink_to(t.tmp / "secret.txt")
    os.mkfifo(root / "fifo")
    _, port, _ = start(t, root)
    for target in ESCAPES:
        response = httpraw.ask(dial(t, port), target)
        expect(response.status in (400, 404),
               f"{target}: status {response.status}")
        expect(b"secret" not in response.body, f"{target} leads out")


@test
def no_spelling_gets_past_the_service_of_a_path(t):
    """A folder below the root belongs to another service."""
    root = fill(t, **{"admin/f": b"secret", "open/f": b"open"})
    port = t.ports.one()
    Gateway(t, conf.gateway(
        conf.service("files", conf.accept("http", port, path="/"),
                     type="directory", root=str(root)),
        conf.service("admin", conf.accept("http", port, path="/admin"),
                     type="respond", status=403, body="no"))).start()
    url = f"http://gateway.test:{port}"
    expect_equal(tools.curl(t, port, f"{url}/open/f"), b"open", "the rest")
    for path in ("/admin/f", "/%61dmin/f", "/%61%64%6D%69%6e/f", "//admin/f",
                 "/admin%2ff", "/open/../admin/f", "/open/%2e%2e/admin/f",
                 "/./admin/f", "/%2fadmin/f", "/admin//f", "/open%2f..%2fadmin/f"):
        got = tools.curl(t, port, f"{url}{path}", "--path-as-is")
        expect(b"secret" not in got, f"{path}: {got}")


def sparse(t, size):
    root = fill(t)
    with open(root / "large.bin", "wb") as file:
        file.truncate(size)
    os.utime(root / "large.bin", (MOMENT, MOMENT))
    return root


@test
def sends_a_gigabyte_to_curl(t):
    gateway, port, url = start(t, sparse(t, GIB))
    tools.curl(t, port, f"{url}/hello.txt")
    before = gateway.memory("VmHWM")
    report = tools.curl(t, port, f"{url}/large.bin", "--output", "/dev/null",
                        "--write-out", "%{http_code} %{size_download}")
    expect_equal(report, f"200 {GIB}".encode(), "curl got")
    grown = gateway.memory("VmHWM") - before
    expect(grown < (26 if t.sanitized else 2) * 1024,
           f"{grown} KiB grown by a download of 1 GiB")
    gateway.stop()


def stalled(t, port, path="/large.bin"):
    """A client that has the head and then reads nothing."""
    stream = dial(t, port, receive_buffer=4096)
    stream.send(httpraw.request(path))
    status, _ = httpraw.read_head(stream)
    return stream, status


@test
def waits_for_slow_clients(t):
    gateway, port, url = start(t, sparse(t, GIB), {"tcp": NARROW})
    tools.curl(t, port, f"{url}/hello.txt")
    before = gateway.memory()
    streams = [stalled(t, port) for _ in range(8)]
    expect_equal(tools.curl(t, port, f"{url}/hello.txt"), b"hello, world\n",
                 "beside them")
    grown = gateway.memory() - before
    expect(grown < (28 if t.sanitized else 4) * 1024,
           f"{grown} KiB grown by 8 stalled downloads of 1 GiB")
    for stream, status in streams:
        expect_equal(status, 200, "status")
        stream.abort()
    gateway.stop()


@test
def resets_when_a_file_shrinks(t):
    size = 16 * 1024 * 1024
    root = sparse(t, size)
    gateway, port, _ = start(t, root, {"tcp": NARROW})
    stream, _ = stalled(t, port)
    os.truncate(root / "large.bin", 4096)
    got = stream.receive_all()
    expect(len(got) < size, f"{len(got)} bytes of {size}")
    expect_equal(stream.end, "reset", "the end")
    gateway.wait_log("the file shrank while it was sent")


@test
def limits_open_files(t):
    _, port, _ = start(t, sparse(t, GIB), {"tcp": NARROW}, max_open_files=2)
    first, second = stalled(t, port), stalled(t, port)
    expect_equal((first[1], second[1]), (200, 200), "two at a time")
    response = httpraw.ask(dial(t, port), "/hello.txt")
    expect_equal((response.status, response.field("retry-after")), (503, "1"),
                 "the third")
    first[0].abort()
    t.wait("a place", lambda: httpraw.ask(
        dial(t, port), "/hello.txt").status == 200)


@test
def options_in_a_configuration(t):
    root = fill(t, **{"404.html": b"<p>gone", "start.html": b"<p>start",
                      ".well-known/t": b"token", "a.own": b"own"})
    _, port, _ = start(
        t, root, prefix="/docs", index=["start.html"], types=["own=text/x-own"],
        error_pages=["404=/404.html"], show_hidden=[".well-known"],
        cache_control=["*.own=no-store"])
    stream = dial(t, port)
    for path, status, body in (
            ("/docs/", 200, b"<p>start"), ("/hello.txt", 404, b"<p>gone"),
            ("/docs/.well-known/t", 200, b"token")):
        response = httpraw.ask(stream, path)
        expect_equal((response.status, response.body), (status, body), path)
    response = httpraw.ask(stream, "/docs/a.own")
    expect_equal((response.field("content-type"),
                  response.field("cache-control")),
                 ("text/x-own; charset=utf-8", "no-store"), "fields")


@test
def falls_back_for_pages_that_route(t):
    root = fill(t, **{"index.html": b"<p>app"})
    _, port, _ = start(t, root, fallback="/index.html")
    response = httpraw.ask(dial(t, port), "/users/7")
    expect_equal((response.status, response.body), (200, b"<p>app"), "answer")


PAGE = b"""<!DOCTYPE html><html><head><title>x</title>
<link rel="stylesheet" href="look.css"><script src="work.js"></script></head>
<body><pre id="result">nothing</pre><script>work();</script></body></html>"""
WORK = """function work() {
  const e = document.getElementById("result");
  e.textContent = "ran, " + getComputedStyle(e).display + ", gr\u00fc\u00dfe";
}"""


@test
def chromium_loads_a_page(t):
    """Style and script count only when their types are right: nosniff."""
    pages.needs_chromium(t)
    root = fill(t, **{"index.html": PAGE, "work.js": WORK.encode(),
                      "look.css": b"pre { display: inline; }"})
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "files", {"url": f"https://localhost:{port}/",
                  "tls": {"certificate": t.certs.gateway,
                          "private_key": t.certs.gateway_key}},
        type="directory", root=str(root)))).start()
    dom = pages.load(t, f"https://localhost:{port}/")
    expect_in("ran, inline, gr\u00fc\u00dfe", dom, "the page")
