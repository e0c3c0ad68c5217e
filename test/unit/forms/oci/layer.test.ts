import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import { writeTar } from '../../../../src/core/tar/writer.ts';
import { layerLength, layerMembers } from '../../../../src/forms/oci/layer.ts';
import type { Tree } from '../../../../src/tree/capture.ts';
import { suite } from '../../../support/suite.ts';
import { readAll } from '../../core/tar/bytes.ts';
import { newSpool } from '../../tree/new-spool.ts';
import { capture, EPOCH, file, folder, hardlink, symlink } from '../../tree/sample-tree.ts';

const test = suite('oci layer');
const LATER = { mtime: EPOCH + 9 };

async function layerOf(tree: Tree): Promise<Buffer> {
  return await buffer(writeTar(layerMembers(tree, EPOCH)));
}

test('members are in the order of their paths, folders before what is in them', async ({ signal }) => {
  await using spool = await newSpool();
  const after = [
    folder('z'),
    file('z/b', '1'),
    folder('a'),
    file('z/a', '2'),
    symlink('a/l', 'z'),
    file('a-b'),
  ];
  const members = await readAll(await layerOf(await capture([], after, { spool, signal })));
  assert.equal(
    members.map(({ path }) => path),
    ['a', 'a-b', 'a/l', 'z', 'z/a', 'z/b'],
  );
});

test('a layer has exactly what differs, with its content, mode, owner and clamped time', async ({
  signal,
}) => {
  await using spool = await newSpool();
  const before = [folder('etc'), file('etc/same', 'same')];
  const changed = file('etc/new', 'new', { ...LATER, mode: 0o4750, uid: 4_000_000_000, gid: 8 });
  const members = await readAll(
    await layerOf(await capture(before, [...before, changed], { spool, signal })),
  );
  assert.equal(
    members.map(({ path }) => path),
    ['etc', 'etc/new'],
  );
  const { content, mode, uid, gid, mtime } = members[1] ?? {};
  assert.equal([content?.toString(), mode, uid, gid, mtime], ['new', 0o4750, 4_000_000_000, 8, EPOCH]);
});

test('what is gone has an empty whiteout beside it, in order, and its folder is set again', async ({
  signal,
}) => {
  await using spool = await newSpool();
  const before = [folder('root', { mode: 0o700 }), file('root/.bashrc', 'x'), file('top', 'x'), folder('z')];
  const after = [folder('root', { mode: 0o700 }), folder('z'), file('new', '', LATER)];
  const members = await readAll(await layerOf(await capture(before, after, { spool, signal })));
  assert.equal(
    members.map(({ path, type, size }) => [path, type, size]),
    [
      ['.wh.top', 'file', 0],
      ['new', 'file', 0],
      ['root', 'directory', 0],
      ['root/.wh..bashrc', 'file', 0],
    ],
  );
  assert.is(members[2]?.mode, 0o700);
  assert.equal([members[0]?.mtime, members[3]?.mtime], [EPOCH, EPOCH]);
});

test('a hardlinked file is written once, under the first of its names', async ({ signal }) => {
  await using spool = await newSpool();
  const after = [
    file('m', 'shared', LATER),
    hardlink('b', 'm'),
    hardlink('z', 'm'),
    file('q', 'shared', LATER),
  ];
  const members = await readAll(await layerOf(await capture([], after, { spool, signal })));
  assert.equal(
    members.map(({ path, type, target, content }) => [path, type, target, content.toString()]),
    [
      ['b', 'file', undefined, 'shared'],
      ['m', 'hardlink', 'b', ''],
      ['q', 'file', undefined, 'shared'],
      ['z', 'hardlink', 'b', ''],
    ],
  );
});

test('empty files are files, also where they are linked', async ({ signal }) => {
  await using spool = await newSpool();
  const after = [file('a', '', LATER), file('b', '', LATER), hardlink('c', 'a')];
  const members = await readAll(await layerOf(await capture([], after, { spool, signal })));
  assert.equal(
    members.map(({ type, size }) => [type, size]),
    [
      ['file', 0],
      ['file', 0],
      ['file', 0],
    ],
  );
});

test('the length that is told beforehand is that of the bytes that are written', async ({ signal }) => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 120 })
    .map((text) => text.replace(/[/\0]/g, '_'));
  const member = fc.record({
    name,
    content: fc.string({ maxLength: 1200 }),
    uid: fc.nat({ max: 2 ** 32 - 1 }),
  });
  const different = { maxLength: 8, selector: (one: { name: string }) => one.name };
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(member, different),
      fc.uniqueArray(name, { maxLength: 4 }),
      async (files, gone) => {
        await using spool = await newSpool();
        const dots = ({ path }: TarInput) => path !== '.' && path !== '..';
        const after = files
          .map((one) => file(one.name, one.content, { uid: one.uid, ...LATER }))
          .filter(dots);
        const before = gone.map((path) => file(path)).filter(dots);
        const links = after.slice(0, 1).map(({ path }) => hardlink('\uffff link', path));
        const tree = await capture(before, [...after, ...links], { spool, signal });
        assert.is((await layerOf(tree)).length, layerLength(tree, EPOCH));
      },
    ),
    { numRuns: 60 },
  );
});

test.run();
