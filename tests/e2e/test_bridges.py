# SPDX-License-Identifier: MIT
"""Hops of bytes that meet hops of messages, both ways, by every rule."""
import os
import re

from lib import conf, tools, wspeers
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, expect_in, test
from lib.servers import Server, echo
from lib.streams import dial, dial_tls, server_context

LINES = {"bytes_as": "text", "message_delimiter": "\\n",
         "message_delimiter_mode": "strip", "delimiter_append": "\\n"}


async def collect(connection, _):
    """All messages, and the close."""
    return await wspeers.collect(connection), connection.close_code


async def listed(connection, _):
    """As collect, and says how many there are."""
    got = []
    try:
        while True:
            got.append(await connection.recv())
            await connection.send(str(len(got)))
    except wspeers.library().ConnectionClosed:
        pass
    return got, connection.close_code


def to_messages(t, play, *, front="tcp", back="ws", **rule):
    """Bytes in, messages out; returns peer, gateway and a stream."""
    tls = (server_context(t.certs.backend, t.certs.backend_key)
           if back == "wss" else None)
    peer = wspeers.WsServer(t, play, tls=tls)
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs),
        conf.connect(back, peer.port, t.certs, **rule)))).start()
    stream = (dial_tls(t, port, trust=t.certs.front) if front == "tls"
              else dial(t, port))
    return peer, gateway, stream


def to_bytes(t, server_port, *, front="ws", back="tcp", **rule):
    """Messages in, bytes out; returns gateway and port."""
    port = t.ports.one()
    gateway = Gateway(t, conf.gateway(conf.service(
        "work", conf.accept(front, port, t.certs, **rule),
        conf.connect(back, server_port, t.certs)))).start()
    return gateway, port


# -- bytes in, messages out ------------------------------------------------

@test
def bridge_lines_over_tcp_become_texts_over_wss(t):
    for front, back in (("tcp", "wss"), ("tls", "ws")):
        peer, _, stream = to_messages(t, wspeers.echo, front=front, back=back,
                                      **LINES)
        sent = "one\nzwölf €\n\nlast\n".encode()
        for byte in sent:
            stream.send(bytes([byte]))
        expect_equal(stream.receive(len(sent)), sent, "echoed lines")
        stream.close()
        expect_equal(peer.result()[0], 1000, "close at the server")


@test
def bridge_of_an_end_sends_what_is_open(t):
    peer, _, stream = to_messages(t, collect, **LINES)
    stream.send(b"one\ntwo")
    stream.finish()
    expect_equal(peer.result(), (["one", "two"], 1000), "messages")


@test
def bridge_by_default_is_binary_and_whole(t):
    peer, _, stream = to_messages(t, collect)
    data = os.urandom(300000)
    stream.send(data)
    stream.finish()
    got, code = peer.result()
    expect(all(isinstance(part, bytes) for part in got), "a text")
    expect(b"".join(got) == data, "other bytes")
    expect_equal(code, 1000, "close")


@test
def bridge_keeps_delimiters_when_told(t):
    peer, _, stream = to_messages(t, collect, message_delimiter="\\r\\n")
    stream.send(b"one\r")
    stream.send(b"\ntwo\r\nthree")
    stream.finish()
    expect_equal(peer.result()[0], [b"one\r\n", b"two\r\n", b"three"],
                 "messages")


@test
def bridge_ends_messages_at_zero_bytes(t):
    peer, _, stream = to_messages(t, collect, message_delimiter="\\0",
                                  message_delimiter_mode="strip")
    stream.send(b"SEND\n\nhello\0ACK\n\n\0")
    stream.finish()
    expect_equal(peer.result()[0], [b"SEND\n\nhello", b"ACK\n\n"], "messages")


@test
def bridge_cuts_by_size(t):
    peer, _, stream = to_messages(t, collect, message_flush_size=5)
    stream.send(b"abcdefg")
    stream.send(b"hijkl")
    stream.finish()
    expect_equal(peer.result()[0], [b"abcde", b"fghij", b"kl"], "messages")
    peer, _, stream = to_messages(t, collect, message_flush_size=5,
                                  bytes_as="text")
    stream.send("aääää".encode())
    stream.finish()
    expect_equal(peer.result()[0], ["aää", "ää"], "texts")


@test
def bridge_sends_when_the_time_is_over(t):
    peer, _, stream = to_messages(
        t, listed, message_flush_size="1m", message_flush_time="20ms")
    stream.send(b"abc")
    stream.receive_until(b"1")
    stream.send(b"def")
    stream.receive_until(b"2")
    stream.finish()
    expect_equal(peer.result()[0], [b"abc", b"def"], "messages")


@test
def bridge_waits_for_the_rest_of_a_character(t):
    peer, _, stream = to_messages(t, listed, bytes_as="text")
    stream.send(b"a\xf0\x9f")
    stream.receive_until(b"1")
    stream.send(b"\x98\x80b")
    stream.receive_until(b"2")
    stream.finish()
    expect_equal(peer.result()[0], ["a", "\U0001f600b"], "messages")


@test
def bridge_ends_with_what_is_no_text(t):
    for bad in (b"\xff", b"\xed\xa0\x80", b"half \xe2\x82"):
        peer, gateway, stream = to_messages(t, collect, **LINES)
        stream.send(b"fine\n" + bad)
        if bad.startswith(b"half"):
            stream.finish()
        expect_equal(peer.result(), (["fine"], 1007), "messages and close")
        line = gateway.wait_log("stream ended.*class=protocol")
        expect_in("bytes_as", line, "the reason")
        expect_in("hop=front", line, "the side")


@test
def bridge_passes_a_line_without_an_end_in_little_memory(t):
    peer, _, stream = to_messages(t, collect, high_water="32k", **LINES)
    data = "ä" * 2000000
    stream.send(data.encode())
    stream.finish()
    got, code = peer.result()
    expect(got == [data], f"{len(got)} messages of {len(got[0])}")
    expect_equal(code, 1000, "close")


@test
def bridge_drains_what_is_open(t):
    peer, gateway, stream = to_messages(t, listed, message_delimiter=";")
    stream.send(b"one;held")
    stream.receive_until(b"1")
    task = t.spawn(gateway.stop)
    expect_equal(peer.result(), ([b"one;", b"held"], 1001),
                 "messages and close")
    stream.close()
    task.result("the gateway to stop")


@test
def bridge_of_many_lines_is_right(t):
    peer, _, stream = to_messages(t, collect, **LINES)
    lines = [f"line {n}" for n in range(100000)]
    stream.send("".join(f"{line}\n" for line in lines).encode())
    stream.finish()
    expect(peer.result() == (lines, 1000), "other lines")


# -- messages in, bytes out ------------------------------------------------

@test
def bridge_messages_over_wss_become_lines_for_socat(t):
    back = t.ports.one()
    peer = tools.socat(t, f"TCP-LISTEN:{back},bind=127.0.0.1,fork",
                       "EXEC:sed -u s/o/0/g")
    peer.wait_listening(back)
    _, port = to_bytes(t, back, front="wss", **LINES)

    async def play(connection):
        for text in ("one", "two words", ""):
            await connection.send(text)
        return [await connection.recv() for _ in range(3)]
    client = wspeers.client(t, port, play, trust=t.certs.front)
    expect_equal(client.result(), ["0ne", "tw0 w0rds", ""], "texts")


@test
def bridge_puts_nothing_between_messages_by_default(t):
    server = Server(t, lambda stream: stream.receive(9))
    _, port = to_bytes(t, server.port)

    async def play(connection):
        await connection.send(b"one")
        await connection.send("")
        await connection.send("two")
        await connection.send(["th", "r"])
        await connection.wait_closed()
    client = wspeers.client(t, port, play)
    expect_equal(server.result(), b"onetwothr", "bytes")
    client.result()


@test
def bridge_appends_to_each_message(t):
    server = Server(t, lambda stream: stream.receive(13))
    _, port = to_bytes(t, server.port, delimiter_append="\\x00|")

    async def play(connection):
        await connection.send(b"one")
        await connection.send("")
        await connection.send(["t", "w", "o", "!"])
        await connection.wait_closed()
    client = wspeers.client(t, port, play)
    expect_equal(server.result(), b"one\0|\0|two!\0|", "bytes")
    client.result()


@test
def bridges_in_a_row_leave_bytes_as_they_were(t):
    server = Server(t, echo)
    _, middle = to_bytes(t, server.port)
    port = t.ports.one()
    Gateway(t, conf.gateway(conf.service(
        "work", conf.accept("tcp", port, t.certs),
        conf.connect("ws", middle, t.certs, name="gateway.test",
                     path="/work", message_flush_size=1000,
                     message_flush_time="5ms"))), name="second").start()
    data = os.urandom(500000)
    stream = dial(t, port)
    got = bytearray()
    stream.exchange(data, len(data), got.extend)
    expect(bytes(got) == data, "other bytes came back")
    stream.close()


def word(text):
    return len(text).to_bytes(2, "big") + text


@test
def bridges_carry_plain_mqtt_over_a_websocket(t):
    back = t.ports.one()
    t.tmp.chmod(0o755)
    settings = t.file("mosquitto.conf", (
        f"listener {back} 127.0.0.1\n"
        "allow_anonymous true\npersistence false\n" +
        ("user root\n" if os.getuid() == 0 else "")))
    broker = tools.Program(t, [t.tool("mosquitto"), "-c", settings])
    broker.wait_listening(back)
    port, middle = t.ports.one(), t.ports.one()
    Gateway(t, conf.gateway(
        conf.service("inner",
                     conf.accept("ws", middle, path="/mqtt",
                                 ws={"subprotocols": ["mqtt"]}),
                     conf.connect("tcp", back)),
        conf.service("outer", conf.accept("tcp", port),
                     conf.connect("ws", middle, path="/mqtt",
                                  name="gateway.test",
                                  ws={"subprotocols": ["mqtt"]})))).start()
    stream = dial(t, port)
    hello = word(b"MQTT") + b"\x04\x02\x00\x3c" + word(b"plain")
    stream.send(b"\x10" + bytes([len(hello)]) + hello)
    expect_equal(stream.receive(4), b"\x20\x02\x00\x00", "CONNACK")
    subscribe = b"\x00\x01" + word(b"a/b") + b"\x00"
    stream.send(b"\x82" + bytes([len(subscribe)]) + subscribe)
    expect_equal(stream.receive(5), b"\x90\x03\x00\x01\x00", "SUBACK")
    publish = word(b"a/b") + b"hello"
    stream.send(b"\x30" + bytes([len(publish)]) + publish)
    expect_equal(stream.receive(2 + len(publish)),
                 b"\x30" + bytes([len(publish)]) + publish, "PUBLISH")
    stream.send(b"\xe0\x00")
    stream.close()


# -- before it runs --------------------------------------------------------

def checked(t, name, accept, connect, what="check", **more):
    path = t.file("bridge.conf", conf.text(conf.gateway(conf.service(
        name, accept, connect, **more))))
    return command(t, what, "-c", path)


@test
def bridge_rules_where_nothing_is_bridged_are_errors(t):
    tcp = conf.accept("tcp", 4711)
    web = conf.accept("ws", 4711)
    for accept, connect, words in (
            ({**tcp, "bytes_as": "text"}, conf.connect("ws", 1),
             "accept.bytes_as: bytes_as says how bytes and messages meet, "
             "and stands on the hop that has the messages"),
            (web, {**conf.connect("ws", 1), "delimiter_append": "x"},
             "connect.delimiter_append: delimiter_append says how bytes and "
             "messages meet, and here messages meet messages"),
            (tcp, {**conf.connect("tcp", 1), "message_flush_size": 5},
             "offers bytes: move it to the other hop, or remove it"),
            (tcp, {**conf.connect("ws", 1), "message_delimiter": "\\q"},
             "is not a delimiter: 1 to 64 bytes"),
            (tcp, {**conf.connect("ws", 1), "message_delimiter_mode": "keep"},
             "says what becomes of message_delimiter, and there is none")):
        done = checked(t, "work", accept, connect)
        expect_equal(done.returncode, 1, f"status ({done.stderr})")
        expect_in(words, done.stderr, "stderr")
        expect_in("bridge.conf:", done.stderr, "the place")


@test
def bridge_rules_are_explained(t):
    done = checked(t, "work", conf.accept("tcp", 4711),
                   conf.connect("ws", 1, message_delimiter="\\r\\n"),
                   what="explain")
    expect_in("messages here, bytes on the other hop", done.stdout, "explain")
    expect_in("message_delimiter    \\r\\n", done.stdout, "explain")
    expect_in("bytes_as binary", done.stdout, "explain")
    expect_equal(done.stdout.count("bytes_as"), 1, "hops that show the rule")


@test
def bridge_examples_of_the_page_are_good(t):
    page = (t.source / "doc" / "bridges.md").read_text(encoding="utf-8")
    found = re.findall(r"^```\n(services = .*?)^```$", page, re.M | re.S)
    expect_equal(len(found), 2, "examples on the page")
    for text in found:
        done = command(t, "check", "-c", t.file("page.conf", text))
        expect_equal(done.returncode, 0, f"status ({done.stderr})")
