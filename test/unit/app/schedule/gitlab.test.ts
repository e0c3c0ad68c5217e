import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { gitlabSchedule } from '../../../../src/app/schedule/gitlab.ts';
import type { FleetNightly } from '../../../../src/app/schedule/schedule.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { importValidator, noValidators, validatorFile } from '../../../support/validators.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { fleet, NASTY } from './nasty.ts';

const test = suite('GitLab pipeline', { deadline: 60_000 });
const run = promisify(execFile);

function pipeline(own: Partial<FleetNightly> = {}): string {
  return gitlabSchedule(fleet(own)).files[0]?.text ?? '';
}

function job(own: Partial<FleetNightly> = {}) {
  return parse(pipeline(own))['kiln-nightly'];
}

/** The jobs that gitlab-ci-local would run for a pipeline that was started so, as CSV. */
async function jobsOf(folder: string, signal: AbortSignal, source: string): Promise<string> {
  const argv = [validatorFile('gitlab-ci-local/src/index.js'), '--list-csv'];
  const variable = ['--variable', `CI_PIPELINE_SOURCE=${source}`];
  const { stdout } = await run(process.execPath, [...argv, ...variable], { cwd: folder, signal });
  return stdout;
}

test(
  'GitLab’s schema finds nothing wrong with it, and would with another',
  async () => {
    const { schema } = (await importValidator('gitlab-ci-local/src/schema/schema.js')) as { schema: object };
    const valid = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
    for (const own of [{}, { shards: 1 }, { kiln: false }, { folder: NASTY }]) {
      assert.ok(valid(parse(pipeline(own))), JSON.stringify(valid.errors));
    }
    for (const [good, bad] of [
      ['interruptible: false', 'interruptible: [1]'],
      ['parallel: 3', 'parallel: 201'],
      ['  timeout', '  timeoot'],
    ] as const) {
      assert.not.ok(valid(parse(pipeline().replace(good, bad))), bad);
    }
  },
  { skip: noValidators },
);

test(
  'gitlab-ci-local runs it for a pipeline that a schedule started, and for no other',
  async ({ signal }) => {
    await using folder = await temporaryFolder();
    const git = (...argv: string[]) => run('git', argv, { cwd: folder.path, signal });
    await git('init', '--quiet');
    await git('remote', 'add', 'origin', 'git@gitlab.example:group/images.git');
    await git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--allow-empty', '-m', 'a');
    await writeFile(join(folder.path, '.gitlab-ci.yml'), pipeline({ shards: 1 }));
    assert.match(await jobsOf(folder.path, signal, 'schedule'), /^"?kiln-nightly/m);
    assert.not.match(await jobsOf(folder.path, signal, 'push'), /^"?kiln-nightly/m);
  },
  { skip: noValidators },
);

test('it runs in scheduled pipelines alone, in as many jobs as there are shards', () => {
  assert.equal(job().rules, [{ if: '$CI_PIPELINE_SOURCE == "schedule"' }]);
  assert.is(job().parallel, 3);
  assert.is(job({ shards: 1 }).parallel, undefined);
  assert.equal(job().artifacts, {
    when: 'always',
    paths: ['kiln-report/'],
    reports: { junit: 'kiln-report/junit.xml' },
  });
});

test('the schedule that is to be made by hand is said in the file and among the commands', () => {
  assert.match(pipeline({ at: { hour: 4, minute: 0 } }), '`0 4 * * *`');
  assert.match(gitlabSchedule(fleet()).install('.').at(-1) ?? '', /^# .* 30 2 \* \* \*$/);
});

test('its script bakes this job’s shard in the workspace, whatever that is called', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const bin = join(folder.path, 'bin');
  const inside = join(folder.path, `-${NASTY}`);
  await mkdir(bin);
  await mkdir(inside);
  const npx = '#!/bin/sh\n{ pwd; echo "$@"; } >"$SEEN"\n';
  await writeFile(join(bin, 'npx'), npx, { mode: 0o755 });
  await writeFile(join(bin, 'npm'), '#!/bin/sh\n', { mode: 0o755 });
  const seen = join(folder.path, 'seen');
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    SEEN: seen,
    CI_PROJECT_DIR: '/builds/a b',
    CI_NODE_INDEX: '2',
    CI_NODE_TOTAL: '3',
  };
  const script = (own: Partial<FleetNightly>) =>
    job({ ...own, folder: `-${NASTY}`, kiln: false }).script.join('\n');
  await run('bash', ['-e', '-c', script({})], { cwd: folder.path, env, signal });
  const asked = '--report /builds/a b/kiln-report --progress plain\n';
  assert.is(await readFile(seen, 'utf8'), `${inside}\nbake nightly --shard 2/3 ${asked}`);
  await run('bash', ['-e', '-c', script({ shards: 1 })], { cwd: folder.path, env, signal });
  assert.is(await readFile(seen, 'utf8'), `${inside}\nbake nightly ${asked}`);
});

test('more jobs than GitLab makes, and a name that is its keyword, are refused', async () => {
  await rejects(() => gitlabSchedule(fleet({ shards: 201 })), { code: 'USAGE' });
  assert.is(gitlabSchedule(fleet({ shards: 200 })).files.length, 1);
  await rejects(() => gitlabSchedule(fleet({ name: 'pages' })), { code: 'USAGE' });
});

test.run();
