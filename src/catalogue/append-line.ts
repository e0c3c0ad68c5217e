import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, syncFolder } from '../core/durable-folder.ts';
import { fullDisk } from '../core/full-disk.ts';

/**
 * Adds one line to a file that only grows, in a single write, and waits until it is on disk. What a crash left of a
 * line before stays as it is, and this one begins on a line of its own.
 */
export async function appendLine(file: string, line: string): Promise<void> {
  await makeFolder(dirname(file));
  const handle = await open(file, 'a+', 0o644);
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.from(`${(await endsInALine(handle, size)) ? '' : '\n'}${line}\n`);
    const { bytesWritten } = await handle.write(bytes);
    if (bytesWritten < bytes.length) throw Object.assign(new Error('a short write'), { code: 'ENOSPC' });
    await handle.sync();
    if (size === 0) await syncFolder(dirname(file));
  } catch (error) {
    throw fullDisk(error, file);
  } finally {
    await handle.close();
  }
}

async function endsInALine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() === '\n';
}
