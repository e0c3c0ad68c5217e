import { stat } from 'node:fs/promises';
import type { ImageRecord } from '../../catalogue/record.ts';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import { digestOfFile } from '../../core/file-digest.ts';
import { together } from '../../core/together.ts';
import { bootDiskOf } from '../../forms/disk/boot-disk.ts';
import type { BootDisk } from '../../platforms/platform.ts';
import { formFor } from './form-for.ts';

/** A file of an image, by what its record says of it. */
interface Recorded {
  readonly what: 'disk' | 'kernel' | 'initrd';
  readonly path: string;
  readonly digest: Digest;
  readonly size?: number;
}

/**
 * Finds an image's disk in `$KILN_HOME` by its record's bytes: the disk, and the kernel and the initrd by which it is
 * started, are hashed as a whole, as whoever may write there can set their times.
 *
 * `IMAGE_ALTERED` when one has other bytes; `FORM_MISSING` when one is not there or cannot be read.
 */
export async function assertUnalteredDisk(
  record: ImageRecord,
  home: string,
  signal: AbortSignal,
): Promise<BootDisk> {
  const form = formFor(record, 'qemu');
  const { digest, size, boot } = form;
  const disk = bootDiskOf(form, home);
  const { file: kernel, initrd } = disk.kernel;
  const files: readonly Recorded[] = [
    { what: 'disk', path: disk.file, digest, size },
    { what: 'kernel', path: kernel, digest: boot.kernel.digest },
    { what: 'initrd', path: initrd, digest: boot.initrd.digest },
  ];
  // One after the other: where all of them are gone, it is always the disk that is named.
  for (const file of files) await assertThere(record, file, signal);
  await together(
    signal,
    files.map((file) => (all: AbortSignal) => assertBytes(record, file, all)),
  );
  return disk;
}

async function assertThere(record: ImageRecord, file: Recorded, signal: AbortSignal): Promise<void> {
  const { what, path, size } = file;
  const found = await reading(record, file, stat(path), signal);
  if (!found.isFile()) throw missing(record, what, path);
  if (size !== undefined && found.size !== size)
    throw altered(record, what, [`${path} has ${found.size} bytes`, `the record says ${size}`]);
}

async function assertBytes(record: ImageRecord, file: Recorded, signal: AbortSignal): Promise<void> {
  const { what, path, digest } = file;
  const is = await reading(record, file, digestOfFile(path, signal), signal);
  if (is !== digest) throw altered(record, what, [`${path} is ${is}`, `the record says ${digest}`]);
}

/** What the file system refuses is a file that is missing; anything else is a bug. */
async function reading<T>(
  record: ImageRecord,
  { what, path }: Recorded,
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    signal.throwIfAborted();
    if (typeof (error as NodeJS.ErrnoException).errno === 'number') throw missing(record, what, path, error);
    throw error;
  }
}

function missing({ name, template }: ImageRecord, what: string, path: string, cause?: unknown): Fault {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const isThere = code !== undefined && code !== 'ENOENT' && code !== 'ENOTDIR';
  return new Fault(
    'FORM_MISSING',
    `${name} has a record, but its ${what} ${isThere ? 'cannot be read' : 'is not there'}`,
    {
      details: [path],
      hint: `Copy it from where it is, below $KILN_HOME there, or bake a new one: \`bake image ${template}\`.`,
      cause,
    },
  );
}

function altered({ name, template }: ImageRecord, what: string, details: readonly string[]): Fault {
  return new Fault('IMAGE_ALTERED', `the ${what} of ${name} is not the one of its record`, {
    details,
    hint: `Find out who changed it, and restore it from a backup, or bake a new image: \`bake image ${template}\`.`,
  });
}
