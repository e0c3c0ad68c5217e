import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { NightlyRow, NightlyView } from '../../src/ui/nightly/view.ts';
import { type BakeWorkspace, bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { readRecord } from '../support/records.ts';
import { suite } from '../support/suite.ts';

const test = suite('the nightly rebuild', { skip: await missing('docker') });

/** What two of the templates are made by. */
const MODULE = 'provisioners/module.sh';

function template(name: string, base: string, script: string): Readonly<Record<string, string>> {
  return {
    [`templates/${name}.yaml`]: `name: ${name}
base: ${base}
converge:
  - shell: { script: ${script}, creates: /opt/${name} }
container: { init: none, command: [sleep, "60"] }
`,
  };
}

/** Six templates: two are based on one, and one fails; two are made by one module. */
const SIX = {
  ...template('test-hardened', 'debian-12-minimal', 'provisioners/hardened.sh'),
  ...template('test-on-one', 'on-hardened', 'provisioners/on-one.sh'),
  ...template('test-on-two', 'on-hardened', 'provisioners/on-two.sh'),
  ...template('test-alone', 'debian-12-minimal', MODULE),
  ...template('test-other', 'debian-12-minimal', MODULE),
  ...template('test-failing', 'debian-12-minimal', 'provisioners/failing.sh'),
  'templates/bases/on-hardened.yaml': 'bake: test-hardened\n',
  'provisioners/hardened.sh': 'echo hardened > /opt/test-hardened\n',
  'provisioners/on-one.sh': 'cat /opt/test-hardened > /opt/test-on-one\n',
  'provisioners/on-two.sh': 'cat /opt/test-hardened > /opt/test-on-two\n',
  [MODULE]: 'echo module > /opt/test-alone; echo module > /opt/test-other\n',
  'provisioners/failing.sh': 'echo this cannot be >&2; exit 3\n',
};

interface Night {
  readonly exitCode: number | null;
  readonly view: NightlyView;
  /** `test-alone published test-alone@1` */
  readonly told: readonly string[];
  readonly stderr: string;
}

async function night(workspace: BakeWorkspace, argv: readonly string[], signal: AbortSignal): Promise<Night> {
  const { exitCode, stdout, stderr } = await workspace.bake(['nightly', '--json', ...argv], { signal });
  assert.ok(stdout.startsWith('{\n  "started"'), `${stdout}\n${stderr}`);
  const view = JSON.parse(stdout) as NightlyView;
  const told = view.templates.map(({ template, state, image }) =>
    [template, state, ...(image === undefined ? [] : [image])].join(' '),
  );
  return { exitCode, view, told, stderr };
}

function row({ view }: Night, template: string): NightlyRow {
  const found = view.templates.find((one) => one.template === template);
  if (found === undefined) throw new Error(`the report says nothing of ${template}`);
  return found;
}

test(
  'a night publishes what is new, a second one nothing; a changed module republishes exactly those that use it',
  async ({ signal }) => {
    await using workspace = await bakeWorkspace(SIX);
    const report = join(workspace.root, 'report');
    const first = await night(workspace, ['--jobs', '2', '--report', report], signal);
    assert.equal(first.told, [
      'test-alone published test-alone@1',
      'test-failing failed',
      'test-hardened published test-hardened@1',
      'test-on-one published test-on-one@1',
      'test-on-two published test-on-two@1',
      'test-other published test-other@1',
    ]);
    assert.is(first.exitCode, 1);
    assert.is(row(first, 'test-failing').error?.code, 'CONVERGE_FAILED');
    assert.match(await readFile(row(first, 'test-failing').log ?? '', 'utf8'), 'this cannot be');
    assert.match(first.stderr, '6 templates, up to 2 at once');
    const base = (await readRecord(workspace, 'test-on-one', signal)).base;
    assert.is(base.image, 'test-hardened@1', 'it starts from the image of this very night');
    for (const [file, text] of [
      ['report.md', '| test-failing | **failed** |'],
      ['report.html', '<h2>test-failing failed</h2>'],
      ['junit.xml', '<failure type="CONVERGE_FAILED"'],
      ['report.json', '"state": "failed"'],
    ] as const)
      assert.match(await readFile(join(report, file), 'utf8'), text, file);

    const second = await night(workspace, ['--jobs', '2'], signal);
    assert.equal(second.told, [
      'test-alone unchanged test-alone@1',
      'test-failing failed',
      'test-hardened unchanged test-hardened@1',
      'test-on-one unchanged test-on-one@1',
      'test-on-two unchanged test-on-two@1',
      'test-other unchanged test-other@1',
    ]);
    assert.is(second.exitCode, 1);
    const listed = await workspace.bake(['list', '--json'], { signal });
    const { images } = JSON.parse(listed.stdout) as { images: { name: string; confirmed?: string }[] };
    const names = ['test-alone@1', 'test-hardened@1', 'test-on-one@1', 'test-on-two@1', 'test-other@1'];
    assert.equal(
      images.map(({ name }) => name),
      names,
    );
    for (const { name, confirmed } of images) {
      const at = Date.parse(confirmed ?? '');
      assert.ok(at >= Date.parse(second.view.started), `${name} was confirmed in this night`);
    }

    await workspace.write({ [MODULE]: 'echo another > /opt/test-alone; echo module > /opt/test-other\n' });
    await rm(join(workspace.root, 'templates/test-failing.yaml'));
    const third = await night(workspace, ['--jobs', '2'], signal);
    assert.equal(third.told, [
      'test-alone published test-alone@2',
      'test-hardened unchanged test-hardened@1',
      'test-on-one unchanged test-on-one@1',
      'test-on-two unchanged test-on-two@1',
      'test-other published test-other@2',
    ]);
    assert.is(third.exitCode, 0, third.stderr);
    assert.equal(row(third, 'test-alone').since?.why, ['bundle']);
    assert.equal(row(third, 'test-alone').since?.lines, ['1 file changed outside packages']);
  },
  { deadline: 600_000 },
);

test('a base that fails takes those that start from it along, by name; a base that is new is taken by them', async ({
  signal,
}) => {
  await using workspace = await bakeWorkspace(SIX);
  const only = ['--only', 'test-hardened,test-on-one,test-alone'];
  await workspace.write({ 'provisioners/hardened.sh': 'exit 1\n' });
  const bad = await night(workspace, only, signal);
  assert.equal(bad.told, [
    'test-alone published test-alone@1',
    'test-hardened failed',
    'test-on-one skipped',
  ]);
  assert.is(row(bad, 'test-on-one').why, 'its base test-hardened failed');
  assert.is(bad.exitCode, 1);

  await workspace.write({ 'provisioners/hardened.sh': 'echo hard > /opt/test-hardened\n' });
  const good = await night(workspace, [...only, '--if-older-than', '1h'], signal);
  assert.equal(good.told, [
    'test-alone skipped',
    'test-hardened published test-hardened@1',
    'test-on-one published test-on-one@1',
  ]);
  assert.match(row(good, 'test-alone').why ?? '', /^it was baked or confirmed \d+ s ago$/);
  assert.is(good.exitCode, 0, good.stderr);

  await workspace.write({ 'provisioners/hardened.sh': 'echo harder > /opt/test-hardened\n' });
  const next = await night(workspace, only, signal);
  assert.equal(next.told.slice(1), [
    'test-hardened published test-hardened@2',
    'test-on-one published test-on-one@2',
  ]);
  assert.equal(row(next, 'test-on-one').since?.why, ['base']);
  assert.is((await readRecord(workspace, 'test-on-one', signal)).base.image, 'test-hardened@2');
});

test('an image of the same content is made anew when its form is gone, or when it is to be run another way', async ({
  signal,
}) => {
  await using workspace = await bakeWorkspace(SIX);
  const only = ['--only', 'test-alone'];
  assert.equal((await night(workspace, only, signal)).told, ['test-alone published test-alone@1']);
  await appendFile(join(workspace.root, 'templates/test-alone.yaml'), 'state: [/var/lib/alone]\n');
  assert.equal((await night(workspace, only, signal)).told, ['test-alone published test-alone@2']);
  await appendFile(
    join(workspace.root, 'templates/test-alone.yaml'),
    'checks: { file: { /opt/test-alone: { exists: true } } }\n',
  );
  const again = await night(workspace, only, signal);
  assert.equal(again.told, ['test-alone published test-alone@3']);
  assert.equal(row(again, 'test-alone').since?.lines, ['the same content']);
  assert.equal((await night(workspace, only, signal)).told, ['test-alone unchanged test-alone@3']);
});

test('a template whose file is wrong fails like one that cannot be baked; the others are baked', async ({
  signal,
}) => {
  await using workspace = await bakeWorkspace(SIX);
  await workspace.write({ 'templates/test-other.yaml': 'name: test-other\nbase: nothing\n' });
  const { told, view, exitCode } = await night(workspace, ['--only', 'test-other,test-alone'], signal);
  assert.equal(told, ['test-alone published test-alone@1', 'test-other failed']);
  const [, other] = view.templates;
  assert.is(other?.error?.code, 'CONFIG_INVALID');
  assert.match(other?.error?.details.join('\n') ?? '', 'templates/test-other.yaml:2:7');
  assert.is(exitCode, 1);
});

test('what was published is launched where the workspace says, and what no rule keeps is pruned', async ({
  signal,
}) => {
  await using workspace = await bakeWorkspace({
    ...SIX,
    'environments/test-dev/environment.yaml':
      'platform: docker\nimages: { test-alone: {}, test-other: { on-request: true } }\n',
    'kiln.yaml': 'nightly: { launch: test-dev, prune: true }\n',
    'templates/defaults.yaml': 'keep: { last: 1 }\n',
  });
  const only = ['--only', 'test-alone,test-other'];
  const first = await night(workspace, only, signal);
  assert.is(first.exitCode, 0, first.stderr);
  const launched = first.view.launch?.images.map(
    ({ record, places }) => `${record?.name} ${places[0]?.state}`,
  );
  assert.equal(launched, ['test-alone@1 launched']);
  const second = await night(workspace, only, signal);
  assert.equal(second.told, ['test-alone unchanged test-alone@1', 'test-other unchanged test-other@1']);
  const places = second.view.launch?.images.map((image) => image.places.map(({ state }) => state));
  assert.equal(places, [['unchanged']]);
  const status = await workspace.launch(['status', '--json', '--env', 'test-dev'], { signal });
  assert.match(status.stdout, '"test-alone@1"');

  await workspace.write({ [MODULE]: 'echo 2 > /opt/test-alone; echo 2 > /opt/test-other\n' });
  const third = await night(workspace, only, signal);
  assert.equal(third.told, ['test-alone published test-alone@2', 'test-other published test-other@2']);
  assert.is(third.view.launch?.images[0]?.previous, 'test-alone@1');
  // test-alone@1 is where a rollback leads
  assert.equal(third.view.prune, { removed: ['test-other@1'], pending: [], damaged: [] });
  assert.is(third.exitCode, 0, third.stderr);
});

test('a second one at the same time is refused, and one that was killed keeps none from beginning', async ({
  signal,
}) => {
  await using workspace = await bakeWorkspace(SIX);
  const argv = ['nightly', '--only', 'test-alone', '--progress', 'plain'];
  let refused: ReturnType<BakeWorkspace['bake']> | undefined;
  const first = await workspace.bake(argv, {
    signal,
    onStderr: (text) => {
      if (text.includes('converge')) refused ??= workspace.bake(argv, { signal });
    },
  });
  assert.is(first.exitCode, 0, first.stderr);
  const second = await refused;
  assert.is(second?.exitCode, 3);
  assert.match(second?.stderr ?? '', /another nightly rebuild is at work: process \d+/);
  await writeFile(join(workspace.home, 'nightly.lock'), '4194303 1 none\n');
  assert.equal((await night(workspace, ['--only', 'test-alone'], signal)).told, [
    'test-alone unchanged test-alone@1',
  ]);
});

test.run();
