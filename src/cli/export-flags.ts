import type { CommonOptions } from './answer.ts';

/** What `bake export` takes besides the image. */
export interface ExportFlags extends CommonOptions {
  readonly format: 'qcow2' | 'raw' | 'vmdk' | 'vhdx' | 'tar' | 'oci';
  /** `-` for stdout. */
  readonly output: string;
  readonly force?: boolean;
  readonly compress?: 'none' | 'zstd' | 'zlib';
}
