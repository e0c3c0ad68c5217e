import { shellJoin } from '../core/shell-quote.ts';
import type { ServiceCheck } from './checks.ts';
import {
  type Actual,
  always,
  type Entry,
  type Facts,
  type Fragment,
  type Kind,
  type Sighting,
} from './kind.ts';

/** What systemd says of a unit, property to value. */
type Unit = ReadonlyMap<string, string>;

const PROPERTIES = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'Result',
  'NRestarts',
  'MainPID',
  'ActiveEnterTimestampMonotonic',
  'ExecMainCode',
  'ExecMainStatus',
  'UnitFileState',
];

/** The sub-states of an active unit that is up and stays so: services, sockets and paths, timers, mounts, swaps, the rest. */
const UP = new Set(['running', 'exited', 'listening', 'waiting', 'elapsed', 'mounted', 'active', 'plugged']);

/** For which unit file states `systemctl is-enabled` exits 0, by its manual page. */
const ENABLED = new Set([
  'enabled',
  'enabled-runtime',
  'static',
  'alias',
  'indirect',
  'generated',
  'transient',
]);

const JOURNAL_LINES = 15;

const NEVER_LOADED = new Set(['not-found', 'masked', 'bad-setting', 'error']);

/** systemd's units. */
export const service: Kind<ServiceCheck> = {
  name: 'service',
  attributes: { enabled: 'value', running: 'value', runlevels: 'value' },
  works: 'running',
  subject(id, check) {
    const name = check.name ?? id;
    if (!/^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*$/.test(name))
      throw new Error(`"${name}" is no name of a unit`);
    return name;
  },
  ask(entries) {
    const units = entries.map(({ subject }) => subject);
    const show = ['systemctl', 'show', '--no-pager', '-p', PROPERTIES.join(','), '--', ...units];
    const script = `[ -d /run/systemd/system ] && echo systemd && ${shellJoin(show)}`;
    const linked = entries.some(({ check }) => check.runlevels !== undefined);
    return [{ key: 'units', script }, ...(linked ? [runlevelLinks] : [])];
  },
  see(entry, facts) {
    const sighting = seeService(entry, facts);
    const runlevels = runlevelsOf(entry.subject, facts);
    return {
      ...sighting,
      actual: (attribute) => (attribute === 'runlevels' ? runlevels : sighting.actual(attribute)),
    };
  },
};

/** The links by which sysv's init and Alpine's OpenRC start a service. */
const runlevelLinks: Fragment = {
  key: 'runlevels',
  script:
    'for l in /etc/rc*.d/S[0-9][0-9]* /etc/runlevels/*/*; do [ ! -e "$l" ] && [ ! -L "$l" ] || echo "$l"; done',
};

/** systemd has none, whatever links there are. */
function runlevelsOf(name: string, facts: Facts): Actual {
  if (facts.get('init') !== 'none' && facts.get('units')?.startsWith('systemd\n'))
    return { value: [], remark: 'systemd has no runlevels' };
  const found = (facts.get('runlevels') ?? '').split('\n').flatMap((link) => {
    const [, sysv, sysvName, openrc, openrcName] =
      /^\/etc\/(?:rc(\d+)\.d\/S\d\d(.+)|runlevels\/([^/]+)\/(.+))$/.exec(link) ?? [];
    if (sysvName === name) return [sysv ?? ''];
    return openrcName === name ? [openrc ?? ''] : [];
  });
  return { value: found };
}

function seeService(entry: Entry<ServiceCheck>, facts: Facts): Sighting {
  const [init, ...rest] = (facts.get('units') ?? '').split('\n');
  if (facts.get('init') === 'none' || init !== 'systemd') {
    return always({ unsupported: 'this machine does not run systemd' });
  }
  const unit = readUnits(rest.join('\n'))[Number(entry.key.split('.')[1])];
  if (unit === undefined) return always({ unknown: 'systemctl gave no answer' });
  const tail = {
    key: `${entry.key}.journal`,
    attribute: 'running',
    name: 'journal',
    script: journalScript(entry.subject),
  };
  return { ...seeUnit(entry.subject, unit, entry.check.running !== undefined), tail };
}

function journalScript(unit: string): string {
  const options = ['-n', String(JOURNAL_LINES), '--no-pager', '-q', '-o', 'cat'];
  return `${shellJoin(['journalctl', '-u', unit, ...options])} 2>/dev/null`;
}

function readUnits(text: string): Unit[] {
  return text
    .trim()
    .split(/\n\n+/)
    .map((block) => new Map(block.split('\n').map((line) => pairOf(line))));
}

function pairOf(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

function seeUnit(name: string, unit: Unit, watched: boolean): Sighting {
  const state = unit.get('ActiveState') ?? '';
  const final = finalState(name, unit);
  return {
    actual: (attribute) => (attribute === 'enabled' ? enabled(unit) : running(unit)),
    ...(final === undefined ? {} : { final }),
    ...(watched ? { restarts: Number(unit.get('NRestarts') ?? 0) } : {}),
    ...(watched && state === 'active' ? { life: lifeOf(unit) } : {}),
  };
}

function enabled(unit: Unit): Actual {
  const state = unit.get('UnitFileState') || 'no unit file';
  return { value: ENABLED.has(state), remark: state };
}

function running(unit: Unit): Actual {
  const loaded = unit.get('LoadState') ?? '';
  if (loaded !== 'loaded') return { value: false, remark: loaded === 'not-found' ? 'no such unit' : loaded };
  const active = unit.get('ActiveState') ?? '';
  const sub = unit.get('SubState') ?? '';
  if ((active === 'active' && UP.has(sub)) || active === 'reloading') return { value: true };
  return {
    value: false,
    remark: [active === 'failed' ? active : `${active}, ${sub}`, ...howItEnded(unit)].join(', '),
  };
}

function howItEnded(unit: Unit): string[] {
  const result = unit.get('Result') ?? 'success';
  const code = unit.get('ExecMainCode');
  const status = unit.get('ExecMainStatus') ?? '0';
  // ExecMainCode is si_code of waitid(2): 1 exited, 2 killed, 3 dumped.
  if (code === '1' && (status !== '0' || result === 'exit-code')) return [`exit status ${status}`];
  if (code === '2' || code === '3') return [`killed by signal ${status}`];
  return result === 'success' ? [] : [result];
}

function finalState(name: string, unit: Unit): string | undefined {
  if (unit.get('ActiveState') === 'failed') return `service ${name} has failed`;
  const loaded = unit.get('LoadState') ?? '';
  return NEVER_LOADED.has(loaded) ? `service ${name} cannot start: ${loaded}` : undefined;
}

function lifeOf(unit: Unit) {
  return {
    pid: Number(unit.get('MainPID') ?? 0),
    restarts: Number(unit.get('NRestarts') ?? 0),
    since: unit.get('ActiveEnterTimestampMonotonic') ?? '',
  };
}
