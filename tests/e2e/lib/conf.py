# SPDX-License-Identifier: MIT
"""Configurations: Python values to the text that the gateway reads."""

FRONT_NAME = "gateway.test"
BACK_NAME = "backend.test"


def text(settings):
    """A file's text: dict is a group, list a list, the rest scalars."""
    return "".join(f"{name} = {value(v)};\n" for name, v in settings.items())


def value(v):
    if isinstance(v, dict):
        inside = " ".join(f"{name} = {value(x)};" for name, x in v.items())
        return "{ " + inside + " }"
    if isinstance(v, (list, tuple)) and v and isinstance(v[0], str):
        return "[ " + ", ".join(value(x) for x in v) + " ]"
    if isinstance(v, (list, tuple)):
        return "( " + ", ".join(value(x) for x in v) + " )"
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, int):
        return str(v) if -2**31 <= v < 2**31 else f"{v}L"
    escaped = str(v).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def gateway(*services, workers=1, drain="5s", level="info", **more):
    """The settings of a gateway with these services."""
    own = {"workers": workers, "drain_timeout": drain,
           "log": {"level": level}}
    own.update(more)
    return {"penstock": own, "services": list(services)}


def service(name, accept, connect=None, **more):
    group = {"name": name}
    if "type" in more:
        group["type"] = more.pop("type")
    group["accept"] = accept
    if connect is not None:
        group["connect"] = connect
    group.update(more)
    return group


def echo(name, accept_hop, **more):
    return service(name, accept_hop, type="echo", **more)


def respond(name, accept_hop, body="", **options):
    """A fixed answer."""
    return service(name, accept_hop, type="respond", body=body, **options)


def address(port, ip="127.0.0.1"):
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def accept(scheme, port, certs=None, *, ip="127.0.0.1", path="/work",
           certificate="gateway", **layers):
    """An accept hop under the public name gateway.test."""
    hop = {"url": url(scheme, FRONT_NAME, port, path),
           "tcp": {"bind": address(port, ip)}}
    if secure(scheme):
        hop["tls"] = {"certificate": getattr(certs, certificate),
                      "private_key": getattr(certs, certificate + "_key")}
    if scheme in ("ws", "wss"):
        hop["ws"] = {"max_message": "1m"}
    return merge(hop, layers)


def connect(scheme, port, certs=None, *, ip="127.0.0.1", path="/back",
            trust="back", name=BACK_NAME, **layers):
    """A connect hop to the back-end whose name is backend.test."""
    hop = {"url": url(scheme, name, port, path),
           "tcp": {"address": address(port, ip)}}
    if secure(scheme):
        hop["tls"] = {"trust": getattr(certs, trust)}
    if scheme in ("ws", "wss"):
        hop["ws"] = {"max_message": "1m"}
    return merge(hop, layers)


def secure(scheme):
    return scheme in ("tls", "https", "wss")


def url(scheme, host, port, path):
    plain = scheme in ("tcp", "tls")
    return f"{scheme}://{host}:{port}{'' if plain else path}"


def merge(hop, layers):
    for name, options in layers.items():
        if isinstance(options, dict):
            hop[name] = {**hop.get(name, {}), **options}
        else:
            hop[name] = options
    return hop
