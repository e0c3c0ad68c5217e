import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../catalogue/sample-record.ts';
import { runCli } from './run-cli.ts';

const test = suite('bake list', { deadline: 60_000 });

/** A workspace with the templates web and app, and a catalogue that has an image of web and one of a template that is gone. */
async function twoTemplates() {
  const home = await temporaryHome();
  const root = join(home.path, 'workspace');
  await mkdir(join(root, 'templates'), { recursive: true });
  for (const name of ['web', 'app'])
    await writeFile(join(root, `templates/${name}.yaml`), `name: ${name}\nbase: plain\n`);
  const catalogue = openFileCatalogue(home.path);
  for (const template of ['web', 'gone']) await catalogue.publish(sampleDraft({ template }), sampleForms());
  const bakeIn = (folder: string, ...args: string[]) =>
    runCli('src/cli/bake.ts', ['--workspace', folder, 'list', ...args], { KILN_HOME: home.path });
  return {
    bake: (...args: string[]) => bakeIn(root, ...args),
    bakeOutside: (...args: string[]) => bakeIn(home.path, ...args),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

test('a name that no template has is a mistake, and the nearest one is told', async () => {
  await using home = await twoTemplates();
  const [near, far, outside, json] = await Promise.all([
    home.bake('ap'),
    home.bake('something'),
    home.bakeOutside('app'),
    home.bake('ap', '--json'),
  ]);
  assert.equal(
    [near.code, near.stdout, near.stderr],
    [2, '', '✗ there is no template `ap`\n  hint: Did you mean `app`?\n'],
  );
  assert.equal([far.code, far.stdout], [2, '']);
  assert.match(far.stderr, 'hint: The templates are: app, gone, web\n');
  assert.equal([outside.code, outside.stdout], [2, '']);
  assert.match(outside.stderr, 'hint: The templates are: gone, web\n');
  assert.is(JSON.parse(json.stdout).error.code, 'TEMPLATE_UNKNOWN');
});

test('a template without an image has none yet, and one that is gone has its own', async () => {
  await using home = await twoTemplates();
  const [none, gone] = await Promise.all([home.bake('app'), home.bakeOutside('gone')]);
  assert.equal([none.code, none.stderr], [0, '']);
  assert.match(none.stdout, /^no image yet/);
  assert.equal([gone.code, gone.stderr], [0, '']);
  assert.match(gone.stdout, /\ngone@1 /);
});

test('what is no template’s name is refused', async () => {
  await using home = await twoTemplates();
  const [version, path] = await Promise.all([home.bake('web@1'), home.bake('../records/web')]);
  assert.is(version.code, 2);
  assert.match(version.stderr, 'a list is one of all images of web\n  hint: `bake list web` prints it;');
  assert.is(path.code, 2);
  assert.match(path.stderr, '"../records/web" does not name an image');
});

test.run();
