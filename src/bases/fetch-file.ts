import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { asideOf } from '../core/aside.ts';
import type { Digest } from '../core/digest.ts';
import type { StageLog } from '../core/events.ts';
import { Fault } from '../core/fault.ts';
import { fullDisk } from '../core/full-disk.ts';

export interface FetchedFile {
  /** Who wants it. */
  readonly base: string;
  /** An http or https URL, or an absolute path. */
  readonly from: string;
  readonly digest: Digest;
  /** Where it goes. */
  readonly file: string;
}

const MIB = 1024 ** 2;
const WORD_EVERY_MS = 2_000;

/**
 * Brings a file here, unless it is here already; it appears whole, and only when its bytes have the digest.
 * `FILE_MISSING`, `BASE_FAILED` when it cannot be had, `DIGEST_MISMATCH`, `DISK_FULL`.
 */
export async function fetchFile(
  { base, from, digest, file }: FetchedFile,
  log: StageLog,
  signal: AbortSignal,
): Promise<void> {
  if (existsSync(file)) return;
  log.note(`fetching the disk image of ${base}`);
  const temporary = asideOf(file);
  const hash = createHash('sha256');
  try {
    await mkdir(dirname(file), { recursive: true });
    const source = /^https?:/.test(from) ? await download(from, base, signal) : await local(from, base);
    await pipeline(
      source,
      async function* (pieces: AsyncIterable<Buffer>) {
        let bytes = 0;
        let told = performance.now();
        for await (const piece of pieces) {
          hash.update(piece);
          bytes += piece.length;
          if (performance.now() - told > WORD_EVERY_MS) {
            told = performance.now();
            log.output(`${Math.round(bytes / MIB)} MiB of ${from}`);
          }
          yield piece;
        }
      },
      createWriteStream(temporary, { flush: true }),
      { signal },
    );
    const found: Digest = `sha256:${hash.digest('hex')}`;
    if (found !== digest) throw mismatch(base, from, digest, found);
    await rename(temporary, file);
  } catch (error) {
    signal.throwIfAborted();
    throw fullDisk(unreachable(error, base, from), file);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function local(path: string, base: string): Promise<Readable> {
  if (existsSync(path)) return createReadStream(path);
  throw new Fault('FILE_MISSING', `the base ${base} is the disk ${path}, which is not there`, {
    hint: 'A path in a base is relative to the workspace, the folder that holds templates/.',
  });
}

async function download(url: string, base: string, signal: AbortSignal): Promise<Readable> {
  const answer = await fetch(url, { signal });
  if (answer.ok && answer.body !== null) return Readable.fromWeb(answer.body as ReadableStream<Uint8Array>);
  throw new Fault(
    'BASE_FAILED',
    `the disk image of ${base} is not to be had: ${url} answers ${answer.status}`,
    {
      hint: 'See whether the URL is right; older images are taken away when newer ones come.',
    },
  );
}

function mismatch(base: string, from: string, wanted: Digest, found: Digest): Fault {
  return new Fault('DIGEST_MISMATCH', `the disk image of ${base} is not what its sha256 says`, {
    details: [from, `it is     ${found}`, `and not   ${wanted}`],
    hint: 'If the publisher changed it, take the new digest from their signed list of checksums.',
  });
}

/** An error of the network, in our words. */
function unreachable(error: unknown, base: string, from: string): unknown {
  if (error instanceof Fault || !(error instanceof TypeError)) return error;
  const { cause } = error;
  return new Fault('BASE_FAILED', `the disk image of ${base} could not be fetched from ${from}`, {
    details: [cause instanceof Error ? cause.message : error.message],
    hint: 'See whether this host reaches it; a file that is here already can be given by its path.',
    cause: error,
  });
}
