import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join, posix } from 'node:path';
import type { Digest } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import type { TarInput } from '../core/tar/member.ts';
import { writeTar } from '../core/tar/writer.ts';
import { type BundleSource, findSources } from './bundle-source.ts';
import { describeBundle } from './describe-bundle.ts';
import { planSteps } from './plan-steps.ts';
import { GENERATED, type GeneratedFile } from './provisioner.ts';
import type { Step } from './step.ts';

export interface BundleFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly mode: number;
  /** Hex. */
  readonly sha256: string;
}

/** All that convergence needs, as one archive. */
export interface Bundle {
  /** Of the archive's bytes. */
  readonly digest: Digest;
  /** Bytes of the archive. */
  readonly size: number;
  /** By path; links are in the archive only. */
  readonly files: readonly BundleFile[];
  /** The archive; each call reads anew. Throws DIGEST_MISMATCH when a file has changed since it was built. */
  stream(): AsyncIterable<Uint8Array>;
}

/** 1980-01-01: a fixed time which no tool finds implausible, as GNU tar does 1970. */
const MTIME = 315_532_800;

type Entry = (BundleSource & { readonly text?: never }) | (GeneratedFile & { readonly type: 'generated' });

/**
 * Builds the bundle of some steps: equal content gives equal bytes, wherever and whenever the workspace is read.
 *
 * Files are read twice, once for the digest and once when streamed, and never held. Throws what `findSources` throws.
 */
export async function buildBundle(
  root: string,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<Bundle> {
  const entries = await collectEntries(root, steps, signal);
  const hashes = new Map<string, string>();
  const hash = createHash('sha256');
  let size = 0;
  const remember = (path: string, sha256: string) => void hashes.set(path, sha256);
  for await (const piece of writeTar(members(root, entries, remember))) {
    signal.throwIfAborted();
    hash.update(piece);
    size += piece.length;
  }
  const compare = (path: string, sha256: string) => {
    if (hashes.get(path) !== sha256) throw changedMeanwhile(path);
  };
  return {
    digest: `sha256:${hash.digest('hex')}`,
    size,
    files: entries.flatMap((entry) => fileOf(entry, hashes)),
    stream: () => writeTar(members(root, entries, compare)),
  };
}

async function collectEntries(root: string, steps: readonly Step[], signal: AbortSignal): Promise<Entry[]> {
  const provisioners = planSteps(steps);
  const sources = await findSources(
    root,
    provisioners.flatMap(({ paths }) => paths),
    signal,
  );
  const entries = new Map<string, Entry>(sources);
  const generated = [
    ...describeBundle(steps, provisioners),
    ...provisioners.flatMap((each) => each.generated),
  ];
  for (const path of sources.keys()) {
    const top = path.split('/')[0];
    if (top === GENERATED || generated.some((file) => file.path === top)) throw reserved(path);
  }
  for (const file of generated) entries.set(file.path, { ...file, type: 'generated' });
  return [...entries.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

async function* members(
  root: string,
  entries: readonly Entry[],
  onFile: (path: string, sha256: string) => void,
): AsyncGenerator<TarInput> {
  const folders = new Set<string>();
  for (const entry of entries) {
    yield* parentsOf(entry.path, folders);
    if (entry.type === 'symlink') {
      yield { ...member(entry.path, 0o777), type: 'symlink', size: 0, target: entry.target };
    } else if (entry.type === 'file') {
      const body = contentOf(root, entry, onFile);
      yield { ...member(entry.path, entry.mode), type: 'file', size: entry.size, body };
      // An empty body is not asked for by the archive; it is still read here, to see that it is empty.
      if (entry.size === 0) for await (const _ of body);
    } else {
      const body = Buffer.from(entry.text);
      onFile(entry.path, createHash('sha256').update(body).digest('hex'));
      yield { ...member(entry.path, modeOf(entry)), type: 'file', size: body.length, body };
    }
  }
}

function member(path: string, mode: number) {
  return { path, mode, uid: 0, gid: 0, mtime: MTIME };
}

function* parentsOf(path: string, folders: Set<string>): Generator<TarInput> {
  const names = path.split('/');
  for (let length = 1; length < names.length; length += 1) {
    const folder = names.slice(0, length).join('/');
    if (folders.has(folder)) continue;
    folders.add(folder);
    yield { ...member(folder, 0o755), type: 'directory', size: 0 };
  }
}

async function* contentOf(
  root: string,
  { path, size }: Extract<BundleSource, { type: 'file' }>,
  onFile: (path: string, sha256: string) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let read = 0;
  for await (const piece of createReadStream(join(root, path)) as AsyncIterable<Buffer>) {
    read += piece.length;
    if (read > size) throw changedMeanwhile(path);
    hash.update(piece);
    yield piece;
  }
  if (read !== size) throw changedMeanwhile(path);
  onFile(path, hash.digest('hex'));
}

function fileOf(entry: Entry, hashes: ReadonlyMap<string, string>): BundleFile[] {
  if (entry.type === 'symlink') return [];
  const sha256 = hashes.get(entry.path) ?? '';
  if (entry.type === 'file') return [{ path: entry.path, size: entry.size, mode: entry.mode, sha256 }];
  return [{ path: entry.path, size: Buffer.byteLength(entry.text), mode: modeOf(entry), sha256 }];
}

function modeOf(file: GeneratedFile): number {
  return posix.extname(file.path) === '.sh' ? 0o755 : 0o644;
}

function changedMeanwhile(path: string): Fault {
  return new Fault('DIGEST_MISMATCH', `${path} changed while the bundle was made`, {
    hint: 'Leave the workspace alone during a bake, or bake from a clean clone.',
  });
}

function reserved(path: string): Fault {
  return new Fault('CONFIG_INVALID', `${path}: the bundle has a file of its own of this name`, {
    hint: 'Put provisioners below a folder such as provisioners/.',
  });
}
