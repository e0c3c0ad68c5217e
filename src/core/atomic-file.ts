import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asideOf } from './aside.ts';
import { despiteRemoval } from './empty-folder.ts';
import { fullDisk } from './full-disk.ts';

/** What a file is written from. */
export type Content = string | Uint8Array | Iterable<string> | AsyncIterable<Uint8Array>;

/** Writes a file that appears whole or not at all, through `filter` when there is one; `DISK_FULL` when it does not fit. */
export async function writeFileAtomically(file: string, content: Content, filter?: Transform): Promise<void> {
  await writeAside(asideOf(file), file, content, filter);
}

/** The same, where it is known before where it lies until it is whole. */
export async function writeAside(
  temporary: string,
  file: string,
  content: Content,
  filter?: Transform,
): Promise<void> {
  try {
    const source = Readable.from(
      typeof content === 'string' || content instanceof Uint8Array ? [content] : content,
    );
    const target = await openInFolder(temporary);
    await (filter === undefined ? pipeline(source, target) : pipeline(source, filter, target));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fullDisk(error, file);
  }
}

async function openInFolder(file: string): Promise<WriteStream> {
  return await despiteRemoval(async () => {
    await mkdir(dirname(file), { recursive: true });
    const target = createWriteStream(file, { mode: 0o644, flush: true });
    // One that is still being opened when all is over would appear after it was removed.
    await once(target, 'open');
    return target;
  });
}
