import { join, resolve } from 'node:path';
import type { Digest } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import { withLock } from '../core/lock.ts';
import { diskInfo } from '../disks/disk-info.ts';
import { diskTree } from '../disks/disk-tree.ts';
import type { BootDisk } from '../platforms/platform.ts';
import type { BaseSource, IdentifiedBase, ReadyBase } from './base.ts';
import type { BaseContext } from './base-context.ts';
import { cachedManifest } from './cached-manifest.ts';
import { fetchFile } from './fetch-file.ts';

type DiskSource = Extract<BaseSource, { disk: string }>;

/**
 * Somebody else's disk image, by the digest of its file. It is copied into the cache, so that nothing that was started
 * from it changes when the file does. Its machines get their key by a NoCloud seed and by a credential.
 */
export async function diskBase(
  name: string,
  { disk, sha256 }: DiskSource,
  context: BaseContext,
): Promise<IdentifiedBase> {
  const digest: Digest = `sha256:${sha256}`;
  const from = /^https?:/.test(disk) ? disk : resolve(context.root, disk);
  return {
    name,
    source: `disk ${disk}`,
    digest,
    prepare: () => ready({ base: name, from, digest }, context),
  };
}

/** A stranger's disk that names a file of this host would hand that to its machine. */
function liesOverAnother(
  { base, from }: { readonly base: string; readonly from: string },
  backing: string,
): Fault {
  return new Fault('BASE_FAILED', `the disk of the base ${base} is not whole: it lies over ${backing}`, {
    hint: `Make one file of both: qemu-img convert -O qcow2 ${from} whole.qcow2`,
  });
}

async function ready(
  source: { readonly base: string; readonly from: string; readonly digest: Digest },
  { cache, work, signal, log }: BaseContext,
): Promise<ReadyBase> {
  const { digest } = source;
  const folder = join(cache, digest.replace('sha256:', ''));
  const file = join(folder, 'disk');
  return await withLock(join(folder, 'lock'), signal, async () => {
    await fetchFile({ ...source, file }, log, signal);
    const { format, backing } = await diskInfo(file, signal);
    if (backing !== undefined) throw liesOverAnother(source, backing);
    const read = async () => diskTree({ file, format }, work);
    const { digest: tree, manifest, newest: epoch } = await cachedManifest(folder, read, signal);
    const disk: BootDisk = { file, format, digest, seed: true };
    // The virtual machines that start from it are of this architecture only.
    const architecture = 'amd64';
    return {
      layers: [],
      architecture,
      run: {},
      tree,
      manifest: async () => manifest,
      epoch,
      disk: async () => disk,
    };
  });
}
