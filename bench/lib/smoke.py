# SPDX-License-Identifier: MIT
"""Does every service of every contestant carry what it should? All clients
here compare what comes back with what they sent, or with what is to come."""
import json
import subprocess
import urllib.request
import ssl

SIZES = (1, 125, 126, 1024, 16384, 65536, 100000)


def jobs_of(kind):
    """(mode of the back-end, program, arguments)"""
    front, back = kind.split('-')
    echo = 'techo' if back == 'tls' else 'echo'
    secure = ['-T'] if front in ('tls', 'wss') else []
    if front in ('http', 'https'):
        return [('http', None, [])]
    if front in ('ws', 'wss'):
        mode = {'ws': 'ws', 'wss': 'tws'}.get(back, echo)
        jobs = [(mode, 'ws_echo', ['-c', '8', '-S', str(n)] + secure)
                for n in SIZES]
        if front == 'ws':
            jobs.append((mode, 'churn', ['-u', '-c', '4']))
        return jobs
    jobs = [(echo, 'ws_echo', ['-N', '-c', '8', '-S', str(n)] + secure)
            for n in (1, 1024, 100000)]
    if front == 'tcp':
        return jobs + [(echo, 'churn', ['-c', '4'])] + (
            [('sink', 'tls_bulk', ['-c', '4', '-d', 'up', '-N'])]
            if back == 'tcp' else [])
    shake = ['-c', '8', '-b', '1000']
    return jobs + [
        (echo, 'tls_handshakes', shake),
        (echo, 'tls_handshakes', shake + ['-E', 'openssl', '-F', '0']),
        (echo, 'tls_handshakes', ['-c', '8', '-r']),
        ('tsource' if back == 'tls' else 'source', 'tls_bulk',
         ['-c', '4', '-d', 'down', '-V'])]


def fetched(bench, gateway, secure):
    """What is wrong with bodies that come through, or None."""
    trusting = ssl._create_unverified_context() if secure else None
    direct = urllib.request.urlopen(
        'http://127.0.0.1:%d/' % gateway.svc.bport, timeout=10).read()
    for _ in range(5):
        through = urllib.request.urlopen(
            '%s://127.0.0.1:%d/' % (gateway.svc.front, gateway.svc.port),
            timeout=10, context=trusting).read()
        if through != direct:
            return 'body differs: %r' % through[:80]
    return None


def wrong(bench, gateway, program, arguments):
    """What is wrong with one job, or None."""
    if program is None:
        return fetched(bench, gateway, gateway.svc.front == 'https')
    r = subprocess.run(bench.on(bench.GEN_CORE, [
        bench.BIN + '/' + program, '-p', str(gateway.svc.port), '-t', '.4'] +
        arguments), capture_output=True, text=True, timeout=60)
    if r.returncode != 0 or not r.stdout.startswith('{'):
        return 'exit %d: %s' % (r.returncode, r.stderr.strip()[-160:])
    said = json.loads(r.stdout)
    done = said.get('ops', said.get('bytes', 0))
    if not done or said['errs']:
        return '%s %s' % (said, r.stderr.strip()[-160:])
    if '-r' in arguments and said['resumed'] < 0.9 * done - 8:
        return 'resumed %d of %d' % (said['resumed'], done)
    return None


def run(bench, contestants, kinds):
    failures = done = 0
    for c in contestants:
        for kind in sorted(c.supports & kinds if kinds else c.supports):
            for mode, program, arguments in jobs_of(kind):
                with bench.Lock():
                    try:
                        gateway = bench.Gateway(c, kind, mode, 'ecdsa')
                        try:
                            what = wrong(bench, gateway, program, arguments)
                        finally:
                            gateway.stop()
                    except Exception as error:
                        what = str(error)
                done += 1
                failures += what is not None
                print('%s %-16s %-10s %-30s %s' % (
                    'ok  ' if what is None else 'FAIL', c.name, kind,
                    ' '.join([program or 'GET'] + arguments), what or ''),
                    flush=True)
    print('%d done, %d failures' % (done, failures))
    return 0 if done and not failures else 1
