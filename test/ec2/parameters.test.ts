import * as assert from 'uvu/assert';
import { Secret } from '../../src/core/secret.ts';
import { ssmParameters } from '../../src/platforms/ec2/ssm-parameters.ts';
import { awsProxy } from '../support/aws-proxy.ts';
import { motoServer, noMoto } from '../support/moto.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';

const test = suite('secrets in Parameter Store', { skip: noMoto });

test('all below a path are listed, past the first page, and only those of the environment are removed', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  const store = await ssmParameters(moto.aws);
  const owner = { environment: 'prod', kmsKey: 'alias/prod' };
  const path = '/kiln/prod';
  const names = Array.from({ length: 23 }, (_, n) => `secret-${n + 10}`);
  for (const name of names) await store.create(path, name, new Secret(`of ${name}`), owner, signal);
  await store.create('/kiln/production', 'other', new Secret('x'), { environment: 'production' }, signal);
  const listed = await store.list(path, signal);
  assert.equal([...listed.keys()].sort(), names);
  const { value, encrypted, kmsKey } = listed.get('secret-32') ?? {};
  assert.equal([value?.reveal(), encrypted, kmsKey], ['of secret-32', true, 'alias/prod']);
  await store.update(path, 'secret-32', new Secret('another'), owner, signal);
  assert.is((await store.list(path, signal)).get('secret-32')?.value.reveal(), 'another');
  assert.is(await store.isOf(path, 'secret-32', owner, signal), true);
  assert.is(await store.isOf(path, 'secret-32', { environment: 'dev' }, signal), false);
  assert.is(await store.remove(path, 'secret-32', { environment: 'dev' }, signal), false);
  assert.is(await store.remove(path, 'secret-32', owner, signal), true);
  assert.is((await store.list(path, signal)).size, 22);
});

test('one that was made by a try whose answer was lost is the environment’s, and no other is', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  const store = await ssmParameters(proxy.aws);
  const [path, prod] = ['/kiln/prod', { environment: 'prod' }];
  proxy.inject({ action: 'ssm:PutParameter', cut: 'after', times: 1 });
  await store.create(path, 'token', new Secret('one'), prod, signal);
  assert.is((await store.list(path, signal)).get('token')?.value.reveal(), 'one');
  assert.is(await store.isOf(path, 'token', prod, signal), true);
  await rejects(store.create(path, 'token', new Secret('two'), { environment: 'dev' }, signal), {
    code: 'CLOUD_FAILED',
  });
  assert.is((await store.list(path, signal)).get('token')?.value.reveal(), 'one');
});

test.run();
