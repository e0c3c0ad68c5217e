import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { operator } from '../../../src/core/operator.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../catalogue/sample-record.ts';
import { runCli } from './run-cli.ts';

const test = suite('bake revoke');

async function someCatalogue() {
  const home = await temporaryHome();
  await openFileCatalogue(home.path).publish(sampleDraft(), sampleForms());
  const bake = (...args: string[]) =>
    runCli('src/cli/bake.ts', args, { KILN_HOME: home.path, DOCKER_HOST: `unix://${home.path}/none` });
  return { ...home, bake, [Symbol.asyncDispose]: home[Symbol.asyncDispose] };
}

test('it says what was revoked, and list and show mark the image from then on', async () => {
  await using home = await someCatalogue();
  const { code, stdout, stderr } = await home.bake('revoke', 'web@1', '--reason', 'CVE-1 in nginx');
  assert.equal([code, stderr], [0, '']);
  assert.match(stdout, /^✔ web@1 is revoked: CVE-1 in nginx\n/);
  const by = `by ${operator()} on [0-9-]{10}: CVE-1 in nginx`;
  const [list, show, json] = await Promise.all([
    home.bake('list'),
    home.bake('show', 'web'),
    home.bake('show', 'web', '--json'),
  ]);
  assert.match(list.stdout, new RegExp(`\n✗ web@1 is revoked, ${by}\n`));
  assert.match(show.stdout, new RegExp(`^image +web@1\nrevoked +${by}\n`));
  assert.is(JSON.parse(json.stdout).revoked.reason, 'CVE-1 in nginx');
});

test('the second time it says who did it first, and exits 0', async () => {
  await using home = await someCatalogue();
  await openFileCatalogue(home.path).revoke('web@1', { reason: 'first', by: 'alice@b' }, new Date(0));
  const [text, json] = await Promise.all([
    home.bake('revoke', 'web@1', '--reason', 'second'),
    home.bake('revoke', 'web@1', '--reason', 'third', '--json'),
  ]);
  assert.is(text.code, 0);
  assert.match(
    text.stdout,
    /^web@1 was revoked already, by alice@b on 1970-01-01: first\nnothing was changed\n/,
  );
  assert.is(json.code, 0);
  const { already, reason, by, instances, silent } = JSON.parse(json.stdout);
  assert.equal({ already, reason, by }, { already: true, reason: 'first', by: 'alice@b' });
  assert.equal([instances, silent[0].platform], [[], 'docker'], 'that an engine is away does not fail it');
});

const WRONG: readonly [string[], RegExp][] = [
  [['web@1'], /required option '--reason <text>' not specified/],
  [['web@1', '--reason', ''], /revoking an image needs a reason/],
  [['web@1', '--reason', ' \n'], /revoking an image needs a reason/],
  [['web', '--reason', 'x'], /which image of web is revoked must be said with its version/],
  [['web@7', '--reason', 'x'], /there is no web@7/],
];

for (const [args, message] of WRONG)
  test(`bake revoke ${args.map((arg) => JSON.stringify(arg)).join(' ')} is a mistake`, async () => {
    await using home = await someCatalogue();
    const { code, stdout, stderr } = await home.bake('revoke', ...args);
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, message);
    assert.equal(await readdir(join(home.path, 'records/web')), ['1.json']);
  });

test.run();
