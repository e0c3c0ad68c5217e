import { createGunzip } from 'node:zlib';
import { type ChangelogEntry, readChangelog } from '../../catalogue/debian-changelog.ts';
import type { VersionChange } from '../../catalogue/diff.ts';
import type { ImageRecord } from '../../catalogue/record.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import { Scope } from '../../core/scope.ts';
import type { TarMember } from '../../core/tar/member.ts';
import { type Manifest, readManifest } from '../../tree/manifest.ts';
import type { ExportPorts } from '../export/export-ports.ts';
import { counted, type TreePorts, treeSource } from '../export/image-tree.ts';
import { progress } from '../export/progress.ts';
import type { ImageDiff } from './diff-images.ts';
import { realPaths } from './real-paths.ts';

/** What changelogs say of packages that were upgraded together: those of one source have one changelog. */
export interface PackageChangelog {
  readonly packages: readonly string[];
  readonly from: string;
  readonly to: string;
  /** The newest first; empty when `unknown` says why. */
  readonly entries: readonly ChangelogEntry[];
  /** There is more than is kept here. */
  readonly cut: boolean;
  readonly unknown?: string;
}

export interface ChangelogPorts extends TreePorts, Pick<ExportPorts, 'onCleanup'> {
  readonly catalogue: Pick<Catalogue, 'get' | 'manifestPath'>;
}

/** Bytes of one packed changelog; the kernel's is the largest, with about 2 MB. */
const PACKED = 16 * 1024 * 1024;
/** Bytes of one that are unpacked before it is given up: the kernel's whole history is 7 MB. */
const UNPACKED = 16 * 1024 * 1024;
/** Characters of a line before it is given up. */
const LINE = 65_536;

/** Where a package may have one (Debian policy 12.7): its own, or upstream's where Debian is upstream. */
const NAMES = ['changelog.Debian.gz', 'changelog.gz', 'changelog.Debian', 'changelog'];

/**
 * Reads what the newer image's changelogs say between the versions of its upgraded packages, in one pass over its tree.
 * Links are followed by its manifest. Throws what `treeSource` does when no form of the image can be read, and
 * `RECORD_DAMAGED` without a manifest.
 */
export async function readChangelogs(
  { after, packages: { upgraded } }: Pick<ImageDiff, 'after' | 'packages'>,
  ports: ChangelogPorts,
  signal: AbortSignal,
): Promise<PackageChangelog[]> {
  if (upgraded.length === 0) return [];
  await using scope = new Scope(ports.onCleanup);
  const record = await ports.catalogue.get(after.name);
  const manifest = await readManifest(ports.catalogue.manifestPath(record.digest), record.manifest.digest);
  const places = placesOf(upgraded, manifest);
  const wanted = new Set([...places.values()].flatMap((place) => (place === undefined ? [] : [place])));
  const packed = wanted.size === 0 ? new Map() : await readFiles(wanted, record, ports, scope, signal);
  const read = await Promise.all(
    upgraded.map(async (change) => {
      const place = places.get(change);
      return await changelogOf(change, place, place === undefined ? undefined : packed.get(place));
    }),
  );
  return joined(read);
}

/** The file of each package's changelog in the tree, where there is one. */
function placesOf(
  upgraded: readonly VersionChange[],
  manifest: Manifest,
): Map<VersionChange, string | undefined> {
  const real = realPaths(manifest);
  const files = new Set(manifest.flatMap(({ path, type }) => (type === 'file' ? [path] : [])));
  return new Map(
    upgraded.map((change) => {
      const all = NAMES.map((name) => real.of(`usr/share/doc/${change.name}/${name}`));
      return [change, all.find((path) => files.has(path))];
    }),
  );
}

async function readFiles(
  wanted: ReadonlySet<string>,
  record: ImageRecord,
  ports: TreePorts,
  scope: Scope,
  signal: AbortSignal,
): Promise<Map<string, Buffer>> {
  const reading = progress(ports.onProgress, `${record.name}: reading its changelogs`, record.bytes);
  const source = counted(await treeSource(record, ports, scope, signal), reading);
  const found = new Map<string, Buffer>();
  for await (const member of source.read(signal)) {
    if (!wanted.has(member.path)) continue;
    const shared = member.type === 'hardlink' ? found.get(member.target ?? '') : undefined;
    if (shared !== undefined) found.set(member.path, shared);
    else if (member.type === 'file' && member.size <= PACKED) found.set(member.path, await bodyOf(member));
    if (found.size === wanted.size) break;
  }
  return found;
}

async function bodyOf({ body }: TarMember): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function changelogOf(
  { name, from, to }: VersionChange,
  place: string | undefined,
  bytes: Buffer | undefined,
): Promise<PackageChangelog> {
  const nothing = (unknown: string) => ({ packages: [name], from, to, entries: [], cut: false, unknown });
  if (place === undefined) return nothing('the image has no changelog of it');
  if (bytes === undefined) return nothing(`/${place} is too large, or a hard link to another file`);
  try {
    const { entries, cut } = await readChangelog(linesOf(bytes, place.endsWith('.gz')), { from, to });
    if (entries.length === 0) return nothing(`/${place} has no entry between these versions`);
    return { packages: [name], from, to, entries, cut };
  } catch (error) {
    return nothing(`/${place} cannot be read: ${(error as Error).message}`);
  }
}

/** Unpacks as it goes, so that whoever stops early has not unpacked the rest. */
async function* linesOf(bytes: Buffer, packed: boolean): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let unpacked = 0;
  for await (const piece of packed ? createGunzip().end(bytes) : [bytes]) {
    unpacked += (piece as Buffer).length;
    if (unpacked > UNPACKED) throw new Error('it unpacks to far too much');
    const parts = (rest + decoder.decode(piece as Buffer, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > LINE) throw new Error('it has a line without an end');
    yield* parts;
  }
  if (rest !== '') yield rest;
}

/** Packages that say the very same about the same versions are told once. */
function joined(all: readonly PackageChangelog[]): PackageChangelog[] {
  const groups = new Map<string, PackageChangelog>();
  for (const one of all) {
    const { packages, ...rest } = one;
    const key = JSON.stringify(one.unknown === undefined ? rest : one);
    groups.set(key, { ...rest, packages: [...(groups.get(key)?.packages ?? []), ...packages] });
  }
  return [...groups.values()];
}
