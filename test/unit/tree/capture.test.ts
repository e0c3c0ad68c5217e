import * as assert from 'uvu/assert';
import { scanTree } from '../../../src/tree/capture.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { newSpool } from './new-spool.ts';
import {
  capture,
  changedOf,
  EPOCH,
  file,
  folder,
  hardlink,
  manifestOf,
  sourceOf,
  symlink,
} from './sample-tree.ts';

const test = suite('capturing a tree');
const LATER = { mtime: EPOCH + 500 };
const BASE = [
  folder('etc'),
  file('etc/hosts.allow', 'all'),
  file('etc/motd', 'hello'),
  folder('usr'),
  folder('usr/share', { mode: 0o2775, gid: 50 }),
  folder('usr/share/doc'),
  file('usr/share/doc/readme', 'read me'),
];

test('a tree that is its base has nothing to lay on it', async ({ signal }) => {
  await using spool = await newSpool();
  const tree = await capture(BASE, BASE, { spool, signal });
  assert.equal([tree.changed, tree.removed], [[], []]);
  assert.is(tree.digest, (await scanTree(sourceOf(BASE), signal)).digest);
});

test('its manifest is read from the spool, as often as it is asked for', async ({ signal }) => {
  await using spool = await newSpool();
  const tree = await capture([], BASE, { spool, signal });
  const [first, second] = await Promise.all([tree.manifest(), tree.manifest()]);
  assert.equal(first, await manifestOf(BASE));
  assert.equal(second, first);
  assert.is.not(first, second);
});

test('where nobody wants its content, all of it is audited and none spooled', async ({ signal }) => {
  await using spool = await newSpool();
  const seen: string[] = [];
  const audit = {
    member() {},
    content: (path: string, piece: Buffer) => void seen.push(`${path}: ${piece}`),
  };
  const members = [file('a', 'all'), hardlink('b', 'a'), file('c', 'late', LATER)];
  const tree = await capture([], members, { spool, signal, audit, content: 'none' });
  assert.equal(seen, ['a: all', 'c: late']);
  assert.equal([tree.changed, tree.removed, tree.whole], [[], [], undefined]);
  assert.equal(await tree.manifest(), await manifestOf(members));
  const lines = (await manifestOf(members)).map((entry) => `${JSON.stringify(entry)}\n`);
  assert.is(spool.end, lines.join('').length);
});

test('what is new or other comes with its content, and with the folders above it', async ({ signal }) => {
  await using spool = await newSpool();
  // Each is seen in the first reading: one by its time, the others by their size.
  const news = [
    file('etc/motd', 'HELLO', LATER),
    file('etc/hosts.allow', 'none'),
    file('usr/share/doc/new', 'new'),
  ];
  const after = [...BASE, ...news];
  const source = sourceOf(after);
  const tree = await capture(BASE, source, { spool, signal });
  assert.is(source.reads, 1);
  assert.equal(await changedOf(tree), {
    etc: undefined,
    'etc/hosts.allow': 'none',
    'etc/motd': 'HELLO',
    usr: undefined,
    'usr/share': undefined,
    'usr/share/doc': undefined,
    'usr/share/doc/new': 'new',
  });
  const share = tree.changed.find(({ entry }) => entry.path === 'usr/share')?.entry;
  assert.equal([share?.mode, share?.gid], [0o2775, 50]);
  assert.equal(tree.removed, []);
});

test('no time is later than the epoch', async ({ signal }) => {
  await using spool = await newSpool();
  const tree = await capture([], [file('old', 'x', { mtime: 5 }), file('young', 'y', LATER)], {
    spool,
    signal,
  });
  assert.equal(
    tree.changed.map(({ mtime }) => mtime),
    [5, EPOCH],
  );
});

test('times alone make no difference', async ({ signal }) => {
  await using spool = await newSpool();
  const touched = BASE.map((member) => ({ ...member, ...LATER }));
  const tree = await capture(BASE, touched, { spool, signal });
  assert.equal([tree.changed, tree.removed], [[], []]);
  assert.is(tree.digest, (await scanTree(sourceOf(BASE), signal)).digest);
});

test('content that changed under an equal size and an old time is found, and read in a second reading', async ({
  signal,
}) => {
  await using spool = await newSpool();
  const source = sourceOf(BASE.map((one) => (one.path === 'etc/motd' ? file('etc/motd', 'HELLO') : one)));
  const tree = await capture(BASE, source, { spool, signal });
  assert.equal(await changedOf(tree), { etc: undefined, 'etc/motd': 'HELLO' });
  assert.is(source.reads, 2);
});

test('another mode, owner or capability is a change, and brings its content', async ({ signal }) => {
  const attributes = { 'security.capability': 'AQAAAg==' };
  for (const change of [{ mode: 0o600 }, { uid: 7 }, { gid: 7 }, { xattrs: attributes }]) {
    await using spool = await newSpool();
    const tree = await capture([file('f', 'same')], [file('f', 'same', change)], { spool, signal });
    assert.equal(await changedOf(tree), { f: 'same' }, JSON.stringify(change));
  }
});

test('attributes that no engine gives back are no part of a tree', async ({ signal }) => {
  const xattrs = { 'user.note': 'eA==', 'system.posix_acl_access': 'eA==' };
  const plain = await scanTree(sourceOf([file('f', 'x')]), signal);
  const noted = await scanTree(sourceOf([file('f', 'x', { xattrs })]), signal);
  assert.is(noted.digest, plain.digest);
  assert.not('xattrs' in (noted.manifest[0] ?? {}));
});

test('what is gone is named, of a folder only the folder, and the folders above it are set again', async ({
  signal,
}) => {
  await using spool = await newSpool();
  const gone = await capture(BASE, [folder('etc'), folder('usr')], { spool, signal });
  assert.equal(gone.removed, ['etc/hosts.allow', 'etc/motd', 'usr/share']);
  assert.equal(await changedOf(gone), { etc: undefined, usr: undefined });
  const deep = await capture(BASE, BASE.slice(0, -1), { spool, signal });
  assert.equal(deep.removed, ['usr/share/doc/readme']);
  assert.equal(Object.keys(await changedOf(deep)), ['usr', 'usr/share', 'usr/share/doc']);
});

test('a name that begins like a removed folder is not taken for a part of it', async ({ signal }) => {
  await using spool = await newSpool();
  const before = [folder('a'), file('a-b'), file('a/x'), folder('a.d'), file('a.d/x')];
  const tree = await capture(before, [folder('a.d')], { spool, signal });
  assert.equal(tree.removed, ['a', 'a-b', 'a.d/x']);
});

test('a folder may become a file or a link, and a file a folder', async ({ signal }) => {
  await using spool = await newSpool();
  const before = [
    folder('a'),
    folder('a/deep'),
    file('a/deep/x'),
    file('b', 'was a file'),
    folder('c'),
    file('c/y'),
  ];
  const after = [file('a', 'now a file'), folder('b'), file('b/z', 'z'), symlink('c', 'b')];
  const tree = await capture(before, after, { spool, signal });
  assert.equal(await changedOf(tree), { a: 'now a file', b: undefined, 'b/z': 'z', c: undefined });
  assert.equal(tree.removed, [], 'what was in them goes with them');
});

test('hardlinks share one content, which is spooled and counted once', async ({ signal }) => {
  await using spool = await newSpool();
  const after = [file('a', 'shared', LATER), hardlink('b', 'a'), hardlink('c', 'b')];
  const tree = await capture([], after, { spool, signal });
  assert.equal(await changedOf(tree), { a: 'shared', b: 'shared', c: 'shared' });
  assert.is(tree.bytes, 6);
  assert.equal(new Set(tree.changed.map(({ content }) => content?.offset)).size, 1);
  assert.equal(new Set((await tree.manifest()).map(({ sha256 }) => sha256)).size, 1);
  assert.equal(await tree.manifest(), await manifestOf(['a', 'b', 'c'].map((path) => file(path, 'shared'))));
});

test('a new link to a file of the base brings that content along', async ({ signal }) => {
  await using spool = await newSpool();
  const source = sourceOf([file('a', 'old'), hardlink('y', 'a'), hardlink('z', 'y')]);
  const tree = await capture([file('a', 'old')], source, { spool, signal });
  assert.equal(await changedOf(tree), { y: 'old', z: 'old' });
  assert.is(source.reads, 2);
});

test('a hardlink to what is not there is an error', async ({ signal }) => {
  await rejects<Error>(scanTree(sourceOf([hardlink('b', 'a')]), signal), /b is a hardlink to a/);
});

test('a tree that changes while it is read is an error', async ({ signal }) => {
  const before = [file('a', 'AAAA'), file('b', 'x')];
  for (const second of [[file('a', 'ZZZZ')], [file('b', 'x')]]) {
    await using spool = await newSpool();
    const source = sourceOf((reading) => (reading === 1 ? [file('a', 'BBBB'), file('b', 'x')] : second));
    await rejects<Error>(capture(before, source, { spool, signal }), /while the tree was read/);
  }
});

test.run();
