import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault } from '../../core/fault.ts';
import { withDeadline } from '../../core/wait.ts';
import { timeoutFault } from '../exec-cookie.ts';
import { collectOutput } from '../exec-output.ts';
import { execOver } from './exec.ts';
import { type Link, runOver } from './link.ts';

const TRANSFER_TIMEOUT_MS = 30 * 60_000;

/** Unpacks a tar stream into a folder of the machine, which is made first. */
export async function uploadOver(
  link: Link,
  folder: string,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const options = { signal, timeout: TRANSFER_TIMEOUT_MS };
  const script = 'mkdir -p -- "$1" && exec tar -xf - -C "$1"';
  const { exitCode, stderr } = await execOver(link, ['sh', '-c', script, 'sh', folder], {
    ...options,
    stdin: archive,
  });
  if (exitCode === 0) return;
  throw new Fault('ENGINE_FAILED', `the machine could not unpack an archive in ${folder}`, {
    details: stderr.trim().split('\n'),
    hint: 'The base needs `tar`, as every Debian has.',
  });
}

/** A file or folder of the machine as a tar stream. `FILE_MISSING` when it cannot be read. */
export async function* downloadOver(link: Link, path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const argv = ['tar', '-cf', '-', '-C', '/', '--', path.replace(/^\/+/, '') || '.'];
  const { exitCode, stderr } = yield* outputOver(link, argv, signal);
  if (exitCode === 0) return;
  throw new Fault('FILE_MISSING', `${path} cannot be read in the machine`, {
    details: stderr.trim().split('\n'),
  });
}

/** Seen from a place of its own, nothing is mounted over the root's folders. */
const READ_ROOT = `d=$(mktemp -d /run/kiln-tree.XXXXXX) || exit 125
unshare -m -- sh -c 'mount --bind / "$1" && exec tar -cf - --format=posix --numeric-owner --xattrs --xattrs-include="*" -C "$1" .' sh "$d"
code=$?; rmdir "$d"; exit $code`;

/**
 * The machine's root file system as a tar stream, as its own programs give it, without what is mounted over it.
 * `ENGINE_FAILED` when it cannot be read.
 */
export async function* readRootOver(link: Link, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { exitCode, stderr } = yield* outputOver(link, ['sh', '-c', READ_ROOT], signal);
  // tar ends with 1 when a file changed while it was read.
  if (exitCode <= 1) return;
  throw new Fault('ENGINE_FAILED', 'the files of the machine cannot be read', {
    details: stderr.trim().split('\n').slice(-5),
    hint: 'It needs `tar` and `unshare`, as every Debian has.',
  });
}

/** What a program prints on stdout, and then how it ended. */
async function* outputOver(
  link: Link,
  argv: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Buffer, { readonly exitCode: number; readonly stderr: string }> {
  using deadline = withDeadline(signal, TRANSFER_TIMEOUT_MS, () => timeoutFault(argv, TRANSFER_TIMEOUT_MS));
  // A reader that goes away destroys it, and so ends the session.
  const through = new PassThrough();
  const sinks = {
    stdout: (pieces: AsyncIterable<Buffer>) => pipeline(pieces, through),
    stderr: (pieces: AsyncIterable<Buffer>) => collectOutput(pieces, 'stderr', undefined),
  };
  const running = runOver(link, { argv }, sinks, deadline.signal);
  running.catch((error: unknown) => through.destroy(error as Error));
  try {
    yield* through as AsyncIterable<Buffer>;
    return await running;
  } finally {
    await running.catch(() => {});
  }
}
