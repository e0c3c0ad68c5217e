import { watch } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import {
  clearWarm,
  damageOf,
  dropWarm,
  findWarm,
  MANIFEST,
  pruneWarm,
  publishWarm,
  removeWarm,
  type WarmEntry,
} from '../../../../src/platforms/qemu/warm-cache.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('the cache of saved machines');

async function saved(cache: string, name: string, signal: AbortSignal): Promise<WarmEntry> {
  const folder = join(cache, name);
  await clearWarm(folder);
  for (const file of ['memory', 'state', 'disk.qcow2']) await writeFile(join(folder, file), `the ${file}`);
  await writeFile(join(cache, 'base'), '');
  return await publishWarm(folder, { oldKey: 'ssh-ed25519 AAAA', base: join(cache, 'base') }, signal);
}

function damageIn(found: Awaited<ReturnType<typeof findWarm>>): string | undefined {
  return found !== undefined && 'damaged' in found ? found.damaged : undefined;
}

test('what was saved is found, and nobody else may read it; what is half-made is not', async ({ signal }) => {
  await using cache = await temporaryFolder();
  const half = join(cache.path, 'half');
  await clearWarm(half);
  await writeFile(join(half, 'memory'), 'x');
  assert.is(await findWarm(half), undefined);
  assert.is(await findWarm(join(cache.path, 'nothing')), undefined);

  const entry = await saved(cache.path, 'one', signal);
  assert.equal(await findWarm(entry.folder), entry);
  assert.is(await damageOf(entry, signal), undefined);
  assert.is((await stat(entry.folder)).mode & 0o777, 0o700);
});

test('what was cut short, written to, taken away or forged is damaged', async ({ signal }) => {
  await using cache = await temporaryFolder();
  const cases: readonly [string, (folder: string) => Promise<unknown>, RegExp][] = [
    ['cut', (folder) => writeFile(join(folder, 'memory'), 'the'), /its memory has not the size/],
    ['longer', (folder) => appendFile(join(folder, 'memory'), '!'), /its memory has not the size/],
    ['later', (folder) => utimes(join(folder, 'memory'), 1, 1), /its memory was written to since/],
    ['gone', (folder) => rm(join(folder, 'state')), /its state is gone/],
    ['empty', (folder) => writeFile(join(folder, MANIFEST), ''), /its manifest is not what was written/],
    ['forged', (folder) => forge(join(folder, MANIFEST)), /its manifest is not what was written/],
  ];
  for (const [name, damage, told] of cases) {
    const { folder } = await saved(cache.path, name, signal);
    await damage(folder);
    assert.match(damageIn(await findWarm(folder)) ?? `${name} was not seen`, told);
  }
});

test('another byte is found by its digest, whatever size and time say', async ({ signal }) => {
  await using cache = await temporaryFolder();
  const entry = await saved(cache.path, 'one', signal);
  const file = join(entry.folder, 'state');
  await rm(file);
  await writeFile(file, 'tHe state');
  assert.is(await damageOf(entry, signal), 'its state is not what was written');
});

test('whoever found it bad removes it, and not the one that has taken its place', async ({ signal }) => {
  await using cache = await temporaryFolder();
  const old = await saved(cache.path, 'one', signal);
  const young = await saved(cache.path, 'one', signal);
  await dropWarm(young.folder, old.manifest.id);
  assert.equal(await findWarm(young.folder), young);
  await dropWarm(young.folder, young.manifest.id);
  assert.is(await findWarm(young.folder), undefined);
});

test('the manifest goes first, so that what is left of a removal that was cut off is no damaged one', async ({
  signal,
}) => {
  await using cache = await temporaryFolder();
  for (const remove of [clearWarm, removeWarm]) {
    const { folder } = await saved(cache.path, 'one', signal);
    for (let n = 0; n < 50; n++) await writeFile(join(folder, `more-${n}`), '');
    using watched = watching(folder);
    await remove(folder);
    assert.is(await watched.first, MANIFEST);
  }
});

test('one whose base is gone goes, and one that nobody used for a month', async ({ signal }) => {
  await using cache = await temporaryFolder();
  const [used, unused] = [await saved(cache.path, 'used', signal), await saved(cache.path, 'unused', signal)];
  await mkdir(join(cache.path, 'half-made'));
  const old = Date.now() / 1000 - 31 * 24 * 60 * 60;
  await utimes(join(unused.folder, MANIFEST), old, old);
  await pruneWarm(cache.path);
  assert.equal((await readdir(cache.path)).sort(), ['base', 'half-made', 'used']);
  await rm(join(cache.path, 'base'));
  await pruneWarm(cache.path);
  assert.is(await findWarm(used.folder), undefined);
});

/** Tells which name in a folder changes first. */
function watching(folder: string): { readonly first: Promise<unknown> } & Disposable {
  const watcher = watch(folder);
  const first = new Promise((resolve) => watcher.once('change', (_event, name) => resolve(name)));
  return { first, [Symbol.dispose]: () => watcher.close() };
}

async function forge(manifest: string): Promise<void> {
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace('ssh-ed25519 AAAA', 'ssh-ed25519 BBBB'));
}

test.run();
