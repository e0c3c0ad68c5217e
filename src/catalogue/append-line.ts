import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../core/fault.ts';

/**
 * Adds one line to a file that only grows, in a single write, and waits until it is on disk. What a crash left of a
 * line before stays as it is, and this one begins on a line of its own.
 */
export async function appendLine(file: string, line: string): Promise<void> {
  const made = await mkdir(dirname(file), { recursive: true });
  if (made !== undefined) await syncFolder(dirname(made));
  const handle = await open(file, 'a+', 0o644);
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.from(`${(await endsInALine(handle, size)) ? '' : '\n'}${line}\n`);
    const { bytesWritten } = await handle.write(bytes);
    if (bytesWritten < bytes.length) throw Object.assign(new Error('a short write'), { code: 'ENOSPC' });
    await handle.sync();
    if (size === 0) await syncFolder(dirname(file));
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new Fault('DISK_FULL', `no space is left to write ${file}`, {
      hint: 'Free some space there.',
      cause: error,
    });
  } finally {
    await handle.close();
  }
}

async function endsInALine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() === '\n';
}

/** A name is on disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
