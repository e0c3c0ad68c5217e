import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openEnvironment } from '../../../src/app/launch/open-environment.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { type Files, sampleWorkspace } from '../config/sample-workspace.ts';

const test = suite('opening an environment');
const LEAST = 'platform: docker\n';

async function open(files: Files, name: string, signal: AbortSignal, environments?: string) {
  await using workspace = await sampleWorkspace(files);
  const options = environments === undefined ? {} : { environments: join(workspace.root, environments) };
  const { root, folder, secretsFile, ...rest } = await openEnvironment(workspace.root, name, options, signal);
  assert.is(root, workspace.root);
  return { ...rest, folder: folder.slice(root.length), secretsFile: secretsFile.slice(root.length) };
}

test('it is found, with its data and the place of its secrets', async ({ signal }) => {
  const files = {
    'environments/prod/environment.yaml': `${LEAST}images: { web: }\n`,
    'environments/prod/data.yaml': 'a: 1\n',
  };
  const prod = await open(files, 'prod', signal);
  assert.is(prod.name, 'prod');
  assert.equal(Object.keys(prod.config.images), ['web']);
  assert.is(prod.folder, '/environments/prod');
  assert.is(prod.secretsFile, '/environments/prod/secrets.yaml');
  assert.is(prod.shownSecretsFile, 'environments/prod/secrets.yaml');
  assert.is(prod.hierarchy.levels.length, 4);
  assert.equal(prod.environments.names, ['prod']);
});

test('no template is read: one that is broken takes nothing from an environment', async ({ signal }) => {
  const files = { 'environments/prod/environment.yaml': LEAST, 'templates/web.yaml': 'nonsense' };
  assert.is((await open(files, 'prod', signal)).name, 'prod');
});

test('a folder of the command line comes before that of the workspace', async ({ signal }) => {
  const files = {
    'environments/prod/environment.yaml': 'platform: qemu\n',
    '../prod-repo/prod/environment.yaml': LEAST,
  };
  const prod = await open(files, 'prod', signal, '../prod-repo');
  assert.is(prod.shownSecretsFile, '../prod-repo/prod/secrets.yaml');
});

const FILES: Files = {
  'kiln.yaml': 'environments: [environments, ../prod-repo/environments]\n',
  'environments/dev/environment.yaml': LEAST,
  'environments/staging/environment.yaml': LEAST,
  'environments/bare/data.yaml': '',
};

/** A name, and what is said of it. */
const UNKNOWN: readonly (readonly [name: string, message: string, hint: string])[] = [
  ['stagin', 'there is no environment `stagin`', 'Did you mean `staging`?'],
  ['elsewhere', 'there is no environment `elsewhere`', 'The environments are: dev, staging'],
  ['../dev', 'there is no environment `../dev`', 'The environments are: dev, staging'],
  ['..', 'there is no environment `..`', 'The environments are: dev, staging'],
  ['a\u001b[2J', 'there is no environment `a\u{fffd}[2J`', 'The environments are: dev, staging'],
];

for (const [name, message, hint] of UNKNOWN) {
  test(`${JSON.stringify(name)} is unknown`, async ({ signal }) => {
    const fault = await rejects(open(FILES, name, signal), { code: 'ENVIRONMENT_UNKNOWN' });
    assert.is(fault.message, message);
    assert.is(fault.hint, hint);
    assert.equal(fault.details, ['not there, so not looked into: ../prod-repo/environments']);
  });
}

test('a folder without environment.yaml is told what it lacks', async ({ signal }) => {
  const fault = await rejects(open(FILES, 'bare', signal), { code: 'ENVIRONMENT_UNKNOWN' });
  assert.is(fault.message, 'environments/bare is no environment: it has no environment.yaml');
  assert.is(fault.hint, 'Write environments/bare/environment.yaml; `platform: docker` is the least it says.');
});

test('where there is no environment at all it is said how to write one', async ({ signal }) => {
  const fault = await rejects(open({}, 'dev', signal), { code: 'ENVIRONMENT_UNKNOWN' });
  assert.is(fault.hint, 'Write environments/NAME/environment.yaml first');
  assert.equal(fault.details, []);
});

test('all problems that concern it are told, and none of others', async ({ signal }) => {
  const files = {
    'kiln.yaml': 'environments: [environments]\nx: 1\n',
    'environments/prod/environment.yaml': `${LEAST}after: staging\nimages: { web: { count: 0 } }\n`,
    'environments/staging/environment.yaml': 'after: dev\n',
    'environments/dev/environment.yaml': `${LEAST}trust: x\n`,
    'environments/other/environment.yaml': 'broken\n',
    'environments/hiera.yaml': 'version: 5\n',
  };
  const fault = await rejects(open(files, 'prod', signal), { code: 'CONFIG_INVALID' });
  assert.is(fault.message, '5 problems in 5 files');
  assert.equal(
    fault.details.filter((line) => /^\S/.test(line)),
    [
      'environments/dev/environment.yaml:2:1  `trust` is not supported yet',
      'environments/hiera.yaml:1:1  `hierarchy` is missing',
      'environments/prod/environment.yaml:3:25  `images.web.count` must be at least 1',
      'environments/staging/environment.yaml:1:1  `platform` is missing',
      'kiln.yaml:2:1  unknown key `x`',
    ],
  );
});

test('an environment that would come after itself is not opened', async ({ signal }) => {
  const files = {
    'environments/a/environment.yaml': `${LEAST}after: b\n`,
    'environments/b/environment.yaml': `${LEAST}after: a\n`,
  };
  const fault = await rejects(open(files, 'a', signal), { code: 'CONFIG_INVALID' });
  assert.match(fault.details[0] ?? '', 'this environment would come after itself: a → b → a');
});

test.run();
