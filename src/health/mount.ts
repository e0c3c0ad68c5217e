import { shellQuote } from '../core/shell-quote.ts';
import type { MountCheck } from './checks.ts';
import { type Actual, always, type Entry, type Facts, type Fragment, fromRecord, type Kind } from './kind.ts';
import { seconds } from './seconds.ts';

/** goss's. */
const DEFAULT_TIMEOUT_MS = 1000;

/** The mounts as the machine's first shell sees them (https://docs.kernel.org/filesystems/proc.html, 3.5). */
const mountTable: Fragment = { key: 'mounts', script: 'cat /proc/self/mountinfo' };

interface Mounted {
  readonly point: string;
  readonly options: readonly string[];
  readonly filesystem: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** Mount points; where several lie over each other it is the topmost, which is the one that is seen. */
export const mount: Kind<MountCheck> = {
  name: 'mount',
  attributes: {
    exists: 'value',
    opts: 'value',
    'vfs-opts': 'value',
    source: 'value',
    filesystem: 'value',
    usage: 'value',
  },
  required: 'exists',
  leads: true,
  subject(id, check) {
    const path = check.mountpoint ?? id;
    if (!path.startsWith('/') || path.includes('\0')) throw new Error(`"${path}" is no absolute path`);
    return path;
  },
  ask: (entries) => [mountTable, ...entries.filter(({ check }) => check.usage !== undefined).map(askUsage)],
  see(entry, facts) {
    const table = facts.get('mounts') ?? '';
    if (table === '') return always({ unsupported: 'this machine has no /proc/self/mountinfo' });
    const found = readMounts(table).findLast(({ point }) => point === entry.subject);
    if (found === undefined) return fromRecord({ exists: false });
    return fromRecord({
      exists: true,
      opts: [...new Set(found.options)],
      'vfs-opts': found.superOptions,
      source: found.source,
      filesystem: found.filesystem,
      usage: usageOf(entry, facts),
    });
  },
};

/** In a shell of its own: a network file system that is gone would hold up the round. */
function askUsage({ key, subject, check }: Entry<MountCheck>): Fragment {
  return {
    key,
    script: `stat -f -c '%b %f' -- ${shellQuote(subject)}`,
    limit: check.timeout || DEFAULT_TIMEOUT_MS,
  };
}

/** Per cent of the blocks, rounded, as goss counts them. */
function usageOf({ key, check }: Entry<MountCheck>, facts: Facts): Actual {
  if (facts.get(`${key}.exit`) === 'late')
    return { unknown: `no answer within ${seconds(check.timeout || DEFAULT_TIMEOUT_MS)}` };
  const [blocks = 0, free = 0] = (facts.get(`${key}.out`) ?? '').trim().split(' ').map(Number);
  if (!(blocks > 0)) return { unknown: 'this file system counts no blocks' };
  return { value: Math.round((1 - free / blocks) * 100) };
}

function readMounts(table: string): Mounted[] {
  return table.split('\n').flatMap((line) => {
    const [mounted = '', filesystem = ''] = line.split(' - ');
    const [, , , , point, options = ''] = mounted.split(' ');
    if (point === undefined) return [];
    const [type = '', source = '', superOptions = ''] = filesystem.split(' ');
    return [
      {
        point: unescaped(point),
        options: splitOptions(options),
        filesystem: type,
        source: unescaped(source),
        superOptions: splitOptions(superOptions),
      },
    ];
  });
}

/** Commas in quotes separate nothing, as in the labels of SELinux. */
function splitOptions(text: string): string[] {
  return text.match(/(?:"[^"]*"|[^,"])+/g) ?? [];
}

/** Blanks, tabs, line feeds and backslashes are octal. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
