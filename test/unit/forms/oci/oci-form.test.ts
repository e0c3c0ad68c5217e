import * as assert from 'uvu/assert';
import { digestOf } from '../../../../src/core/digest.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { ociForm } from '../../../../src/forms/oci/oci-form.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { newSpool } from '../../tree/new-spool.ts';
import { capture, EPOCH, file } from '../../tree/sample-tree.ts';
import { type FakeStore, fakeStore } from './fake-store.ts';

const test = suite('oci form, on a fake of an engine');
const SPEC = { bake: 'b', baseLayers: [digestOf('base')], architecture: 'amd64', epoch: EPOCH, run: {} };

async function mastered(store: FakeStore, scope: Scope, signal: AbortSignal) {
  await using spool = await newSpool();
  const tree = await capture([], [file('a', 'x', { mtime: EPOCH + 1 })], { spool, signal });
  return await ociForm(store, 'b').master(tree, SPEC, scope, signal);
}

test('what was mastered is removed with its names when the scope closes', async ({ signal }) => {
  const store = fakeStore();
  const scope = new Scope();
  const image = await mastered(store, scope, signal);
  assert.is(await image.name('web', '7'), 'kiln/web:7');
  assert.equal(
    [...store.images.values()].map(({ id, tags }) => [id, tags]),
    [[image.ref.digest, ['kiln/web:7']]],
  );
  const [outcome] = await scope.close();
  assert.equal([outcome?.state, outcome?.label], ['removed', `image ${image.ref.digest}`]);
  assert.is(store.images.size, 0);
});

test('what is kept stays, with its names', async ({ signal }) => {
  const store = fakeStore();
  const scope = new Scope();
  const image = await mastered(store, scope, signal);
  await image.name('web', '7');
  image.keep();
  assert.equal(await scope.close(), []);
  assert.equal(store.images.get(image.ref.digest)?.tags, ['kiln/web:7']);
});

test('an image that an earlier version has too stays with that', async ({ signal }) => {
  const store = fakeStore();
  const first = await mastered(store, new Scope(), signal);
  await first.name('web', '6');
  first.keep();
  const scope = new Scope();
  const second = await mastered(store, scope, signal);
  assert.is(second.ref.digest, first.ref.digest);
  await second.name('web', '7');
  await scope.close();
  assert.equal(store.images.get(first.ref.digest)?.tags, ['kiln/web:6']);
});

test('an engine that then does not have the image is an error, and nothing stays registered', async ({
  signal,
}) => {
  const scope = new Scope();
  const fault = await rejects(mastered(fakeStore([], { forgetful: true }), scope, signal), {
    code: 'DIGEST_MISMATCH',
  });
  assert.match(fault.hint ?? '', 'containerd');
  assert.equal(
    (await scope.close()).map(({ state }) => state),
    ['removed'],
  );
});

test.run();
