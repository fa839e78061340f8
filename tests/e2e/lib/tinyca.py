# SPDX-License-Identifier: MIT
"""A throw-away certificate authority for tests, made with openssl.

Two authorities that do not know each other, one for each hop:

  front.pem  signs gateway.pem (gateway.test, localhost), other.pem, ...
  back.pem   signs backend.pem (backend.test, localhost), wrong.pem, ...
"""
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

CA_SETTINGS = """
[ca]
default_ca = this
[this]
database = {folder}/{name}.index
new_certs_dir = {folder}
serial = {folder}/{name}.serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""
LOCAL = "DNS:localhost,IP:127.0.0.1,IP:::1"


class TinyCA:
    """The certificates of a run, as paths: ca.gateway, ca.gateway_key."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def __getattr__(self, name):
        stem, _, kind = name.rpartition("_")
        file = f"{stem}.key" if kind == "key" else f"{name}.pem"
        path = self.folder / file
        if not path.exists():
            raise AttributeError(f"no certificate file {path}")
        return str(path)

    @classmethod
    def create(cls, folder):
        folder = Path(folder)
        folder.mkdir(mode=0o755)
        ca = cls(folder)
        ca.authority("front")
        ca.authority("back")
        ca.issue("gateway", "front", f"DNS:gateway.test,{LOCAL}")
        ca.issue("other", "front", "DNS:other.test")
        ca.issue("expired", "back", f"DNS:backend.test,{LOCAL}", days=(-9, -2))
        ca.issue("soon", "front", f"DNS:gateway.test,{LOCAL}", days=(-2, 9))
        ca.issue("late", "front", f"DNS:gateway.test,{LOCAL}", days=(-9, -2))
        ca.issue("early", "front", f"DNS:gateway.test,{LOCAL}", days=(5, 90))
        ca.issue("rsa", "front", f"DNS:gateway.test,{LOCAL}", rsa=True)
        ca.issue("backend", "back", f"DNS:backend.test,{LOCAL}")
        ca.issue("client", "back", "DNS:client.test")
        ca.issue("example", "front", "DNS:gateway.example.com")
        ca.issue("wrong", "back", "DNS:somebody-else.test")
        ca.run("ec", "-in", "gateway.key", "-aes256", "-passout",
               "pass:secret", "-out", "encrypted.key")
        return ca

    def run(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)

    def authority(self, name):
        self.key(name)
        self.run("req", "-x509", "-new", "-key", f"{name}.key", "-subj",
                 f"/CN=Penstock test {name} CA", "-days", "3650", "-addext",
                 "keyUsage=critical,keyCertSign,cRLSign",
                 "-out", f"{name}.pem")
        (self.folder / f"{name}.index").touch()
        (self.folder / f"{name}.serial").write_text("1000\n")
        (self.folder / f"{name}.cnf").write_text(
            CA_SETTINGS.format(folder=self.folder, name=name))

    def key(self, name, rsa=False):
        if rsa:
            self.run("genrsa", "-out", f"{name}.key", "2048")
        else:
            self.run("ecparam", "-name", "prime256v1", "-genkey", "-noout",
                     "-out", f"{name}.key")
        (self.folder / f"{name}.key").chmod(0o600)

    def issue(self, name, authority, names, days=(-1, 365), rsa=False):
        """A certificate for `names`, valid for `days` relative to today."""
        self.key(name, rsa)
        first = names.split(",")[0].partition(":")[2]
        (self.folder / f"{name}.ext").write_text(
            f"subjectAltName = {names}\nbasicConstraints = CA:FALSE\n")
        self.run("req", "-new", "-key", f"{name}.key", "-subj",
                 f"/CN={first}", "-out", f"{name}.csr")
        now = datetime.now(timezone.utc)
        begin, end = ((now + timedelta(days=d)).strftime("%Y%m%d%H%M%SZ")
                      for d in days)
        self.run("ca", "-batch", "-notext", "-config", f"{authority}.cnf",
                 "-cert", f"{authority}.pem", "-keyfile", f"{authority}.key",
                 "-in", f"{name}.csr", "-extfile", f"{name}.ext",
                 "-startdate", begin, "-enddate", end, "-out", f"{name}.pem")
