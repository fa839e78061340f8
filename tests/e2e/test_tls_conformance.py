# SPDX-License-Identifier: MIT
"""Clients that break RFC 8446 on purpose: no crash, no hang, the alert that the
standard asks for, and everybody else is still served."""
import subprocess

from lib import conf
from lib.gateway import Gateway
from lib.harness import Failure, expect, expect_equal, expect_in, test
from lib.streams import dial, dial_tls
from lib.tlsraw import ALERT, ALPN, APPLICATION, CHANGE_CIPHER_SPEC, GROUPS, \
    HANDSHAKE, KEY_SHARE, P256, PRE_SHARED_KEY, SERVER_NAME, SIGNATURES, \
    VERSIONS, X25519, Client13, changed, codes, hello, message, read_record, \
    record, share, u16, usual, vector

UNEXPECTED, BAD_MAC, OVERFLOW = 10, 20, 22
ILLEGAL, DECODE, VERSION, MISSING = 47, 50, 70, 109
ACCEPTED, ENDED = "a ServerHello", "an end without an alert"
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891"
                      "c2a211167abb8c5e079e09e2c8a8339c")


def start(t, **tls):
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.echo("work", conf.accept(
        "tls", port, t.certs, tls=tls)))).start()
    return gateway, port


def still_serves(t, gateway, port):
    stream = dial_tls(t, port, trust=t.certs.front)
    expect_equal(stream.exchange(b"fine", 4), b"fine", "a good client")
    stream.close()
    gateway.stop()


def answer_to(t, port, data):
    """What a new connection answers to these bytes: an alert's number,
    ACCEPTED, or ENDED."""
    stream = dial(t, port)
    try:
        stream.send(data)
        while True:
            got = read_record(stream)
            if got is None:
                return ENDED
            if got[0] == ALERT:
                return got[1][1]
            if got[0] == HANDSHAKE:
                return ACCEPTED
    except (OSError, Failure):
        return ENDED
    finally:
        stream.sock.close()


def check(t, cases, **tls):
    """cases: name -> (bytes, what is right, ...)."""
    gateway, port = start(t, **tls)
    wrong = []
    for name, (data, *right) in cases.items():
        got = answer_to(t, port, data)
        if got not in right:
            wrong.append(f"{name}: {got}, not {right}")
    expect(not wrong, "; ".join(wrong))
    still_serves(t, gateway, port)


def plain(extensions, **parts):
    return record(HANDSHAKE, hello(extensions, **parts), 0x0301)


def with_(kind, body):
    return plain(changed(usual(), kind, body))


def shares(*them):
    return with_(KEY_SHARE, vector(b"".join(share(*one) for one in them), 2))


POINT = bytes(31) + b"\x09"
PSK = vector(vector(b"id", 2) + bytes(4), 2) + vector(vector(bytes(32), 1), 2)


@test
def messages_and_records_out_of_turn(t):
    whole = hello(usual())
    half, rest = record(HANDSHAKE, whole[:20]), record(HANDSHAKE, whole[20:])
    check(t, {
        "a ServerHello": (record(HANDSHAKE, message(2, bytes(40))),
                          UNEXPECTED),
        "an unknown message": (record(HANDSHAKE, message(99, bytes(40))),
                               UNEXPECTED),
        "a Finished": (record(HANDSHAKE, message(20, bytes(32))), UNEXPECTED),
        "application data": (record(APPLICATION, bytes(40)), UNEXPECTED),
        "an unknown record": (record(99, bytes(40)), UNEXPECTED),
        "ChangeCipherSpec": (record(CHANGE_CIPHER_SPEC, b"\1") +
                             plain(usual()), UNEXPECTED),
        "a fragment of nothing": (record(HANDSHAKE, b"") + plain(usual()),
                                  UNEXPECTED),
        "nothing in the middle": (half + record(HANDSHAKE, b"") + rest,
                                  UNEXPECTED),
        "data in the middle": (half + record(APPLICATION, bytes(30)) + rest,
                               UNEXPECTED),
        "a record too long": (record(HANDSHAKE, bytes(16385)), OVERFLOW),
        "a record far too long": (b"\x16\3\1\xff\xff", OVERFLOW),
        "a fatal alert": (record(ALERT, b"\2\x28"), ENDED),
        "close_notify": (record(ALERT, b"\1\0"), ENDED),
        "many warnings": (record(ALERT, b"\1\x5a") * 300 + plain(usual()),
                          ENDED),
        "half an alert": (record(ALERT, b"\2"), DECODE, UNEXPECTED),
        "one byte at a time": (b"".join(record(HANDSHAKE, bytes([b]))
                                        for b in whole), ACCEPTED),
    })


@test
def versions_that_are_to_be_ignored(t):
    """RFC 8446 4.1.2, 5.1: supported_versions counts alone."""
    whole = hello(usual())
    cases = {f"record 0x{v:04x}": (record(HANDSHAKE, whole, v), ACCEPTED)
             for v in (0x0300, 0x0301, 0x0302, 0x0303, 0x0304)}
    cases["record 0x0400"] = (record(HANDSHAKE, whole, 0x0400), UNEXPECTED,
                              VERSION)
    for v in (0x0303, 0x0304, 0x0355):
        cases[f"legacy_version 0x{v:04x}"] = (plain(usual(), version=v),
                                              ACCEPTED)
    # GnuTLS 3.7 looks at it when it is below what is allowed
    cases["legacy_version 0x0301"] = (plain(usual(), version=0x0301),
                                      ACCEPTED, VERSION)
    cases["unknown only"] = (with_(VERSIONS, vector(codes(0x0305), 1)),
                             VERSION)
    cases["an unknown one too"] = (
        with_(VERSIONS, vector(codes(0x7f1c, 0x0305, 0x0304), 1)), ACCEPTED)
    cases["none"] = (with_(VERSIONS, vector(b"", 1)), DECODE)
    cases["half a one"] = (with_(VERSIONS, vector(b"\3\4\3", 1)), DECODE)
    check(t, cases)


@test
def unknown_values_are_ignored(t):
    """RFC 8701: GREASE, and what is not known yet."""
    grease = [(0x0a0a, b""), (0xfafa, b"\0"), (0x4444, bytes(500))]
    extensions = grease + usual()
    extensions = changed(extensions, GROUPS,
                         vector(codes(0x2a2a, X25519, 0x6399), 2))
    extensions = changed(extensions, SIGNATURES,
                         vector(codes(0x3a3a, 0x0403, 0x0905), 2))
    extensions = changed(extensions, VERSIONS,
                         vector(codes(0x4a4a, 0x0304), 1))
    extensions = changed(extensions, KEY_SHARE, vector(
        share(0x2a2a, b"\0") + share(X25519, POINT), 2))
    check(t, {"grease": (plain(extensions, suites=(0x1a1a, 0x1301, 0xfefe)),
                         ACCEPTED)})


@test
def hellos_that_break_the_rules(t):
    u = usual()
    whole = hello(u)
    check(t, {
        "an extension twice": (plain(u + [(GROUPS, vector(codes(29), 2))]),
                               ILLEGAL),
        "an unknown one twice": (plain(u + [(0x4444, b"")] * 2), ILLEGAL),
        "no supported_groups": (with_(GROUPS, None), MISSING),
        "no key_share": (with_(KEY_SHARE, None), MISSING),
        "no signatures": (with_(SIGNATURES, None), MISSING),
        "a psk without modes": (plain(u + [(PRE_SHARED_KEY, PSK)]), MISSING),
        "a psk that is not last": (
            plain([(PRE_SHARED_KEY, PSK), (45, b"\1\1")] + u), ILLEGAL),
        "compression besides": (plain(u, compression=b"\1\0"), ILLEGAL),
        "compression alone": (plain(u, compression=b"\1"), ILLEGAL),
        "no method at all": (plain(u, compression=b""), DECODE, ILLEGAL),
        "no groups in it": (with_(GROUPS, vector(b"", 2)), DECODE),
        "half a group": (with_(GROUPS, vector(b"\0\x1d\0", 2)), DECODE),
        "no signatures in it": (with_(SIGNATURES, vector(b"", 2)), DECODE),
        "two names": (with_(SERVER_NAME, vector(b"\0\0\1a\0\0\1b", 2)),
                      ILLEGAL),
        "a name of nothing": (with_(SERVER_NAME, vector(b"\0\0\0", 2)),
                              DECODE),
        "no protocol": (plain(u + [(ALPN, vector(b"", 2))]), DECODE),
        "a protocol of nothing": (plain(u + [(ALPN, vector(b"\0", 2))]),
                                  DECODE),
        "a session id too long": (plain(u, session=bytes(33)), DECODE),
        "no suites": (plain(u, suites=()), DECODE),
        "bytes behind it": (record(HANDSHAKE, message(1, whole[4:] + b"x")),
                            DECODE),
        "a byte too few": (record(HANDSHAKE, message(1, whole[4:-1])),
                           DECODE),
    })


@test
def key_shares_that_are_none(t):
    only_p256 = changed(usual(), GROUPS, vector(codes(P256), 2))

    def p256(key):
        return plain(changed(only_p256, KEY_SHARE, vector(share(P256, key),
                                                          2)))
    check(t, {
        "too short": (shares((X25519, POINT[1:])), ILLEGAL),
        "too long": (shares((X25519, POINT + b"\0")), ILLEGAL),
        "zero": (shares((X25519, bytes(32))), ILLEGAL),
        "nothing": (shares((X25519, b"")), ILLEGAL, DECODE),
        "cut": (with_(KEY_SHARE, vector(u16(X25519) + u16(32) + bytes(5), 2)),
                DECODE),
        "off the curve": (p256(b"\4" + bytes(63) + b"\7"), ILLEGAL),
        "the point at infinity": (p256(b"\0"), ILLEGAL, DECODE),
        "compressed": (p256(b"\2" + bytes(32)), ILLEGAL, DECODE),
    })


def retried(t, port):
    """A connection whose hello got a HelloRetryRequest, and the hello."""
    first = hello(changed(usual(), KEY_SHARE, vector(b"", 2)))
    stream = dial(t, port)
    stream.send(record(HANDSHAKE, first, 0x0301))
    kind, body = read_record(stream)
    expect_equal((kind, body[6:38]), (HANDSHAKE, RETRY), "HelloRetryRequest")
    return stream, first


@test
def a_hello_must_change_as_it_was_asked_to(t):
    gateway, port = start(t)
    other = changed(usual(), KEY_SHARE, vector(share(P256, b"\4" + bytes(64)),
                                               2))
    for name, second in (("the same", None), ("another group", hello(other))):
        stream, first = retried(t, port)
        stream.send(record(HANDSHAKE, second or first))
        while True:
            got = read_record(stream)
            if got is None or got[0] == ALERT:
                break
        expect(got is not None and got[1][1] == ILLEGAL, f"{name}: {got}")
        stream.sock.close()
    stream, _ = retried(t, port)
    stream.send(record(HANDSHAKE, hello(changed(
        usual(), GROUPS, vector(codes(P256), 2)), suites=(0x1302,))))
    while (got := read_record(stream)) is not None and got[0] != ALERT:
        pass
    expect(got is not None and got[1][1] == ILLEGAL, f"another hello: {got}")
    still_serves(t, gateway, port)


def client(t, port, **more):
    return Client13(t, dial(t, port), **more)


@test
def a_client_by_hand_is_served(t):
    """Or the tests below would test nothing."""
    gateway, port = start(t)
    ours = client(t, port,
                  before_finished=record(CHANGE_CIPHER_SPEC, b"\1"))
    ours.send(APPLICATION, b"hello", padding=100)
    expect_equal(ours.receive(), (APPLICATION, b"hello"), "echo")
    ours.stream.send(ours.update(1))
    ours.send(APPLICATION, b"again")
    expect_equal(ours.receive(), (APPLICATION, b"again"), "after a KeyUpdate")
    ours.send(ALERT, b"\1\0")
    still_serves(t, gateway, port)


@test
def what_must_not_come_after_the_handshake(t):
    gateway, port = start(t)
    cases = {
        "a ClientHello": (HANDSHAKE, hello(usual()), UNEXPECTED),
        "a ticket": (HANDSHAKE, message(4, bytes(20)), UNEXPECTED),
        "a CertificateRequest": (HANDSHAKE, message(13, b"\0\0\0"),
                                 UNEXPECTED),
        "a Finished": (HANDSHAKE, message(20, bytes(32)), UNEXPECTED),
        "EndOfEarlyData": (HANDSHAKE, message(5, b""), UNEXPECTED),
        "an unknown message": (HANDSHAKE, message(99, b"x"), UNEXPECTED),
        "KeyUpdate of 2": (HANDSHAKE, message(24, b"\2"), ILLEGAL),
        "KeyUpdate of nothing": (HANDSHAKE, message(24, b""), DECODE),
        "KeyUpdate too long": (HANDSHAKE, message(24, b"\0\0"), DECODE),
        "ChangeCipherSpec, sealed": (CHANGE_CIPHER_SPEC, b"\1", UNEXPECTED),
        "an unknown type": (99, b"x", UNEXPECTED),
    }
    wrong = []
    for name, (kind, data, right) in cases.items():
        ours = client(t, port)
        ours.send(kind, data)
        got = ours.receive_alert()
        if got != right:
            wrong.append(f"{name}: {got}, not {right}")
        ours.stream.sock.close()
    expect(not wrong, "; ".join(wrong))
    still_serves(t, gateway, port)


@test
def records_that_do_not_decrypt_or_fit(t):
    gateway, port = start(t)

    def answer(make):
        ours = client(t, port)
        ours.stream.send(make(ours))
        got = ours.receive_alert()
        ours.stream.sock.close()
        return got
    bent = answer(lambda c: c.seal(APPLICATION, b"hello")[:-1] + b"\0")
    expect_equal(bent, BAD_MAC, "a bent record")
    expect_equal(answer(lambda c: record(APPLICATION, bytes(40))), BAD_MAC,
                 "zeros")
    # GnuTLS 3.7 takes this for a record that does not decrypt
    expect(answer(lambda c: c.write.seal(bytes(30))) in (UNEXPECTED, BAD_MAC),
           "padding alone")
    expect_equal(answer(lambda c: c.seal(APPLICATION, bytes(16385))),
                 OVERFLOW, "a payload too long")
    expect_equal(answer(lambda c: b"\x17\3\3\x7f\xff"), OVERFLOW,
                 "a record too long")
    expect(answer(lambda c: record(APPLICATION, bytes(10))) in
           (BAD_MAC, OVERFLOW, DECODE), "a record too short")
    expect(answer(lambda c: record(HANDSHAKE, hello(usual()))) in
           (UNEXPECTED, BAD_MAC), "a hello in the clear")
    still_serves(t, gateway, port)


@test
def floods_end_or_cost_nothing(t):
    """No answer is right but that the memory stays and others are served."""
    gateway, port = start(t)
    floods = {
        "KeyUpdates that ask": lambda c: b"".join(
            c.update(1) for _ in range(2000)),
        "KeyUpdates": lambda c: b"".join(c.update(0) for _ in range(2000)),
        "empty records": lambda c: b"".join(
            c.seal(APPLICATION, b"") for _ in range(5000)),
        "warnings": lambda c: b"".join(
            c.seal(ALERT, b"\1\x5a") for _ in range(2000)),
        "ChangeCipherSpec": lambda c: record(CHANGE_CIPHER_SPEC,
                                             b"\1") * 5000,
    }
    client(t, port).stream.sock.close()
    before = gateway.memory()
    for name, make in floods.items():
        ours = client(t, port)
        try:
            ours.stream.send(make(ours))
            ours.stream.available()
            ours.stream.fin()
            ours.stream.receive_all()
        except (OSError, Failure):
            pass
        ours.stream.sock.close()
    if not t.sanitized:
        expect(gateway.memory() - before < 16 * 1024,
               f"{gateway.memory() - before} KiB more after floods")
    still_serves(t, gateway, port)


@test
def floods_before_the_handshake_is_over_end_it(t):
    gateway, port = start(t)
    first = plain(usual())
    for data in (first + record(CHANGE_CIPHER_SPEC, b"\1") * 2000,
                 record(HANDSHAKE, b"\1\xff\xff\xff") +
                 record(HANDSHAKE, bytes(16384)) * 20):
        stream = dial(t, port)
        try:
            stream.send(data)
            stream.fin()
            stream.receive_all()
        except OSError:
            pass
        stream.sock.close()
    still_serves(t, gateway, port)


@test
def a_message_must_not_be_cut_by_other_records(t):
    gateway, port = start(t)
    ours = client(t, port)
    update = message(24, b"\0")
    ours.send(HANDSHAKE, update[:3])
    ours.send(APPLICATION, b"between")
    ours.send(HANDSHAKE, update[3:])
    got = ours.receive_alert()
    expect_equal(got, UNEXPECTED, "data within a KeyUpdate")
    ours.stream.sock.close()
    still_serves(t, gateway, port)


@test
def renegotiation_is_refused(t):
    gateway, port = start(t)
    done = subprocess.run(
        [t.tool("openssl"), "s_client", "-connect", f"127.0.0.1:{port}",
         "-tls1_2", "-legacy_renegotiation"],
        input=b"R\n", capture_output=True, timeout=t.patience, cwd=t.tmp,
        check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    expect_in("RENEGOTIATING", said, "openssl")
    expect("no renegotiation" in said or "unexpected" in said, said[-600:])
    gateway.wait_log("negotiate anew")
    still_serves(t, gateway, port)
