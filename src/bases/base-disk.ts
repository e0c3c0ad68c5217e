import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomically } from '../core/atomic-file.ts';
import type { Digest } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import { withLock } from '../core/lock.ts';
import { DEFAULT_OPTIONS, masterDisk } from '../forms/disk/master-disk.ts';
import type { BootDisk } from '../platforms/platform.ts';
import { captureTree } from '../tree/capture.ts';
import { Spool } from '../tree/spool.ts';
import type { BaseContext } from './base-context.ts';

/** An image of the engine that is a base; `epoch` in seconds since 1970. */
export interface BaseImage {
  readonly image: Digest;
  readonly tree: Digest;
  readonly epoch: number;
}

/** What the cache knows of a disk: `disk.json` beside `disk.qcow2`. */
interface CachedDisk {
  readonly digest: Digest;
  /** Bytes of the file. */
  readonly size: number;
}

/**
 * A base's tree as a disk of so many bytes, from the cache or made now. Two bakes that want it at once make it once; it
 * appears whole, and nothing writes to it again.
 */
export async function diskOfImage(base: BaseImage, size: number, context: BaseContext): Promise<BootDisk> {
  const { cache, log, signal } = context;
  const folder = join(cache, `disk-${base.tree.replace('sha256:', '')}-${size}`);
  await mkdir(dirname(folder), { recursive: true });
  const wait = () => log.note('another bake makes the disk of the base');
  return await withLock(
    `${folder}.lock`,
    signal,
    async () => (await cachedDisk(folder)) ?? (await makeDisk(folder, base, size, context)),
    wait,
  );
}

async function cachedDisk(folder: string): Promise<BootDisk | undefined> {
  const file = join(folder, 'disk.qcow2');
  try {
    const { digest, size } = JSON.parse(await readFile(join(folder, 'disk.json'), 'utf8')) as CachedDisk;
    return (await stat(file)).size === size ? bootDisk(file, digest) : undefined;
  } catch {
    return undefined;
  }
}

async function makeDisk(
  folder: string,
  { image, tree: expected, epoch }: BaseImage,
  size: number,
  context: BaseContext,
): Promise<BootDisk> {
  const { images, bake, work, scope, log, signal } = context;
  log.note('making a disk of the base, which is kept');
  const aside = `${folder}.${bake}`;
  const intent = scope.intend({ kind: 'path', path: aside });
  await mkdir(aside, { recursive: true });
  const forget = scope.defer(`folder ${aside}`, () => rm(aside, { recursive: true, force: true }));
  await using spool = await Spool.create(join(work, `base-disk-${bake}`));
  const source = await images.readTree(image, bake, scope, signal);
  const tree = await captureTree(source, { base: [], content: 'whole', epoch, spool, signal });
  if (tree.digest !== expected) {
    throw new Fault('DIGEST_MISMATCH', `the engine's image ${image} is not the tree that it was made from`, {
      details: [`it holds ${tree.digest}`, `and not  ${expected}`],
      hint: 'Something changed it in the engine’s storage: remove the image and the cache, and bake again.',
    });
  }
  const made = await masterDisk(
    tree,
    { bake, size, compression: 'none', epoch, note: log.note },
    aside,
    signal,
  );
  await writeFileAtomically(
    join(aside, 'disk.json'),
    JSON.stringify({ digest: made.digest, size: made.size } satisfies CachedDisk),
  );
  await rm(folder, { recursive: true, force: true });
  await rename(aside, folder);
  forget();
  intent.settle();
  return bootDisk(join(folder, 'disk.qcow2'), made.digest);
}

function bootDisk(file: string, digest: Digest): BootDisk {
  const kernel = { file: `${file}.kernel`, initrd: `${file}.initrd`, options: DEFAULT_OPTIONS };
  return { file, format: 'qcow2', digest, kernel };
}
