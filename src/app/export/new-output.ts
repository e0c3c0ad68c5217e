import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { link, lstat, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { syncFolder } from '../../core/durable-folder.ts';
import { Fault } from '../../core/fault.ts';
import { fullDisk } from '../../core/full-disk.ts';
import type { Scope } from '../../core/scope.ts';
import { shellQuote } from '../../core/shell-quote.ts';

/** A file that is being made: it lies aside, in the same folder, until it is whole. */
export interface NewOutput {
  /** Where it lies until then; a program may make it. */
  readonly aside: string;
  write(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /** Gives it its name, for good. */
  finish(): Promise<void>;
}

/**
 * Makes ready for a file that appears whole or not at all; what is aside goes with the scope. `FILE_MISSING` without the
 * folder, `USAGE` where something is there already that may not be replaced.
 */
export async function newOutput(file: string, force: boolean, scope: Scope): Promise<NewOutput> {
  await assertFree(file, force);
  const aside = join(dirname(file), `.${basename(file)}.${randomUUID()}.part`);
  const intent = scope.intend({ kind: 'path', path: aside });
  const remove = () => rm(aside, { force: true });
  const forget = scope.defer(`half-made ${file}`, remove, `rm -f ${shellQuote(aside)}`);
  return {
    aside,
    async write(pieces, signal) {
      try {
        const target = createWriteStream(aside, { mode: 0o644 });
        // One that is still being opened when all is over would appear after it was removed.
        await once(target, 'open');
        await pipeline(Readable.from(pieces, { objectMode: false }), target, { signal });
      } catch (error) {
        signal.throwIfAborted();
        throw writeFault(error, file);
      }
    },
    async finish() {
      try {
        await sync(aside);
        if (force) await rename(aside, file);
        else await nameNew(aside, file);
        await syncFolder(dirname(file));
      } catch (error) {
        throw writeFault(error, file);
      }
      forget();
      intent.settle();
    },
  };
}

async function assertFree(file: string, force: boolean): Promise<void> {
  const folder = dirname(file);
  const above = await stat(folder).catch(() => undefined);
  if (above?.isDirectory() !== true) {
    throw new Fault('FILE_MISSING', `there is no folder ${folder} to write to`, {
      hint: `Make it first, \`mkdir -p ${shellQuote(folder)}\`, or name another with -o.`,
    });
  }
  if ((await lstat(file).catch(() => undefined)) === undefined) return;
  const there = await stat(file).catch(() => undefined);
  if (there !== undefined && !there.isFile()) {
    throw new Fault('USAGE', `${file} is there already, and is not a file that could be replaced`, {
      hint: 'Name a file with -o, or `-o -` for stdout.',
    });
  }
  if (!force) throw taken(file);
}

function taken(file: string): Fault {
  return new Fault('USAGE', `${file} is there already`, {
    hint: 'Name another file with -o, or replace it with --force.',
  });
}

/** A link is refused where a rename would replace what somebody else has made meanwhile. */
async function nameNew(aside: string, file: string): Promise<void> {
  try {
    await link(aside, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw taken(file);
    // FAT, for one, has no links.
    if (code !== 'EPERM' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
    return await rename(aside, file);
  }
  await rm(aside);
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function writeFault(error: unknown, file: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EFBIG') return fullDisk(error, file);
  const why = {
    EACCES: 'this user may not',
    EROFS: 'it is on something read-only',
    EFBIG: 'it is too large for what it is on',
  };
  return new Fault('FILE_MISSING', `${file} cannot be written: ${why[code]}`, {
    hint: 'Name a file somewhere else with -o.',
    cause: error,
  });
}
