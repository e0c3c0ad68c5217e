import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mirrorState } from '../../src/bases/apt-sources.ts';
import type { BaseContext } from '../../src/bases/base-context.ts';
import { bootable } from '../../src/bases/bootable.ts';
import { bootstrap } from '../../src/bases/bootstrap.ts';
import { hostSources } from '../../src/bases/host-sources.ts';
import { writeFileAtomically } from '../../src/core/atomic-file.ts';
import { canonicalJson, digestOf, shortDigest } from '../../src/core/digest.ts';
import { cacheHome } from '../../src/core/home.ts';
import { withLock } from '../../src/core/lock.ts';
import { Scope } from '../../src/core/scope.ts';
import { readTar } from '../../src/core/tar/reader.ts';
import { writeTar } from '../../src/core/tar/writer.ts';
import { sealTree } from '../../src/seal/seal-tree.ts';
import { captureTree, type Tree } from '../../src/tree/capture.ts';
import type { TreeSource } from '../../src/tree/source.ts';
import { Spool } from '../../src/tree/spool.ts';

export interface BootableTree {
  readonly source: TreeSource;
  /** Seconds since 1970: the date of its newest package index. */
  readonly epoch: number;
}

const SUITE = 'bookworm';
/** What this repository's own Debian bases boot with, and what systemd needs to be a system. */
const BOOT = ['linux-image-cloud-amd64', 'systemd-boot-efi', 'openssh-server', 'systemd-resolved'];
const PACKAGES = ['systemd-sysv', 'dbus', 'iproute2', ...BOOT];
/** Raised whenever the same packages give another tree: what sealing and `bootable` add is in it. */
const RECIPE = 1;

// Before any test points the variable at a folder of its own.
const CACHE = join(cacheHome(), 'tests');

/**
 * A sealed Debian that boots and that ssh enters, bootstrapped the first time that any test asks for it with these
 * packages, which takes most of a minute, and kept in the cache.
 */
export async function bootableTree(
  signal: AbortSignal,
  besides: readonly string[] = [],
): Promise<BootableTree> {
  const include = [...new Set([...PACKAGES, ...besides])].sort();
  const key = shortDigest(digestOf(canonicalJson({ suite: SUITE, include, recipe: RECIPE })));
  const tar = join(CACHE, `bootable-${key}.tar`);
  const date = `${tar}.epoch`;
  await mkdir(CACHE, { recursive: true });
  await withLock(`${tar}.lock`, signal, async () => {
    if (existsSync(tar)) return;
    const { source, epoch } = await bootstrapped(include, signal);
    await writeFileAtomically(date, String(epoch));
    await writeFileAtomically(tar, writeTar(source.read(signal)));
  });
  const epoch = Number(await readFile(date, 'utf8'));
  return { source: { read: () => readTar(createReadStream(tar, { highWaterMark: 1024 * 1024 })) }, epoch };
}

/** The same as a whole tree that forms are made of; its spool, in this folder, goes with the disposal. */
export async function wholeBootableTree(
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly tree: Tree; readonly epoch: number } & AsyncDisposable> {
  const { source, epoch } = await bootableTree(signal);
  const spool = await Spool.create(join(folder, 'bootable-spool'));
  const tree = await captureTree(source, { base: [], content: 'whole', epoch, spool, signal });
  return { tree, epoch, [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose]() };
}

async function bootstrapped(include: readonly string[], signal: AbortSignal): Promise<BootableTree> {
  const sources = await hostSources(SUITE);
  const { epoch } = await mirrorState(sources, 'amd64', signal);
  // It registers the removal of its folder with the scope, and has removed it itself when all was read.
  const log = { output: () => {}, note: () => {} };
  const context = { scope: new Scope(), log, signal } as unknown as BaseContext;
  const source = bootable(bootstrap({ suite: SUITE, include, sources, epoch }, context), epoch);
  return { source: sealTree(source, { epoch, inBase: () => true }), epoch };
}
