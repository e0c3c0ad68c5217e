import * as assert from 'uvu/assert';
import { planBake } from '../../../src/app/plan-bake.ts';
import type { BaseContext } from '../../../src/bases/base-context.ts';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { Scope } from '../../../src/core/scope.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../catalogue/sample-record.ts';
import { sampleWorkspace } from '../config/sample-workspace.ts';

const test = suite('what a bake is planned from');

/** The bake key of a template with these lines more, on the same base. */
async function keyWith(lines: string, home: string, signal: AbortSignal) {
  await using workspace = await sampleWorkspace({
    'templates/hardened.yaml': 'name: hardened\nbase: plain\n',
    'templates/app.yaml': `name: app\nbase: hardened\n${lines}`,
    'templates/bases/plain.yaml': 'debian: bookworm\n',
    'templates/bases/hardened.yaml': 'bake: hardened\n',
  });
  const loaded = await workspace.load();
  assert.equal(loaded.problems, []);
  const template = loaded.templates.get('app')?.value;
  if (template === undefined) throw new Error('there is no template');
  const context = { signal, scope: new Scope() } as unknown as BaseContext;
  return (await planBake(loaded, template, openFileCatalogue(home), context)).key;
}

test('how long images are kept does not change what they are', async ({ signal }) => {
  await using home = await temporaryHome();
  const draft = sampleDraft({ template: 'hardened' });
  await openFileCatalogue(home.path).publish(draft, sampleForms('hardened'));
  const key = await keyWith('', home.path, signal);
  assert.equal(await keyWith('keep: { last: 3, daily: 7 }\n', home.path, signal), key);
  assert.is.not((await keyWith('vm: { memory: 64 }\n', home.path, signal)).digest, key.digest);
});

test.run();
