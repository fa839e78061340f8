# SPDX-License-Identifier: MIT
"""Chains of a test's own, good and bad, made with openssl."""
from datetime import datetime, timedelta, timezone

from .tinyca import CA_SETTINGS, TinyCA

AUTHORITY = ("basicConstraints = critical,CA:TRUE\n"
             "keyUsage = critical,keyCertSign,cRLSign\n")
PEER = "basicConstraints = CA:FALSE\n"


class Paths(TinyCA):
    """An authority `root` in the test's folder; more is issued on demand."""

    @classmethod
    def begin(cls, t, name="paths"):
        t.tool("openssl")
        folder = t.tmp / name
        folder.mkdir()
        folder.chmod(0o755)
        paths = cls(folder)
        paths.authority("root")
        return paths

    def sign(self, name, issuer, extensions, *, subject=None, days=(-1, 365),
             rsa=None, digest="sha256"):
        """A certificate with these extensions; "" makes one of version 1."""
        if rsa:
            self.run("genrsa", "-out", f"{name}.key", str(rsa))
            (self.folder / f"{name}.key").chmod(0o600)
        else:
            self.key(name)
        self.run("req", "-new", "-key", f"{name}.key", "-subj",
                 subject or f"/CN={name}", "-out", f"{name}.csr")
        now = datetime.now(timezone.utc)
        begin, end = ((now + timedelta(days=d)).strftime("%Y%m%d%H%M%SZ")
                      for d in days)
        more = []
        if extensions:
            (self.folder / f"{name}.ext").write_text(extensions)
            more = ["-extfile", f"{name}.ext"]
        self.run("ca", "-batch", "-notext", "-config", f"{issuer}.cnf",
                 "-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key",
                 "-md", digest, "-in", f"{name}.csr", "-startdate", begin,
                 "-enddate", end, "-out", f"{name}.pem", *more)

    def peer(self, name, issuer="root", names="DNS:backend.test", more="",
             **how):
        names = f"subjectAltName = {names}\n" if names else ""
        self.sign(name, issuer, PEER + names + more, **how)

    def middle(self, name, issuer="root", more="", **how):
        """An authority below another."""
        self.sign(name, issuer, AUTHORITY + more, **how)
        (self.folder / f"{name}.index").touch()
        (self.folder / f"{name}.serial").write_text("2000\n")
        (self.folder / f"{name}.cnf").write_text(
            CA_SETTINGS.format(folder=self.folder, name=name))

    def lists(self, issuer="root", *revoked, days=30, name=None):
        """Revoke, and write the issuer's list; returns its path."""
        settings = ["-config", f"{issuer}.cnf", "-cert", f"{issuer}.pem",
                    "-keyfile", f"{issuer}.key"]
        for one in revoked:
            self.run("ca", "-batch", *settings, "-revoke", f"{one}.pem")
        path = self.folder / (name or f"{issuer}.crl")
        self.run("ca", "-batch", *settings, "-gencrl", "-crldays", str(days),
                 "-out", str(path) + ".new")
        (self.folder / (str(path) + ".new")).rename(path)
        return str(path)

    def joined(self, name, *parts):
        """One file of several certificates; returns its path."""
        path = self.folder / f"{name}.pem"
        path.write_text("".join((self.folder / f"{part}.pem").read_text()
                                for part in parts))
        return str(path)
