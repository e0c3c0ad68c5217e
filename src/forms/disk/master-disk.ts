import { copyFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import { fullDisk } from '../../core/full-disk.ts';
import { together } from '../../core/together.ts';
import { type Compression, convertDisk } from '../../disks/convert-disk.ts';
import type { Tree } from '../../tree/capture.ts';
import { findBootFiles } from './boot-files.ts';
import { layOut } from './disk-layout.ts';
import { writeEfiPartition } from './efi-partition.ts';
import { digestOfFile } from './image-files.ts';
import { loaderFile } from './loader-file.ts';
import { outsideTree } from './outside-tree.ts';
import { writePartitionTable } from './partition-table.ts';
import { writeRootPartition } from './root-partition.ts';
import { stageTree } from './stage-tree.ts';

export interface DiskSpec {
  readonly bake: string;
  /** Bytes that a machine sees. */
  readonly size: number;
  readonly compression: Compression;
  /** Seconds since 1970. */
  readonly epoch: number;
  /** The kernel's command line; by default a root by its partition's name, and a serial console. */
  readonly options?: string;
  /** Told what a person should know of how it was made. */
  readonly note?: (message: string) => void;
}

/** The last console is the one that services and systemd write to. */
export const DEFAULT_OPTIONS = 'root=PARTLABEL=root rw console=tty0 console=ttyS0';

/** A finished disk, `disk.qcow2` in its folder, with `disk.qcow2.kernel` and `disk.qcow2.initrd`. */
export interface MadeDisk {
  readonly file: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly kernel: Digest;
  readonly initrd: Digest;
}

/**
 * Makes a disk that boots by itself from a whole tree, in an empty folder, without root, mounts or a boot. Equal trees
 * and specs give equal bytes with the same versions of the host's tools.
 */
export async function masterDisk(
  tree: Tree,
  spec: DiskSpec,
  work: string,
  signal: AbortSignal,
): Promise<MadeDisk> {
  const { whole } = tree;
  if (whole === undefined) throw new Error('a disk takes a whole tree, and this one has only what differs');
  const { epoch, options = DEFAULT_OPTIONS } = spec;
  const boot = findBootFiles(tree.manifest);
  const layout = layOut(tree, boot, spec.size);
  const [stage, raw, file] = [join(work, 'stage'), join(work, 'disk.raw'), join(work, 'disk.qcow2')];

  await together(signal, [
    (both) => stageTree(stage, tree, outsideTree(boot.hasResolved, epoch), both),
    (both) => writePartitionTable(raw, layout, tree.digest, both),
  ]);
  const [kernel, initrd] = [join(stage, boot.kernel.path), join(stage, boot.initrd.path)];
  const loader = await loaderFile(stage, boot.loader, spec.note);
  await together(signal, [
    (both) => writeRootPartition(raw, layout, { tree, stage, epoch }, work, both),
    async (both) => {
      const content = { loader, kernel, initrd, options, epoch };
      await writeEfiPartition(raw, layout, content, tree.digest, work, both);
      await copy(kernel, `${file}.kernel`);
      await copy(initrd, `${file}.initrd`);
    },
  ]);
  const [digest] = await together<[Digest, unknown]>(signal, [
    async (both) => {
      const { compression } = spec;
      const from = { file: raw, format: 'raw' } as const;
      await convertDisk({ from, to: { file, format: 'qcow2' }, compression, signal: both });
      await rm(raw);
      return await digestOfFile(file, both);
    },
    () => rm(stage, { recursive: true }),
  ]);
  return {
    file,
    digest,
    size: (await stat(file)).size,
    kernel: `sha256:${boot.kernel.sha256}`,
    initrd: `sha256:${boot.initrd.sha256}`,
  };
}

async function copy(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    throw fullDisk(error, to);
  }
}
