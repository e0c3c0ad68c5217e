import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareTrees, type Difference, differences } from '../../../src/tree/compare.ts';
import { byPath, type TreeEntry } from '../../../src/tree/entry.ts';
import { suite } from '../../support/suite.ts';

const test = suite('comparison of two trees');

const file: TreeEntry = {
  path: 'etc/motd',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 2,
  sha256: 'aa',
};
const link: TreeEntry = { path: 'bin', type: 'symlink', mode: 0o777, uid: 0, gid: 0, target: 'usr/bin' };
const device: TreeEntry = {
  path: 'dev/null',
  type: 'character',
  mode: 0o666,
  uid: 0,
  gid: 0,
  device: [1, 3],
};

const CHANGES: readonly [string, TreeEntry, Partial<TreeEntry>, Difference[]][] = [
  ["a file's bytes are its content", file, { sha256: 'bb' }, ['content']],
  ['permission bits are the mode', file, { mode: 0o4755 }, ['mode']],
  ['the user is the owner', file, { uid: 1 }, ['owner']],
  ['the group is the owner', file, { gid: 1 }, ['owner']],
  ['a capability is an attribute', file, { xattrs: { 'security.capability': 'AQ==' } }, ['xattrs']],
  ['a link that leads elsewhere has another target', link, { target: 'bin2' }, ['target']],
  ['a device of another number is another device', device, { device: [1, 5] }, ['device']],
  [
    'several differences are all named',
    file,
    { sha256: 'bb', size: 3, mode: 0o600, uid: 5 },
    ['content', 'mode', 'owner'],
  ],
];

for (const [name, before, change, what] of CHANGES) {
  test(name, () => {
    const after = { ...before, ...change };
    assert.equal(compareTrees([before], [after]), [
      { path: before.path, kind: 'changed', what, before, after },
    ]);
  });
}

test('a file that becomes a link is another type, and its content is not compared', () => {
  const { size: _size, sha256: _sha256, ...rest } = file;
  assert.equal(differences(file, { ...rest, type: 'symlink', target: 'x' }), ['type']);
});

test('what is in one tree only was added or removed', () => {
  assert.equal(
    compareTrees([link, file], [device, file]).map(({ path, kind }) => [path, kind]),
    [
      ['bin', 'removed'],
      ['dev/null', 'added'],
    ],
  );
});

test('a tree out of order is a bug, not a comparison', () => {
  assert.throws(() => compareTrees([file, link], []), /out of order: "bin" after "etc\/motd"/);
  assert.throws(() => compareTrees([], [file, file]), /out of order/);
});

const name = fc.constantFrom('a', 'a-b', 'b', 'usr', 'é', '\u{1f525}', '\udcff', '\ue000');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const attributes = {
  mode: fc.constantFrom(0o644, 0o755, 0o4755),
  uid: fc.constantFrom(0, 33),
  gid: fc.constantFrom(0, 33),
};
const plain = { noNullPrototype: true };
const entry = fc.oneof(
  fc.record({ path, type: fc.constant('directory' as const), ...attributes }, plain),
  fc.record(
    { path, type: fc.constant('symlink' as const), ...attributes, target: fc.constantFrom('x', 'y') },
    plain,
  ),
  fc.record(
    {
      path,
      type: fc.constant('file' as const),
      ...attributes,
      size: fc.nat(2),
      sha256: fc.constantFrom('aa', 'bb'),
    },
    plain,
  ),
);
const tree = fc.array(entry, { maxLength: 30 }).map((entries) => {
  const byName = new Map(entries.map((one): [string, TreeEntry] => [one.path, one]));
  return [...byName.values()].sort(byPath);
});

test('a tree does not differ from itself', () => {
  fc.assert(fc.property(tree, (one) => assert.equal(compareTrees(one, structuredClone(one)), [])));
});

test('the changes applied to the first tree give the second', () => {
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const result = new Map(before.map((one) => [one.path, one]));
      for (const change of compareTrees(before, after)) {
        assert.is(change.what.length > 0, change.kind === 'changed');
        if (change.kind === 'removed') assert.ok(result.delete(change.path));
        else if (change.after) result.set(change.path, change.after);
      }
      assert.equal([...result.values()].sort(byPath), after);
    }),
  );
});

test('changes come in the order of the trees, each path once', () => {
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const paths = compareTrees(before, after).map((change) => change.path);
      assert.equal(
        paths,
        [...new Set(paths)].sort((a, b) => (a < b ? -1 : 1)),
      );
    }),
  );
});

test('what is added one way is removed the other way', () => {
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const back = { added: 'removed', removed: 'added', changed: 'changed' } as const;
      assert.equal(
        compareTrees(after, before).map((change) => [change.path, back[change.kind], change.what]),
        compareTrees(before, after).map((change) => [change.path, change.kind, change.what]),
      );
    }),
  );
});

test.run();
