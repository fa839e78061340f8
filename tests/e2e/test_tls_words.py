# SPDX-License-Identifier: MIT
"""Each handshake that fails is one line in the log: who, what was offered, what
is allowed, the alert, and the setting that says so. The peer hears the alert."""
import re
import socket
import ssl
import subprocess

from lib import conf, tools
from lib.gateway import Gateway
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server
from lib.streams import Tls, client_context, dial, dial_tls, server_context

FRONT = r"stream ended.* service=work .*hop=front layer=tls .*reason="
BACK = r"stream ended.* service=work .*hop=back layer=tls .*reason="


def accept(t, *, tls=None, certificate="gateway", **more):
    port = t.ports.one()
    hop = conf.accept("tls", port, t.certs, certificate=certificate,
                      tls=tls or {}, **more)
    gateway = Gateway(t, conf.gateway(conf.echo("work", hop))).start()
    return gateway, port


def connect(t, back_port, *, tls=None, **more):
    """A plain accept hop before a TLS back-end."""
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port),
        conf.connect("tls", back_port, t.certs, tls=tls or {},
                     **more)))).start()
    return gateway, port


def says(gateway, hop, *parts):
    """One line for this failure, with all parts in it."""
    def look():
        lines = [one for one in gateway.log().splitlines()
                 if re.search(hop + ".*" + re.escape(parts[0]), one) and
                 all(part in one for part in parts[1:])]
        return lines and lines[-1]
    line = gateway.t.wait(f"log line with {parts}", look)
    same = [one for one in gateway.log().splitlines() if one == line]
    expect_equal(len(same), 1, "lines of one failure")
    return line


def s_client(t, port, *options):
    """What `openssl s_client` says to a handshake that must fail."""
    done = subprocess.run(
        [t.tool("openssl"), "s_client", "-connect", f"127.0.0.1:{port}",
         "-servername", "gateway.test", *options],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=t.patience,
        cwd=t.tmp, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")


# -- the accept hop -------------------------------------------------------

@test
def versions_of_the_client_and_the_setting_are_told(t):
    gateway, port = accept(t)
    said = s_client(t, port, "-tls1", "-cipher", "ALL:@SECLEVEL=0")
    expect_in("alert protocol version", said, "openssl")
    says(gateway, FRONT, "the client offers TLS 1.0 only; "
         "services.work.accept.tls.min_version is 1.2", "code=70",
         "front.tls.sni=gateway.test")
    said = s_client(t, port, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    expect_in("alert protocol version", said, "openssl")
    says(gateway, FRONT, "the client offers TLS 1.1 only")


@test
def a_client_that_is_too_new_hears_of_max_version(t):
    gateway, port = accept(t, tls={"max_version": "1.2"})
    expect_in("alert protocol version", s_client(t, port, "-tls1_3"),
              "openssl")
    says(gateway, FRONT, "the client offers TLS 1.3 only; "
         "services.work.accept.tls.max_version is 1.2")


@test
def suites_groups_and_signatures_without_overlap_are_told(t):
    gateway, port = accept(t)
    cases = {
        ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"):
            "no common cipher suite: the client offers "
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA; "
            "services.work.accept.tls.ciphers allows TLS_ECDHE_ECDSA_",
        ("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"):
            "the client offers TLS_AES_128_CCM_SHA256; services.work.accept"
            ".tls.ciphers allows TLS_AES_128_GCM_SHA256, ",
        ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"):
            "no certificate here has a key that suits the client",
        ("-tls1_3", "-groups", "X448"):
            "no common group for the key exchange: the client offers X448; "
            "services.work.accept.tls.groups allows X25519, P-256, P-384, ",
        ("-tls1_2", "-groups", "X448", "-cipher",
         "ECDHE-ECDSA-AES128-GCM-SHA256"):
            "no common group for the key exchange: the client offers X448",
        ("-tls1_3", "-sigalgs", "RSA-PSS+SHA256"):
            "no certificate here has a key that suits the client",
    }
    for options, words in cases.items():
        said = s_client(t, port, *options)
        expect_in("alert handshake failure", said, f"openssl {options}")
        says(gateway, FRONT, words, "code=40")


@test
def alpn_without_overlap_is_told(t):
    gateway, port = accept(t, tls={"alpn": ["mqtt", "amqp"]})
    said = s_client(t, port, "-alpn", "h2,http/1.1")
    expect_in("alert no application protocol", said, "openssl")
    says(gateway, FRONT, "the client offers by ALPN h2, http/1.1; "
         "services.work.accept.tls.alpn is mqtt, amqp", "code=120")


@test
def clients_without_or_with_a_strange_certificate_are_told(t):
    gateway, port = accept(t, tls={"client_auth": "require",
                                   "client_trust": t.certs.back})
    say_no = {"-tls1_3": ("alert certificate required", "code=116"),
              "-tls1_2": ("alert handshake failure", "code=40")}
    for version, (alert, code) in say_no.items():
        context = ["-ign_eof", version]
        expect_in(alert, s_client(t, port, *context), "openssl")
        says(gateway, FRONT, "the client shows no certificate, and services."
             'work.accept.tls.client_auth is \\"require\\"', code)
    for version in say_no:
        said = s_client(t, port, "-ign_eof", version, "-cert", t.certs.other,
                        "-key", t.certs.other_key)
        expect_in("alert unknown ca", said, "openssl")
        says(gateway, FRONT, "the certificate of the client", "code=48")


@test
def a_client_that_does_not_trust_us_is_told_by_its_alert(t):
    gateway, port = accept(t)
    try:
        dial_tls(t, port, trust=t.certs.back)
        expect(False, "the client trusted a stranger")
    except ssl.SSLError:
        pass
    says(gateway, FRONT, "the client ended the handshake with alert 48 "
         "unknown_ca (it does not trust who issued the certificate that it "
         "was shown); see services.work.accept.tls.certificate", "code=48")


@test
def the_alert_leads_to_the_setting_that_is_there(t):
    gateway, port = accept(t, tls={
        "identity": {"certificate": t.certs.gateway,
                     "private_key": t.certs.gateway_key}})
    try:
        dial_tls(t, port, trust=t.certs.back)
        expect(False, "the client trusted a stranger")
    except ssl.SSLError:
        pass
    says(gateway, FRONT, "the client ended the handshake with alert 48",
         "see services.work.accept.tls.identity")


@test
def plain_http_is_answered_in_plain_http(t):
    gateway, port = accept(t)
    said = tools.curl(t, port, f"http://gateway.test:{port}/x", "-i")
    expect_in(b"HTTP/1.1 400 Bad Request\r\n", said, "curl")
    expect_in(b"This port speaks TLS", said, "curl")
    said = tools.curl(t, port, f"http://gateway.test:{port}/x", "-i",
                      "--data-binary", "x" * 50000)
    expect_in(b"HTTP/1.1 400 ", said, "curl with a body")
    said = tools.curl(t, port, f"http://gateway.test:{port}/x", "--head")
    expect_in(b"HTTP/1.1 400 ", said, "curl --head")
    says(gateway, FRONT, "the client speaks plain HTTP; this port speaks TLS")


def send_first(t, port, data):
    """What comes back for these first bytes, up to the end."""
    stream = dial(t, port)
    stream.send(data)
    answer = stream.receive_all()
    stream.sock.close()
    return answer


@test
def other_first_bytes_are_told(t):
    gateway, port = accept(t)
    old = bytes([0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10]) + bytes(37)
    hello = b"\x03\x00" + bytes(32) + b"\0" + b"\0\x02\0\x2f" + b"\x01\0"
    sslv3 = b"\x16\x03\0" + (len(hello) + 4).to_bytes(2, "big") + b"\x01" + \
        len(hello).to_bytes(3, "big") + hello
    cases = {
        b"SSH-2.0-OpenSSH_9.2\r\n": (10, "plain text; this port speaks TLS"),
        old: (70, "a hello of SSL 2"),
        sslv3: (70, "the client offers SSL 3.0 only; "
                    "services.work.accept.tls.min_version is 1.2"),
        b"\x00\x01\x02\x03": (10, "does not speak TLS"),
        b"\x16\x03\x01\xff\xff": (22, "a record that is longer than"),
    }
    for data, (alert, words) in cases.items():
        answer = send_first(t, port, data)
        expect_equal(answer[-2:], bytes([2, alert]), f"alert for {data[:8]}")
        expect_equal(answer[0], 21, f"record for {data[:8]}")
        says(gateway, FRONT, words, f"code={alert}")


@test
def a_handshake_that_takes_too_long_says_how_far_it_was(t):
    tls = Tls(client_context(t.certs.front), name="gateway.test")
    tls.handshake()
    hello = tls.output()
    gateway, port = accept(t, opening_timeout="3s")
    stream = dial(t, port)
    stream.receive_all()
    says(gateway, FRONT, "the opening took longer than opening_timeout",
         "it waited for the peer's first bytes", "class=timeout")
    stream = dial(t, port)
    stream.send(b"\x16\x03\x01\x02\x00\x01\x00")
    stream.receive_all()
    gateway.wait_log(FRONT + ".*it waited for the rest of the peer's TLS hello")
    stream = dial(t, port)
    stream.send(hello)
    stream.receive_all()
    gateway.wait_log(FRONT + ".*it waited for the client's answer to the TLS "
                     "certificate")


@test
def clients_that_go_in_the_middle_are_told(t):
    gateway, port = accept(t)
    stream = dial(t, port)
    stream.fin()
    stream.receive_all()
    says(gateway, FRONT, "the client closed the connection before it said "
         "anything")
    stream = dial(t, port)
    stream.send(b"\x16\x03\x01\x02\x00\x01\x00")
    stream.fin()
    stream.receive_all()
    says(gateway, FRONT, "the client closed the connection in the middle of "
         "the TLS handshake, within its hello", "class=truncated")
    stream = dial(t, port)
    tls = Tls(client_context(t.certs.front), name="gateway.test")
    tls.handshake()
    stream.send(tls.output())
    stream._turn(read=True)
    stream.fin()
    stream.receive_all()
    says(gateway, FRONT, "after it was shown the certificate")


@test
def names_and_protocols_in_a_hello_cannot_forge_the_log(t):
    gateway, port = accept(t, tls={"alpn": "mqtt"})
    context = client_context()
    context.set_alpn_protocols(["a\nsession=1 reason=\"fine\"", "\x1b[31m"])
    try:
        dial_tls(t, port, context=context)
        expect(False, "a strange protocol was taken")
    except ssl.SSLError:
        pass
    line = says(gateway, FRONT, "the client offers by ALPN a?session=1?")
    expect("\x1b" not in line and "\n" not in line, "control bytes in the log")


# -- the connect hop ------------------------------------------------------

def refused_back(t, server, *parts, tls=None, **more):
    """A client comes, the back-end's handshake fails, and the line says so."""
    gateway, port = connect(t, server.port, tls=tls, **more)
    stream = dial(t, port)
    try:
        stream.send(b"anybody?")
        stream.receive_all()
    except OSError:
        pass
    says(gateway, BACK, *parts)
    gateway.stop()


def certificate_server(t, certificate, minimum=None, maximum=None):
    context = server_context(getattr(t.certs, certificate),
                             getattr(t.certs, certificate + "_key"))
    if maximum:
        context.minimum_version = minimum
        context.maximum_version = maximum
        context.set_ciphers("ALL:@SECLEVEL=0")
    return Server(t, lambda s: s.receive_all(), tls=context)


@test
def certificates_of_back_ends_that_do_not_hold_are_told(t):
    refused_back(t, certificate_server(t, "gateway"),
                 "the certificate of the back-end", "Penstock test front CA",
                 "code=48")
    refused_back(t, certificate_server(t, "expired"),
                 "a certificate of the back-end", "expired on", "code=45")
    refused_back(t, certificate_server(t, "wrong"),
                 "the certificate of the back-end is not for backend.test",
                 "somebody-else.test", "code=42")


@test
def the_back_end_hears_the_alert(t):
    heard = []

    def play(sock):
        context = server_context(t.certs.gateway, t.certs.gateway_key)
        try:
            sock.settimeout(t.patience)
            context.wrap_socket(sock, server_side=True).recv(1)
        except ssl.SSLError as error:
            heard.append(str(error))

    listener = socket.create_server(("127.0.0.1", 0))
    task = t.spawn(lambda: play(listener.accept()[0]))
    gateway, port = connect(t, listener.getsockname()[1])
    dial(t, port).receive_all()
    task.result()
    listener.close()
    expect_in("UNKNOWN_CA", heard[0].upper().replace(" ", "_"), "alert")
    gateway.stop()


@test
def back_ends_that_speak_something_else_are_told(t):
    old = certificate_server(t, "backend", ssl.TLSVersion.TLSv1,
                             ssl.TLSVersion.TLSv1_1)
    refused_back(t, old, "the back-end ended the handshake with alert 70 "
                 "protocol_version", "services.work.connect.tls.min_version "
                 "is TLS 1.2 to 1.3, ciphers TLS_AES_128_GCM_SHA256",
                 "groups X25519, P-256, P-384, P-521", "code=70")
    http = Server(t, lambda s: (s.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                                s.receive_all()))
    refused_back(t, http, "the back-end speaks plain HTTP; this connection "
                 "speaks TLS")
    mail = Server(t, lambda s: (s.send(b"220 mail ready\r\n"),
                                s.receive_all()))
    refused_back(t, mail, "the back-end speaks plain text")


@test
def back_ends_that_refuse_what_is_offered_are_told(t):
    server = tools.openssl_server(t, "-tls1_2", "-cipher",
                                  "ECDHE-ECDSA-AES256-SHA384")
    refused_back(t, server, "alert 40 handshake_failure (nothing in common",
                 "services.work.connect.tls.min_version is TLS 1.2 to 1.3")
    server = tools.openssl_server(t, "-Verify", "1", "-verify_return_error",
                                  "-CAfile", t.certs.front)
    refused_back(t, server, "alert 116 certificate_required (it wants a "
                 "certificate, and none was shown); see "
                 "services.work.connect.tls.certificate")
    server = tools.openssl_server(t, "-alpn", "h2")
    refused_back(t, server, "alert 120 no_application_protocol",
                 "services.work.connect.tls.alpn", tls={"alpn": "mqtt"})


@test
def back_ends_that_say_nothing_are_told(t):
    silent = Server(t, lambda s: s.receive_all())
    refused_back(t, silent, "the opening took longer than opening_timeout",
                 "it waited for the peer's first bytes", "class=timeout",
                 opening_timeout="3s")
    gone = Server(t, lambda s: s.receive(5))
    refused_back(t, gone, "the connection before it answered the TLS hello")

    def half(stream):
        stream.receive(5)
        stream.send(b"\x16\x03\x03\x00\x7a\x02")
        stream.fin()
        stream.receive_all()  # what is not read becomes a reset
    # the log goes on, so what is waited for must be in no line of before
    refused_back(t, Server(t, half),
                 "in the middle of the TLS handshake, within its hello",
                 "the back-end")
