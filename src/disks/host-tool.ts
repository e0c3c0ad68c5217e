import { execa } from 'execa';
import { Fault } from '../core/fault.ts';

/** The Debian package of each program that disks are made and read with. */
const PACKAGES: Readonly<Record<string, string>> = {
  'qemu-img': 'qemu-utils',
  'qemu-system-x86_64': 'qemu-system-x86',
  sfdisk: 'fdisk',
  'mkfs.vfat': 'dosfstools',
  mcopy: 'mtools',
  mmd: 'mtools',
  mke2fs: 'e2fsprogs',
  debugfs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  tar: 'tar',
  setpriv: 'util-linux',
};

const TAIL_LINES = 15;
const KILL_AFTER_MS = 2000;

export interface HostToolOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** Besides this process's own, with `LC_ALL=C` and the folders of root's programs in `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on stdin; nothing when not given. */
  readonly input?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Hears its stdout as it comes, which is then not kept. */
  readonly onOutput?: (text: string) => void;
  /** Exit codes that are results and no failures; only 0 when not given. */
  readonly accept?: readonly number[];
  /** What a failure means: a fault of its own, or undefined for the common one. */
  readonly explain?: (said: string, exitCode: number | undefined) => Fault | undefined;
}

export interface HostToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of this host to its end, without a shell. `HOST_TOOL_MISSING` with the package to install,
 * `DISK_FULL` when it had no space, else `HOST_TOOL_FAILED` with the tail of what it said.
 */
export async function hostTool(
  program: string,
  argv: readonly string[],
  options: HostToolOptions,
): Promise<HostToolResult> {
  const { signal, cwd, env, input, onOutput, accept = [0] } = options;
  signal.throwIfAborted();
  const running = execa(program, argv, {
    ...(cwd === undefined ? {} : { cwd }),
    env: hostEnvironment(env),
    extendEnv: false,
    stdin: input === undefined ? 'ignore' : input,
    buffer: { stdout: onOutput === undefined, stderr: true },
    stripFinalNewline: false,
    cancelSignal: signal,
    forceKillAfterDelay: KILL_AFTER_MS,
    reject: false,
  });
  if (onOutput !== undefined) running.stdout.on('data', (piece: Buffer) => onOutput(piece.toString()));
  const result = await running;
  signal.throwIfAborted();
  const [stdout, stderr] = [textOf(result.stdout), textOf(result.stderr)];
  const { exitCode } = result;
  if (exitCode !== undefined) {
    const broken = inputFailure(result.cause);
    if (broken !== undefined) throw broken;
    if (accept.includes(exitCode)) return { exitCode, stdout, stderr };
  }
  const said = `${stderr}\n${stdout}`;
  throw options.explain?.(said, exitCode) ?? toolFault(program, said, result);
}

/** The environment of a host's program: what it says does not depend on who runs it. */
export function hostEnvironment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '' } = process.env;
  const own = Object.entries(process.env).filter(
    (one): one is [string, string] => one[1] !== undefined && !/^LC_|^LANG/.test(one[0]),
  );
  const folders = [...PATH.split(':').filter((folder) => folder !== ''), '/usr/sbin', '/sbin'];
  return { ...Object.fromEntries(own), LC_ALL: 'C', TZ: 'UTC', PATH: folders.join(':'), ...env };
}

/** How a program ended, in execa's words. */
export interface ToolEnd {
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly cause?: unknown;
}

/** What a program that could not be started, or that failed, means. */
export function toolFault(program: string, said: string, result: ToolEnd): Fault {
  const { cause } = result;
  if (result.code === 'ENOENT' || result.code === 'EACCES') {
    const name = PACKAGES[program] ?? program;
    return new Fault('HOST_TOOL_MISSING', `the program ${program} is not on this host`, {
      hint: `Run \`make setup\`, or \`apt-get install ${name}\`.`,
      cause,
    });
  }
  const details = tailOf(said);
  if (/no space left on device|disk quota exceeded/i.test(said)) {
    return new Fault('DISK_FULL', `no space was left for what ${program} writes`, {
      hint: 'Free some space in $KILN_HOME.',
      details,
      cause,
    });
  }
  const how =
    result.exitCode === undefined ? `was ended by ${result.signal}` : `ended with ${result.exitCode}`;
  return new Fault('HOST_TOOL_FAILED', `${program} ${how}`, {
    hint: 'What it said is above.',
    details,
    cause,
  });
}

/** The last lines of what a program said. */
export function tailOf(said: string): string[] {
  const lines = said.split(/[\r\n]+/).map((line) => line.trimEnd());
  return lines.filter((line) => line !== '').slice(-TAIL_LINES);
}

function textOf(output: unknown): string {
  return typeof output === 'string' ? output : '';
}

/** What made the program's input fail; undefined where the program only ended before it. */
function inputFailure(cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' ? undefined : cause;
}
