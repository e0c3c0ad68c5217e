import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type BakeWorkspace, bakeWorkspace } from '../support/bake-workspace.ts';
import { engineImage } from '../support/engine-image.ts';
import { missing } from '../support/engines.ts';
import { failedBake, makeBases } from '../support/failed-bake.ts';
import { readRecord } from '../support/records.ts';
import { startRegistry, unableToServeImages } from '../support/registry.ts';
import { suite } from '../support/suite.ts';

const test = suite('bases', { skip: await missing('docker') });

const SCRIPT = { 'provisioners/step.sh': 'echo golden > /opt/done\n' };

function template(
  name: string,
  base: string,
  creates = '/opt/done',
  init = 'init: none, command: [sleep, "60"]',
) {
  return {
    [`templates/${name}.yaml`]: `name: ${name}
base: ${base}
converge:
  - shell: { script: provisioners/step.sh, creates: ${creates} }
container: { ${init} }
`,
  };
}

function workspaceOn(base: string, more: Readonly<Record<string, string>> = {}): Promise<BakeWorkspace> {
  return bakeWorkspace({
    ...template('test-on', 'own'),
    'templates/bases/own.yaml': base,
    ...SCRIPT,
    ...more,
  });
}

async function bakeWell(
  workspace: BakeWorkspace,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const { exitCode, stdout, stderr } = await workspace.bake(['image', ...names], { signal });
  assert.is(exitCode, 0, `${stdout}\n${stderr}`);
  return stderr;
}

test('an image of the engine is a base by its name and by its id', async ({ signal }) => {
  await using image = await engineImage(signal);
  await image.tag('kiln-test/base:1');
  await using workspace = await workspaceOn('image: kiln-test/base:1\n');
  const said = await bakeWell(workspace, ['test-on'], signal);
  assert.match(said, `the engine's own ${image.id} is taken`);
  const byName = await readRecord(workspace, 'test-on', signal);
  assert.is(byName.base.digest, image.id);
  assert.is(byName.base.source, `image kiln-test/base:1 (${image.id})`);

  await workspace.write({ 'templates/bases/own.yaml': `image: ${image.id}\n` });
  await bakeWell(workspace, ['test-on'], signal);
  const byId = await readRecord(workspace, 'test-on', signal);
  assert.is(byId.base.source, `image ${image.id}`);
  assert.is(byId.digest, byName.digest);
  assert.equal(byId.bakeKey, byName.bakeKey);
});

test('an image that no registry gives is told with its digest', async ({ signal }) => {
  const ref = `localhost:1/none@sha256:${'0'.repeat(64)}`;
  await using workspace = await workspaceOn(`image: ${ref}\n`);
  const expected = { exitCode: 3, code: 'BASE_FAILED' } as const;
  const failed = await failedBake(workspace, ['test-on'], expected, { signal });
  assert.match(failed.fault.message, `the base image ${ref} is neither in the engine nor to be had`);
  assert.match(failed.said, 'connection refused');
  assert.is(failed.fault.hint, 'See whether the registry has that digest.');
});

test(
  'a registry’s image is a base by digest and by tag, and the digest is recorded',
  async ({ signal }) => {
    await using registry = await startRegistry(signal);
    await using image = await engineImage(signal);
    const name = `${registry.host}/base:1`;
    await image.tag(name);
    const digest = await image.push(name);
    const pinned = `${registry.host}/base@${digest}`;
    await image.remove();

    await using workspace = await workspaceOn(`image: ${pinned}\n`);
    assert.match(await bakeWell(workspace, ['test-on'], signal), `asking the registry for ${pinned}`);
    assert.is((await readRecord(workspace, 'test-on', signal)).base.source, `image ${pinned}`);
    assert.not.match(await bakeWell(workspace, ['test-on'], signal), 'asking the registry');

    await workspace.write({ 'templates/bases/own.yaml': `image: ${name}\n` });
    await bakeWell(workspace, ['test-on'], signal);
    const { base, digest: content } = await readRecord(workspace, 'test-on', signal);
    assert.is(base.source, `image ${pinned}`);
    assert.is(content, (await readRecord(workspace, 'test-on@1', signal)).digest);
  },
  { skip: await unableToServeImages() },
);

test(
  'a registry that gives another content than the digest asked for is refused',
  async ({ signal }) => {
    await using registry = await startRegistry(signal);
    await using image = await engineImage(signal);
    const name = `${registry.host}/base:1`;
    await image.tag(name);
    const hex = (await image.push(name)).replace('sha256:', '');
    await image.remove();
    const blob = join(registry.storage, `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`);
    await rm(blob);
    await writeFile(blob, '{"schemaVersion": 2}');

    await using workspace = await workspaceOn(`image: ${registry.host}/base@sha256:${hex}\n`);
    const expected = { exitCode: 3, code: 'DIGEST_MISMATCH' } as const;
    const failed = await failedBake(workspace, ['test-on'], expected, { signal });
    assert.match(failed.said, `${registry.host}/base@sha256:${hex}`);
  },
  { skip: await unableToServeImages() },
);

test('an image that is the base of another is baked first, whatever the order they are named in', async ({
  signal,
}) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await bakeWorkspace({
    ...template('test-first', 'debian-12-minimal'),
    ...template('test-second', 'hardened', '/opt/second'),
    'templates/bases/hardened.yaml': 'bake: test-first\n',
    'provisioners/step.sh': 'test ! -e /opt/done || touch /opt/second; echo golden > /opt/done\n',
  });
  const expected = { exitCode: 3, code: 'BASE_FAILED' } as const;
  const failed = await failedBake(workspace, ['test-second'], expected, { signal });
  assert.match(failed.fault.message, 'the base hardened is the image of test-first, which has none yet');
  assert.is(failed.fault.hint, 'Bake it first: `bake image test-first`.');

  await bakeWell(workspace, ['test-second', 'test-first'], signal);
  const first = await readRecord(workspace, 'test-first', signal);
  const second = await readRecord(workspace, 'test-second', signal);
  assert.is(second.base.source, 'bake test-first@1');
  assert.is(second.base.digest, first.digest);
  assert.is(second.base.tree, first.digest);
  assert.is(second.base.image, 'test-first@1');
  assert.is(second.runtime?.init, 'none');

  await workspace.write({ 'provisioners/step.sh': 'exit 3\n' });
  const { exitCode, stdout } = await workspace.bake(['image', 'test-second', 'test-first', '--json'], {
    signal,
  });
  assert.is(exitCode, 3, stdout);
  assert.equal(
    JSON.parse(stdout).map(({ error }: { error: { code: string; message: string } }) => [
      error.code,
      error.message,
    ]),
    [
      ['BASE_FAILED', 'test-second was not baked: its base test-first failed'],
      ['CONVERGE_FAILED', 'shell provisioners/step.sh: failed'],
    ],
  );
});

test('a mirror that does not answer is told with its address', async ({ signal }) => {
  await using workspace = await workspaceOn('debian: bookworm\nmirror: http://127.0.0.1:1/\n');
  const expected = { exitCode: 3, code: 'MIRROR_UNREACHABLE' } as const;
  const failed = await failedBake(workspace, ['test-on'], expected, { signal });
  assert.match(failed.fault.message, 'http://127.0.0.1:1/dists/bookworm/InRelease');
  assert.match(failed.said, 'Connection refused');
});

test('a package that does not exist is named', async ({ signal }) => {
  await using workspace = await workspaceOn('debian: bookworm\ninclude: [no-such-tool]\n');
  const env = { XDG_CACHE_HOME: join(workspace.home, 'cache') };
  const expected = { exitCode: 3, code: 'BASE_FAILED' } as const;
  const failed = await failedBake(workspace, ['test-on'], expected, { signal, env });
  assert.match(failed.said, 'Unable to locate package no-such-tool');
  assert.match(failed.stderr, 'Unable to locate package no-such-tool');
});

test('a base without systemd under a template that needs it is told at once', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await bakeWorkspace({
    ...template('test-on', 'debian-12-minimal', '/opt/done', 'init: systemd'),
    ...SCRIPT,
  });
  const started = performance.now();
  const expected = { exitCode: 3, code: 'MACHINE_NOT_READY' } as const;
  const failed = await failedBake(workspace, ['test-on'], expected, { signal });
  const took = performance.now() - started;
  assert.ok(took < 15_000, `it took ${took} ms`);
  assert.is(failed.fault.message, 'systemd did not come up in the machine: it ended with exit code 127');
  assert.match(failed.fault.details.join('\n'), '/lib/systemd/systemd: not found');
});

test.run();
