import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskImageForm, ImageRecord } from '../../catalogue/record.ts';
import { Fault } from '../../core/fault.ts';
import { measured } from './measured.ts';

const PIECE = 1024 * 1024;

/** An image's disk on this host, by what its record says of it. */
export interface ImageDisk {
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Its bytes; `IMAGE_ALTERED` at their end when they are not the record's. */
  read(onBytes: (bytes: number) => void, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Finds an image's disk; nothing when it has none, `FORM_MISSING` when its file is not there, `IMAGE_ALTERED` when it has another size. */
export async function imageDisk(record: ImageRecord, home: string): Promise<ImageDisk | undefined> {
  const form = record.forms.find((one): one is DiskImageForm => one.kind === 'disk');
  if (form === undefined) return undefined;
  const { digest, size } = form;
  const file = join(home, form.file);
  const found = await stat(file).catch((error: unknown) => {
    throw missing(record, file, error);
  });
  if (!found.isFile()) throw missing(record, file);
  if (found.size !== size)
    throw altered(record, [`${file} has ${found.size} bytes`, `the record says ${size}`]);
  return {
    file,
    size,
    async *read(onBytes, signal) {
      const all = measured(createReadStream(file, { highWaterMark: PIECE, signal }), onBytes);
      yield* all.pieces;
      const is = all.result().digest;
      if (is !== digest) throw altered(record, [`${file} is ${is}`, `the record says ${digest}`]);
    },
  };
}

/** The disk of an image that has to have one. */
export async function requiredDisk(record: ImageRecord, home: string, format: string): Promise<ImageDisk> {
  const disk = await imageDisk(record, home);
  if (disk !== undefined) return disk;
  throw noForm(record, 'disk', format);
}

/** That a form is not among those that an image was baked in, and how one is baked that has it. */
export function noForm({ name, template, forms }: ImageRecord, form: 'disk' | 'oci', format: string): Fault {
  const all = [...new Set([...forms.map(({ kind }) => kind), form])].join(',');
  return new Fault('FORM_MISSING', `${name} has no form ${form}, which ${format} is made from`, {
    hint: `Bake one that has it: \`bake image ${template} --forms ${all}\`.`,
  });
}

function missing({ name, template }: ImageRecord, file: string, cause?: unknown): Fault {
  return new Fault('FORM_MISSING', `${name} has a record, but its disk is not there or cannot be read`, {
    details: [file],
    hint: `Copy it from where it is, below $KILN_HOME there, or bake a new one: \`bake image ${template}\`.`,
    cause,
  });
}

function altered({ name, template }: ImageRecord, details: readonly string[]): Fault {
  return new Fault('IMAGE_ALTERED', `the disk of ${name} is not the one of its record`, {
    details,
    hint: `Find out who changed it, and restore it from a backup, or bake a new image: \`bake image ${template}\`.`,
  });
}
