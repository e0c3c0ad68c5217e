import { join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import type { PublishedDisk } from '../form.ts';

/** What virtual machines start from, as their platform takes it: files of this host, all paths absolute. */
export interface BootDiskFiles {
  readonly file: string;
  readonly format: 'qcow2';
  readonly digest: Digest;
  readonly kernel: { readonly file: string; readonly initrd: string; readonly options: string };
}

/** Where a published disk's files are under `$KILN_HOME`. */
export function bootDiskOf({ digest, file, boot }: PublishedDisk, home: string): BootDiskFiles {
  const { kernel, initrd, options } = boot;
  return {
    file: join(home, file),
    format: 'qcow2',
    digest,
    kernel: { file: join(home, kernel.file), initrd: join(home, initrd.file), options },
  };
}
