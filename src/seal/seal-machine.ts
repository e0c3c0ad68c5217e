import { Fault } from '../core/fault.ts';
import { madeFolder } from '../core/tar/made.ts';
import type { TarMember } from '../core/tar/member.ts';
import { encodeName } from '../core/tar/name.ts';
import { readTar } from '../core/tar/reader.ts';
import { writeTar } from '../core/tar/writer.ts';
import type { Machine } from '../platforms/platform.ts';
import { isOutsideTree } from '../tree/outside.ts';
import { fateIn, type SealOptions, sealTree } from './seal-tree.ts';

const QUIET_MS = 300_000;
const LIST_MS = 300_000;
const REMOVE_MS = 300_000;

/** What it takes to enter the machine and to become root in it: it goes at the very last. */
const WAY_IN = /^((root|home\/[^/]+)\/\.ssh\/authorized_keys2?|etc\/sudoers\.d\/90-cloud-init-users)$/;

/** Whether sealing leaves a path in a machine until its very end. */
export function isWayIn(path: string): boolean {
  return WAY_IN.test(path);
}

/** Files whose content the filter changes, and paths by which it knows what it has to add. */
const REWRITTEN: ReadonlySet<string> = new Set(['etc/shadow', 'etc/fstab']);
const LOOKED_AT: ReadonlySet<string> = new Set([
  'usr/sbin/sshd',
  'etc/systemd/system',
  'etc/systemd/system/ssh.service.d',
  'etc/ssh/sshd_config.d',
]);

/** Who runs on: what the connection hangs on, and systemd's own. All others are stopped, in systemd's order. */
const STAYS =
  '^(sshd?(@.*)?|dbus(-broker)?|systemd-.*|user(-runtime-dir)?@.*|(serial-)?getty@.*|networking|ifup@.*|NetworkManager.*|wicked.*|(snap[.])?amazon-ssm-agent.*|polkit|auditd|rpcbind)[.](service|socket)$';

/** What a service writes when it stops is sealed with the rest; the journal goes on in memory. Names have backslashes. */
const QUIET = `[ -d /run/systemd/system ] || exit 0
units() { systemctl list-units --no-legend --plain --full "$@" | while read -r unit _; do printf '%s\\n' "$unit"; done; }
{ units --type=timer,path,socket --state=active; units --type=service --state=running; } | grep -Ev "$1" |
  xargs -r -d '\\n' systemctl stop --
journalctl --relinquish-var
exit 0`;

/** By now nobody writes any more but who logs that this is run. */
const LAST = `set -eu
xargs -0 -r rm -f --
find var/log -xdev -type f -size +0 -exec truncate -s 0 -- {} +
rm -f var/lib/systemd/random-seed
sync`;
/** At once, with no service that would write once more when it stops; this session is answered before. */
const POWER_OFF = `setsid sh -c 'sleep 1; systemctl poweroff --force --force' </dev/null >/dev/null 2>&1 &`;

/**
 * Seals a machine from inside, where it is the machine itself that becomes the image and no filter lies between:
 * services are stopped, then what the filter removes, empties, changes or adds is removed, emptied, changed or added by
 * the very same rules. It stays open for who is in it; `endMachine` shuts that too.
 */
export async function sealMachine(
  machine: Machine,
  options: SealOptions,
  signal: AbortSignal,
): Promise<void> {
  await run(machine, ['sh', '-c', QUIET, 'sh', STAYS], { timeout: QUIET_MS, signal });
  await machine.upload('/', writeTar(rewritten(machine, options, signal)), signal);
  await removeResidue(machine, options, signal);
}

/**
 * Takes what has been written since, and then the way into the machine, which powers itself off unless it must not.
 * Nobody enters it any more.
 */
export async function endMachine(
  machine: Machine,
  { powerOff, ...options }: SealOptions & { readonly powerOff: boolean },
  signal: AbortSignal,
): Promise<void> {
  const ways = await removeResidue(machine, options, signal);
  const script = powerOff ? `${LAST}\n${POWER_OFF}` : LAST;
  await run(machine, ['sh', '-c', script], { timeout: REMOVE_MS, signal, names: ways });
}

/** Removes and empties what there is, but for the way in, which is given back. */
async function removeResidue(
  machine: Machine,
  options: SealOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await find(machine, ['.', '-xdev', '-mindepth', '1'], signal);
  const { removed, emptied } = residueOf(found, options);
  const ways = removed.filter(isWayIn);
  const names = removed.filter((path) => !isWayIn(path));
  await run(machine, ['xargs', '-0', '-r', 'rm', '-rf', '--'], { timeout: REMOVE_MS, signal, names });
  await run(machine, ['xargs', '-0', '-r', 'truncate', '-c', '-s', '0', '--'], {
    ...{ timeout: REMOVE_MS, signal },
    names: emptied,
  });
  return ways;
}

/** A path of a machine, and find(1)'s letter for what it is. */
export interface FoundPath {
  readonly type: string;
  readonly path: string;
}

/** Of a machine's paths those that are removed, of a folder only itself, and those that are emptied. */
export function residueOf(
  found: Iterable<FoundPath>,
  options: SealOptions,
): { readonly removed: readonly string[]; readonly emptied: readonly string[] } {
  const removed: string[] = [];
  const emptied: string[] = [];
  let gone = '\0';
  for (const { type, path } of found) {
    if (isOutsideTree(path) || path.startsWith(gone)) continue;
    const isFolder = type === 'd';
    const what = fateIn(path, isFolder ? 'directory' : type === 'f' ? 'file' : 'symlink', options);
    if (what === 'removed') {
      removed.push(path);
      if (isFolder) gone = `${path}/`;
    } else if (what === 'emptied' && type === 'f') emptied.push(path);
  }
  return { removed, emptied };
}

/** The paths of compiled Python that a machine has: what of it is there before a bake began is the base's. */
export async function compiledPython(machine: Machine, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const found = await find(machine, ['.', '-xdev', '-name', '*.pyc'], signal);
  return new Set([...found].map(({ path }) => path));
}

/** The members that the filter makes another content of, or makes. */
async function* rewritten(
  machine: Machine,
  options: SealOptions,
  signal: AbortSignal,
): AsyncGenerator<TarMember> {
  const paths = [...REWRITTEN, ...LOOKED_AT];
  const found = await find(machine, [...paths, '-maxdepth', '0'], signal);
  const source = {
    async *read() {
      for (const { path } of found) {
        if (LOOKED_AT.has(path)) yield madeFolder(path, options.epoch);
        else yield* readTar(machine.download(`/${path}`, signal));
      }
    },
  };
  for await (const member of sealTree(source, options).read(signal))
    if (!LOOKED_AT.has(member.path)) yield member;
}

async function find(machine: Machine, words: readonly string[], signal: AbortSignal): Promise<FoundPath[]> {
  const argv = ['find', ...words, '-printf', '%y %p\\0'];
  const { stdout, stderr } = await machine.exec(argv, { cwd: '/', timeout: LIST_MS, signal });
  const found = stdout.split('\0').filter((line) => line !== '');
  // What went while it looked, or never was, is an error of find's and none of ours.
  if (found.length === 0 && /not found|unknown|unrecognized/i.test(stderr))
    throw failed(machine, 'find', stderr);
  return found.map((line) => ({ type: line[0] ?? '', path: line.slice(2).replace(/^\.\//, '') }));
}

async function run(
  machine: Machine,
  argv: readonly string[],
  {
    timeout,
    signal,
    names = [],
  }: { readonly timeout: number; readonly signal: AbortSignal; readonly names?: readonly string[] },
): Promise<void> {
  const lines = names.map((name) => Buffer.concat([encodeName(name), Buffer.alloc(1)]));
  const stdin = (async function* () {
    yield Buffer.concat(lines);
  })();
  const { exitCode, stderr } = await machine.exec(argv, { cwd: '/', timeout, signal, stdin });
  if (exitCode !== 0) throw failed(machine, argv[0] ?? '', stderr);
}

function failed({ id }: Machine, what: string, stderr: string): Fault {
  return new Fault('SEAL_INCOMPLETE', `${what} failed while the machine ${id} was sealed`, {
    details: stderr
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-10),
    hint: 'The machine needs GNU find, xargs and truncate, as every Debian and every Amazon Linux has.',
  });
}
