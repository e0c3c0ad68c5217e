import { randomUUID } from 'node:crypto';
import { access, chmod, mkdir, open, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../core/atomic-file.ts';
import { canonicalJson, type Digest, digestOf } from '../../core/digest.ts';
import { syncFolder } from '../../core/durable-folder.ts';
import { digestOfFile } from '../../core/file-digest.ts';

/** Names of the files of a saved machine; the manifest is written last, and without it there is none. */
export const WARM_FILES = { memory: 'memory', state: 'state', disk: 'disk.qcow2', seed: 'seed.img' } as const;
export const MANIFEST = 'manifest.json';

const UNUSED_MS = 30 * 24 * 60 * 60 * 1000;

type WarmFile = keyof typeof WARM_FILES;
interface KeptFile {
  readonly size: number;
  /** When it was last written, in nanoseconds since 1970; a copy of the file that keeps this is as good. */
  readonly written: string;
  /** Of all but the memory, which is too large to be read at each start. */
  readonly digest?: Digest;
}

/** A saved machine. */
export interface WarmEntry {
  readonly folder: string;
  readonly manifest: WarmManifest;
}

export interface WarmManifest {
  /** Of this very copy: another of the same machine has another. */
  readonly id: string;
  /** The public key that it lets in until it is renewed. */
  readonly oldKey: string;
  /** The disk below its own. */
  readonly base: string;
  readonly files: Readonly<Partial<Record<WarmFile, KeptFile>>>;
}

/** Where a saved machine lies, or would. */
export function warmFolder(cache: string, key: string): string {
  return join(cache, key);
}

/** The saved machine of a folder; nothing when there is none, and why it is not usable when it is damaged. */
export async function findWarm(
  folder: string,
): Promise<WarmEntry | { readonly damaged: string } | undefined> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (text === undefined) return undefined;
  const manifest = parseManifest(text);
  if (manifest === undefined) return { damaged: 'its manifest is not what was written' };
  for (const [name, { size, written }] of kept(manifest)) {
    const found = await stat(join(folder, WARM_FILES[name]), { bigint: true }).catch(() => undefined);
    if (found === undefined) return { damaged: `its ${name} is gone` };
    if (Number(found.size) !== size) return { damaged: `its ${name} has not the size that was written` };
    if (String(found.mtimeNs) !== written) return { damaged: `its ${name} was written to since` };
  }
  return { folder, manifest };
}

/** Reads a saved machine, but for its memory, and says what is damaged, if anything is; it may be started meanwhile. */
export async function damageOf(
  { folder, manifest }: WarmEntry,
  signal: AbortSignal,
): Promise<string | undefined> {
  const damaged = await Promise.all(
    kept(manifest).map(async ([name, { digest }]) => {
      if (digest === undefined) return undefined;
      const found = await digestOfFile(join(folder, WARM_FILES[name]), signal);
      return found === digest ? undefined : `its ${name} is not what was written`;
    }),
  );
  return damaged.find((one) => one !== undefined);
}

/** Makes an empty folder for a saved machine, in place of what is there. */
export async function clearWarm(folder: string): Promise<void> {
  await removeWarm(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** Removes what is there, its manifest first: what is left of it when this is cut off is half-made, and `bake gc` finds it. */
export async function removeWarm(folder: string): Promise<void> {
  await rm(join(folder, MANIFEST), { force: true });
  await rm(folder, { recursive: true, force: true });
}

/** Says that a saved machine is whole, when all of it is on disk. */
export async function publishWarm(
  folder: string,
  around: Pick<WarmManifest, 'oldKey' | 'base'>,
  signal: AbortSignal,
): Promise<WarmEntry> {
  const files: Partial<Record<WarmFile, KeptFile>> = {};
  for (const name of Object.keys(WARM_FILES) as WarmFile[]) {
    const one = await keep(name, join(folder, WARM_FILES[name]), signal);
    if (one !== undefined) files[name] = one;
  }
  const manifest: WarmManifest = { id: randomUUID(), ...around, files };
  await writeFileAtomically(join(folder, MANIFEST), manifestText(manifest));
  await syncFolder(folder);
  return { folder, manifest };
}

/** Removes a saved machine, unless another has taken its place. */
export async function dropWarm(folder: string, id: string | undefined): Promise<void> {
  const found = await findWarm(folder);
  if (found !== undefined && 'manifest' in found && found.manifest.id !== id) return;
  await removeWarm(folder);
}

/** Removes saved machines whose base is gone, and those that nobody has used for a month. */
export async function pruneWarm(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const folder = join(cache, name);
    const found = await findWarm(folder).catch(() => undefined);
    if (found === undefined || 'damaged' in found) continue;
    const { mtimeMs } = await stat(join(folder, MANIFEST));
    const isThere = await access(found.manifest.base).then(
      () => true,
      () => false,
    );
    if (!isThere || Date.now() - mtimeMs > UNUSED_MS) await dropWarm(folder, found.manifest.id);
  }
}

/** Writes down that a saved machine was used now. */
export async function touchWarm({ folder }: WarmEntry): Promise<void> {
  const now = new Date();
  await utimes(join(folder, MANIFEST), now, now).catch(() => {});
}

function manifestText(manifest: WarmManifest): string {
  return `${canonicalJson({ ...manifest, sum: digestOf(canonicalJson(manifest)) })}\n`;
}

function parseManifest(text: string): WarmManifest | undefined {
  try {
    const { sum, ...manifest } = JSON.parse(text) as WarmManifest & { readonly sum: string };
    return sum === digestOf(canonicalJson(manifest)) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

function kept({ files }: WarmManifest): [WarmFile, KeptFile][] {
  return Object.entries(files) as [WarmFile, KeptFile][];
}

async function keep(name: WarmFile, file: string, signal: AbortSignal): Promise<KeptFile | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (handle === undefined) return undefined;
  try {
    await handle.sync();
    const { size, mtimeNs } = await handle.stat({ bigint: true });
    const one = { size: Number(size), written: String(mtimeNs) };
    // QEMU opens it for writing, too, and does not write
    if (name === 'memory') return one;
    await chmod(file, 0o400);
    return { ...one, digest: await digestOfFile(file, signal) };
  } finally {
    await handle.close();
  }
}
