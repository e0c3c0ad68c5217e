import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { fullDisk } from '../../core/full-disk.ts';
import { encodeName } from '../../core/tar/name.ts';
import type { ExtVolume } from '../../disks/debugfs.ts';
import { hostTool, tailOf } from '../../disks/host-tool.ts';
import { type InodeAttributes, setAttributes } from '../../disks/set-attributes.ts';
import { listVolume, type VolumePath } from '../../disks/walk-volume.ts';
import type { Tree } from '../../tree/capture.ts';
import type { TreeEntry } from '../../tree/entry.ts';
import { derivedUuid } from './derived-id.ts';
import { BLOCK, type DiskLayout, tooSmall } from './disk-layout.ts';

/** All that mke2fs would take from the host's mke2fs.conf, or choose by its version. */
const FEATURES = [
  'none',
  'has_journal',
  'ext_attr',
  'resize_inode',
  'dir_index',
  'filetype',
  'extent',
  '64bit',
  'flex_bg',
  'sparse_super',
  'large_file',
  'huge_file',
  'dir_nlink',
  'extra_isize',
  'metadata_csum',
];
const ROOT = 2;
const KIB = 1024;
const MIB = 1024 * KIB;

export interface RootContent {
  readonly tree: Pick<Tree, 'whole' | 'digest'>;
  /** The folder with its files. */
  readonly stage: string;
  /** Seconds since 1970. */
  readonly epoch: number;
}

/**
 * Makes the ext4 root file system in its place on the disk, with the tree's own owners, modes, times and attributes.
 * The disk's file must be in the folder `work`, where it leaves its own behind.
 */
export async function writeRootPartition(
  file: string,
  layout: DiskLayout,
  { tree, stage, epoch }: RootContent,
  work: string,
  signal: AbortSignal,
): Promise<void> {
  const volume = { file, offset: layout.root.offset };
  const env = { E2FSPROGS_FAKE_TIME: String(epoch), MKE2FS_CONFIG: await writeConfig(work) };
  await makeFileSystem(volume, layout, { stage, digest: tree.digest, env }, signal);
  let paths = await pathsOf(volume, signal);
  const special = await specialCommands(tree, paths, work);
  if (special.length > 0) {
    await debugfsWrite(volume, special, env, work, signal);
    paths = await pathsOf(volume, signal);
  }
  // The root itself, and what lies outside of the tree.
  const attributes = new Map<number, InodeAttributes>([[ROOT, { mode: 0o755, uid: 0, gid: 0, time: epoch }]]);
  for (const { inode, mode } of paths.values())
    attributes.set(inode, { mode: isLink(mode) ? 0o777 : 0o644, uid: 0, gid: 0, time: epoch });
  for (const { entry, mtime } of tree.whole ?? []) {
    const found = paths.get(entry.path);
    if (found === undefined) throw new Error(`${entry.path} did not get onto the disk`);
    const { mode, uid, gid, device } = entry;
    const own = device === undefined ? {} : { device };
    attributes.set(found.inode, { mode, uid, gid, time: mtime, ...own });
  }
  await setAttributes(volume, attributes);
}

async function makeFileSystem(
  { file, offset }: ExtVolume,
  { size, root, inodes, journal }: DiskLayout,
  from: { readonly stage: string; readonly digest: string; readonly env: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<void> {
  const seed = derivedUuid(from.digest, 'hash seed');
  // The file is new and has no bytes: nothing has to be written to make its tables and journal empty.
  const extended = [
    `hash_seed=${seed}`,
    `offset=${offset}`,
    'nodiscard',
    'assume_storage_prezeroed=1',
    'no_copy_xattrs',
  ];
  const argv = [
    ...['-q', '-F', '-t', 'ext4', '-b', String(BLOCK), '-I', '256', '-N', String(inodes), '-m', '1'],
    ...[
      '-O',
      FEATURES.join(','),
      '-J',
      `size=${journal / MIB}`,
      '-L',
      'root',
      '-U',
      derivedUuid(from.digest, 'root fs'),
    ],
    ...['-E', extended.join(','), '-d', from.stage, file, `${root.size / KIB}k`],
  ];
  await hostTool('mke2fs', argv, {
    signal,
    env: from.env,
    explain: (said) =>
      /could not allocate (block|inode)|no free (space|inodes)/i.test(said) &&
      !/no space left on device/i.test(said)
        ? tooSmall(size, undefined, tailOf(said))
        : undefined,
  });
}

async function writeConfig(work: string): Promise<string> {
  const file = join(work, 'mke2fs.conf');
  await writeNew(file, '[fs_types]\n  ext4 = {\n  }\n');
  return file;
}

async function writeNew(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(file, content);
  } catch (error) {
    throw fullDisk(error, file);
  }
}

async function pathsOf(volume: ExtVolume, signal: AbortSignal): Promise<Map<string, VolumePath>> {
  return new Map((await listVolume(volume, signal)).map((found) => [found.path, found]));
}

function isLink(mode: number): boolean {
  return (mode & 0o170000) === 0o120000;
}

/** What cannot be staged without root: devices, and attributes. */
async function specialCommands(
  { whole = [] }: RootContent['tree'],
  paths: ReadonlyMap<string, VolumePath>,
  work: string,
): Promise<Buffer[]> {
  const commands: Buffer[] = [];
  const set = new Set<number>();
  for (const { entry } of whole) {
    if (entry.device !== undefined) commands.push(...deviceCommands(entry, paths));
    for (const [name, value] of Object.entries(entry.xattrs ?? {})) {
      const inode = paths.get(entry.path)?.inode;
      // Names of one file share it.
      if (inode === undefined || set.has(inode)) continue;
      const file = `attribute-${inode}`;
      await writeNew(join(work, file), Buffer.from(value, 'base64'));
      commands.push(Buffer.from(`ea_set -f ${file} <${inode}> ${name}\n`));
      set.add(inode);
    }
  }
  return commands;
}

function deviceCommands({ path, type }: TreeEntry, paths: ReadonlyMap<string, VolumePath>): Buffer[] {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (name.includes('\n'))
    throw new Fault('TREE_NOT_BOOTABLE', `a device cannot be put on a disk: ${JSON.stringify(path)}`, {
      hint: 'Its name has a line break. Remove it before the image is sealed.',
    });
  const folder = slash < 0 ? ROOT : paths.get(path.slice(0, slash))?.inode;
  // Between quotation marks debugfs takes all but these, which are written twice.
  const quoted = Buffer.concat([Buffer.from('"'), encodeName(name.replaceAll('"', '""')), Buffer.from('"')]);
  const kind = type === 'character' ? 'c' : 'b';
  // Its numbers come with the attributes: here they could not be larger than 65,535.
  return [
    Buffer.from(`cd <${folder}>\n`),
    Buffer.concat([Buffer.from('mknod '), quoted, Buffer.from(` ${kind} 0 0\n`)]),
  ];
}

async function debugfsWrite(
  volume: ExtVolume,
  commands: readonly Buffer[],
  env: Readonly<Record<string, string>>,
  work: string,
  signal: AbortSignal,
): Promise<void> {
  const argv = ['-w', '-f', '-', `${basename(volume.file)}?offset=${volume.offset}`];
  const { stderr } = await hostTool('debugfs', argv, { signal, env, cwd: work, input: commands });
  const complaints = tailOf(stderr).filter((line) => !/^debugfs \d/.test(line));
  if (complaints.length > 0)
    throw new Fault('HOST_TOOL_FAILED', 'debugfs could not put everything on the disk', {
      details: complaints,
    });
}
