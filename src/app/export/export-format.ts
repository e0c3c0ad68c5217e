import { Fault } from '../../core/fault.ts';
import type { Compression } from '../../disks/convert-disk.ts';

/** What an image can be written as: disks, its file tree, its container image. */
export const EXPORT_FORMATS = ['qcow2', 'raw', 'vmdk', 'vhdx', 'tar', 'oci'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export type DiskExport = Exclude<ExportFormat, 'tar' | 'oci'>;

/** Which image becomes what, and where it goes. */
export interface ExportRequest {
  /** `web`, `web@7`, `web@latest` */
  readonly image: string;
  readonly format: ExportFormat;
  /** An absolute path; nothing for stdout. */
  readonly file?: string;
  /** Whether a file that is there already is replaced. */
  readonly force: boolean;
  /** Of a qcow2's clusters; its very file, as it was baked, when not given. */
  readonly compression?: Compression;
}

export function isDisk(format: ExportFormat): format is DiskExport {
  return format !== 'tar' && format !== 'oci';
}

/** `USAGE` for what no export can do. */
export function assertExportable({ format, file, compression }: ExportRequest): void {
  if (compression !== undefined && format !== 'qcow2') {
    throw new Fault('USAGE', `--compress is for qcow2: a ${format} is never compressed`, {
      hint: 'Leave it out, and compress the file with a program of your own.',
    });
  }
  if (file === undefined && isDisk(format)) {
    throw new Fault('USAGE', `a ${format} is not written from its beginning to its end, so not to stdout`, {
      hint: 'Name a file with -o, or take --format tar or oci.',
    });
  }
}
