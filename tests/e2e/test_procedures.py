# SPDX-License-Identifier: MIT
"""The pages of doc/ that tell how something is done, done line by line.

A page is what is executed. A ```sh block is typed into one shell, command by
command; each must succeed, and one that begins with "!" must fail. A block in
another language is a file, named in backticks in the line before it, ending
with a colon. ```text is what the commands of the block before it print, "..."
standing for anything. ```console and ```json are for reading.
"""
import os
import re
import shlex
import shutil
import subprocess

from lib import ports
from lib.gateway import REPORTS, command, environment
from lib.harness import Failure, Skip, expect, expect_in, test

READ_ONLY = ("console", "json", "c")
OPTIONAL = ("keytool", "chromium", "certutil", "pk12util", "node")
NEEDED = ("curl", "openssl", "gnutls-cli", "cmp")
MARK = "--penstock-procedure--"


class Block:
    """One fenced block of a page."""

    def __init__(self, line, language, before):
        self.line = line
        self.language = language
        self.before = before  # the text line before it
        self.lines = []

    @property
    def file(self):
        named = re.fullmatch(r"`([\w.-]+)`:", self.before)
        return named.group(1) if named else None

    @property
    def commands(self):
        """(line number, command), with continued lines put together."""
        command, start = "", None
        for number, line in enumerate(self.lines, self.line + 1):
            start = start or number
            command += line
            if command.endswith("\\"):
                command = command[:-1]
                continue
            if command.strip():
                yield start, command
            command, start = "", None


def parse(path):
    """The blocks of a page, in order."""
    block, before, found = None, "", []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = re.fullmatch(r"```(\w*)", line)
        if block is None and fence:
            block = Block(number, fence.group(1), before)
        elif block is not None and line == "```":
            found.append(block)
            block, before = None, ""
        elif block is not None:
            block.lines.append(line)
        elif line.strip():
            before = line.strip()
    expect(block is None, f"{path.name}: a block is not closed")
    expect(any(b.language == "sh" for b in found),
           f"{path.name}: there is nothing to execute")
    return found


def tidy(text):
    """Without empty lines, and with single blanks."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def words(command):
    """The programs that a command names."""
    return set(re.findall(r"[\w-]+", command))


class Shell:
    """One bash, as an administrator has it open."""

    def __init__(self, t, env):
        self.t = t
        self.env = env
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=t.tmp,
            env=env)
        t.defer(self.end)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def run(self, command):
        """(status, output) of one command."""
        text = f"{command}\nstatus=$?; echo; echo {MARK} $status\n"
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()
        return self.t.spawn(self._answer).result(f"the end of: {command}")

    def _answer(self):
        lines = []
        for line in self.process.stdout:
            line = line.decode(errors="replace")
            if line.startswith(MARK):
                return int(line.split()[1]), "".join(lines).rstrip("\n")
            lines.append(line)
        raise Failure(f"the shell ended: {''.join(lines)}")


class Page:
    """A page under execution."""

    def __init__(self, t, path):
        self.t = t
        self.name = path.name
        self.blocks = parse(path)
        self.env = self._environment()
        self.shell = Shell(t, self.env)
        self.left_out = []

    def _environment(self):
        t = self.t
        folder = t.tmp / "bin"
        folder.mkdir()
        (folder / "penstock").symlink_to(t.penstock)
        tool = t.build / "plugins" / "tls" / "penstock-cert"
        if not tool.exists():
            raise Skip("missing penstock-cert")
        (folder / "penstock-cert").symlink_to(tool)
        if os.path.exists("/usr/bin/python3"):  # which sees websockets
            (folder / "python3").symlink_to("/usr/bin/python3")
        home = t.tmp / "home"
        home.mkdir()
        env = environment(t)
        env.update({
            "PATH": f"{folder}:{os.environ['PATH']}:/usr/sbin:/sbin",
            "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"), "LC_ALL": "C.UTF-8",
            "PORT": str(t.ports.one()), "BACKEND_PORT": str(t.ports.one())})
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"):
            env.pop(name, None)
        return env

    def missing(self, block):
        """The programs of a block that may be missing, and are."""
        used = set()
        for _, command in block.commands:
            used |= words(command)
        path = self.env["PATH"]
        return [name for name in OPTIONAL
                if name in used and not shutil.which(name, path=path)]

    def execute(self):
        said, skipping = "", False
        for block in self.blocks:
            if block.language == "sh":
                missing = self.missing(block)
                skipping = bool(missing)
                self.left_out += missing
                if not skipping:
                    said = self.type(block)
            elif block.language == "text":
                if not skipping:
                    self.compare(block, said)
            elif block.language not in READ_ONLY:
                self.write(block)
        self.check_logs()

    def where(self, line):
        return f"doc/{self.name}:{line}"

    def write(self, block):
        expect(block.file, f"{self.where(block.line)}: the line before does "
               f"not name the file, but is: {block.before}")
        self.t.file(block.file, "\n".join(block.lines) + "\n", 0o644)

    def type(self, block):
        said = []
        for line, command in block.commands:
            status, output = self.shell.run(command)
            expect(status == 0, f"{self.where(line)}: status {status} of: "
                   f"{command}\n{output}")
            expect(not REPORTS.search(output),
                   f"{self.where(line)}: {command}\n{output}")
            said.append(output)
            if command.rstrip().endswith("&"):
                self.wait_ready(line, command)
        return "\n".join(said)

    def wait_ready(self, line, command):
        """What was started listens on the ports that its file accepts on."""
        words_ = shlex.split(command.rstrip(" &"))
        text = (self.t.tmp / words_[words_.index("-c") + 1]).read_text()
        log = self.t.tmp / words_[words_.index("-c") + 1].replace(
            ".conf", ".log")
        for name in set(re.findall(r'accept\b[^;]*?\$\{(\w*PORT)\}', text)):
            port = int(self.env[name])
            try:
                self.t.wait(f"port {name}", lambda: self.listens(log, port) or
                            self.broken(log))
            except Failure as failure:
                raise Failure(f"{self.where(line)}: {failure}") from None

    @staticmethod
    def listens(log, port):
        """It says so when it is no probe for whether the port is free."""
        return ports.listening(port) and re.search(
            rf"listening address=\S*:{port} ", log.read_text())

    @staticmethod
    def broken(log):
        """Raise what a gateway said that did not start."""
        said = log.read_text() if log.exists() else ""
        if re.search(r"\d errors?\b|cannot|killed by", said):
            raise Failure(said[-1500:])

    def compare(self, block, said):
        wanted = tidy("\n".join(block.lines))
        said = tidy(said)
        pattern = r"[\s\S]*?".join(map(re.escape, wanted.split("...")))
        expect(re.search(pattern, said),
               f"{self.where(block.line)}: the page promises\n{wanted}\n"
               f"but this was printed\n{said}")

    def check_logs(self):
        for log in self.t.tmp.glob("*.log"):
            report = REPORTS.search(log.read_text(errors="replace"))
            expect(not report, f"{log.name} has a sanitizer's report")


def procedure(t, name):
    for program in NEEDED:
        t.tool(program)
    for layer in ("tls", "ws", "http"):
        t.needs(layer)
    t.module("websockets", "python3-websockets")
    page = Page(t, t.source / "doc" / name)
    page.execute()
    if page.left_out:
        print(f"left out: missing {', '.join(sorted(set(page.left_out)))}")
    return page


@test
def certificates_from_an_authority(t):
    procedure(t, "tls-trusted.md")


@test
def self_signed_certificates(t):
    procedure(t, "tls-self-signed.md")


@test
def clients_and_browsers(t):
    procedure(t, "tls-clients.md")


@test
def client_certificates(t):
    procedure(t, "tls-client-certificates.md")


@test
def a_page_that_does_not_work_is_found(t):
    """The judge is judged: each of these pages must fail, but the last."""
    page = None
    for text, words in (
            ("```sh\nfalse\n```\n", "page.md:2: status 1"),
            ("```sh\ntrue\n\n! true\n```\n", "page.md:4: status 1"),
            ("```sh\necho a b\n```\n\n```text\nb a\n```\n",
             "page.md:5: the page promises"),
            ("File:\n\n```\nx\n```\n```sh\ntrue\n```\n", "name the file"),
            ("```sh\ntrue\n", "not closed"),
            ("only words\n", "nothing to execute"),
            ("`a.txt`:\n\n```\nx y\n```\n\n```sh\ncat \\\na.txt\n! cat b"
             "\n```\n\n```text\n...x  y\n...\n```\n", None)):
        shutil.rmtree(t.tmp / "bin", ignore_errors=True)
        shutil.rmtree(t.tmp / "home", ignore_errors=True)
        try:
            page = Page(t, t.file("page.md", text))
            page.execute()
            said = None
        except Failure as failure:
            said = str(failure)
        expect((said is None) == (words is None) and
               (words is None or words in said),
               f"{text!r}: wanted {words}, got {said}")


# -- tls.md: where the options went ----------------------------------------

def rows(t):
    """(there, here) of each row of the tables of doc/tls.md, as code spans."""
    text = (t.source / "doc" / "tls.md").read_text()
    for there, here in re.findall(r"^\| (`.*?) \| (.*) \|$", text, re.M):
        yield (re.findall(r"`([^`]+)`", there), re.findall(r"`([^`]+)`", here))


@test
def options_that_tls_md_names_exist(t):
    t.needs("tls")
    reference = command(t, "reference").stdout
    count = 0
    for _, here in rows(t):
        for span in here:
            if re.fullmatch(r"[a-z_]+", span) and span != "accept":
                count += 1
                expect_in(f"\\fB{span}\\fR", reference,
                          "the options that doc/tls.md names")
    expect(count > 30, f"{count} options found in the tables")


@test
def old_names_are_answered_with_the_new_ones(t):
    t.needs("tls")
    old = ("ssl_ciphers", "tls_ciphers", "ssl_protocols", "tls_protocols",
           "ssl_encryption", "ssl_verify_client", "truststore", "key",
           "chain_certificates", "ca_certificates", "disabled", "keys",
           "cipher_suites", "curve_preferences",
           "prefer_server_cipher_suites", "enable_mtls", "ca_certs",
           "disable_system_ca_pool")
    named = {name.replace(".", "_").replace("-", "_")
             for there, _ in rows(t) for name in there}
    for name in old:
        expect_in(name, named, "the tables of doc/tls.md")
        path = t.file("old.conf", (
            'services: ( { name = "a"; type = "echo"; accept = { url = '
            f'"tls://localhost:1"; tls = {{ {name} = "x"; }}; }}; }} );\n'))
        done = command(t, "check", "-c", path)
        said = [line for line in done.stderr.splitlines() if name in line]
        expect(said and re.search(r"use |leave it out", said[0]),
               f"{name} is answered with {done.stderr}")
