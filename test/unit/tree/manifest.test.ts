import { randomBytes } from 'node:crypto';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { decodeName } from '../../../src/core/tar/name.ts';
import { byPath, entryLine, type TreeEntry } from '../../../src/tree/entry.ts';
import { manifestDigest, readManifest, writeManifest } from '../../../src/tree/manifest.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { file, folder, manifestOf, symlink } from './sample-tree.ts';

const test = suite('manifest');
const SAMPLE = [
  folder('etc'),
  file('etc/motd', 'hello\n', { mode: 0o4644, uid: 1, gid: 2 }),
  symlink('z', 'etc'),
];

test('the digest is that of its lines, and a given tree has the very one it always had', async () => {
  const manifest = await manifestOf(SAMPLE);
  assert.equal(manifest.map(entryLine), [
    '{"path":"etc","type":"directory","mode":493,"uid":0,"gid":0}',
    '{"path":"etc/motd","type":"file","mode":2468,"uid":1,"gid":2,"size":6,"sha256":"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"}',
    '{"path":"z","type":"symlink","mode":511,"uid":0,"gid":0,"target":"etc"}',
  ]);
  assert.is(
    manifestDigest(manifest),
    'sha256:c1d8c3d5aeaedeedf1c7738a16b4e13a2bd9fa6a9699d353293422d7ed916b66',
  );
});

test('the order in which a tree is read makes no difference, any other thing does', async () => {
  const digest = async (members: Parameters<typeof manifestOf>[0]) =>
    manifestDigest(await manifestOf(members));
  const sample = await digest(SAMPLE);
  assert.is(await digest([...SAMPLE].reverse()), sample);
  const others = [
    SAMPLE.slice(1),
    [...SAMPLE, folder('new')],
    ...[{ mode: 0o600 }, { uid: 9 }, { gid: 9 }, { path: 'etc/motx' }].map((change) =>
      SAMPLE.map((member) => (member.type === 'file' ? { ...member, ...change } : member)),
    ),
    SAMPLE.map((member) => (member.type === 'symlink' ? symlink('z', 'usr') : member)),
  ];
  for (const other of others) assert.is.not(await digest(other), sample);
});

test('what is written is read back, whatever the paths are', async () => {
  await using folder = await temporaryFolder();
  const path = fc.oneof(
    fc.constantFrom('a\u2028b', 'a\nb', 'a\rb', 'a"b', '\udcff', 'é', 'a\u0085b'),
    fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => decodeName(Buffer.from(bytes))),
  );
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(path, { maxLength: 30 }), async (paths) => {
      const entry = (one: string): TreeEntry => ({ path: one, type: 'fifo', mode: 0, uid: 0, gid: 0 });
      const manifest = paths.map(entry).sort(byPath);
      const name = join(folder.path, 'manifest.gz');
      await writeManifest(name, manifest);
      assert.equal(await readManifest(name, manifestDigest(manifest)), manifest);
    }),
    { numRuns: 50 },
  );
});

test('a large manifest is written in pieces and read back whole', async () => {
  await using folder = await temporaryFolder();
  const name = join(folder.path, 'manifest.gz');
  const members = Array.from({ length: 3000 }, (_, index) => file(`file-${String(index).padStart(5, '0')}`));
  const manifest = await manifestOf(members);
  await writeManifest(name, manifest);
  assert.equal(await readManifest(name, manifestDigest(manifest)), manifest);
  assert.equal(await readdir(folder.path), ['manifest.gz']);
});

test('a manifest that is missing, cut short, no gzip, no JSON or of another tree is RECORD_DAMAGED', async () => {
  await using folder = await temporaryFolder();
  const name = join(folder.path, 'manifest.gz');
  const manifest = await manifestOf(SAMPLE);
  const digest = manifestDigest(manifest);
  await rejects(readManifest(name, digest), { code: 'RECORD_DAMAGED' });
  await writeManifest(name, manifest);
  const whole = await readFile(name);
  await truncate(name, whole.length - 10);
  await rejects(readManifest(name, digest), { code: 'RECORD_DAMAGED' });
  const changed = gunzipSync(whole).toString().replace('"uid":1', '"uid":0');
  for (const bytes of [randomBytes(100), gzipSync('no json\n'), gzipSync(changed), gzipSync('')]) {
    await writeFile(name, bytes);
    const fault = await rejects(readManifest(name, digest), { code: 'RECORD_DAMAGED' });
    assert.match(fault.message, name);
  }
});

test.run();
