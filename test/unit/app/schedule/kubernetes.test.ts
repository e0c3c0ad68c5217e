import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { kubernetesSchedule } from '../../../../src/app/schedule/kubernetes.ts';
import { suite } from '../../../support/suite.ts';
import { importValidator, noValidators, validatorFile } from '../../../support/validators.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { fleet } from './nasty.ts';

const test = suite('Kubernetes CronJob', { deadline: 60_000 });
const run = promisify(execFile);
const IMAGE = 'registry.example:5000/team/kiln@sha256:0123';
const TSC = join(import.meta.dirname, '../../../../node_modules/.bin/tsc');

function documents(shards: number) {
  const [file] = kubernetesSchedule(fleet({ shards }), IMAGE).files;
  return parseAllDocuments(file?.text ?? '').map((document) => document.toJS());
}

function jobOf(shards: number) {
  return documents(shards)[1].spec.jobTemplate.spec;
}

interface Model {
  new (data: unknown): { validate(): void };
}

async function models(): Promise<{ claim: Model; cronJob: Model }> {
  const [claim, cronJob] = await Promise.all(
    ['v1/PersistentVolumeClaim', 'batch/v1/CronJob'].map(
      async (name) => (await importValidator(`kubernetes-models/${name}.mjs`)) as Record<string, Model>,
    ),
  );
  return {
    claim: claim?.['PersistentVolumeClaim'] as Model,
    cronJob: cronJob?.['CronJob'] as Model,
  };
}

test(
  'Kubernetes’ schemas find nothing wrong with it, and would with another',
  async () => {
    const { claim: Claim, cronJob: CronJob } = await models();
    for (const shards of [1, 3]) {
      const [claim, cronJob] = documents(shards);
      new Claim(claim).validate();
      new CronJob(cronJob).validate();
    }
    const [, broken] = documents(3);
    broken.spec.jobTemplate.spec.completions = 'three';
    assert.throws(() => new CronJob(broken).validate(), /completions must be integer/);
  },
  { skip: noValidators },
);

test(
  'it has no key that Kubernetes does not know, which would be dropped in silence',
  async ({ signal }) => {
    await using folder = await temporaryFolder();
    const type = (name: string) => `import('${validatorFile(`kubernetes-models/${name}`)}')`;
    const check = async (edit: (text: string) => string) => {
      const lines = [1, 3].flatMap((shards) => {
        const [claim, cronJob] = documents(shards);
        return [
          `export const claim${shards}: ${type('v1/PersistentVolumeClaim')}.IPersistentVolumeClaim = ${JSON.stringify(claim)};`,
          `export const job${shards}: ${type('batch/v1/CronJob')}.ICronJob = ${JSON.stringify(cronJob)};`,
        ];
      });
      const file = join(folder.path, 'check.ts');
      await writeFile(file, edit(lines.join('\n')));
      const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', ''];
      return await run(TSC, [...options, file], { cwd: folder.path, signal }).then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      );
    };
    assert.is(await check((text) => text), '');
    assert.match(
      await check((text) => text.replace('"periodSeconds"', '"periodSecs"')),
      /periodSecs\W+ does not exist/,
    );
  },
  { skip: noValidators },
);

test('it starts at that time, never beside itself, and tries nothing again', () => {
  const [, cronJob] = documents(1);
  assert.is(cronJob.spec.schedule, '30 2 * * *');
  assert.is(cronJob.spec.concurrencyPolicy, 'Forbid');
  assert.is(jobOf(1).backoffLimit, 0);
  assert.is(jobOf(1).template.spec.restartPolicy, 'Never');
});

test('with shards it is an indexed job, in which one that fails ends no other', () => {
  const { completionMode, completions, parallelism, backoffLimit, backoffLimitPerIndex } = jobOf(3);
  assert.equal(
    { completionMode, completions, parallelism, backoffLimit, backoffLimitPerIndex },
    {
      completionMode: 'Indexed',
      completions: 3,
      parallelism: 3,
      backoffLimit: undefined,
      backoffLimitPerIndex: 0,
    },
  );
});

test('each shard has a catalogue and an engine’s data of its own', () => {
  const { initContainers, containers } = jobOf(3).template.spec;
  const places = [...initContainers, ...containers].map(({ volumeMounts }) => volumeMounts[1].subPathExpr);
  assert.equal(places, ['engine-$(JOB_COMPLETION_INDEX)', 'kiln-$(JOB_COMPLETION_INDEX)']);
  assert.is(jobOf(1).template.spec.containers[0].volumeMounts[1].subPath, 'kiln');
});

test('the pod runs the image, and its command bakes the shard, counted from 1', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const bin = join(folder.path, 'node_modules/.bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'bake'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  const said = async (shards: number) => {
    const [{ image, command, env }] = jobOf(shards).template.spec.containers;
    assert.is(image, IMAGE);
    // as the kubelet reads it, to whom a $ alone may be the beginning of a variable
    for (const word of command) assert.match(word, /^(?:[^$]|\$\$)*$/);
    const [program, ...argv] = command.map((word: string) => word.replaceAll('$$', '$'));
    const own = Object.fromEntries(env.map(({ name, value }: Record<string, string>) => [name, value]));
    const options = {
      cwd: folder.path,
      env: { PATH: '/usr/bin:/bin', ...own, JOB_COMPLETION_INDEX: '1' },
      signal,
    };
    return (await run(program, argv, options)).stdout;
  };
  const asked = '--report /var/lib/kiln/home/reports/nightly --progress plain\n';
  assert.is(await said(3), `nightly --shard 2/3 ${asked}`);
  assert.is(await said(1), `nightly ${asked}`);
});

test.run();
