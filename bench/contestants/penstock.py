"""This project, from the build folder PENSTOCK_BUILD (default: ../build), one worker."""
import os
NAME = 'penstock'
PEER = False
SUPPORTS = {'tcp-tcp', 'tls-tcp', 'tls-tls', 'tcp-tls', 'ws-tcp', 'wss-tcp', 'ws-ws', 'wss-ws', 'wss-wss', 'ws-tls', 'wss-tls', 'http-http', 'https-http'}
NOTE = 'GnuTLS, 1 worker'
OWN, WORKERS = ('layers', 'services', 'identities', 'heavy', 'signer'), True
BUILD = os.path.abspath(os.environ.get('PENSTOCK_BUILD', os.path.join(os.path.dirname(__file__), '..', '..', 'build')))
VERSION = [BUILD + '/core/penstock', '--version']
# the pass-through layer of the layers_* cases is a plugin of the tests: make check builds it
ENV = {"PENSTOCK_PLUGIN_PATH": BUILD + "/plugins/loadable:" + BUILD + "/tests/plugins/.libs"}
def service(s, name, front, port, path, own):
    bpath = '/' if s.back in ('ws', 'wss', 'http') else ''
    key = f'certificate = "{s.crt}"; private_key = "{s.key}";'
    if 'identities' in own:
        key = f'directory = "{s.many}";'
    heavy = f' heavy = "{own["heavy"]}";' if 'heavy' in own else ''
    if 'signer' in own:
        heavy += f' signer = "{own["signer"]}";'
    tls = f'tls = {{ {key}{heavy} }};' if front in ('tls', 'wss', 'https') else ''
    btls = f'tls = {{ trust = "{s.crt.replace("rsa", "ecdsa")}"; }};' if s.back in ('tls', 'wss') else ''
    # the clients' Host: ws_echo says localhost, wrk what its URL says
    host = 'h0.bench' if 'identities' in own else 'localhost' if front in ('ws', 'wss') else '127.0.0.1'
    accept = f'url = "{front}://{host}:{port}{path}"; tcp = {{ bind = "127.0.0.1:{port}"; }}; {tls}'
    if 'layers' in own:
        more = ''.join(', { pass = { }; }' for _ in range(own['layers']))
        accept = (f'layers = ( {{ tcp = {{ bind = "127.0.0.1:{port}"; }}; }}, {{ http = {{ host = "{host}"; path = "{path}"; }}; }}, '
                  f'{{ ws = {{ }}; }}{more} );')
    return f'''{{ name = "{name}"; type = "proxy";
  accept = {{ {accept} }};
  connect = {{ url = "{s.back}://127.0.0.1:{s.bport}{bpath}"; {btls} }}; }}'''
def command(s, d):
    own = getattr(s, 'own', {})
    path = '/' if s.front in ('ws', 'wss', 'http', 'https') else ''
    services = [service(s, 'bench', s.front, s.port, path, own)]
    services += [service(s, f'more{i}', s.front, s.port, f'/more/{i}', own) for i in range(1, own.get('services', 1))]
    open(d + '/penstock.conf', 'w').write('penstock: { workers = %d; log = { level = "error"; }; };\nservices: (\n' % s.workers + ',\n'.join(services) + ' );\n')
    return [BUILD + '/core/penstock', 'run', '--foreground', '-c', d + '/penstock.conf']
