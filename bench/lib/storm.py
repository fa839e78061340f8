# SPDX-License-Identifier: MIT
"""Round trips of established connections while other clients do RSA handshakes.

All contestants are up at once and take short slices in random order, so that
what else the machine does meets all of them. What is counted is rounds of 64
bytes through connections that were there before, at a fixed rate, from the
instant at which each was due; a round that was never answered is slow, too.
The measuring client and the back-end run before the storming clients where
the system allows it (SCHED_RR), since they share a core with them. Slices in
which others had much of a core are left out, and said.

"Ran" is how long the thread of the gateway's loop ran between a round's start
and its end: what the round had to wait for there. What other processes take
from the core is not in it, nor what the helper does while the loop waits."""
import json
import random
import subprocess
import time

CONNECTIONS, RATE, STORMERS = 8, 500, 8
BEFORE = 0.6                   # seconds until all is established
SLOW = (1000, 5000, 20000)     # microseconds
VARIANTS = (('penstock, helper', 'penstock', {'heavy': 'always'}),
            ('penstock, loop', 'penstock', {'heavy': 'never'}),
            ('penstock, helper, gnutls signs', 'penstock',
             {'heavy': 'always', 'signer': 'gnutls'}),
            ('penstock, loop, gnutls signs', 'penstock',
             {'heavy': 'never', 'signer': 'gnutls'}),
            ('haproxy', 'haproxy', {}), ('nginx', 'nginx', {}),
            ('hitch', 'hitch', {}))


def first(argv):
    """argv before other processes of the same core, when that is allowed"""
    may = subprocess.run(['chrt', '-r', '1', 'true'], capture_output=True)
    return ['chrt', '-r', '1'] + argv if may.returncode == 0 else argv


def start(bench, argv):
    return subprocess.Popen(bench.on(bench.GEN_CORE, argv), text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            start_new_session=True)


def loop_of(bench, gateway):
    """The process that did most so far: its first thread is the loop's."""
    return max(gateway.pids(), key=lambda p: bench.cpu_of([p], False))


def slice_of(bench, gateway, seconds):
    port = str(gateway.svc.port)
    rounds = start(bench, first([
        bench.BIN + '/ws_echo', '-N', '-L', '-T', '-p', port, '-c',
        str(CONNECTIONS), '-S', '64', '-R', str(RATE), '-w', str(BEFORE),
        '-t', str(seconds), '-C', str(loop_of(bench, gateway))]))
    time.sleep(BEFORE / 2)
    shakes = start(bench, [
        bench.BIN + '/tls_handshakes', '-p', port, '-c', str(STORMERS),
        '-t', str(BEFORE / 2 + seconds + 0.2)])
    time.sleep(BEFORE / 2)

    def taken():
        return (bench.cores(), bench.cpu_of(gateway.pids()),
                bench.cpu_of([rounds.pid, shakes.pid, bench.backend.p.pid]),
                bench.cpu_of([bench.backend.cal.pid]))
    a = taken()
    time.sleep(seconds - 0.05)
    b = taken()
    said, storm = (json.loads(p.communicate(timeout=30)[0])
                   for p in (rounds, shakes))
    used = [b[0][c][0] - a[0][c][0] for c in (bench.pin(bench.GW_CORE),
                                              bench.pin(bench.GEN_CORE))]
    stolen = sum(b[0][c][1] - a[0][c][1] for c in b[0])
    own = b[1] - a[1] + b[3] - a[3], b[2] - a[2]
    return dict(hist=said['hist'], ran=said.get('ran', []), lost=said['backlog'], errs=said['errs'],
                storm=storm['rate'], storm_errs=storm['errs'],
                foreign=[max(0, u - o) / seconds for u, o in zip(used, own)],
                steal=stolen / seconds)


def calm(s):
    return s['foreign'][0] < 0.15 and s['foreign'][1] < 0.3 and \
        s['steal'] < 0.1


def merged(slices, what):
    counts = {}
    for s in slices:
        for us, n in s[what]:
            counts[us] = counts.get(us, 0) + n
        if s['lost']:
            counts[float('inf')] = counts.get(float('inf'), 0) + s['lost']
    return counts


def at(counts, q):
    """The quantile, None when there is nothing."""
    seen, total = 0, sum(counts.values())
    for us in sorted(counts):
        seen += counts[us]
        if seen > q * total:
            return us
    return None


def summary(slices, all_slices):
    """Percentiles and counts over all rounds of some slices."""
    counts, ran = merged(slices, 'hist'), merged(all_slices, 'ran')
    total = sum(counts.values())
    return dict(rounds=total, p50=at(counts, 0.5), p99=at(counts, 0.99),
                ran50=at(ran, 0.5), ran99=at(ran, 0.99),
                slow=[sum(n for us, n in counts.items() if us > limit)
                      for limit in SLOW],
                storm=sum(s['storm'] for s in slices) / max(1, len(slices)))


def run(bench, have, rounds, seconds):
    rows, up = [], {}
    try:
        for label, name, own in VARIANTS:
            if name in have:
                up[label] = bench.Gateway(have[name], 'tls-tcp', 'echo',
                                          'rsa', own, label)
        for gateway in up.values():      # to tell which process works
            start(bench, [bench.BIN + '/tls_handshakes', '-p',
                          str(gateway.svc.port), '-t', '0.3']).communicate()
        for turn in range(rounds):
            for label in random.sample(list(up), len(up)):
                s = slice_of(bench, up[label], seconds)
                rows.append(dict(s, scen='storm', who=label, round=turn))
    finally:
        for gateway in up.values():
            gateway.stop()
    return rows


def chosen(rows, who):
    """The slices to count, and whether they can be believed."""
    mine = [r for r in rows if r['who'] == who]
    quiet = [r for r in mine if calm(r)]
    enough = len(quiet) >= max(3, len(mine) // 3)
    return (quiet if enough else mine), len(quiet), len(mine), enough


def compare(helper, loop, found, out):
    a, b = found.get(helper), found.get(loop)
    if not (a and b and a['rounds'] and b['rounds']):
        return
    print('\n%s against %s: p50 %.3f (wanted: 0.02), p99 %.3f (wanted: 0.20).'
          % (helper, loop, a['p50'] / b['p50'], a['p99'] / b['p99']), file=out)
    if a['ran50'] is not None and b['ran50'] and b['ran99']:
        print('What the loop ran in a round, by the same: p50 %.3f, p99 %.3f.'
              % (a['ran50'] / b['ran50'], a['ran99'] / b['ran99']), file=out)


def report(rows, fmt, out):
    names = [v[0] for v in VARIANTS if any(r['who'] == v[0] for r in rows)]
    print('\n### storm: round trips of %d established TLS connections (64 B, '
          '%d a second) while %d clients do RSA-2048 handshakes\n'
          % (CONNECTIONS, RATE, STORMERS), file=out)
    print('| contestant | rounds | p50 us | p99 us | ran p50 us | '
          'ran p99 us | %s | handshakes/s | '
          'calm slices |' % ' | '.join('> %d ms' % (u // 1000) for u in SLOW),
          file=out)
    print('|---' * (8 + len(SLOW)) + '|', file=out)
    found, sure = {}, True
    for name in names:
        slices, quiet, all_of_them, enough = chosen(rows, name)
        sure = sure and enough
        f = found[name] = summary(
            slices, [r for r in rows if r['who'] == name])
        print('| %s | %d | %s | %s | %s | %s | %s | %s | %d of %d |' % (
            name, f['rounds'], fmt(f['p50']), fmt(f['p99']),
            fmt(f['ran50']), fmt(f['ran99']),
            ' | '.join('%d (%.1f %%)' % (n, 100 * n / max(1, f['rounds']))
                       for n in f['slow']), fmt(f['storm']), quiet,
            all_of_them), file=out)
    for helper, loop in ((0, 1), (2, 3)):
        compare(VARIANTS[helper][0], VARIANTS[loop][0], found, out)
    if not sure:
        print('\nThe machine was too busy to tell: of some contestants too '
              'few slices were calm, and theirs are counted all the same.',
              file=out)
