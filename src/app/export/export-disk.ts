import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ImageRecord } from '../../catalogue/record.ts';
import { Fault } from '../../core/fault.ts';
import { convertDisk } from '../../disks/convert-disk.ts';
import type { DiskExport, ExportRequest } from './export-format.ts';
import type { ExportPorts } from './export-ports.ts';
import { requiredDisk } from './image-disk.ts';
import { type Measured, measure, measured } from './measured.ts';
import type { NewOutput } from './new-output.ts';
import { progress } from './progress.ts';

const PIECE = 1024 * 1024;

/**
 * Writes an image's disk: the very bytes of the record for a qcow2 that is left as it is compressed, else a conversion of
 * what was checked to be those bytes.
 */
export async function exportDisk(
  record: ImageRecord,
  { format, compression }: ExportRequest & { readonly format: DiskExport },
  output: NewOutput,
  { home, onProgress }: Pick<ExportPorts, 'home' | 'onProgress'>,
  signal: AbortSignal,
): Promise<ReturnType<Measured['result']>> {
  const disk = await requiredDisk(record, home, format);
  const telling = (what: string, total: number) => progress(onProgress, `${record.name}: ${what}`, total);
  if (format === 'qcow2' && compression === undefined) {
    const copy = measured(disk.read(telling('copying its disk', disk.size), signal));
    await output.write(copy.pieces, signal);
    return copy.result();
  }
  await measure(disk.read(telling('checking its disk', disk.size), signal));
  await convertDisk({
    from: { file: disk.file, format: 'qcow2' },
    to: { file: output.aside, format },
    ...(compression === undefined ? {} : { compression }),
    onPercent: telling(`converting its disk to ${format}`, 100),
    signal,
  }).catch((error: unknown) => {
    throw noRoom(error, record, format);
  });
  const { size } = await stat(output.aside);
  const made = createReadStream(output.aside, { highWaterMark: PIECE, signal });
  return await measure(made, telling('hashing what was written', size));
}

/** The tool that converts knows nothing of where it writes to. */
function noRoom(error: unknown, { name }: ImageRecord, format: string): unknown {
  if (!(error instanceof Fault) || error.code !== 'DISK_FULL') return error;
  return new Fault('DISK_FULL', `no space is left to write the ${format} of ${name}`, {
    hint: 'Free some space where it is written to, or name another place with -o.',
    details: error.details,
    cause: error,
  });
}
