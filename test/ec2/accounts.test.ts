import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import * as assert from 'uvu/assert';
import { allSearches, collectGarbage } from '../../src/app/gc/collect-garbage.ts';
import type { Fault } from '../../src/core/fault.ts';
import { ledgersIn, openLedger } from '../../src/core/ledger.ts';
import { readLedger } from '../../src/core/ledger-line.ts';
import { Scope } from '../../src/core/scope.ts';
import { connectAws } from '../../src/platforms/ec2/aws.ts';
import { accountToNote } from '../../src/platforms/ec2/caller-account.ts';
import { ec2Leftovers } from '../../src/platforms/ec2/leftovers.ts';
import { BAKE_TAG } from '../../src/platforms/ec2/tags.ts';
import { temporaryKey } from '../../src/platforms/ec2/temporary-key.ts';
import { awsProxy } from '../support/aws-proxy.ts';
import { motoServer, noMoto, REGION } from '../support/moto.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';
import { withEnv } from '../support/with-env.ts';
import { writeOldLedger } from '../unit/app/gc/killed-run.ts';
import { temporaryHome } from '../unit/catalogue/sample-record.ts';

const test = suite('accounts of AWS', { skip: noMoto });

/** The emulator's account of whoever has no role. */
const OWN = '123456789012';
const OTHER = '999988887777';

test('STS says which it is, once for all regions; without it none is noted, and whoever compares is told why', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  const { aws } = proxy;
  assert.equal([await aws.account(signal), await aws.in('us-west-2').account(signal)], [OWN, OWN]);
  assert.equal(
    proxy.calls.map(({ action }) => action),
    ['sts:GetCallerIdentity'],
  );
  const refusedWith = async (error: string) => {
    proxy.inject({ action: 'sts:GetCallerIdentity', error, times: 1 });
    const anew = await connectAws(REGION);
    assert.is(await accountToNote(anew, signal), undefined);
    return await anew.account(signal).then(assert.unreachable, (fault: Fault) => fault.code);
  };
  assert.is(await refusedWith('ExpiredToken'), 'CLOUD_LOCKED');
  assert.is(await refusedWith('AccessDenied'), 'CLOUD_DENIED');
  using _ = withEnv({ AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1', AWS_ACCOUNT_ID: OTHER });
  const alone = await connectAws(REGION);
  assert.is(await accountToNote(alone, signal), undefined);
  await rejects(alone.account(signal), { code: 'CLOUD_UNREACHABLE' });
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
  await writeOldLedger(home, 'dead', intentions);
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
