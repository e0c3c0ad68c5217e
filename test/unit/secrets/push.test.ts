import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { initSecrets } from '../../../src/app/secrets/init-secrets.ts';
import { pushSecrets } from '../../../src/app/secrets/push-secrets.ts';
import { setSecret } from '../../../src/app/secrets/set-secret.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { ParameterStore, StoredParameter } from '../../../src/platforms/parameter-store.ts';
import { pushedLines } from '../../../src/ui/secrets-lines.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { secretsWorkspace } from './samples.ts';

const test = suite('pushing secrets', { deadline: 30_000 });

const PROD = `platform: ec2
ec2:
  region: eu-central-1
  subnets: [subnet-1]
  security-groups: [sg-1]
  ssh: { user: admin, identity: /keys/prod }
  kms-key: alias/prod
`;

/** A store in memory that notes what is asked of it, never a value; what was `pushed` before is the environment's. */
function fakeStore(before: readonly string[] = []) {
  const pushed = new Set(before);
  const kept = new Map<string, StoredParameter>();
  const asked: string[] = [];
  const put =
    (what: string): ParameterStore['create'] =>
    async (path, name, value, { environment, kmsKey }) => {
      asked.push(`${what} ${path}/${name} of ${environment} by ${kmsKey}`);
      if (what === 'create') pushed.add(name);
      kept.set(name, { value, encrypted: true, ...(kmsKey === undefined ? {} : { kmsKey }) });
    };
  const store: ParameterStore = {
    list: async () => new Map(kept),
    create: put('create'),
    update: put('update'),
    isOf: async (_path, name) => pushed.has(name),
    async remove(path, name) {
      if (!pushed.has(name)) return false;
      asked.push(`remove ${path}/${name}`);
      return kept.delete(name);
    },
  };
  return { kept, asked, open: async () => store };
}

async function workspace(signal: AbortSignal, values: Readonly<Record<string, string>>) {
  const it = await secretsWorkspace(['prod']);
  const request = { workspace: it.root, environment: 'prod' };
  await initSecrets({ ...request, recipients: [] }, signal);
  for (const [name, text] of Object.entries(values))
    await setSecret({ ...request, name, value: new Secret(text) }, signal);
  await writeFile(join(it.root, 'environments/prod/environment.yaml'), PROD);
  return { it, request };
}

test('what is new is created, what is another is updated, what is the same is left', async ({ signal }) => {
  const { it, request } = await workspace(signal, { api_token: 'one', db: 'two' });
  await using _it = it;
  const { kept, asked, open } = fakeStore();
  const push = () => pushSecrets({ ...request, prune: false }, open, signal);
  const first = await push();
  assert.equal(
    [first.path, first.created, first.updated, first.unchanged],
    ['/kiln/prod', ['api_token', 'db'], [], []],
  );
  await setSecret({ ...request, name: 'db', value: new Secret('three') }, signal);
  // Another key, or one that was written without any, is another parameter.
  kept.set('api_token', { value: new Secret('one'), encrypted: true, kmsKey: 'alias/old' });
  assert.equal((await push()).updated, ['api_token', 'db']);
  assert.is(kept.get('db')?.value.reveal(), 'three');
  assert.equal((await push()).unchanged, ['api_token', 'db']);
  assert.equal(asked, [
    'create /kiln/prod/api_token of prod by alias/prod',
    'create /kiln/prod/db of prod by alias/prod',
    'update /kiln/prod/api_token of prod by alias/prod',
    'update /kiln/prod/db of prod by alias/prod',
  ]);
});

test('what is no secret any more is told, and removed only when asked for and pushed once', async ({
  signal,
}) => {
  const { it, request } = await workspace(signal, { api_token: 'one' });
  await using _it = it;
  const { kept, asked, open } = fakeStore(['old']);
  for (const name of ['old', 'foreign'])
    kept.set(name, { value: new Secret(`value of ${name}`), encrypted: true });
  const told = await pushSecrets({ ...request, prune: false }, open, signal);
  assert.equal([told.left, told.removed], [['foreign', 'old'], []]);
  const pruned = await pushSecrets({ ...request, prune: true }, open, signal);
  assert.equal([pruned.left, pruned.removed], [['foreign'], ['old']]);
  assert.equal(asked.at(-1), 'remove /kiln/prod/old');
  const lines = pushedLines(pruned).join('\n');
  assert.match(lines, '- old');
  assert.match(lines, '! foreign');
  assert.not.match(`${lines}${JSON.stringify(pruned)}`, 'value of');
});

test('what Parameter Store does not take is told before anything is written', async ({ signal }) => {
  const { it, request } = await workspace(signal, { api_token: 'one', big: 'x'.repeat(4097) });
  await using _it = it;
  const { asked, open } = fakeStore();
  const fault = await rejects(pushSecrets({ ...request, prune: false }, open, signal), {
    code: 'SECRETS_INVALID',
  });
  assert.equal(fault.details, ['big has 4097 bytes, and 4096 are the most']);
  assert.equal(asked, []);
});

test('what is there and is not the environment’s is not overwritten, and nothing else is written', async ({
  signal,
}) => {
  const { it, request } = await workspace(signal, { api_token: 'one', db: 'two', same: 'three' });
  await using _it = it;
  const { kept, asked, open } = fakeStore();
  for (const [name, text] of [
    ['db', 'value of another'],
    ['same', 'three'],
  ] as const)
    kept.set(name, { value: new Secret(text), encrypted: true, kmsKey: 'alias/prod' });
  const fault = await rejects(pushSecrets({ ...request, prune: true }, open, signal), {
    code: 'SECRETS_INVALID',
  });
  assert.equal(fault.details, ['/kiln/prod/db has no tag kiln.environment=prod']);
  assert.equal(asked, []);
  assert.is(kept.get('db')?.value.reveal(), 'value of another');
});

test('an environment that is not at AWS has nowhere to push to', async ({ signal }) => {
  await using it = await secretsWorkspace(['dev']);
  const request = { workspace: it.root, environment: 'dev', prune: false };
  await rejects(pushSecrets(request, fakeStore().open, signal), { code: 'CONFIG_INVALID' });
});

test.run();
