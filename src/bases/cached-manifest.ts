import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../core/atomic-file.ts';
import type { Digest } from '../core/digest.ts';
import { scanTree } from '../tree/capture.ts';
import { type Manifest, readManifest, writeManifest } from '../tree/manifest.ts';
import type { TreeSource } from '../tree/source.ts';

/** A tree from outside, as it was when it was read. */
export interface ReadTree {
  readonly digest: Digest;
  readonly manifest: Manifest;
  /** The latest time of any of its paths, in seconds since 1970. */
  readonly newest: number;
}

/** The content manifest of a tree from outside, read once and kept in a folder; what cannot be read is read anew. */
export async function cachedManifest(
  folder: string,
  open: () => Promise<TreeSource>,
  signal: AbortSignal,
): Promise<ReadTree> {
  return (await keptManifest(folder)) ?? (await readAnew(folder, await open(), signal));
}

async function keptManifest(folder: string): Promise<ReadTree | undefined> {
  try {
    const kept = JSON.parse(await readFile(join(folder, 'tree.json'), 'utf8')) as Omit<ReadTree, 'manifest'>;
    return { ...kept, manifest: await readManifest(manifestFile(folder), kept.digest) };
  } catch {
    return undefined;
  }
}

async function readAnew(folder: string, source: TreeSource, signal: AbortSignal): Promise<ReadTree> {
  let newest = 0;
  const watched: TreeSource = {
    async *read(both) {
      for await (const member of source.read(both)) {
        newest = Math.max(newest, member.mtime);
        yield member;
      }
    },
  };
  const { digest, manifest } = await scanTree(watched, signal);
  await writeManifest(manifestFile(folder), manifest);
  await writeFileAtomically(join(folder, 'tree.json'), JSON.stringify({ digest, newest }));
  return { digest, manifest, newest };
}

function manifestFile(folder: string): string {
  return join(folder, 'manifest.ndjson.gz');
}
