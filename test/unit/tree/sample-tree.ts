import { buffer } from 'node:stream/consumers';
import type { TarInput, TarMember } from '../../../src/core/tar/member.ts';
import { readTar } from '../../../src/core/tar/reader.ts';
import { writeTar } from '../../../src/core/tar/writer.ts';
import { type CaptureOptions, captureTree, scanTree, type Tree } from '../../../src/tree/capture.ts';
import type { Manifest } from '../../../src/tree/manifest.ts';
import type { Spool } from '../../../src/tree/spool.ts';

/** The latest time of every sample; what a bake wrote is later. */
export const EPOCH = 1_700_000_000;

type Changes = Partial<TarInput>;
const COMMON = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: EPOCH - 1000 };

export function file(path: string, content = '', changes: Changes = {}): TarInput {
  const body = Buffer.from(content);
  return { path, type: 'file', ...COMMON, size: body.length, body, ...changes };
}

export function folder(path: string, changes: Changes = {}): TarInput {
  return { path, type: 'directory', ...COMMON, mode: 0o755, ...changes };
}

export function symlink(path: string, target: string): TarInput {
  return { path, type: 'symlink', ...COMMON, mode: 0o777, target };
}

export function hardlink(path: string, target: string): TarInput {
  return { path, type: 'hardlink', ...COMMON, target };
}

export interface SampleSource {
  read(signal: AbortSignal): AsyncIterable<TarMember>;
  /** How often it was read from its beginning. */
  readonly reads: number;
}

/** A source of these members, by way of a real archive; a function gives each reading members of its own. */
export function sourceOf(
  members: readonly TarInput[] | ((reading: number) => readonly TarInput[]),
): SampleSource {
  let reads = 0;
  return {
    get reads() {
      return reads;
    },
    read() {
      reads++;
      return readTar(writeTar(typeof members === 'function' ? members(reads) : members));
    },
  };
}

export async function manifestOf(members: readonly TarInput[]): Promise<Manifest> {
  return (await scanTree(sourceOf(members), new AbortController().signal)).manifest;
}

/** Captures what `after` has over `before`. */
export async function capture(
  before: readonly TarInput[],
  after: readonly TarInput[] | SampleSource,
  options: Pick<CaptureOptions, 'spool' | 'signal'> & Partial<CaptureOptions>,
): Promise<Tree> {
  const source = 'read' in after ? after : sourceOf(after);
  return await captureTree(source, {
    ...{ base: await manifestOf(before), content: 'changed', epoch: EPOCH },
    ...options,
  });
}

/** What of a captured tree has to be laid on its base: path and content, nothing where there is none. */
export async function changedOf(tree: Tree): Promise<Record<string, string | undefined>> {
  const contents: [string, string | undefined][] = [];
  for (const { entry, content } of tree.changed)
    contents.push([entry.path, content === undefined ? undefined : await contentOf(tree.spool, content)]);
  return Object.fromEntries(contents);
}

async function contentOf(spool: Spool, extent: { offset: number; size: number }): Promise<string> {
  return (await buffer(spool.read(extent))).toString();
}
