import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ownerOf } from '../../src/core/process-owner.ts';
import { sleep } from '../../src/core/wait.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { missing } from '../support/engines.ts';
import { instancesOf } from '../support/instances.ts';
import { killAt } from '../support/kill-at.ts';
import { type PageWorkspace, pageWorkspace } from '../support/launch-page.ts';
import { readRecord } from '../support/records.ts';
import { suite } from '../support/suite.ts';
import { readPage } from '../support/visit.ts';

const test = suite('pruning images of an engine', { skip: await missing('docker') });

const TOP = `name: test-top
base: test-page
container: { init: none, command: [sleep, infinity] }
probe: { timeout: 5s, interval: 100ms, success-threshold: 1, stable-for: 100ms }
`;

interface PruneJson {
  readonly remove: readonly { readonly name: string }[];
  readonly held: readonly { readonly name: string; readonly why: readonly string[] }[];
  readonly done?: {
    readonly images: readonly {
      readonly name: string;
      readonly parts: readonly { readonly part: string; readonly state: string; readonly why?: string }[];
    }[];
  };
}

async function pruned(
  workspace: PageWorkspace,
  argv: readonly string[],
  signal: AbortSignal,
  expected = 0,
): Promise<PruneJson> {
  const { exitCode, stdout, stderr } = await workspace.bake(['prune', ...argv, '--json'], { signal });
  assert.is(exitCode, expected, `${stdout}\n${stderr}`);
  return JSON.parse(stdout);
}

/** The names that the engine has for images of a template. */
async function namesInEngine(template: string): Promise<string[]> {
  const { docker } = await connectEngine(AbortSignal.timeout(10_000));
  const images = await docker.listImages();
  const names = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  return names.filter((name) => name.startsWith(`kiln/${template}:`)).sort();
}

async function isInEngine(id: string): Promise<boolean> {
  const { docker } = await connectEngine(AbortSignal.timeout(10_000));
  return await docker
    .getImage(id)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

function recordsOf({ home }: PageWorkspace): Promise<string[]> {
  return readdir(join(home, 'records/test-page')).then((names) => names.sort());
}

/** Waits until it is so. */
async function until(isSo: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await isSo())) await sleep(50, signal);
}

test('what runs, what a rollback leads to and a base stay; the rest goes, whenever a prune is killed', async ({
  signal,
}) => {
  await using workspace = await pageWorkspace(signal);
  await workspace.write({
    'templates/defaults.yaml': 'keep: { last: 1 }\n',
    'templates/test-top.yaml': TOP,
    'templates/bases/test-page.yaml': 'bake: test-page\n',
  });
  const bakes = async (name: string) => {
    const { exitCode, stderr } = await workspace.bake(['image', name], { signal });
    assert.is(exitCode, 0, stderr);
  };
  await workspace.bakePage('one');
  await bakes('test-top');
  await workspace.bakePage('two');
  await workspace.bakePage('three');
  await workspace.launched([]);
  await workspace.bakePage('four');
  await workspace.launched([]);
  await workspace.bakePage('five');
  const page = (version: number) => `kiln/test-page:${version}`;
  const second = await readRecord(workspace, 'test-page@2', signal);
  const folder = join(workspace.home, 'images', second.digest.slice('sha256:'.length));
  const id = second.forms[0]?.digest ?? '';

  const files = await workspace.files();
  const dry = await pruned(workspace, [], signal);
  assert.equal(
    dry.remove.map(({ name }) => name),
    ['test-page@2'],
  );
  assert.equal(
    dry.held.map(({ name, why }) => [name, ...why]),
    [
      ['test-page@1', 'base of test-top@1'],
      ['test-page@3', 'rollback target of test-solo'],
      ['test-page@4', 'runs in test-solo', 'was launched last in test-solo'],
    ],
  );
  assert.equal(await workspace.files(), files, 'and nothing was changed');
  const all = [...[1, 2, 3, 4, 5].map(page), 'kiln/test-page:latest'];
  assert.equal(await namesInEngine('test-page'), all);

  // Killed while it waits for a launch, it has done nothing, and holds nobody.
  const lock = join(workspace.home, 'launches/test-solo.lock');
  await writeFile(lock, await ownerOf(process.pid));
  const waiting = killAt('a launch of test-solo is at work', 'SIGKILL');
  const stopped = await workspace.bake(['prune', '--yes'], { signal, ...waiting });
  assert.is(stopped.exitCode, null, stopped.stderr);
  await rm(lock);
  assert.equal((await recordsOf(workspace)).filter((name) => name.endsWith('.json')).length, 5);
  await workspace.launched(['status']);
  await workspace.launched(['drift']);
  await workspace.launched([]);
  assert.is((await readPage(workspace.urls[0] ?? '')).split('|')[0], 'five');
  await workspace.launched(['rollback', 'test-page']);

  // Killed when the engine's part is gone and the files are not.
  await writeFile(join(folder, 'lock'), await ownerOf(process.pid));
  const killed = await workspace.bake(['prune', '--yes'], {
    signal,
    onStart: (kill) => {
      until(async () => !(await isInEngine(id)), signal).then(
        () => kill('SIGKILL'),
        () => {},
      );
    },
  });
  assert.is(killed.exitCode, null, killed.stderr);
  await rm(join(folder, 'lock'));
  assert.equal(await recordsOf(workspace), ['1.json', '2.pruned', '3.json', '4.json', '5.json']);
  assert.equal((await readdir(folder)).length, 2, 'its manifest and its list of packages are there');
  const shown = await workspace.bake(['show', 'test-page@2'], { signal });
  assert.is(shown.exitCode, 2);
  assert.match(shown.stderr, /test-page@2 was pruned by \S+ on [0-9-]{10}/);

  const next = await pruned(workspace, ['--yes'], signal);
  assert.equal(next.remove, []);
  assert.equal(
    next.done?.images.map(({ name, parts }) => [name, parts.every(({ state }) => state === 'removed')]),
    [['test-page@2', true]],
  );
  assert.is(await readdir(folder).catch(() => 'gone'), 'gone');
  assert.is(
    JSON.parse(await readFile(join(workspace.home, 'records/test-page/2.pruned'), 'utf8')).pending.length,
    0,
  );
  assert.equal(
    await namesInEngine('test-page'),
    all.filter((name) => name !== page(2)),
  );
  assert.equal((await pruned(workspace, ['--yes'], signal)).done?.images, []);
  const refused = await workspace.solo(['test-page', '--image', 'test-page@2']);
  assert.match(refused.stderr, 'test-page@2 was pruned by');
  assert.is((await readPage(workspace.urls[0] ?? '')).split('|')[0], 'four');
  await bakes('test-top');

  // A container that somebody made by hand keeps the engine from it, until it is gone.
  const third = await readRecord(workspace, 'test-page@3', signal);
  const { docker } = await connectEngine(signal);
  const container = await docker.createContainer({ Image: third.forms[0]?.digest ?? '' });
  try {
    await workspace.launched([]);
    const busy = await pruned(workspace, ['test-page', '--yes'], signal, 1);
    assert.equal(
      busy.done?.images.map(({ name }) => name),
      ['test-page@3'],
    );
    assert.equal(
      busy.done?.images[0]?.parts.map(({ part, state }) => [part, state]),
      [
        ['oci', 'pending'],
        ['tree', 'removed'],
      ],
    );
    assert.match(busy.done?.images[0]?.parts[0]?.why ?? '', container.id.slice(0, 12));
  } finally {
    await container.remove({ force: true });
  }
  const after = await pruned(workspace, ['--yes'], signal);
  assert.ok(after.done?.images.some(({ name }) => name === 'test-page@3'));
  assert.is(await isInEngine(third.forms[0]?.digest ?? ''), false);
});

test('a launch beside a prune gets an image that is there, or none', async ({ signal }) => {
  await using workspace = await pageWorkspace(signal);
  await workspace.write({ 'templates/defaults.yaml': 'keep: { last: 1 }\n' });
  for (const word of ['one', 'two', 'three', 'four']) await workspace.bakePage(word);
  for (const version of [1, 2, 3]) {
    const image = `test-page@${version}`;
    const [launch, prune] = await Promise.all([
      workspace.solo(['test-page', '--image', image]),
      (async () => {
        await sleep((version - 1) * 400, signal);
        return await workspace.bake(['prune', '--yes', '--json'], { signal });
      })(),
    ]);
    assert.is(prune.exitCode, 0, prune.stderr);
    const records = await recordsOf(workspace);
    const [instance] = await instancesOf('test-solo');
    if (launch.exitCode === 0) {
      assert.ok(records.includes(`${version}.json`), image);
      assert.is(instance?.Config.Labels['kiln.image'], image);
    } else {
      assert.match(launch.stderr, `${image} was pruned by`);
      assert.ok(records.includes(`${version}.pruned`), image);
    }
    if (instance !== undefined) assert.ok(await isInEngine(instance.Image));
  }
});

test.run();
