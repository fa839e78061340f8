"""This project, from the build folder PENSTOCK_BUILD (default: ../build), one worker."""
import glob
import os
NAME = 'penstock'
PEER = False
SUPPORTS = {'tcp-tcp', 'tls-tcp', 'tls-tls', 'tcp-tls', 'ws-tcp', 'wss-tcp', 'ws-ws', 'wss-ws', 'http-http', 'https-http'}
NOTE = 'GnuTLS, 1 worker'
BUILD = os.path.abspath(os.environ.get('PENSTOCK_BUILD', os.path.join(os.path.dirname(__file__), '..', '..', 'build')))
ENV = {"PENSTOCK_PLUGIN_PATH": BUILD + "/plugins/loadable"}
def command(s, d):
    path = '/' if s.front in ('ws', 'wss', 'http', 'https') else ''
    bpath = '/' if s.back in ('ws', 'http') else ''
    tls = f'tls = {{ certificate = "{s.crt}"; private_key = "{s.key}"; }};' if s.front in ('tls', 'wss', 'https') else ''
    btls = f'tls = {{ trust = "{s.crt}"; }};' if s.back == 'tls' else ''
    # the clients' Host: ws_echo says localhost, wrk what its URL says
    host = 'localhost' if s.front in ('ws', 'wss') else '127.0.0.1'
    open(d + '/penstock.conf', 'w').write(f'''
penstock: {{ workers = 1; log = {{ level = "error"; }}; }};
services: ( {{ name = "bench"; type = "proxy";
  accept = {{ url = "{s.front}://{host}:{s.port}{path}"; tcp = {{ bind = "127.0.0.1:{s.port}"; }}; {tls} }};
  connect = {{ url = "{s.back}://127.0.0.1:{s.bport}{bpath}"; {btls} }}; }} );
''')
    return [BUILD + '/core/penstock', 'run', '--foreground', '-c', d + '/penstock.conf']
