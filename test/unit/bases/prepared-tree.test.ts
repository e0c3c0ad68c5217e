import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type NewTree, preparedTree } from '../../../src/bases/prepared-tree.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { sleep } from '../../../src/core/wait.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { fakeStore } from '../forms/oci/fake-store.ts';
import { EPOCH, file, folder, manifestOf, sourceOf } from '../tree/sample-tree.ts';
import { sampleContext } from './sample-context.ts';

const test = suite('a base made from a tree, on a fake of an engine');
const DIGEST = digestOf('inputs');
const MEMBERS = [
  folder('etc'),
  file('etc/machine-id', '0123'),
  file('etc/motd', 'hello'),
  file('usr.pyc', 'x'),
];

/** A tree to make the base from, and how often it was asked for. */
function making() {
  const made = { times: 0 };
  const make = async (): Promise<NewTree> => {
    made.times++;
    return { source: sourceOf(MEMBERS), architecture: 'amd64', epoch: EPOCH };
  };
  return { made, make };
}

test('it is sealed, loaded, named and kept, and made only once', async ({ signal }) => {
  const store = fakeStore();
  const { made, make } = making();
  await using sample = await sampleContext(store, signal);
  const first = await preparedTree(DIGEST, sample.context, make);
  const second = await preparedTree(DIGEST, sample.context, make);
  assert.is(made.times, 1);
  assert.equal([second.image, second.tree, second.layers], [first.image, first.tree, first.layers]);
  assert.equal([first.epoch, first.architecture], [EPOCH, 'amd64']);
  const sealed = MEMBERS.map((one) => (one.path === 'etc/machine-id' ? file(one.path) : one));
  assert.equal(await first.manifest(), await manifestOf(sealed));
  assert.equal(await second.manifest(), await first.manifest());
  await sample.context.scope.close();
  assert.equal(
    [...store.images.values()].map(({ tags }) => tags),
    [[`kiln/base:${DIGEST.slice(7, 19)}`]],
  );
});

test('two that want it at once make it once', async ({ signal }) => {
  const { made, make } = making();
  await using sample = await sampleContext(fakeStore(), signal);
  const slow = async () => {
    await sleep(20, signal);
    return await make();
  };
  const both = await Promise.all([1, 2].map(() => preparedTree(DIGEST, sample.context, slow)));
  assert.is(made.times, 1);
  assert.is(both[0]?.image, both[1]?.image);
});

test('it is made again when the engine lost the image, or the cache is damaged', async ({ signal }) => {
  const store = fakeStore();
  const { made, make } = making();
  await using sample = await sampleContext(store, signal);
  await preparedTree(DIGEST, sample.context, make);
  const cache = join(sample.context.cache, DIGEST.slice(7));
  const losses = [
    () => store.images.clear(),
    () => rm(join(cache, 'manifest.ndjson.gz')),
    () => writeFile(join(cache, 'base.json'), '{'),
  ];
  for (const [index, lose] of losses.entries()) {
    await lose();
    const { image } = await preparedTree(DIGEST, sample.context, make);
    assert.is(made.times, index + 2);
    assert.ok(store.images.has(image));
  }
});

test('one that cannot be made leaves no image, no name, no lock and no file that looks like a base', async ({
  signal,
}) => {
  const store = fakeStore();
  await using sample = await sampleContext(store, signal);
  const cache = join(sample.context.cache, DIGEST.slice(7));
  const broken = async () => Promise.reject(new Error('no mirror'));
  await rejects<Error>(preparedTree(DIGEST, sample.context, broken), /no mirror/);
  assert.equal(await readdir(cache), []);
  // A folder where the last file should go: all before it has been done by then.
  await mkdir(join(cache, 'base.json', 'in the way'), { recursive: true });
  await rejects<Error>(preparedTree(DIGEST, sample.context, making().make), /EISDIR|ENOTEMPTY|EEXIST/);
  await sample.context.scope.close();
  assert.is(store.images.size, 0);
  assert.equal((await readdir(cache)).sort(), ['base.json', 'manifest.ndjson.gz']);
});

test.run();
