import * as assert from 'uvu/assert';
import {
  type ExplainedKey,
  type ExplainRequest,
  explainKey,
} from '../../../../src/app/launch/explain-key.ts';
import type { ImageRecord } from '../../../../src/catalogue/record.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { placeText } from '../../../../src/environments/data-problem.ts';
import { explainLines } from '../../../../src/ui/explain-lines.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { encrypted, someIdentity } from '../../secrets/samples.ts';
import { environmentWorkspace, SAMPLE, SOPS } from './environment-workspace.ts';

const test = suite('explanation of a key');

const NO_IMAGES = { latest: async () => undefined };

async function explain(
  key: string,
  {
    files = {},
    catalogue = NO_IMAGES,
    ...said
  }: Partial<ExplainRequest> & {
    files?: Readonly<Record<string, string>>;
    catalogue?: Parameters<typeof explainKey>[1];
  },
  signal: AbortSignal,
): Promise<ExplainedKey> {
  await using workspace = await environmentWorkspace({ ...SAMPLE, ...files });
  return await explainKey(
    { workspace: workspace.path, environment: 'prod', key, ...said },
    catalogue,
    signal,
  );
}

function outcomes({ lookup }: ExplainedKey): string[] {
  return (lookup?.files ?? []).map(
    ({ path, outcome, place }) => `${place ? placeText(place) : path} ${outcome}`,
  );
}

test('it says who won and who lost, of the files on disk', async ({ signal }) => {
  const explained = await explain('greeting', {}, signal);
  assert.is(explained.lookup?.result?.value, 'Welcome');
  assert.equal(explained.asker, { env: 'prod', role: 'web', node: 'web-1' });
  assert.equal(outcomes(explained), [
    'prod/nodes/web-1.yaml no file',
    'prod/web.yaml no key',
    'roles/web.yaml no key',
    'environments/prod/data.yaml:1:11 won',
    'environments/common.yaml:3:11 lost',
  ]);
  assert.is(explained.fault, undefined);
});

test('people see it as facts and a table', async ({ signal }) => {
  const { fault: _, ...explained } = await explain('db', {}, signal);
  assert.equal(explainLines(explained), [
    'key          db',
    'environment  prod, role web, node web-1',
    'value        {"host":"db.prod","port":5432}',
    'merge        deep, by `db` of lookup_options at environments/common.yaml:2:3',
    '',
    'LEVEL        WHAT              WHERE                               VALUE',
    'node         no such file      environments/prod/nodes/web-1.yaml',
    'role         does not have it  environments/prod/web.yaml',
    'role         does not have it  environments/roles/web.yaml',
    'environment  ✔ merged          environments/prod/data.yaml:2:1     {"host":"db.prod"}',
    'common       ✔ merged          environments/common.yaml:4:1        {"host":"none","port":5432}',
    '',
    'PART     WHERE                             VALUE',
    'db.host  environments/prod/data.yaml:2:13  "db.prod"',
    'db.port  environments/common.yaml:4:25     5432',
  ]);
});

test('a node of the environment has its role and its own file', async ({ signal }) => {
  const explained = await explain('greeting', { node: 'web-2' }, signal);
  assert.is(explained.lookup?.result?.value, 'Second');
  assert.equal(explained.asker, { env: 'prod', role: 'web', node: 'web-2' });
});

const TWO_ROLES = {
  'environments/prod/environment.yaml':
    'platform: docker\nimages: { web: , app: { role: service }, second: { role: service } }\n',
};

test('with several roles one must be said, and is, or follows from the node', async ({ signal }) => {
  const fault = await rejects(explain('greeting', { files: TWO_ROLES }, signal), { code: 'USAGE' });
  assert.is(fault.message, 'the data of prod depends on the role that asks: web, service');
  assert.is(fault.hint, 'Say which: --role web.');
  const said = await explain('greeting', { files: TWO_ROLES, role: 'service' }, signal);
  assert.equal(said.asker, { env: 'prod', role: 'service', node: 'app-1' });
  const followed = await explain('greeting', { files: TWO_ROLES, node: 'second-3' }, signal);
  assert.equal(followed.asker, { env: 'prod', role: 'service', node: 'second-3' });
});

test('nobody must be said where no path depends on it', async ({ signal }) => {
  const hiera = "version: 5\nhierarchy: [{ name: all, paths: ['%{env}/data.yaml', common.yaml] }]\n";
  const files = { ...TWO_ROLES, 'environments/hiera.yaml': hiera };
  const explained = await explain('greeting', { files }, signal);
  assert.equal(explained.asker, { env: 'prod' });
  assert.is(explained.lookup?.result?.value, 'Welcome');
});

test('a role must be said where only roles matter, and a node where only nodes do', async ({ signal }) => {
  for (const variable of ['role', 'node'] as const) {
    const hiera = `version: 5\nhierarchy: [{ name: all, path: '%{env}/%{${variable}}.yaml' }]\n`;
    const files = { ...TWO_ROLES, 'environments/hiera.yaml': hiera };
    const { message } = await rejects(explain('greeting', { files }, signal), { code: 'USAGE' });
    assert.is(message, 'the data of prod depends on the role that asks: web, service');
  }
});

test('a role that the environment does not have is refused, and one that is a path too', async ({
  signal,
}) => {
  const unknown = await rejects(explain('greeting', { role: 'wbe' }, signal), { code: 'USAGE' });
  assert.is(unknown.hint, 'Did you mean `web`?');
  await rejects(explain('greeting', { role: '../dev/web' }, signal), { code: 'USAGE' });
  await rejects(explain('greeting', { node: '../../x' }, signal), { code: 'USAGE' });
});

test('a secret is told by its place, and never by its value', async ({ signal }) => {
  const { fault: _, ...explained } = await explain('api_token', {}, signal);
  assert.equal(explained.secret, { file: 'environments/prod/secrets.yaml', line: 2, column: 1 });
  const said = [...explainLines(explained), JSON.stringify(explained)].join('\n');
  assert.match(said, 'launch secrets show api_token --env prod');
  assert.not.match(said, 'ENC[');
  assert.is((await explain('tls.key', {}, signal)).secret?.line, 3);
});

test('a file of secrets that is no YAML is refused without a word of it', async ({ signal }) => {
  const files = { 'environments/prod/secrets.yaml': 'api_token: "not-encrypted-yet" x\n' };
  const fault = await rejects(explain('greeting', { files }, signal), { code: 'SECRETS_INVALID' });
  assert.match(fault.message, /^environments\/prod\/secrets\.yaml:1:\d+: not valid YAML/);
  assert.not.match([fault.message, fault.hint, ...fault.details].join('\n'), 'not-encrypted-yet');
});

test('a secret in a map is told by its own place, also where data has the same map', async ({ signal }) => {
  const text = `cache:\n  password: ENC[x]\ndb:\n  password: ENC[y]\n${SOPS}`;
  const files = { 'environments/prod/secrets.yaml': text };
  const file = 'environments/prod/secrets.yaml';
  assert.equal((await explain('cache.password', { files }, signal)).secret, { file, line: 2, column: 3 });
  const { secret, lookup, fault } = await explain('db.password', { files }, signal);
  assert.equal(secret, { file, line: 4, column: 3 });
  assert.equal([lookup?.result, fault], [undefined, undefined]);
});

test('what binds the file to its environment is no secret', async ({ signal }) => {
  const text = await encrypted('api_token: x\n', [(await someIdentity()).recipient], signal);
  const files = { 'environments/prod/secrets.yaml': text.toString() };
  assert.is((await explain('api_token', { files }, signal)).secret?.column, 1);
  for (const key of ['kiln_unencrypted', 'kiln_unencrypted.revision', 'sops.mac'])
    await rejects(explain(key, { files }, signal), { code: 'USAGE' });
});

test('an unknown key is refused with the nearest that is there', async ({ signal }) => {
  for (const [key, near] of [
    ['greting', 'greeting'],
    ['api-token', 'api_token'],
    ['workres', 'workers'],
  ] as const) {
    const fault = await rejects(explain(key, {}, signal), { code: 'USAGE' });
    assert.is(fault.exitCode, 2);
    assert.is(fault.hint, `Did you mean \`${near}\`?`);
  }
  const { hint } = await rejects(explain('sops', {}, signal), { code: 'USAGE' });
  assert.is(hint, 'The keys are: db, debug, greeting, workers, api_token, tls.key');
});

test('a dotted key is explained, and a part that is not there too', async ({ signal }) => {
  assert.is((await explain('db.port', {}, signal)).lookup?.result?.value, 5432);
  const { fault, lookup } = await explain('db.prot', {}, signal);
  assert.is(fault?.message, 'what prod takes has no `db.prot` in it');
  assert.equal(lookup?.files.map(({ outcome }) => outcome).slice(3), ['no part', 'no part']);
});

test('what is wrong with the key’s data comes with the explanation', async ({ signal }) => {
  const files = { 'environments/prod/data.yaml': 'greeting: 1\n' };
  const explained = await explain('greeting', { files }, signal);
  assert.is(explained.fault?.code, 'DATA_INVALID');
  assert.match(
    explained.fault?.details[0] ?? '',
    /^environments\/prod\/data\.yaml:1:11 {2}`greeting` is a number here/,
  );
  assert.is(outcomes(explained).length, 5);
});

test('a key that only a template has a value for is told as that', async ({ signal }) => {
  const runtime = { data: { page: { type: 'string', required: false, default: 'index' } } };
  const record = { name: 'web@3', runtime } as unknown as ImageRecord;
  const latest = async (template: string) => (template === 'web' ? record : undefined);
  const { fault: _, ...explained } = await explain('page', { catalogue: { latest } }, signal);
  assert.equal(explained.defaults, [{ image: 'web@3', value: 'index' }]);
  assert.match(explainLines(explained).join('\n'), 'no level has it');
  await rejects(explain('constructor', { catalogue: { latest } }, signal), { code: 'USAGE' });
});

test('where only a damaged record may have the key, it is named; another’s or a secret is told all the same', async ({
  signal,
}) => {
  const damaged = new Fault('RECORD_DAMAGED', 'the record of app@2 is damaged');
  const runtime = { data: { page: { type: 'string', required: false, default: 'index' } } };
  const record = { name: 'web@3', runtime } as unknown as ImageRecord;
  const latest = async (template: string) => {
    if (template === 'web') return record;
    throw damaged;
  };
  const files = {
    'environments/prod/environment.yaml':
      'platform: docker\nimages: { web: { count: 1 }, app: { count: 1, role: web } }\n',
  };
  const asked = { files, role: 'web', catalogue: { latest } };
  assert.is((await explain('page', asked, signal)).defaults[0]?.image, 'web@3');
  assert.is((await explain('api_token', asked, signal)).secret?.line, 2);
  await rejects(explain('nothing', asked, signal), { code: 'RECORD_DAMAGED' });
});

test('an unknown environment is refused', async ({ signal }) => {
  await rejects(explain('greeting', { environment: 'nope' }, signal), { code: 'ENVIRONMENT_UNKNOWN' });
});

test.run();
