import { buffer } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { digestOf } from '../../../../src/core/digest.ts';
import { archiveOf } from '../../../../src/forms/oci/archive.ts';
import { configBytes } from '../../../../src/forms/oci/config.ts';
import { suite } from '../../../support/suite.ts';
import { readAll } from '../../core/tar/bytes.ts';
import { newSpool } from '../../tree/new-spool.ts';
import { capture, EPOCH, file, folder } from '../../tree/sample-tree.ts';

const test = suite('oci archive');
const BASE = [digestOf('layer 0'), digestOf('layer 1')];
const INPUT = { architecture: 'amd64', epoch: EPOCH, run: { Cmd: ['/bin/true'], Env: ['A=b'] } };

async function sampleTree(signal: AbortSignal, content = 'new') {
  const spool = await newSpool();
  const tree = await capture([], [folder('etc'), file('etc/a', content, { mtime: EPOCH + 9 })], {
    spool,
    signal,
  });
  return { tree, [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose]() };
}

test('it holds one layer, the config and a manifest that names the layers of the base too', async ({
  signal,
}) => {
  await using sample = await sampleTree(signal);
  const archive = archiveOf(sample.tree, BASE, INPUT);
  const members = await readAll(await buffer(archive.bytes));
  assert.equal(
    members.map(({ path }) => path),
    ['layer.tar', 'config.json', 'manifest.json'],
  );
  const [layer, config, manifest] = members;
  assert.equal(JSON.parse(String(manifest?.content)), [
    { Config: 'config.json', RepoTags: null, Layers: ['base-0.tar', 'base-1.tar', 'layer.tar'] },
  ]);
  const { rootfs } = JSON.parse(String(config?.content)) as { rootfs: unknown };
  assert.equal(rootfs, { type: 'layers', diff_ids: [...BASE, digestOf(layer?.content ?? '')] });
  assert.is(archive.id(), digestOf(config?.content ?? ''), 'the id of an image is the digest of its config');
  const [, inner] = await readAll(layer?.content ?? Buffer.alloc(0));
  assert.equal([inner?.path, inner?.content.toString()], ['etc/a', 'new']);
});

test('a tree that is its base adds no layer', async ({ signal }) => {
  await using spool = await newSpool();
  const tree = await capture([file('a', 'x')], [file('a', 'x')], { spool, signal });
  const [config, manifest] = await readAll(await buffer(archiveOf(tree, BASE, INPUT).bytes));
  assert.equal(
    (JSON.parse(String(config?.content)) as { rootfs: { diff_ids: unknown } }).rootfs.diff_ids,
    BASE,
  );
  assert.equal((JSON.parse(String(manifest?.content)) as { Layers: unknown }[])[0]?.Layers, [
    'base-0.tar',
    'base-1.tar',
  ]);
});

test('the same tree gives the same bytes, another one another id', async ({ signal }) => {
  await using one = await sampleTree(signal);
  await using same = await sampleTree(signal);
  await using other = await sampleTree(signal, 'neu');
  const archives = [one, same, other].map(({ tree }) => archiveOf(tree, BASE, INPUT));
  const [first, second] = await Promise.all(archives.map(({ bytes }) => buffer(bytes)));
  assert.ok(first?.equals(second ?? Buffer.alloc(0)));
  const ids = archives.map((archive) => archive.id());
  assert.is(ids[0], ids[1]);
  assert.is.not(ids[0], ids[2]);
});

test('the id is not known before all has been read', async ({ signal }) => {
  await using sample = await sampleTree(signal);
  const archive = archiveOf(sample.tree, BASE, INPUT);
  assert.throws(() => archive.id(), /has not been read to its end/);
});

test('a config has no time but the epoch, and its keys in one order', () => {
  const bytes = configBytes({ ...INPUT, diffIds: BASE });
  const epoch = new Date(EPOCH * 1000).toISOString();
  const years = bytes.toString().match(/\d{4}-\d\d-\d\dT[^"]*/g) ?? [];
  assert.equal([...new Set(years)], [epoch]);
  const { created, history } = JSON.parse(bytes.toString()) as { created: string; history: unknown[] };
  assert.equal([created, history.length], [epoch, BASE.length], 'one entry of history for each layer');
  const { run, ...rest } = INPUT;
  const turned = { run: { Env: run.Env, Cmd: run.Cmd }, ...rest };
  assert.ok(configBytes({ diffIds: BASE, ...turned }).equals(bytes));
});

test.run();
