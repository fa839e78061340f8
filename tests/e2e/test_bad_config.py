# SPDX-License-Identifier: MIT
"""Configurations that are wrong: each error has its line and its sentence."""
import os
import re
import subprocess
from pathlib import Path

from lib import conf
from lib.gateway import Gateway, command
from lib.harness import expect, expect_equal, expect_in, test

ROOT = Path(__file__).resolve().parents[2]


def check(t, text, *wanted, name="bad.conf", count=None):
    """`penstock check` must fail and say each of `wanted` (regular
    expressions, within one line when given as a tuple)."""
    path = t.file(name, text)
    done = command(t, "check", "-c", path)
    output = done.stderr + done.stdout
    expect_equal(done.returncode, 1, f"status of check ({output})")
    for one in wanted:
        parts = one if isinstance(one, tuple) else (one,)
        hit = any(all(re.search(part, line) for part in parts)
                  for line in output.splitlines())
        expect(hit, f"{parts} is not in: {output}")
    errors = [line for line in output.splitlines()
              if re.match(rf".*{re.escape(name)}:\d+: ", line)]
    if count is not None:
        expect_equal(len(errors), count, f"errors ({output})")
    return output


def refuses(t, text, *wanted, **more):
    """As `check`, and `penstock run` does not start either."""
    output = check(t, text, *wanted, **more)
    path = t.tmp / more.get("name", "bad.conf")
    for options in ([], ["--single"]):
        done = command(t, "run", "--foreground", *options, "-c", path)
        expect(done.returncode != 0, "run started with a bad configuration")
        expect_in(str(path), done.stderr, "stderr of run")
    return output


def hop(port=9000, **layers):
    return conf.accept("tcp", port, **layers)


def echo(accept, name="work"):
    return conf.text(conf.gateway(conf.echo(name, accept)))


@test
def a_good_configuration_passes(t):
    path = t.file("good.conf", echo(hop()))
    done = command(t, "check", "-c", path)
    expect_equal(done.returncode, 0, f"status ({done.stderr})")


@test
def unknown_key_gets_a_suggestion(t):
    refuses(t, 'services: (\n  { name = "work"; type = "echo";\n'
               '    accept = { url = "tcp://127.0.0.1:9000";\n'
               '      tcp = { nodelai = true; }; }; }\n);\n',
            (r"bad\.conf:4: ", "nodelai", "did you mean", "nodelay"))


@test
def unknown_keys_are_found_at_every_level(t):
    check(t, 'penstok: { };\npenstock: { wrokers = 1;\n log = { levl = "x"; };'
             '};\nservices: ( { nmae = "work";\n'
             ' typ = "echo";\n acept = "tcp://127.0.0.1:9000"; } );\n',
          (":1: ", "penstok", "penstock"), (":2: ", "wrokers", "workers"),
          (":3: ", "levl", "level"), (":4: ", "nmae", "name"),
          (":5: ", "typ", "type"), (":6: ", "acept", "accept"))


@test
def settings_in_the_wrong_place_are_told_the_right_one(t):
    check(t, 'workers = 2;\nservices: ( { name = "a";\n'
             ' accept = { url = "http://127.0.0.1:9000/";\n max_body = "1k";\n'
             ' client_max_body_size = "1k"; };\n'
             ' connect = "http://127.0.0.1:9001";\n http = { };\n'
             ' response_timeout = "1s";\n connect_timeout = "1s"; } );\n',
          (":1: workers: ", r"write penstock: \{ workers"),
          (":4: ", "max_body", r"write http = \{ max_body = \.\.\.; \}$"),
          (":5: ", "client_max_body_size", r"in http = .*use max_body$"),
          (":7: ", r"write accept = .* http = \{ \.\.\. \}; \}$"),
          (":8: ", r"write connect = .* http = \{ response_timeout"),
          (":9: ", "write it within accept = .* or connect"), count=6)


@test
def words_of_other_gateways_beside_accept_are_told_their_place(t):
    check(t, 'services: ( { name = "a";\n'
             ' accept = "https://gateway.test:9000/";\n'
             ' connect = "https://localhost:9001";\n'
             ' ssl_certificate = "a.pem";\n proxy_ssl_name = "b";\n'
             ' keepalive_requests = 3;\n crt = "a.pem"; } );\n',
          (":4: ", r"in accept = \{ url = .* tls = \{ \.\.\. \}; \}, "
                   r"use certificate$"),
          (":5: ", r"in connect = .* tls = .*, use server_name$"),
          (":6: ", r"in accept = .* http = .*, use max_requests$"),
          (":7: ", r"in accept = .* tls = .*, use certificate"),
          (":2: ", "to accept TLS"), count=5)


# What users of other gateways write, and the setting that it is answered with.
FOREIGN = {
    "proxy": {"proxy_pass": "connect", "upstream": "connect",
              "default_backend": "connect", "listen": "accept",
              "bind": "accept", "server_name": "accept",
              "location": "accept", "proxy_set_header": "set_request_fields",
              "add_header": "add_response_fields",
              "http_request": "set_request_fields",
              "forwardfor": "x_forwarded", "root": "directory",
              "return": "redirect", "proxy_request_buffering":
              "buffer_request", "proxy_read_timeout": "response_timeout",
              "client_max_body_size": "max_body",
              "proxy_cookie_path": "cookie_path",
              "rewrite_cookie_domain": "cookie_domain",
              "accept_options": "accept", "cross_site_constraint": "cors"},
    "directory": {"alias": "root", "try_files": "fallback",
                  "expires": "cache_control", "gzip_static": "precompressed",
                  "welcome_file": "index", "default_type": "types",
                  "error_page": "error_pages"},
    "redirect": {"return": "to", "rewrite": "paths", "location": "to",
                 "status_code": "code"},
    "http": {"client_max_body_size": "max_body", "limit_except": "methods",
             "client_header_timeout": "header_timeout",
             "keepalive_requests": "max_requests"},
}


@test
def names_of_other_gateways_are_answered_with_ours(t):
    more = {"proxy": 'connect = "http://127.0.0.1:9001";',
            "directory": f'root = "{t.tmp}";', "redirect": 'scheme = "https";'}
    for kind, names in FOREIGN.items():
        lines = "".join(f'{name} = "x";\n' for name in names)
        layer = f"http = {{\n{lines} }};" if kind == "http" else ""
        service = lines if kind != "http" else ""
        kind = kind if kind != "http" else "proxy"
        check(t, f'services: ( {{ name = "a"; type = "{kind}"; {more[kind]} '
                 'accept = { url = "http://127.0.0.1:9000/"; '
                 f'{layer} }};\n{service} }} );\n',
              *[(name, rf'there is no setting "{name}" here; use .*\b{ours}\b')
                for name, ours in names.items()], count=len(names))


@test
def unknown_service_type_layer_and_scheme_get_suggestions(t):
    check(t, 'services: (\n { name = "a"; type = "ecko"; accept = '
             '"tcp://127.0.0.1:9000"; },\n { name = "b"; type = "echo"; '
             'accept = { layers = ( { tpc = { bind = "127.0.0.1:9001"; }; } );'
             ' }; },\n { name = "c"; type = "echo"; accept = '
             '"wsss://127.0.0.1:9002/"; } );\n',
          (":2: ", "ecko", "echo"), (":3: ", "tpc", "tcp"),
          (":4: ", "wsss", "wss"))


@test
def wrong_types_are_named(t):
    refuses(t, 'services: ( { name = "work"; type = "echo"; accept = {\n'
               'url = "tcp://127.0.0.1:9000"; tcp = {\n nodelay = 5;\n'
               ' backlog = "many";\n keepalive_idle = "60x";\n'
               ' family = "ipv5"; }; }; } );\n',
            (":3: ", "nodelay"), (":4: ", "backlog", "many"),
            (":5: ", "keepalive_idle", "60x"),
            (":6: ", "family", "ipv5", "ipv4"))


@test
def values_out_of_range_are_named(t):
    check(t, echo(hop(tcp={"backlog": 0})), ("backlog", "0"))
    check(t, echo(hop(tcp={"backlog": 70000})), ("backlog", "70000"))


@test
def integers_that_the_parser_would_wrap_are_refused(t):
    check(t, 'services: ( { name = "work"; type = "echo"; accept = {\n'
             'url = "tcp://127.0.0.1:9000"; tcp = {\n'
             ' backlog = 4294967297; }; }; } );\n',
          (":3: ", "4294967297"))
    check(t, 'services: ( { name = "work"; type = "echo"; accept = {\n'
             'url = "tcp://127.0.0.1:9000"; tcp = {\n'
             ' backlog = 0128; }; }; } );\n', (":3: ", "0128"))


@test
def all_errors_are_shown_in_one_run(t):
    t.needs("http")  # an error names it
    t.certs  # files that exist
    check(t, f'''services: (
  {{ name = "one"; type = "echo"; accept = "127.0.0.1:9000"; }},
  {{ name = "two"; type = "echo"; accept = {{ url = "tls://127.0.0.1:9001";
      tls = {{ certificate = "{t.tmp}/none.pem";
              private_key = "{t.certs.gateway_key}"; }}; }}; }},
  {{ name = "three"; type = "echo"; accept = {{ layers = (
      {{ tcp = {{ bind = "127.0.0.1:9002"; }}; }}, {{ ws = {{ }}; }} ); }}; }},
  {{ name = "four"; accept = "tcp://127.0.0.1:9003";
     connect = "tcp://::1:80"; }},
  {{ name = "five"; type = "echo"; accpt = "tcp://127.0.0.1:9004"; }}
);
''', (":2: ",), ("none.pem", "bad.conf:4: "), (":7: ", "insert http"),
          (":9: ", r"\["), (":10: ", "accept"))


@test
def a_missing_file_is_named(t):
    refuses(t, echo(conf.merge(conf.accept("tls", 9000, t.certs), {
        "tls": {"certificate": str(t.tmp / "nowhere.pem")}})),
        (r"bad\.conf:\d+: ", "certificate", "nowhere.pem", "No such file"))


@test
def a_missing_configuration_is_named(t):
    done = command(t, "check", "-c", t.tmp / "nowhere.conf")
    expect_equal(done.returncode, 1, "status")
    expect_in("nowhere.conf", done.stderr, "stderr")


def tls_echo(t, **tls):
    settings = {"certificate": t.certs.gateway,
                "private_key": t.certs.gateway_key, **tls}
    accept = {"url": "tls://gateway.test:9000",
              "tcp": {"bind": "127.0.0.1:9000"}, "tls": settings}
    return echo(accept)


@test
def a_key_of_another_certificate_is_refused(t):
    refuses(t, tls_echo(t, private_key=t.certs.other_key),
            (r"bad\.conf:\d+: ", "other.key", "gateway.pem",
             "not the key|match"))


@test
def an_encrypted_key_without_password_is_refused(t):
    refuses(t, tls_echo(t, private_key=t.certs.encrypted_key),
            (r"bad\.conf:\d+: ", r"encrypted.*key|key.*encrypted", "password"))


@test
def a_key_that_is_no_key_is_refused(t):
    junk = t.file("junk.key", "this is not a key\n")
    refuses(t, tls_echo(t, private_key=str(junk)), ("junk.key",))


@test
def a_certificate_that_is_none_is_refused(t):
    empty = t.file("empty.pem", "")
    refuses(t, tls_echo(t, certificate=str(empty)), ("empty.pem",),
            count=1)


@test
def a_key_that_others_can_read_is_pointed_out(t):
    key = t.file("open.key", open(t.certs.gateway_key, "rb").read(), 0o644)
    path = t.file("open.conf", tls_echo(t, private_key=str(key)))
    output = command(t, "check", "-c", path).stderr
    expect(re.search(r"open\.conf:\d+: .*open\.key.*0644", output), output)


@test
def a_name_that_no_certificate_covers_is_refused(t):
    refuses(t, tls_echo(t, certificate=t.certs.other,
                        private_key=t.certs.other_key),
            ("gateway.test", "other.test|certificate"))


@test
def a_trust_file_without_a_certificate_is_refused(t):
    for content, word in (
            ("", "is empty"), ("nothing here\n", "certificate"),
            (open(t.certs.gateway_key).read(), "certificate")):
        junk = t.file("junk.pem", content)
        refuses(t, conf.text(conf.gateway(conf.service(
            "work", hop(), {"url": "tls://backend.test:1",
                            "tls": {"trust": str(junk)}}))),
            (r"bad\.conf:\d+: ", "trust", "junk.pem", word))


@test
def a_certificate_about_to_end_is_a_warning(t):
    path = t.file("soon.conf", tls_echo(t, certificate=t.certs.soon,
                                        private_key=t.certs.soon_key))
    done = command(t, "check", "-c", path)
    expect_equal(done.returncode, 0, f"status ({done.stderr})")
    output = done.stderr + done.stdout
    expect(any("soon.pem" in line and re.search("expire|end|days", line)
               for line in output.splitlines()), f"no warning: {output}")


@test
def empty_lists_allow_neither_everything_nor_nothing(t):
    for name in ("ciphers", "groups", "signature_algorithms"):
        check(t, tls_echo(t, **{name: []}),
              (r"bad\.conf:\d+", rf"accept\.tls\.{name}: is an empty list"))
    for name in ("client_names", "client_fingerprints"):
        check(t, tls_echo(t, client_auth="require", client_trust=t.certs.front,
                          **{name: []}),
              (rf"accept\.tls\.{name}: is an empty list",))
    for name, also in (("pins", {"trust": t.certs.back}), ("trust", {})):
        check(t, conf.text(conf.gateway(conf.service(
            "work", hop(), {"url": "tls://backend.test:1",
                            "tls": {name: [], **also}}))),
            (rf"connect\.tls\.{name}: is an empty list",))


@test
def tls_without_certificate_is_refused(t):
    refuses(t, echo({"url": "tls://127.0.0.1:9000"}), ("certificate",))


@test
def plain_and_secure_on_one_socket_names_both(t):
    first = conf.echo("plain", conf.accept("ws", 9000, path="/a"))
    second = conf.echo("sealed", conf.accept("wss", 9000, t.certs, path="/b"))
    output = refuses(t, conf.text(conf.gateway(first, second)),
                     ("plain", "sealed", "9000"))
    places = re.findall(r"bad\.conf:\d+", output)
    expect(places, "no place")


@test
def two_services_without_a_mux_on_one_address(t):
    check(t, conf.text(conf.gateway(conf.echo("one", hop()),
                                    conf.echo("two", hop()))),
          ("one", "two", "9000"))


@test
def one_host_and_path_twice(t):
    accept = conf.accept("http", 9000)
    check(t, conf.text(conf.gateway(conf.respond("one", accept, body="1"),
                                    conf.respond("two", accept, body="2"))),
          ("one", "two", "/work"))


@test
def two_services_of_one_name(t):
    check(t, conf.text(conf.gateway(conf.echo("work", hop(9000)),
                                    conf.echo("work", hop(9001)))),
          ("work", "(?i)twice|already|name"))


@test
def tls_options_differ_on_one_address(t):
    one = conf.echo("one", conf.accept("wss", 9000, t.certs, path="/a"))
    two = conf.echo("two", conf.accept("wss", 9000, t.certs, path="/b",
                                       tls={"min_version": "1.3"}))
    check(t, conf.text(conf.gateway(one, two)),
          ("one", "two", "min_version|tls"))


@test
def ws_over_tcp_says_insert_http(t):
    t.needs("http")
    refuses(t, 'services: ( { name = "work"; type = "echo"; accept = {\n'
               'layers = ( { tcp = { bind = "127.0.0.1:9000"; }; },\n'
               ' { ws = { }; } ); }; } );\n', (":3: ", "ws", "insert http"))


@test
def shapes_that_do_not_fit_a_join(t):
    check(t, conf.text(conf.gateway(conf.service(
        "work", conf.accept("http", 9000), "tcp://127.0.0.1:1"))),
        ("work|accept|connect", "exchanges"))


@test
def a_url_without_scheme(t):
    refuses(t, echo("127.0.0.1:9000"), (r"bad\.conf:\d+: ", "scheme"))
    check(t, echo("gateway.test"), ("scheme",))


@test
def an_ipv6_address_without_brackets(t):
    refuses(t, echo("tcp://::1:9000"),
            (r"bad\.conf:\d+: ", r"\[::1\]|brackets"))


@test
def urls_that_are_wrong_in_other_ways(t):
    for url, part in (("tcp://127.0.0.1", "port"),
                      ("tcp://127.0.0.1:0", "port"),
                      ("tcp://127.0.0.1:65536", "65536"),
                      ("tcp://127.0.0.1:http", "http"),
                      ("tcp://user@127.0.0.1:9000", "user|@"),
                      ("tcp://:9000", "host"),
                      ("ws://127.0.0.1:9000/#x", "#|fragment"),
                      ("tcp://127.0.0.1:9000/path", "path"),
                      ("tcp://[::1:9000", r"\[|bracket|\]"),
                      ("tcp://256.0.0.1:9000", "256"),
                      ("tcp://exa mple:9000", "exa mple"),
                      ("", "empty|scheme")):
        check(t, echo(url), (r"bad\.conf:\d+: ", part))


@test
def a_layer_twice_in_a_url_group_needs_layers(t):
    check(t, echo({"url": "tcp://127.0.0.1:9000", "tls": {}}), ("tls",))


@test
def an_option_of_the_other_hop(t):
    check(t, echo(hop(tcp={"address": "127.0.0.1:1"})),
          ("address", "connect|accept"))


@test
def require_is_kept(t):
    text = conf.text(conf.gateway(conf.service(
        "work", hop(), "tcp://127.0.0.1:1",
        require=["front.secure", "back.authenticated"])))
    refuses(t, text, "front.secure", "back.authenticated")
    text = conf.text(conf.gateway(conf.service(
        "work", conf.accept("tls", 9000, t.certs),
        conf.connect("tls", 1, t.certs, tls={"verify": "off"}),
        require=["front.secure", "back.authenticated"])))
    output = check(t, text, "back.authenticated")
    expect("front.secure" not in output, "a secure front is refused")
    check(t, conf.text(conf.gateway(conf.service(
        "work", hop(), "tcp://127.0.0.1:1", require=["front.secured"]))),
        ("front.secured", "front.secure"))


@test
def syntax_errors_have_file_and_line(t):
    refuses(t, 'services: (\n { name = "work";\n type "echo"; }\n);\n',
            r"bad\.conf:3: ")
    check(t, 'services: (\n { name = "work', r"bad\.conf:\d")
    check(t, "\0\0\0", r"bad\.conf")
    check(t, "services: ( /* no end", r"bad\.conf:\d")


@test
def errors_in_included_files_name_that_file(t):
    (t.tmp / "services.d").mkdir()
    t.file("services.d/one.conf", 'services: ( { name = "one"; type = "echo";'
                                  '\n acept = "tcp://127.0.0.1:9000"; } );\n')
    check(t, 'penstock: { include = [ "services.d/*.conf" ]; };\n',
          (r"services\.d/one\.conf:2: ", "acept", "accept"))
    t.file("whole.conf", 'penstock: { include = [ "services.d/*.conf" ]; };\n')
    t.file("services.d/one.conf", 'services: ( { name = "one"; type = "echo";'
                                  '\n accept = "tcp://127.0.0.1:9000"; } );\n')
    done = command(t, "check", "-c", t.tmp / "whole.conf")
    expect_equal(done.returncode, 0, f"status ({done.stderr})")


@test
def no_services_at_all(t):
    check(t, "penstock: { };\n", "services")
    check(t, "", "services")


@test
def environment_is_expanded(t):
    path = t.file("env.conf", 'services: ( { name = "work"; type = "echo"; '
                              'accept = "tcp://127.0.0.1:${PORT:-9000}"; } );')
    done = command(t, "check", "-c", path)
    expect_equal(done.returncode, 0, f"status ({done.stderr})")
    done = command(t, "check", "-c", path, env={"PORT": "pork"})
    expect_equal(done.returncode, 1, "status with a bad value")
    expect_in("pork", done.stderr, "stderr")
    check(t, 'services: ( { name = "work"; type = "echo"; '
             'accept = "tcp://127.0.0.1:${SURELY_NOT_SET}"; } );',
          ("SURELY_NOT_SET",))


@test
def an_unset_variable_is_one_error(t):
    """Whatever else is wrong with the text it stands in follows from it."""
    check(t, 'penstock: { user = "${NONE}"; workers = "${NONE}"; };\n'
             'services: ( { name = "a"; type = "${NONE}";\n'
             ' accept = { url = "tls://127.0.0.1:${NONE}";\n'
             '  tls = { certificate = "${NONE}"; private_key = "${NONE}"; };\n'
             '  tcp = { bind = "127.0.0.1:${NONE}"; }; }; } );',
          *((rf":{line}: ", rf"{setting}: ", "names")
            for line, setting in (
                (1, "user"), (1, "workers"), (2, "type"), (3, "url"),
                (4, "certificate"), (4, "private_key"), (5, "bind"))),
          "7 errors")


@test
def layers_of_a_url_that_is_wrong_are_checked(t):
    """They stand at their place all the same."""
    check(t, 'services: ( { name = "a"; type = "echo";\n'
             ' accept = { url = "tls://127.0.0.1:pork";\n'
             '  tls = { min_versoin = "1.3"; certificate = "none";\n'
             '          private_key = "none"; };\n'
             '  ws = { }; }; } );',
          (":2: ", "pork"), (":3: ", "min_versoin", "min_version"),
          (":3: ", "certificate"), (":4: ", "private_key"),
          (":5: ", "not a layer of this pipeline"), count=5)


@test
def settings_of_the_process_are_told_with_their_place(t):
    """Users, folders and files, which others than their reader try to use."""
    def work(line):
        return ('penstock: {\n' + line + '\n};\nservices: ( { name = "a"; '
                f'type = "echo"; accept = "unix://{t.tmp}/a.sock"; }} );')
    refuses(t, work('user = "no-such-user";'),
            (r"bad\.conf:2: penstock\.user: ", "no-such-user", "create it"))
    check(t, work('group = "no-such-group";'),
          (r"bad\.conf:2: penstock\.group: ", "no-such-group"))
    check(t, work('plugin_path = [ "none" ];'),
          (r"bad\.conf:2: penstock\.plugin_path: ", "/none"))
    for line, setting in (('pid_file = "none/a.pid";', "pid_file"),
                          ('log = { file = "none/a.log"; };', "log.file")):
        path = t.file("run.conf", work(line))
        done = command(t, "run", "-c", path)
        expect_equal(done.returncode, 1, f"status of run ({done.stderr})")
        for part in (f"run.conf:2: penstock.{setting}: {t.tmp}/none/a.",
                     "make its folder, or name another"):
            expect_in(part, done.stderr, "stderr")


@test
def what_stands_in_the_way_of_a_unix_socket_is_found_by_check(t):
    t.file("file", "")
    refuses(t, 'services: (\n{ name = "a"; type = "echo"; accept = "unix://'
               f'{t.tmp}/file"; }},\n{{ name = "b"; type = "echo"; accept = {{'
               f' url = "unix://{t.tmp}/b.sock";\n'
               '  tcp = { owner = "no-such-user"; }; }; } );',
            (r"bad\.conf:2: ", "/file exists and is not a socket"),
            (r"bad\.conf:3: ", "no-such-user", "create it, or name another"))
    path = t.file("run.conf", 'services: ( { name = "a"; type = "echo"; '
                              f'accept = "unix://{t.tmp}/none/a.sock"; }} );')
    done = command(t, "run", "-c", path)
    expect_equal(done.returncode, 1, f"status of run ({done.stderr})")
    expect_in("make its folder, or name another path", done.stderr, "stderr")


@test
def a_name_that_is_wrong_hides_nothing_that_is_given(t):
    """What a layer says of settings that are there is told at once; what
    follows from the name is not."""
    check(t, 'identities: ( { name = "x"; certificate = "bad.conf"; '
             'private_key = "bad.conf"; sginer = "x"; } );\n'
             'services: ( { name = "a"; type = "redirect";\n'
             ' accept = { url = "https://127.0.0.1:9000";\n'
             '  tls = { certificat = "none"; min_version = "1.3";\n'
             '          max_version = "1.2"; };\n'
             '  http = { hots = "a"; methods = [ "G T" ]; }; };\n'
             ' to = "foo bar"; cdoe = 301; } );',
          (":1: ", "sginer", "signer"), (":1: ", "no PEM certificate"),
          (":4: ", "certificat", "certificate"), (":4: ", "min_version"),
          (":6: ", "hots", "host"), (":6: ", "G T"),
          (":7: ", "cdoe", "code"), (":7: ", "foo bar"), count=8)


@test
def services_in_each_others_way_are_found_by_check(t):
    """What only shows when names are looked up, beside other errors."""
    check(t, 'services: (\n'
             '{ name = "a"; type = "echo"; accept = "tcp://localhost:9123"; },'
             '\n{ name = "b"; type = "echo"; accept = "tcp://127.0.0.1:9123";'
             ' },\n{ name = "c"; type = "echo"; accept = "tcp://0.0.0.0:9124";'
             ' },\n{ name = "d"; type = "echo"; accept = "tcp://127.0.0.1:9124'
             '"; },\n{ name = "e"; type = "ecko"; accept = "tcp://[::1]:9125";'
             ' }\n);',
          (r"bad\.conf:3: ", "127.0.0.1:9123", r"service a \(.*:2\)",
           "another name"),
          (r"bad\.conf:5: ", "127.0.0.1:9124", r"service c \(.*:4\)",
           "0.0.0.0:9124"),
          (r"bad\.conf:6: ", "ecko"), count=3)
    path = t.file("good.conf", conf.text(conf.gateway(
        conf.echo("a", "tcp://localhost:9123"),
        conf.echo("b", "tcp://127.0.0.2:9123"),
        conf.echo("c", "tcp://no-such-host.invalid:9123"))))
    done = command(t, "check", "-c", path)
    expect_equal((done.returncode, done.stderr), (0, ""), "check")


@test
def garbage_of_any_kind_does_not_break_check(t):
    """Bytes flipped, cut and doubled: an error, never a crash."""
    import random
    source = random.Random(7)
    good = conf.text(conf.gateway(conf.service(
        "work", conf.accept("wss", 9000, t.certs, ws={"max_message": "64k"}),
        conf.connect("tls", 1, t.certs)))).encode()
    for _ in range(60):
        text = bytearray(good)
        for _ in range(source.randrange(1, 6)):
            at = source.randrange(len(text))
            act = source.randrange(4)
            if act == 0:
                text[at] = source.randrange(256)
            elif act == 1:
                del text[at:at + source.randrange(20)]
            elif act == 2:
                text[at:at] = text[at:at + source.randrange(40)]
            else:
                text[at:at] = source.choice(
                    [b"{", b"}", b"(", b")", b'"', b";", b"${", b"@include "])
        done = command(t, "check", "-c", t.file("odd.conf", bytes(text)))
        expect(done.returncode in (0, 1),
               f"status {done.returncode} for {bytes(text)!r}")


# -- resources -------------------------------------------------------------

def tls_shows(t, identity, top="", settings=""):
    """An echo service over TLS that shows `identity`, as it is written."""
    t.needs("tls")
    return (f"penstock = {{ {settings} }};\n{top}\n"
            'services = ( { name = "work"; type = "echo"; accept = {\n'
            ' url = "tls://gateway.test:9000"; tcp = { bind = '
            '"127.0.0.1:9000"; };\n'
            f" tls = {{ identity = {identity}; }}; }}; }} );\n")


def pair(t, mode=0o600):
    """certificate and private_key of the gateway as settings."""
    key = t.tmp / "own.key"
    key.write_text(Path(t.certs.gateway_key).read_text())
    key.chmod(mode)
    return f'certificate = "{t.certs.gateway}"; private_key = "{key}";'


@test
def resources_are_shared_by_name_or_made_in_place(t):
    for top, identity in (
            (f'identities = ( {{ name = "gw"; {pair(t)} }} );', '"gw"'),
            ("", f"{{ {pair(t)} }}")):
        path = t.file("good.conf", tls_shows(t, identity, top))
        done = command(t, "check", "-c", path)
        expect_equal((done.returncode, done.stderr.count("error:")), (0, 0),
                     f"status ({done.stderr})")


@test
def an_unknown_resource_says_which_there_are(t):
    gw = f'identities = ( {{ name = "gateway"; {pair(t)} }} );'
    refuses(t, tls_shows(t, '"gatway"', gw),
            (r"bad\.conf:5: ", r"services\.work\.accept\.tls\.identity",
             '"gatway" is not in identities', r"bad\.conf:2", "gateway",
             "did you mean"))
    check(t, tls_shows(t, '"gw"'), "identities, which has none")


@test
def resources_know_what_others_call_their_settings(t):
    for setting, advice in (("key", "use private_key"),
                            ("cert", "use certificate"),
                            ("public_key", "use certificate"),
                            ("type", "leave it out")):
        gw = f'identities = ( {{ name = "gw"; {pair(t)} {setting} = "x"; }} );'
        check(t, tls_shows(t, '"gw"', gw), (setting, advice))


@test
def lists_of_resources_are_checked_also_when_nobody_uses_them(t):
    gw = 'identities = ( { name = "gw"; %s },\n { name = "gw"; %s } );'
    check(t, tls_shows(t, '"gw"', gw % (pair(t), pair(t))),
          (r"bad\.conf:3: ", "another of identities", r"bad\.conf:2"))
    other = 'identities = ( { name = "gw"; %s },\n{ name = "b"; ' \
            'certificate = "/no/such.pem"; } );' % pair(t)
    check(t, tls_shows(t, '"gw"', other),
          (r"bad\.conf:3: ", r"identities\.b\.certificate", "/no/such.pem"))
    check(t, tls_shows(t, '"gw"', 'identitys = ( { name = "gw"; } );'),
          ("there is no setting", "identitys", "did you mean", "identities"))


@test
def secrets_that_others_read_are_warned_of_or_refused(t):
    for mode, warned in ((0o600, 0), (0o640, 0), (0o644, 1)):
        path = t.file("good.conf", tls_shows(t, f"{{ {pair(t, mode)} }}"))
        done = command(t, "check", "-c", path)
        expect_equal(done.returncode, 0, f"status ({done.stderr})")
        expect_equal(done.stderr.count("is secret"), warned,
                     f"warnings ({done.stderr})")
    for mode in (0o640, 0o604):
        check(t, tls_shows(t, f"{{ {pair(t, mode)} }}",
                          settings="strict_permissions = true;"),
              ("private_key", "is secret", f"mode {mode:04o}", "chmod go="))


# -- plugins ---------------------------------------------------------------

def abi_now():
    """PST_ABI, as the header has it."""
    header = (ROOT / "sdk/include/penstock/plugin.h").read_text()
    major, minor = (int(re.search(rf"PST_ABI_{name} (\d+)u", header)[1])
                    for name in ("MAJOR", "MINOR"))
    return f"0x{major << 16 | minor:08x}"


NOTE = r"""
#include <stddef.h>
struct note { unsigned name_size, text_size, type; char name[12];
	unsigned abi; char text[244]; };
__attribute__((used, section(".note.penstock"), aligned(4)))
static const struct note a_note = { 9, 248, 1, "Penstock", %s, "%s" };
__attribute__((constructor)) static void loaded(void)
{
	extern int puts(const char *);
	puts("CODE OF THE PLUGIN RAN");
}
"""


def build_plugin(t, name, source):
    """A shared object from a few lines of C."""
    compiler = t.tool(os.environ.get("CC", "cc").split()[0])
    folder = t.tmp / "plugins"
    folder.mkdir(exist_ok=True)
    path = t.file(f"{name}.c", source)
    subprocess.run([compiler, "-shared", "-fPIC", "-o",
                    str(folder / f"{name}.so"), str(path)], check=True,
                   capture_output=True)
    (folder / f"{name}.so").chmod(0o755)
    return folder


def check_with(t, folder, text):
    from lib.gateway import environment
    path = f"{folder}:{environment(t)['PENSTOCK_PLUGIN_PATH']}"
    return command(t, "check", "-c", t.file("plugin.conf", text),
                   env={"PENSTOCK_PLUGIN_PATH": path})


WITH_OLD = echo({"url": "tcp://127.0.0.1:9000", "tcp": {},
                 "insert": [{"above": "tcp", "layer": "old"}]})


@test
def a_plugin_of_another_abi_is_refused_before_its_code_runs(t):
    folder = build_plugin(t, "old", NOTE % ("0x00070001", "layer:old"))
    done = check_with(t, folder, WITH_OLD)
    expect_equal(done.returncode, 1, "status")
    expect_in("old.so", done.stderr, "stderr")
    expect_in("ABI", done.stderr, "stderr")
    expect("CODE OF THE PLUGIN" not in done.stdout + done.stderr, "it ran")


@test
def a_shared_object_without_note_is_no_plugin(t):
    folder = build_plugin(t, "old", "int old(void) { return 1; }\n")
    done = command(t, "plugins", "--inspect", folder / "old.so")
    expect(done.returncode != 0, "status")
    expect(re.search(r"old\.so.*not a .*plugin", done.stderr + done.stdout),
           f"no sentence: {done.stderr}")


@test
def files_that_are_no_objects_are_no_plugins(t):
    for content in (b"", b"\x7fELF", b"\x7fELF" + b"\xff" * 200, b"text\n",
                    t.penstock.read_bytes()[:3000]):
        path = t.file("fake.so", content, 0o755)
        done = command(t, "plugins", "--inspect", path)
        expect(done.returncode == 1, f"status {done.returncode}")
        expect_in("fake.so", done.stderr + done.stdout, "the sentence")


@test
def a_layer_that_no_plugin_offers_names_the_paths_tried(t):
    done = check_with(t, t.tmp, WITH_OLD)
    expect_equal(done.returncode, 1, "status")
    expect_in("old", done.stderr, "stderr")
    expect_in(str(t.tmp), done.stderr, "the paths tried")


@test
def a_plugin_that_others_may_write_is_refused(t):
    folder = build_plugin(t, "old", NOTE % (abi_now(), "layer:old"))
    (folder / "old.so").chmod(0o777)
    done = check_with(t, folder, WITH_OLD)
    expect_equal(done.returncode, 1, "status")
    expect(re.search(r"old\.so.*writ", done.stderr), done.stderr)
    expect("CODE OF THE PLUGIN" not in done.stdout + done.stderr, "it ran")


@test
def inspect_runs_nothing_of_the_plugin(t):
    folder = build_plugin(t, "old", NOTE % (abi_now(), "layer:old"))
    done = command(t, "plugins", "--inspect", folder / "old.so")
    expect_equal(done.returncode, 0, f"status ({done.stderr})")
    expect_in("old", done.stdout, "what it offers")
    expect("CODE OF THE PLUGIN" not in done.stdout + done.stderr, "it ran")


@test
def two_plugins_of_one_id_name_both_paths(t):
    folder = build_plugin(t, "old", NOTE % (abi_now(), "layer:old"))
    twin = t.tmp / "twins"
    twin.mkdir()
    (twin / "old2.so").write_bytes((folder / "old.so").read_bytes())
    (twin / "old2.so").chmod(0o755)
    done = check_with(t, f"{folder}:{twin}", WITH_OLD)
    expect_equal(done.returncode, 1, "status")
    expect(re.search(r"old\.so.*old2\.so|old2\.so.*old\.so", done.stderr),
           f"both are not named: {done.stderr}")


@test
def a_bad_reload_or_start_leaves_no_process(t):
    gateway = Gateway(t, echo("nonsense"))
    gateway.may_crash = True
    gateway.start(ready=False)
    expect(gateway.wait_end() != 0, "it started")
