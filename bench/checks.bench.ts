import { Scope } from '../src/core/scope.ts';
import { gather } from '../src/health/gather.ts';
import { planChecks } from '../src/health/plan-checks.ts';
import { countingExecs } from '../test/support/counting-execs.ts';
import { makeKnown } from '../test/support/known-machine.ts';
import { startTestMachine } from '../test/support/machine.ts';
import { median, report } from './measure.ts';

/*
 * How long one round of 50 checks of all kinds takes on a container with systemd, and how many execs: once of the kinds
 * that a shell answers by itself, once with programs of their own among them (commands, http, addr, dns).
 */
const ROUNDS = 11;

const quick = {
  service: named(['systemd-journald', 'dbus', 'known-http', 'known-dns', 'known-sockets'], { running: true }),
  port: named(['tcp:8080', 'tcp6:8081', 'udp:5353', 'tcp:1', 'udp:1'], { listening: { or: [true, false] } }),
  file: named(paths(), {
    exists: true,
    mode: { 'match-regexp': '^0' },
    owner: 'root',
    contents: ['!nothing'],
  }),
  package: named(['systemd', 'dbus', 'libc6', 'perl-base', 'dpkg'], { installed: true }),
  process: named(['systemd', 'perl', 'dbus-daemon'], { running: true }),
  user: named(['root', 'daemon', 'known', 'www-data', 'nobody'], { exists: true }),
  group: named(['root', 'adm', 'known', 'tty'], { exists: true }),
  'kernel-param': named(['kernel.ostype', 'net.core.somaxconn', 'vm.swappiness'], { value: { not: 'x' } }),
  mount: named(['/', '/proc', '/dev/shm'], { exists: true }),
  interface: named(['lo'], { exists: true, mtu: 65536 }),
  matching: { a: { content: 1, matches: 1 } },
};

const mixed = {
  ...quick,
  file: named(paths().slice(0, 5), {
    exists: true,
    mode: { 'match-regexp': '^0' },
    sha256: { 'have-len': 64 },
  }),
  command: named(['true', 'test -d /etc', 'cat /etc/hostname', 'id', 'ls /', 'uname'], { 'exit-status': 0 }),
  http: { 'http://127.0.0.1:8080/': { status: 200, body: ['golden'] } },
  addr: { 'tcp://127.0.0.1:8080': { reachable: true } },
  dns: { localhost: { resolvable: true } },
  matching: { a: { content: 1, matches: 1 }, b: { content: 'b', matches: ['b'], 'as-reader': true } },
};

await using scope = new Scope();
const signal = new AbortController().signal;
const machine = await startTestMachine(scope, { init: 'systemd', signal });
await makeKnown(machine, signal);
await measure('of what a shell answers', quick);
await measure('with commands, http, addr and dns', mixed);

async function measure(what: string, checks: object): Promise<void> {
  const counting = countingExecs(machine);
  const plan = planChecks(checks);
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const started = performance.now();
    const facts = await gather(counting.machine, plan.fragments, signal);
    const judgements = plan.judge(await plan.askOutside(facts, { address: machine.address, signal }));
    // The first does not count.
    if (round > 0) times.push(performance.now() - started);
    const wrong = judgements.flatMap(({ results }) => results).filter(({ outcome }) => outcome !== 'passed');
    if (wrong.length > 0 || judgements.length !== 50)
      throw new Error(`${judgements.length} checks, of which ${JSON.stringify(wrong)}`);
  }
  const perRound = counting.execs() / (ROUNDS + 1);
  report(
    `one round of 50 checks ${what}`,
    `${median(times).toFixed(0)} ms, ${perRound} exec`,
    'under 300 ms, 1 exec',
  );
}

function named(names: readonly string[], check: object): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, check]));
}

/** Fifteen files that every Debian has. */
function paths(): string[] {
  const names = [
    'passwd',
    'group',
    'hosts',
    'hostname',
    'fstab',
    'profile',
    'nsswitch.conf',
    'host.conf',
    'issue',
  ];
  return [...names, 'issue.net', 'debian_version', 'shells', 'login.defs', 'os-release', 'resolv.conf'].map(
    (name) => `/etc/${name}`,
  );
}
