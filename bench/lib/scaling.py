# SPDX-License-Identifier: MIT
"""What two cores cannot measure: rates with more workers.

Gateway on the first cores, back-end on the last, load on those between."""
import json
import subprocess

CASES = {'scale_hs': ('tls-tcp', 'echo', ['tls_handshakes', '-c', '32']),
         'scale_tls': ('tls-tcp', 'echo',
                       ['ws_echo', '-N', '-T', '-c', '64', '-S', '64']),
         'scale_ws': ('ws-tcp', 'echo', ['ws_echo', '-c', '64', '-S', '64'])}
NEEDED = 4


def steps(cores):
    """Numbers of workers: 1, 2, 4, ..., as many as leave half for the load."""
    found, n = [], 1
    while n <= cores // 2:
        found.append(n)
        n *= 2
    return found


def layout(cores, workers):
    """(cores of the gateway, of the generators, of the back-end)"""
    load = list(range(workers, cores - 1))
    return list(range(workers)), load, cores - 1


def sample(bench, contestant, case, workers, seconds):
    kind, mode, argv = CASES[case]
    cores, load, _ = layout(bench.CORES, workers)
    gateway = bench.Gateway(contestant, kind, mode, 'ecdsa', {}, None, cores)
    try:
        running = [subprocess.Popen(
            bench.on(core, [bench.BIN + '/' + argv[0]] + argv[1:] +
                     ['-p', str(gateway.svc.port), '-w', '0.5',
                      '-t', str(seconds)]),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for core in load]
        said = [json.loads(p.communicate(timeout=60)[0]) for p in running]
    finally:
        gateway.stop()
    return dict(scen=case, who=contestant.name, workers=workers,
                cores=bench.CORES, rate=sum(s['rate'] for s in said),
                errs=sum(s['errs'] for s in said))


def run(bench, have, case, rounds, seconds):
    kind = CASES[case][0]
    return [dict(sample(bench, c, case, n, seconds), round=turn)
            for turn in range(rounds) for c in have.values()
            if kind in c.supports and c.workers for n in steps(bench.CORES)]


def report(case, rows, fmt, med, out):
    counts = sorted({r['workers'] for r in rows})
    print('\n### %s: rate with more workers, %d cores\n' % (
        case, rows[0]['cores']), file=out)
    print('| contestant | %s |' % ' | '.join(
        '%d worker%s' % (n, '' if n == 1 else 's') for n in counts), file=out)
    print('|---' * (1 + len(counts)) + '|', file=out)
    for who in dict.fromkeys(r['who'] for r in rows):
        rates = [med([r['rate'] for r in rows
                      if r['who'] == who and r['workers'] == n])
                 for n in counts]
        print('| %s | %s |' % (who, ' | '.join(
            '%s (%.2fx)' % (fmt(r), r / rates[0] if rates[0] else 0)
            for r in rates)), file=out)
