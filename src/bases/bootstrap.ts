import { randomUUID } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../core/fault.ts';
import { madeFolder } from '../core/tar/made.ts';
import type { TarMember } from '../core/tar/member.ts';
import { readTar } from '../core/tar/reader.ts';
import type { TreeSource } from '../tree/source.ts';
import { type AptSource, sourceLine } from './apt-sources.ts';
import type { BaseContext } from './base-context.ts';

/** What Debian is bootstrapped from; `epoch` in seconds since 1970. */
export interface BootstrapSpec {
  readonly suite: string;
  readonly include: readonly string[];
  readonly sources: readonly AptSource[];
  readonly epoch: number;
}

const TAIL_LINES = 200;
/** It removes its tree when it is interrupted, which is some hundred megabytes in many files. */
const PATIENCE_MS = 10_000;

/** The tree that mmdebstrap writes, as a stream; it runs anew for each reading. */
export function bootstrap(spec: BootstrapSpec, context: BaseContext): TreeSource {
  return { read: () => bootstrapped(spec, context) };
}

async function* bootstrapped(
  { suite, include, sources, epoch }: BootstrapSpec,
  { log, scope, signal }: BaseContext,
): AsyncGenerator<TarMember> {
  const parent = resolve(process.env['TMPDIR'] ?? '/var/tmp');
  const folder = join(parent, `kiln-bootstrap-${randomUUID()}`);
  const intent = scope.intend({ kind: 'path', path: folder, tmpdir: true });
  await mkdir(folder);
  let ended: PromiseLike<unknown> | undefined;
  const remove = async () => {
    await ended;
    // Never into what may still be mounted there.
    await execa('rm', ['-rf', '--one-file-system', folder]);
    intent.settle();
  };
  const forget = scope.defer(`folder ${folder}`, remove, `rm -rf --one-file-system ${folder}`);
  // apt reads what it downloads there as a user of its own.
  await chmod(folder, 0o755);
  const asked = include.length === 0 ? [] : [`--include=${include.join(',')}`];
  const argv = ['--variant=minbase', '--format=tar', '--skip=output/dev', ...asked, suite, '-'];
  const running = execa('mmdebstrap', [...argv, ...sources.map(sourceLine)], {
    // A group of its own: see endWith.
    detached: true,
    reject: false,
    buffer: false,
    env: { SOURCE_DATE_EPOCH: String(epoch), LC_ALL: 'C.UTF-8', TMPDIR: folder },
  });
  ended = running;
  using _end = endWith(running, signal);
  const said: string[] = [];
  const listened = (async () => {
    for await (const line of running.iterable({ from: 'stderr' })) {
      said.push(line);
      if (said.length > TAIL_LINES) said.shift();
      log.output(line);
    }
  })();
  let broken: unknown;
  try {
    yield* readTar(running.iterable({ binary: true, preserveNewlines: true }));
    // Devices are made where a tree runs, and their folder was skipped with them; every machine has one.
    yield madeFolder('dev', epoch);
  } catch (error) {
    broken = error;
  }
  await listened;
  const { failed, exitCode, shortMessage } = await running;
  await remove();
  forget();
  signal.throwIfAborted();
  if (!failed && broken === undefined) return;
  const why = exitCode === undefined ? shortMessage : `mmdebstrap ended with ${exitCode}`;
  throw bootstrapFault(suite, said, why, broken);
}

/**
 * Ends a program with all that it has started: by an abort, when this process ends, or when nobody reads on. Its
 * children are what takes the time: mmdebstrap passes no signal on to them, and would wait for each.
 */
function endWith(
  running: { readonly pid?: number; readonly exitCode: number | null },
  signal: AbortSignal,
): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const kill = (name: NodeJS.Signals) => {
    try {
      if (running.pid !== undefined) process.kill(-running.pid, name);
    } catch {
      // It has ended.
    }
  };
  const onAbort = () => {
    kill('SIGINT');
    timer ??= setTimeout(kill, PATIENCE_MS, 'SIGKILL').unref();
  };
  const onExit = () => kill('SIGINT');
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  process.once('exit', onExit);
  return {
    [Symbol.dispose]() {
      if (running.exitCode === null) onAbort();
      else clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      process.off('exit', onExit);
    },
  };
}

function bootstrapFault(
  suite: string,
  said: readonly string[],
  why: string | undefined,
  cause: unknown,
): Fault {
  const errors = said.filter((line) =>
    /^(E|W):|[Uu]nable to locate|has no installation candidate/.test(line),
  );
  const full = said.some((line) => /No space left on device/.test(line));
  return new Fault(
    full ? 'DISK_FULL' : 'BASE_FAILED',
    `Debian ${suite} could not be bootstrapped: ${why ?? 'its archive is broken'}`,
    {
      details: (errors.length > 0 ? errors : said).slice(-15),
      hint: full
        ? 'Free some space in $TMPDIR (/var/tmp).'
        : 'Look at the names under `include:` in the base, and at the mirror.',
      cause,
    },
  );
}
