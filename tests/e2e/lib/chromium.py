# SPDX-License-Identifier: MIT
"""Chromium by its own protocol, over a pair of pipes: what a user does."""
import json
import os
import subprocess

from .harness import Failure

OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
           "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync",
           "--disable-dev-shm-usage", "--disable-extensions")


class Tab:
    """One page of a browser with a fresh profile."""

    def __init__(self, t):
        self.t = t
        self.count = 0
        program = t.tool("chromium")
        home = t.tmp / "browser"
        home.mkdir()
        to_read, self.to = os.pipe()
        self.source, to_write = os.pipe()
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec 3<&{to_read} 4>&{to_write}; exec "$@"', "bash",
             program, *OPTIONS, "--remote-debugging-pipe",
             f"--user-data-dir={home}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, pass_fds=(to_read, to_write),
            env={**os.environ, "HOME": str(home)}, start_new_session=True)
        os.close(to_read)
        os.close(to_write)
        self.buffer = b""
        t.defer(self.end)
        self.session = None
        target = self.ask("Target.createTarget", url="about:blank")
        self.session = self.ask("Target.attachToTarget", flatten=True,
                                targetId=target["targetId"])["sessionId"]

    def end(self):
        os.close(self.to)
        os.close(self.source)
        self.process.kill()
        self.process.wait()

    def _answer(self, number):
        while True:
            while b"\0" not in self.buffer:
                part = os.read(self.source, 65536)
                if not part:
                    raise Failure("chromium ended")
                self.buffer += part
            text, self.buffer = self.buffer.split(b"\0", 1)
            said = json.loads(text)
            if said.get("id") == number:
                return said

    def ask(self, method, **parameters):
        """One command; returns its result."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        said = self.t.spawn(self._answer, self.count).result(
            f"chromium's answer to {method}")
        if "error" in said:
            raise Failure(f"chromium says of {method}: {said['error']}")
        return said["result"]

    def go(self, url):
        """Returns what failed, in Chromium's words; None: nothing."""
        return self.ask("Page.navigate", url=url).get("errorText")

    def value(self, expression):
        said = self.ask("Runtime.evaluate", expression=expression,
                        awaitPromise=True, returnByValue=True)
        return said["result"].get("value")

    def wait(self, expression):
        """Wait until it is true; pages come and go meanwhile."""
        return self._until(expression, lambda: self.value(expression))

    def _until(self, what, look):
        def attempt():
            try:
                return look()
            except Failure as failure:
                if "context" in str(failure) or "navigated" in str(failure):
                    return None
                raise
        return self.t.wait(f"chromium: {what}", attempt)

    def type(self, text):
        for letter in text:
            self.ask("Input.dispatchKeyEvent", type="char", text=letter)

    def pass_warning(self, title):
        """Click through the page that warns of a certificate, by the word that
        it waits for; `title` is of the page behind it. The warning hears no
        keys until it is painted, so they are typed until it did."""
        def attempt():
            self.type("thisisunsafe")
            return self.value(f"document.title == '{title}'")
        self.wait("document.title == 'Privacy error'")
        self._until(f"'{title}' behind the warning", attempt)
