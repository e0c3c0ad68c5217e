import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { listsOf, writeTreeLists } from '../../../src/app/tree-lists.ts';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { Scope } from '../../../src/core/scope.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, temporaryHome } from '../catalogue/sample-record.ts';
import { writeLedger } from './gc/killed-run.ts';

const test = suite('what goes with a tree');

const TREE = digestOf('a tree');
const CASES: readonly [what: string, stays: boolean, before: (home: string) => Promise<unknown>][] = [
  ['of a bake that failed while it published goes', false, async () => {}],
  [
    'that a record names stays',
    true,
    (home) => openFileCatalogue(home).publish(sampleDraft({ digest: TREE }), async () => []),
  ],
  [
    'that another bake is about to publish stays',
    true,
    (home) => writeLedger(home, 'other', [{ kind: 'publish', template: 'web', tree: TREE }], { lives: true }),
  ],
  [
    'that only this bake was about to publish goes',
    false,
    (home) => writeLedger(home, 'this', [{ kind: 'publish', template: 'web', tree: TREE }], { lives: true }),
  ],
];

async function writtenIn(home: string, scope: Scope): Promise<() => void> {
  const bake = { id: 'this', home, catalogue: openFileCatalogue(home) };
  return await writeTreeLists(
    bake,
    { digest: TREE, manifest: async () => [] },
    { packageFiles: new Uint8Array() },
    scope,
  );
}

for (const [what, stays, before] of CASES) {
  test(`what goes with a tree ${what}`, async () => {
    await using home = await temporaryHome();
    await before(home.path);
    const scope = new Scope();
    await writtenIn(home.path, scope);
    assert.equal(listsOf(home.path, TREE).map(existsSync), [true, true]);
    const [outcome] = await scope.close();
    assert.is(outcome?.state, 'removed');
    assert.equal(listsOf(home.path, TREE).map(existsSync), [stays, stays]);
    assert.is(existsSync(join(home.path, 'images', TREE.replace('sha256:', ''))), stays);
  });
}

test('what goes with the tree of a published image is kept', async () => {
  await using home = await temporaryHome();
  const scope = new Scope();
  (await writtenIn(home.path, scope))();
  assert.equal(await scope.close(), []);
  assert.equal(listsOf(home.path, TREE).map(existsSync), [true, true]);
});

test.run();
