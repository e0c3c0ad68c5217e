import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../catalogue/sample-record.ts';
import { runCli } from './run-cli.ts';

const test = suite('bake prune');

/** A workspace that keeps the newest image of web, and a catalogue that has two; no engine answers, and nothing says that it runs any. */
async function twoImages() {
  const home = await temporaryHome();
  const root = join(home.path, 'workspace');
  await mkdir(join(root, 'templates/bases'), { recursive: true });
  await writeFile(join(root, 'templates/web.yaml'), 'name: web\nbase: plain\nkeep: { last: 1 }\n');
  await writeFile(join(root, 'templates/bases/plain.yaml'), 'debian: bookworm\n');
  const catalogue = openFileCatalogue(home.path);
  for (const _ of [1, 2]) await catalogue.publish(sampleDraft(), sampleForms());
  const env = { KILN_HOME: home.path, DOCKER_HOST: `unix://${home.path}/none` };
  const bake = (...args: string[]) => runCli('src/cli/bake.ts', ['--workspace', root, ...args], env);
  return {
    root,
    bake,
    records: async () => (await readdir(join(home.path, 'records/web'))).sort(),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

test('without --yes it only says what would go', async () => {
  await using home = await twoImages();
  const { code, stdout, stderr } = await home.bake('prune');
  assert.equal([code, stderr], [0, '']);
  assert.match(stdout, /^WOULD GO .*\nweb@1 .* not in last 1\n/);
  assert.match(stdout, /\n1 image would go, .*; nothing was changed: bake prune --yes does it\n$/);
  assert.equal(await home.records(), ['1.json', '2.json']);
});

test('with --yes it does it, and exits 1 as long as something is left', async () => {
  await using home = await twoImages();
  const { code, stdout } = await home.bake('prune', 'web', '--yes', '--json');
  const { remove, done } = JSON.parse(stdout);
  assert.is(code, 1);
  assert.is(remove[0].name, 'web@1');
  assert.equal(
    done.images[0].parts.map(({ part, state }: { part: string; state: string }) => [part, state]),
    [
      ['oci', 'pending'],
      ['tree', 'shared'],
    ],
  );
  assert.equal(await home.records(), ['1.pruned', '2.json']);
  const show = await home.bake('show', 'web@1');
  assert.is(show.code, 2);
  assert.match(show.stderr, /web@1 was pruned by \S+ on [0-9-]{10}/);
  const gc = await home.bake('gc', '--dry-run');
  assert.match(gc.stdout, /would be removed: rest of web@1, which was pruned/);
});

test('a rule that is wrong is told with its place, and nothing is removed', async () => {
  await using home = await twoImages();
  await writeFile(join(home.root, 'templates/defaults.yaml'), 'keep: { daily: many }\n');
  const { code, stderr } = await home.bake('prune', '--yes');
  assert.is(code, 2);
  assert.match(stderr, /templates\/defaults\.yaml:1:16/);
  assert.equal(await home.records(), ['1.json', '2.json']);
});

test('outside of a workspace nobody knows what to keep', async () => {
  await using home = await twoImages();
  await rm(join(home.root, 'templates'), { recursive: true });
  const { code, stderr } = await home.bake('prune', '--yes');
  assert.is(code, 2);
  assert.match(stderr, /no workspace in/);
});

test.run();
