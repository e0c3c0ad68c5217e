import { createHash } from 'node:crypto';
import type { Digest } from '../core/digest.ts';
import type { TarHeader, TarMember } from '../core/tar/member.ts';
import { type ChangedEntry, removedPaths, withParents } from './delta.ts';
import { byPath, entryLine, entryOf, type TreeEntry } from './entry.ts';
import { type Manifest, manifestDigest, manifestText, parseManifest } from './manifest.ts';
import { isOutsideTree } from './outside.ts';
import type { TreeSource } from './source.ts';
import type { Extent, Spool } from './spool.ts';

/** A tree that was read: its identity, its manifest, and what forms of it are made of. */
export interface Tree {
  readonly digest: Digest;
  /** Read anew by each call, while the spool is open: a bake may wait for hours, and many may wait in one process. */
  readonly manifest: () => Promise<Manifest>;
  /** Bytes of all files, hardlinked ones once. */
  readonly bytes: number;
  /** What has to be laid on the base, in manifest order, folders on the way included; nothing where no content was asked for. */
  readonly changed: readonly ChangedEntry[];
  /** Paths of the base that the tree has not; of a removed folder only the folder itself. */
  readonly removed: readonly string[];
  /** The content of the changed files, or of all, or of none. */
  readonly spool: Spool;
  /** Every path with its content, in manifest order, where the whole tree was asked for. */
  readonly whole?: readonly ChangedEntry[];
}

export interface CaptureOptions {
  readonly base: Manifest;
  /**
   * What forms are made of: what the base has not; the whole tree, for one that takes nothing from the base; nothing of
   * it, where the machine itself becomes the image.
   */
  readonly content: 'changed' | 'whole' | 'none';
  /** Whole seconds since 1970: no time in the tree is later. */
  readonly epoch: number;
  readonly spool: Spool;
  /** Sees every member, and the bytes of those that the base has not, as they pass: of all where none are spooled. */
  readonly audit?: Audit;
  readonly signal: AbortSignal;
}

/** Looks at a tree while it is read. */
export interface Audit {
  member(header: TarHeader): void;
  content(path: string, piece: Buffer): void;
}

/**
 * Reads a tree once, as a stream: hashes and audits every member, and spools the content of those that may differ
 * from the base, by their size and time. What differs all the same is found by its hash, and the source is read
 * again for it. Memory holds the manifest while it is read, never content.
 */
export async function captureTree(source: TreeSource, options: CaptureOptions): Promise<Tree> {
  const base = new Map(options.base.map((entry) => [entry.path, entry]));
  const mayDiffer = ({ path, size, mtime }: TarMember) =>
    size !== base.get(path)?.size || mtime > options.epoch;
  const { content, spool } = options;
  const wanted = content === 'changed' ? mayDiffer : () => true;
  const seen = await readEntries(source, options, wanted, content === 'none' ? undefined : spool);
  const { manifest: entries, ...read } = scanned(seen);
  const manifest = await setAside(entries, spool);
  if (content === 'none') return { ...read, manifest, changed: [], removed: [], spool };
  const differing = [...seen.values()].filter(({ entry }) => differs(entry, base.get(entry.path)));
  await spoolMissed(source, differing, options);
  const removed = removedPaths(options.base, seen);
  return {
    ...read,
    manifest,
    changed: withParents(differing, removed, seen),
    removed,
    spool,
    ...(content === 'whole' ? { whole: [...seen.values()].sort((a, b) => byPath(a.entry, b.entry)) } : {}),
  };
}

/** Writes a manifest into a spool; gives what reads it. */
async function setAside(manifest: Manifest, spool: Spool): Promise<() => Promise<Manifest>> {
  const offset = spool.end;
  for (const text of manifestText(manifest)) await spool.append(Buffer.from(text));
  const extent = { offset, size: spool.end - offset };
  return () => parseManifest(spool.read(extent));
}

/** A tree that was read for its identity alone. */
export interface ScannedTree extends Pick<Tree, 'digest' | 'bytes'> {
  readonly manifest: Manifest;
}

/** Reads a tree for its identity alone. */
export async function scanTree(source: TreeSource, signal: AbortSignal): Promise<ScannedTree> {
  return scanned(await readEntries(source, { signal, epoch: 0 }, () => false));
}

/** Bodies that are wanted are audited, and go into the spool where there is one. */
async function readEntries(
  source: TreeSource,
  options: Pick<CaptureOptions, 'signal' | 'epoch' | 'audit'>,
  isWanted: (member: TarMember) => boolean,
  spool?: Spool,
): Promise<Map<string, Seen>> {
  const seen = new Map<string, Seen>();
  for await (const member of source.read(options.signal)) {
    if (member.path === '' || isOutsideTree(member.path)) continue;
    if (member.type === 'hardlink') {
      const link = linkTo(member, seen);
      seen.set(member.path, link);
      options.audit?.member({ ...member, size: link.entry.size ?? 0 });
      continue;
    }
    options.audit?.member(member);
    const wanted = member.type === 'file' && isWanted(member);
    const into = wanted ? spool : undefined;
    const content = into === undefined ? undefined : { offset: into.end, size: member.size };
    const audit = wanted ? options.audit : undefined;
    const sha256 = member.type === 'file' ? await readBody(member, into, audit) : undefined;
    const entry = entryOf(member, sha256);
    const mtime = Math.min(member.mtime, options.epoch);
    seen.set(member.path, { entry, mtime, ...(content === undefined ? {} : { content }) });
  }
  return seen;
}

function scanned(seen: ReadonlyMap<string, Seen>): ScannedTree {
  const manifest = [...seen.values()].map(({ entry }) => entry).sort(byPath);
  let bytes = 0;
  for (const { entry, linkedTo } of seen.values()) bytes += linkedTo === undefined ? (entry.size ?? 0) : 0;
  return { digest: manifestDigest(manifest), manifest, bytes };
}

/** What is known of a path while reading; `content` is filled in later where it was not kept at first. */
interface Seen {
  readonly entry: TreeEntry;
  readonly mtime: number;
  content?: Extent;
  /** Of a hardlink: the path that carries the content. */
  readonly linkedTo?: string;
}

function linkTo(member: TarHeader, seen: ReadonlyMap<string, Seen>): Seen {
  const target = seen.get(member.target ?? '');
  if (target === undefined)
    throw new Error(`${member.path} is a hardlink to ${member.target}, which is not in the tree`);
  return {
    ...target,
    entry: { ...target.entry, path: member.path },
    linkedTo: target.linkedTo ?? target.entry.path,
  };
}

async function readBody(
  member: TarMember,
  spool: Spool | undefined,
  audit: Audit | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of member.body) {
    hash.update(piece);
    audit?.content(member.path, piece);
    await spool?.append(piece);
  }
  return hash.digest('hex');
}

function differs(entry: TreeEntry, before: TreeEntry | undefined): boolean {
  return before === undefined || entryLine(entry) !== entryLine(before);
}

/** Reads again for content that was not kept: what took an equal size and an old time from a package, and new hardlinks to the base's files. */
async function spoolMissed(
  source: TreeSource,
  differing: readonly Seen[],
  options: CaptureOptions,
): Promise<void> {
  const missed = new Map<string, Seen[]>();
  for (const one of differing) {
    if (one.entry.type !== 'file' || one.content !== undefined) continue;
    const carrier = one.linkedTo ?? one.entry.path;
    missed.set(carrier, [...(missed.get(carrier) ?? []), one]);
  }
  if (missed.size === 0) return;
  for await (const member of source.read(options.signal)) {
    const waiting = missed.get(member.path);
    if (waiting === undefined) continue;
    const content = { offset: options.spool.end, size: member.size };
    const sha256 = await readBody(member, options.spool, options.audit);
    if (sha256 !== waiting[0]?.entry.sha256)
      throw new Error(`${member.path} changed while the tree was read`);
    for (const one of waiting) one.content = content;
    missed.delete(member.path);
    if (missed.size === 0) return;
  }
  throw new Error(`${[...missed.keys()].join(', ')} went away while the tree was read`);
}
