import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { imageBase } from '../../../src/bases/image-base.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { scanTree } from '../../../src/tree/capture.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { fakeStore, sampleImage } from '../forms/oci/fake-store.ts';
import { file, sourceOf } from '../tree/sample-tree.ts';
import { sampleContext } from './sample-context.ts';

const test = suite('a base that is an image, on a fake of an engine');
const PINNED = `registry.test:5000/debian@${digestOf('manifest')}`;
const TAG = 'registry.test:5000/debian:12';
const IMAGE = sampleImage({ tags: [TAG], repoDigests: [PINNED, `other/debian@${digestOf('x')}`] });
const NEWER = sampleImage({ id: digestOf('newer'), tags: [TAG], repoDigests: [PINNED.replace(/.$/, '0')] });

test('one that is named by digest is taken from the engine, and asked for only when it is not there', async ({
  signal,
}) => {
  const present = fakeStore([IMAGE]);
  await using here = await sampleContext(present, signal);
  const base = await imageBase('debian', { image: PINNED }, here.context);
  assert.equal([base.digest, base.source, present.calls], [IMAGE.id, `image ${PINNED}`, []]);
  const empty = fakeStore([], { registry: { [PINNED]: IMAGE } });
  await using there = await sampleContext(empty, signal);
  assert.is((await imageBase('debian', { image: PINNED }, there.context)).digest, IMAGE.id);
  assert.equal(empty.calls, [`pull ${PINNED}`]);
});

test('a tag is asked for anew, and the digest that it stands for today is recorded', async ({ signal }) => {
  const store = fakeStore([{ ...IMAGE, tags: [] }], { registry: { [TAG]: NEWER } });
  await using sample = await sampleContext(store, signal);
  const base = await imageBase('debian', { image: TAG }, sample.context);
  assert.equal([base.digest, base.source], [NEWER.id, `image ${NEWER.repoDigests[0]}`]);
});

test("a tag that the registry does not give is the engine's own, and that is said", async ({ signal }) => {
  await using sample = await sampleContext(fakeStore([IMAGE]), signal);
  assert.is((await imageBase('debian', { image: TAG }, sample.context)).digest, IMAGE.id);
  assert.match(sample.notes.join('\n'), /did not give .* \(not found\): the engine's own .* is taken/);
});

test('one that is nowhere is BASE_FAILED with what the registry said', async ({ signal }) => {
  await using sample = await sampleContext(fakeStore(), signal);
  for (const image of [TAG, PINNED]) {
    const fault = await rejects(imageBase('debian', { image }, sample.context), { code: 'BASE_FAILED' });
    assert.match(fault.message, image);
    assert.equal(fault.details, ['not found']);
  }
});

test('an abort while the registry is asked is no failure of the base', async ({ signal }) => {
  const stop = new AbortController();
  const store = fakeStore([IMAGE]);
  const pull = async () => {
    stop.abort(new Error('stopped'));
    throw new Error('aborted');
  };
  await using sample = await sampleContext({ ...store, pull }, AbortSignal.any([signal, stop.signal]));
  await rejects<Error>(imageBase('debian', { image: TAG }, sample.context), /^stopped$/);
});

test('its tree is read once and kept, and read again when what was kept is damaged', async ({ signal }) => {
  const members = [file('etc/os-release', 'Debian')];
  const store = fakeStore([IMAGE], { tree: () => sourceOf(members) });
  await using sample = await sampleContext(store, signal);
  const base = await imageBase('debian', { image: PINNED }, sample.context);
  const expected = await scanTree(sourceOf(members), signal);
  for (let time = 0; time < 2; time++) {
    const ready = await base.prepare();
    assert.equal([ready.tree, await ready.manifest()], [expected.digest, expected.manifest]);
    assert.equal([ready.image, ready.layers, ready.run], [IMAGE.id, IMAGE.diffIds, IMAGE.run]);
  }
  assert.equal(store.calls, [`read ${IMAGE.id}`]);
  const [folder = ''] = await readdir(sample.context.cache);
  await rm(join(sample.context.cache, folder, 'manifest.ndjson.gz'));
  assert.is((await base.prepare()).tree, expected.digest);
  assert.is(store.calls.length, 2);
});

test('its epoch is when it was made, in whole seconds, and 0 where it does not say', async ({ signal }) => {
  const epochs: number[] = [];
  for (const created of ['2026-05-05T05:05:05.678Z', '0001-01-01T00:00:00Z', '']) {
    await using sample = await sampleContext(fakeStore([{ ...IMAGE, created }]), signal);
    epochs.push((await (await imageBase('debian', { image: PINNED }, sample.context)).prepare()).epoch);
  }
  assert.equal(epochs, [Date.UTC(2026, 4, 5, 5, 5, 5) / 1000, 0, 0]);
});

test('its volumes are named, since what is written there is in no image', async ({ signal }) => {
  const store = fakeStore([{ ...IMAGE, volumes: ['/data'] }]);
  await using sample = await sampleContext(store, signal);
  await (await imageBase('debian', { image: PINNED }, sample.context)).prepare();
  assert.match(sample.notes.join('\n'), 'debian declares /data a volume');
});

test.run();
