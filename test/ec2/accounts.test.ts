import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import * as assert from 'uvu/assert';
import { allSearches, collectGarbage } from '../../src/app/gc/collect-garbage.ts';
import { ledgersIn, openLedger } from '../../src/core/ledger.ts';
import { readLedger } from '../../src/core/ledger-line.ts';
import { Scope } from '../../src/core/scope.ts';
import { connectAws } from '../../src/platforms/ec2/aws.ts';
import { ec2Leftovers } from '../../src/platforms/ec2/leftovers.ts';
import { BAKE_TAG } from '../../src/platforms/ec2/tags.ts';
import { temporaryKey } from '../../src/platforms/ec2/temporary-key.ts';
import { motoServer, noMoto, REGION } from '../support/moto.ts';
import { suite } from '../support/suite.ts';
import { withEnv } from '../support/with-env.ts';
import { writeLedger } from '../unit/app/gc/killed-run.ts';
import { temporaryHome } from '../unit/catalogue/sample-record.ts';

const test = suite('accounts of AWS', { skip: noMoto });

/** The emulator's account of whoever has no role. */
const OWN = '123456789012';
const OTHER = '999988887777';

test('the account is what the credentials say, else what STS does; without either it is not known', async ({
  signal,
}) => {
  await using _moto = await motoServer(signal);
  const account = async (env: Readonly<Record<string, string>>) => {
    using _ = withEnv(env);
    const aws = await connectAws(REGION);
    return [await aws.account(signal), await aws.in('us-west-2').account(signal)];
  };
  assert.equal(await account({}), [OWN, OWN]);
  const closed = { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' };
  assert.equal(await account(closed), [undefined, undefined]);
  assert.equal(await account({ ...closed, AWS_ACCOUNT_ID: OTHER }), [OTHER, OTHER]);
});

test('what a killed bake has made in one account stays in its ledger where gc is run as another', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using home = await temporaryHome();
  using _ = withEnv({ KILN_HOME: home.path, XDG_CACHE_HOME: join(home.path, 'cache') });
  const other = await credentialsOf(OTHER);
  await killedWithKey(home.path, signal);
  const keys = async () => {
    const things = await ec2Leftovers(moto.aws).tagged(REGION, undefined, signal);
    return things.map(({ kind }) => kind);
  };
  assert.equal(await keys(), ['key pair']);

  const collect = async () => {
    const collected = await collectGarbage({ dryRun: false }, await allSearches('ec2'), signal);
    return collected.map(({ state, what, why = '' }) => `${state} ${what} ${why}`);
  };
  {
    using _ = withEnv(other);
    const [first = '', ledger = ''] = await collect();
    assert.match(first, `is in the account ${OWN}, but AWS is asked as ${OTHER}`);
    assert.match(ledger, /^kept ledger/);
  }
  assert.equal(await keys(), ['key pair']);
  assert.equal(
    (await collect()).map((line) => line.trim()),
    ['removed key pair', 'removed ledger of the bake of dead'],
  );
  assert.equal(await keys(), []);
});

/** Makes a key pair as a bake does, and leaves it with a ledger as of one that was killed then. */
async function killedWithKey(home: string, signal: AbortSignal): Promise<void> {
  const scope = new Scope(undefined, undefined, openLedger(home, { run: 'dead', what: 'bake' }));
  const spec = { name: 'kiln-dead', folder: home, tags: { [BAKE_TAG]: 'dead' } };
  await temporaryKey(await connectAws(REGION), spec, scope, signal);
  const { open = [] } = readLedger(await readFile(join(ledgersIn(home), 'dead.jsonl'), 'utf8')) ?? {};
  const intentions = open.map(({ intends }) => intends);
  assert.equal(intentions, [{ kind: 'cloud', region: REGION, bake: 'dead', account: OWN }]);
  scope.keep();
  await scope.close();
  const long = new Date('2026-01-01T00:00:00Z');
  await utimes(await writeLedger(home, 'dead', intentions), long, long);
}

async function credentialsOf(account: string): Promise<Readonly<Record<string, string | undefined>>> {
  const sts = new STSClient({});
  const role = { RoleArn: `arn:aws:iam::${account}:role/baker`, RoleSessionName: 'test' };
  const { Credentials } = await sts.send(new AssumeRoleCommand(role));
  sts.destroy();
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey,
    AWS_SESSION_TOKEN: Credentials?.SessionToken,
  };
}

test.run();
