import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import { digestOfFile } from '../../core/file-digest.ts';
import { fullDisk } from '../../core/full-disk.ts';
import { memoryWork } from '../../core/memory-work.ts';
import { together } from '../../core/together.ts';
import { type Compression, convertDisk } from '../../disks/convert-disk.ts';
import type { Tree } from '../../tree/capture.ts';
import { type BootFiles, findBootFiles } from './boot-files.ts';
import { type DiskLayout, layOut } from './disk-layout.ts';
import { writeEfiPartition } from './efi-partition.ts';
import { loaderFile } from './loader-file.ts';
import { outsideTree } from './outside-tree.ts';
import { writePartitionTable } from './partition-table.ts';
import { writeRootPartition } from './root-partition.ts';
import { stagedBytes, stageTree } from './stage-tree.ts';

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
 * and specs give equal bytes with the same versions of the host's tools. Nothing else is left in the folder.
 */
export async function masterDisk(
  tree: Tree,
  spec: DiskSpec,
  folder: string,
  signal: AbortSignal,
): Promise<MadeDisk> {
  if (tree.whole === undefined)
    throw new Error('a disk takes a whole tree, and this one has only what differs');
  const boot = findBootFiles(tree.whole.map(({ entry }) => entry));
  const layout = layOut(tree, boot, spec.size);
  const file = join(folder, 'disk.qcow2');
  const parts = join(folder, 'parts');
  await mkdir(parts);
  // Many small files, which take a file system on disk far longer than one in memory.
  const stage = join((await memoryWork(stagedBytes(tree))) ?? parts, `stage-${randomUUID()}`);
  try {
    const raw = join(parts, 'disk.raw');
    await writeRaw(raw, layout, { tree, spec, boot, stage, file }, signal);
    const [digest] = await together<[Digest, unknown]>(signal, [
      async (both) => {
        const from = { file: raw, format: 'raw' } as const;
        await convertDisk({
          from,
          to: { file, format: 'qcow2' },
          compression: spec.compression,
          signal: both,
        });
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
  } finally {
    for (const one of [stage, parts]) await rm(one, { recursive: true, force: true });
  }
}

interface RawContent {
  readonly tree: Tree;
  readonly spec: DiskSpec;
  readonly boot: BootFiles;
  /** Where the tree's files are put. */
  readonly stage: string;
  /** What the kernel and the initrd are put beside. */
  readonly file: string;
}

async function writeRaw(
  raw: string,
  layout: DiskLayout,
  { tree, spec, boot, stage, file }: RawContent,
  signal: AbortSignal,
): Promise<void> {
  const { epoch, options = DEFAULT_OPTIONS, note } = spec;
  const parts = dirname(raw);
  await together(signal, [
    (both) => stageTree(stage, tree, outsideTree(boot.hasResolved, epoch), both),
    (both) => writePartitionTable(raw, layout, tree.digest, both),
  ]);
  const [kernel, initrd] = [join(stage, boot.kernel.path), join(stage, boot.initrd.path)];
  const loader = await loaderFile(stage, boot.loader, note);
  await together(signal, [
    (both) => writeRootPartition(raw, layout, { tree, stage, epoch }, parts, both),
    async (both) => {
      const content = { loader, kernel, initrd, options, epoch };
      await writeEfiPartition(raw, layout, content, tree.digest, parts, both);
      await copy(kernel, `${file}.kernel`);
      await copy(initrd, `${file}.initrd`);
    },
  ]);
}

async function copy(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    throw fullDisk(error, to);
  }
}
