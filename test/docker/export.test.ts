import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../src/catalogue/file-store.ts';
import type { Digest } from '../../src/core/digest.ts';
import { Scope } from '../../src/core/scope.ts';
import type { TarInput } from '../../src/core/tar/member.ts';
import { readTar } from '../../src/core/tar/reader.ts';
import { ociForm } from '../../src/forms/oci/oci-form.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { addressOf } from '../../src/platforms/docker/find-engine.ts';
import { imageStore } from '../../src/platforms/docker/image-store.ts';
import { captureTree, scanTree } from '../../src/tree/capture.ts';
import { Spool } from '../../src/tree/spool.ts';
import { missing } from '../support/engines.ts';
import { suite } from '../support/suite.ts';
import { sampleDraft } from '../unit/catalogue/sample-record.ts';
import { runCli } from '../unit/cli/run-cli.ts';
import { EPOCH, file, folder, hardlink, sourceOf, symlink } from '../unit/tree/sample-tree.ts';

const run = promisify(execFile);
const skopeo = await run('skopeo', ['--version']).then(
  () => false as const,
  () => 'skopeo is not installed (apt-get install skopeo)',
);
const test = suite('export of a container image', { skip: await missing('docker') });

/** With the folders that an engine makes in every container, and of a content that no other image has. */
const below = (): TarInput[] => [
  ...['dev', 'etc', 'proc', 'sys', 'usr'].map((path) => folder(path)),
  file('etc/base', randomUUID()),
  file('usr/gone', 'gone'),
];
const above = (base: readonly TarInput[]): TarInput[] => [
  ...base.filter(({ path }) => path !== 'usr/gone'),
  file('usr/ping', 'ELF', {
    mode: 0o4755,
    xattrs: { 'security.capability': 'AQAAAgAgAAAAAAAAAAAAAAAAAAA=' },
  }),
  hardlink('usr/ping-2', 'usr/ping'),
  symlink('usr/link', 'ping'),
  { ...file('usr/null'), type: 'character', device: [1, 3] },
  { ...file('usr/pipe', '', { uid: 4_000_000 }), type: 'fifo' },
];

/** A catalogue with one image of two layers, made as bakes make them; all of it goes in the end. */
async function exportable(scope: Scope, signal: AbortSignal) {
  const home = await mkdtemp(join(tmpdir(), 'kiln-test-'));
  scope.defer('folder', () => rm(home, { recursive: true, force: true }));
  const engine = await connectEngine(signal);
  const images = imageStore(engine);
  const form = ociForm(images, 'test');
  const spool = await Spool.create(join(home, 'work', 'tree'));
  scope.defer('spool', () => spool[Symbol.asyncDispose]());
  const common = { bake: 'test', architecture: 'amd64', epoch: EPOCH };
  const members = below();
  const base = await captureTree(sourceOf(members), {
    base: [],
    content: 'changed',
    epoch: EPOCH,
    spool,
    signal,
  });
  const { ref } = await form.master(base, { ...common, baseLayers: [], run: { Cmd: ['-'] } }, scope, signal);
  const baseLayers = (await images.inspect(ref.digest, signal))?.diffIds ?? [];
  const source = sourceOf(above(members));
  const tree = await captureTree(source, {
    ...{ base: await base.manifest(), content: 'changed' },
    ...{ epoch: EPOCH, spool, signal },
  });
  const labelled = { Cmd: ['-'], Labels: { 'kiln.digest': tree.digest } };
  const mastered = await form.master(tree, { ...common, baseLayers, run: labelled }, scope, signal);
  const template = `test-export-${randomUUID().slice(0, 8)}`;
  const draft = { ...sampleDraft(), template, digest: tree.digest, bytes: tree.bytes };
  await openFileCatalogue(home).publish(draft, async (version) => [
    await mastered.publish(template, version),
  ]);
  const tag = `kiln/${template}:1`;
  const id = mastered.ref.digest;
  const env = { KILN_HOME: home, DOCKER_HOST: addressOf(engine.address) };
  return {
    home,
    template,
    tag,
    id,
    tree,
    images,
    docker: engine.docker,
    bake: (...args: string[]) => runCli('src/cli/bake.ts', args, env),
    /** Takes the image and its base from the engine, layers and all. */
    async forget() {
      await images.untag(tag);
      for (const digest of [id, ref.digest]) await images.removeNameless(digest);
      assert.is(await images.inspect(id, signal), undefined);
    },
  };
}

test('an oci archive is loaded by an engine that has nothing of it, as the very same image', async ({
  signal,
}) => {
  await using scope = new Scope();
  const { home, template, tag, id, tree, images, bake, forget } = await exportable(scope, signal);
  const out = join(home, 'web image.tar');
  const { code, stdout, stderr } = await bake('export', template, '--format', 'oci', '-o', out);
  assert.equal([code, withoutProgress(stderr)], [0, '']);
  await run('sh', ['-c', 'printf "%s" "$1" | sha256sum --strict --check', 'sh', stdout]);
  const again = await bake('export', `${template}@1`, '--format', 'oci', '-o', join(home, '2'), '--json');
  const { sha256, digest } = JSON.parse(again.stdout);
  assert.equal([sha256, digest], [stdout.slice(0, 64), tree.digest]);

  await forget();
  await images.load(createReadStream(out), signal);
  assert.is((await images.inspect(tag, signal))?.id, id);
  const loaded = await scanTree(await images.readTree(id, 'test', scope, signal), signal);
  assert.is(loaded.digest, tree.digest);
});

test(
  'another program reads an oci archive, and every blob in it',
  async ({ signal }) => {
    await using scope = new Scope();
    const { home, template, id, images, bake } = await exportable(scope, signal);
    const out = join(home, 'web.oci');
    assert.is((await bake('export', template, '--format', 'oci', '-o', out)).code, 0);
    const inspected = JSON.parse((await run('skopeo', ['inspect', `oci-archive:${out}`])).stdout);
    const { diffIds } = (await images.inspect(id, signal)) ?? {};
    assert.equal([inspected.Architecture, inspected.Layers], ['amd64', diffIds]);
    await run('skopeo', ['copy', `oci-archive:${out}`, `dir:${join(home, 'copy')}`]);
  },
  { skip: skopeo },
);

test('a tar has the tree of the image, and so has the container that is made of it', async ({ signal }) => {
  await using scope = new Scope();
  const { home, template, tree, images, docker, bake } = await exportable(scope, signal);
  const out = join(home, 'web.tar');
  const { code, stderr } = await bake('export', template, '--format', 'tar', '-o', out);
  assert.equal([code, withoutProgress(stderr)], [0, '']);
  const read = await scanTree({ read: () => readTar(createReadStream(out)) }, signal);
  assert.is(read.digest, tree.digest);
  // What is told about a time, an owner or an attribute is told on stderr.
  const listed = await run('tar', ['--list', '--verbose', '--file', out]);
  assert.is(listed.stderr, '');

  const said = (await docker.importImage(createReadStream(out))) as NodeJS.ReadableStream;
  let text = '';
  for await (const piece of said) text += piece;
  const imported = /sha256:[0-9a-f]{64}/.exec(text)?.[0] as Digest;
  scope.defer('imported image', () => images.removeNameless(imported));
  const source = await images.readTree(imported, 'test', scope, signal);
  assert.is((await scanTree(source, signal)).digest, tree.digest);
});

test('an image that the engine has no more is not exported, and what to do is told', async ({ signal }) => {
  await using scope = new Scope();
  const { home, template, bake, forget } = await exportable(scope, signal);
  await forget();
  for (const format of ['oci', 'tar']) {
    const out = join(home, format);
    const { code, stdout, stderr } = await bake('export', template, '--format', format, '-o', out);
    assert.equal([code, stdout], [1, '']);
    assert.match(stderr, 'its container image is not in the engine');
  }
});

test.run();

/** How far it has come is told only where it takes long. */
function withoutProgress(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !/\d %$/.test(line))
    .join('');
}
