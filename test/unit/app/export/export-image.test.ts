import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import * as assert from 'uvu/assert';
import { openTombstones } from '../../../../src/catalogue/tombstones.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import type { FaultCode } from '../../../../src/core/fault.ts';
import { imagesInUse } from '../../../../src/core/ledger-runs.ts';
import { ownerOf } from '../../../../src/core/process-owner.ts';
import { sleep } from '../../../../src/core/wait.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { readAll } from '../../core/tar/bytes.ts';
import { file, sourceOf } from '../../tree/sample-tree.ts';
import { DISK, exportWorld, TREE, type WorldOptions } from './export-world.ts';

const test = suite('exporting an image');

test('a qcow2 that is left as it is has the very bytes of the record', async () => {
  await using world = await exportWorld();
  const exported = await world.export('qcow2');
  assert.equal(exported, {
    image: 'web@1',
    format: 'qcow2',
    file: join(world.out, 'web'),
    bytes: DISK.length,
    sha256: digestOf(DISK).slice(7),
    digest: world.digest,
  });
  assert.is(await readFile(join(world.out, 'web'), 'utf8'), DISK);
  assert.equal(await world.left(), ['web']);
  assert.equal(world.progress.at(-1), ['web@1: copying its disk', 100]);
});

test('the tar of a tree that is read from the engine has all of it, sorted, without times', async () => {
  await using world = await exportWorld({ forms: ['oci'] });
  const { sha256, bytes } = await world.export('tar');
  const written = await readFile(join(world.out, 'web'));
  assert.equal([sha256, bytes], [digestOf(written).slice(7), written.length]);
  const members = await readAll(written);
  const paths = members.map(({ path }) => path);
  assert.equal(paths, [...TREE.map(({ path }) => path)].sort());
  assert.ok(members.every(({ mtime }) => mtime === 0));
  const at = (path: string) => members.find((member) => member.path === path);
  assert.is(at('etc/motd')?.content.toString(), 'hello\n');
  assert.equal([at('etc/motd')?.uid, at('etc/motd')?.gid], [4_000_000, 7]);
  assert.equal([at('etc/motd-2')?.type, at('etc/motd-2')?.target], ['hardlink', 'etc/motd']);
  assert.equal(at('etc/null')?.device, [1, 3]);
  assert.equal(Object.keys(at('usr/bin/ping')?.xattrs ?? {}), ['security.capability']);
  assert.is(at('usr/bin')?.mode, 0o2755);
  assert.equal(await world.left(), ['web']);
});

test('a prune that is taking images out is waited for, and what it took is not read any more', async () => {
  await using world = await exportWorld();
  const hold = join(world.home, 'launches', '.hold');
  await mkdir(join(world.home, 'launches'), { recursive: true });
  await writeFile(hold, await ownerOf(process.pid));
  const exporting = world.export('qcow2');
  exporting.catch(() => {});
  while ((await imagesInUse(world.home)).length === 0) await sleep(5, AbortSignal.timeout(9_000));
  const tombstones = openTombstones(world.home);
  await tombstones.bury(await world.catalogue.get('web@1'), 'alice@b', new Date());
  await rm(hold);
  await rejects(exporting, /web@1 was pruned by alice@b/);
  assert.equal(await world.left(), []);
});

test('the same tree in another order and with other times is the same tar', async () => {
  const later = [...TREE.slice(3), ...TREE.slice(0, 3)].map((member) => ({
    ...member,
    mtime: 1_800_000_000,
  }));
  await using one = await exportWorld({ forms: ['oci'] });
  await using other = await exportWorld({ forms: ['oci'], tree: sourceOf(later) });
  assert.is((await one.export('tar')).sha256, (await other.export('tar')).sha256);
});

test('an oci archive names the image, and is the same each time', async () => {
  await using world = await exportWorld();
  const [first, second] = [await world.export('oci'), await world.export('oci', { name: 'again' })];
  assert.is(first.sha256, second.sha256);
  const written = await readFile(join(world.out, 'web'));
  assert.is(first.sha256, digestOf(written).slice(7));
  const members = await readAll(written);
  const index = JSON.parse(members.find(({ path }) => path === 'index.json')?.content.toString() ?? '');
  assert.is(index.manifests[0].annotations['io.containerd.image.name'], 'docker.io/kiln/web:1');
});

test('what goes to stdout is the same as what goes to a file', async () => {
  await using world = await exportWorld();
  const pieces: Buffer[] = [];
  const stdout = new Writable({
    highWaterMark: 10,
    write(piece, _encoding, done) {
      pieces.push(piece);
      setImmediate(done);
    },
  });
  const exported = await world.export('oci', { stdout });
  assert.is(exported.file, undefined);
  assert.is(digestOf(Buffer.concat(pieces)).slice(7), exported.sha256);
  assert.is((await world.export('oci')).sha256, exported.sha256);
  assert.not.ok(stdout.writableEnded, 'whoever gave it may go on writing');
});

test('a reader of stdout that goes away ends it', async () => {
  await using world = await exportWorld();
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const stdout = new Writable({ write: (_piece, _encoding, done) => done(gone) });
  await rejects(world.export('oci', { stdout }), { code: 'INTERRUPTED' });
});

test('a revoked image is exported, and that it is revoked is told', async () => {
  await using world = await exportWorld();
  await world.catalogue.revoke('web@1', { reason: 'CVE-1', by: 'alice@b' }, new Date(0));
  await world.export('qcow2');
  assert.equal(world.notes, ['note: web@1 is revoked, by alice@b on 1970-01-01: CVE-1']);
});

/** What is wrong with the image, in which format that is met, and what is told. */
const BAD_IMAGES: readonly [string, WorldOptions, Parameters<typeof run>[1], FaultCode, RegExp][] = [
  [
    'has no disk',
    { forms: ['oci'] },
    'vmdk',
    'FORM_MISSING',
    /^web@1 has no form disk, which vmdk is made from$/,
  ],
  [
    'has no container image',
    { forms: ['disk'] },
    'oci',
    'FORM_MISSING',
    /has no form oci, which oci is made from/,
  ],
  [
    'has a disk of another size',
    { disk: `${DISK}!` },
    'raw',
    'IMAGE_ALTERED',
    /^the disk of web@1 is not the one/,
  ],
  [
    'has a disk of other bytes',
    { disk: DISK.replace('b', 'B') },
    'raw',
    'IMAGE_ALTERED',
    /^the disk of web@1/,
  ],
  [
    'has such a disk, which is copied',
    { disk: DISK.replace('b', 'B') },
    'qcow2',
    'IMAGE_ALTERED',
    /^the disk of web/,
  ],
  [
    'has another tree',
    { forms: ['oci'], tree: sourceOf([...TREE, file('etc/more', 'x')]) },
    'tar',
    'IMAGE_ALTERED',
    /is not the tree of its record/,
  ],
  [
    'has a layer of other bytes',
    {
      async *saving(bytes) {
        const at = bytes.indexOf('two');
        bytes.write('TWO', at);
        yield bytes;
      },
    },
    'oci',
    'IMAGE_ALTERED',
    /what the engine gives as web@1/,
  ],
];

for (const [what, options, format, code, message] of BAD_IMAGES)
  test(`one that ${what} is not exported as ${format}, and nothing is left`, async () => {
    await using world = await exportWorld(options);
    const fault = await rejects(run(world, format), { code });
    assert.match(fault.message, message);
    assert.ok(fault.hint?.includes('bake image web'));
    assert.equal(await world.left(), []);
  });

function run(world: Awaited<ReturnType<typeof exportWorld>>, format: Parameters<typeof world.export>[0]) {
  return world.export(format);
}

test('an engine that breaks off in the middle leaves nothing', async () => {
  await using world = await exportWorld({
    async *saving(bytes) {
      yield bytes.subarray(0, 700);
    },
  });
  await rejects(world.export('oci'), { code: 'ENGINE_FAILED' });
  assert.equal(await world.left(), []);
});

test('an abort in the middle leaves nothing, and is what it fails with', async () => {
  const controller = new AbortController();
  const reason = new Error('stop');
  await using world = await exportWorld({
    async *saving(bytes) {
      yield bytes.subarray(0, 700);
      controller.abort(reason);
      controller.signal.throwIfAborted();
    },
  });
  const error = await rejects<Error>(world.export('oci', { signal: controller.signal }), /stop/);
  assert.is(error, reason);
  assert.equal(await world.left(), []);
});

test('a file that is there stays, unless it is to be replaced', async () => {
  await using world = await exportWorld();
  await writeFile(join(world.out, 'web'), 'mine');
  const fault = await rejects(world.export('qcow2'), { code: 'USAGE' });
  assert.match(fault.hint ?? '', '--force');
  assert.equal(world.progress, [], 'it is said before anything is read');
  assert.is(await readFile(join(world.out, 'web'), 'utf8'), 'mine');
  await world.export('qcow2', { force: true });
  assert.is(await readFile(join(world.out, 'web'), 'utf8'), DISK);
  assert.equal(await world.left(), ['web']);
});

test('a file that somebody makes meanwhile stays', async () => {
  await using world = await exportWorld({
    async *saving(bytes) {
      await writeFile(join(world.out, 'web'), 'mine');
      yield bytes;
    },
  });
  await rejects(world.export('oci'), { code: 'USAGE' });
  assert.is(await readFile(join(world.out, 'web'), 'utf8'), 'mine');
  assert.equal(await world.left(), ['web']);
});

test('what is no file is never replaced, and a folder that is not there is not made', async () => {
  await using world = await exportWorld();
  await mkdir(join(world.out, 'folder'));
  await symlink('/dev/null', join(world.out, 'device'));
  for (const name of ['folder', 'device']) {
    const fault = await rejects(world.export('qcow2', { name, force: true }), { code: 'USAGE' });
    assert.match(fault.message, /is not a file/);
  }
  const fault = await rejects(world.export('qcow2', { name: 'no where/web' }), { code: 'FILE_MISSING' });
  assert.match(fault.hint ?? '', `mkdir -p '${join(world.out, 'no where')}'`);
  assert.equal(await world.left(), ['device', 'folder']);
});

test('what no export can do is a mistake', async () => {
  await using world = await exportWorld();
  await rejects(world.export('raw', { compression: 'zstd' }), { code: 'USAGE' });
  await rejects(world.export('vhdx', { stdout: new Writable() }), { code: 'USAGE' });
  assert.equal(await world.left(), []);
});

test.run();
