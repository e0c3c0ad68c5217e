import * as assert from 'uvu/assert';
import { diffEnvironments, type EnvironmentDiff } from '../../../../src/app/launch/diff-environments.ts';
import { environmentDiffLines } from '../../../../src/ui/environment-diff-lines.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { environmentWorkspace, SAMPLE } from './environment-workspace.ts';

const test = suite('difference of two environments');

async function diff(
  files: Readonly<Record<string, string>>,
  signal: AbortSignal,
  [before, after] = ['dev', 'prod'],
): Promise<EnvironmentDiff> {
  await using workspace = await environmentWorkspace({ ...SAMPLE, ...files });
  return await diffEnvironments({ workspace: workspace.path, before, after }, signal);
}

test('settings, data and secrets that differ are told, with the places of data', async ({ signal }) => {
  const found = await diff({}, signal);
  assert.not(found.same);
  assert.equal(environmentDiffLines(found), [
    'dev → prod',
    'settings:',
    '  + after dev',
    '  + soak 1 h 0 min',
    'web:',
    '  ~ count 1 → 2',
    '  ~ publish 8081:80 → 8082-8083:80, 127.0.0.1:53-54:53/udp',
    '  ~ db.host "db.dev" → "db.prod"',
    '      environments/dev/data.yaml:1:13 → environments/prod/data.yaml:2:13',
    '  ~ debug true → false',
    '      environments/common.yaml:5:8 → environments/prod/data.yaml:3:8',
    '  ~ workers 2 → 8',
    '      environments/roles/web.yaml:1:10 → environments/prod/web.yaml:1:10',
    '  ~ greeting (web-1) "Hello" → "Welcome"',
    '      environments/common.yaml:3:11 → environments/prod/data.yaml:1:11',
    '  ~ greeting (web-2) "Hello" → "Second"',
    '      environments/common.yaml:3:11 → environments/prod/nodes/web-2.yaml:1:11',
    'secrets (their values are not compared):',
    '  - old',
    '  + tls.key',
    '    api_token: in both',
  ]);
});

test('an encrypted value is nowhere in what is told', async ({ signal }) => {
  assert.not.match(JSON.stringify(await diff({}, signal)), 'ENC[');
});

test('an environment does not differ from itself', async ({ signal }) => {
  const found = await diff({}, signal, ['prod', 'prod']);
  assert.ok(found.same);
  assert.equal(environmentDiffLines(found), ['prod → prod: no difference']);
});

test('an image that one of them does not run is told with what it would get there', async ({ signal }) => {
  const files = {
    'environments/prod/environment.yaml': 'platform: docker\nimages: { app: { role: service } }\n',
    'environments/roles/service.yaml': 'shared: 1\n',
    'environments/prod/service.yaml': 'cache: { size: 5, list: [] }\n',
  };
  const { images } = await diff(files, signal);
  assert.equal(
    images.map(({ template, only }) => [template, only]),
    [
      ['app', 'after'],
      ['web', 'before'],
    ],
  );
  const app = images[0]?.data.map(({ key, before, after }) => [key, before?.value, after?.value]);
  assert.equal(app, [
    ['db.host', 'db.dev', 'db.prod'],
    ['debug', true, false],
    ['greeting', 'Hello', 'Welcome'],
    ['cache.size', undefined, 5],
    ['cache.list', undefined, []],
  ]);
});

test('equal values on different levels are no difference', async ({ signal }) => {
  const files = { 'environments/prod/data.yaml': 'greeting: Hello\ndb: { port: 5432 }\n' };
  const keys = (await diff(files, signal)).images[0]?.data.map(({ key }) => key);
  assert.equal(keys, ['db.host', 'workers', 'greeting']);
});

test('a key with dots in it is one key', async ({ signal }) => {
  const files = { 'environments/prod/data.yaml': 'db: { host: db.dev, "a.b": 1 }\n"with.dot": { x: 1 }\n' };
  const keys = (await diff(files, signal)).images[0]?.data.map(({ key }) => key);
  assert.equal(keys, ['workers', "db.'a.b'", "'with.dot'.x", 'greeting']);
});

test('data that cannot be looked up is refused with its places', async ({ signal }) => {
  const files = { 'environments/prod/data.yaml': 'greeting: "%{::x}"\n' };
  const fault = await rejects(diff(files, signal), { code: 'DATA_INVALID' });
  assert.match(fault.details[0] ?? '', 'environments/prod/data.yaml:1:11  `%{::x}` cannot be looked up');
});

test.run();
