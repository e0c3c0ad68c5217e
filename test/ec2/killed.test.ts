import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { allSearches, collectGarbage } from '../../src/app/gc/collect-garbage.ts';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { ec2Leftovers } from '../../src/platforms/ec2/leftovers.ts';
import { type AwsProxy, awsProxy, type ProxyCall } from '../support/aws-proxy.ts';
import { CLOUD_STEPS, type CloudStep, COPIED_TO, runStep } from '../support/cloud-steps.ts';
import { motoServer, noMoto } from '../support/moto.ts';
import { registeredAmi } from '../support/registered-ami.ts';
import { saySilent } from '../support/silent-ledgers.ts';
import { suite } from '../support/suite.ts';
import { withEnv } from '../support/with-env.ts';
import { temporaryHome } from '../unit/catalogue/sample-record.ts';

const test = suite('what is made in EC2 and killed, or cancelled, at every call', { skip: noMoto });

const PROGRAM = join(import.meta.dirname, '../support/run-cloud-step.ts');
const STEPS = Object.keys(CLOUD_STEPS) as CloudStep[];
/** More calls than any step makes: what is wrong then never ends. */
const MOST = 80;

/** Everything of ours in both regions, and AMIs of this account but the one that was there first. */
async function leftOf(aws: Aws, image: string, signal: AbortSignal): Promise<string[]> {
  const left: string[] = [];
  for (const here of [aws, aws.in(COPIED_TO)]) {
    const things = await ec2Leftovers(here).tagged(here.region, undefined, signal);
    const { Images = [] } = await here.ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
    left.push(
      ...things.map(({ kind, id, bake }) => `${here.region} ${kind} ${id} of ${bake}`),
      ...Images.flatMap(({ ImageId = '' }) => (ImageId === image ? [] : [`${here.region} AMI ${ImageId}`])),
    );
  }
  return [...new Set(left)].sort();
}

/** Runs a step in a process, and kills that when the nth of its calls has reached AWS, whose answer nobody hears. */
async function killedAt(
  n: number,
  step: CloudStep,
  { proxy, home, image }: { readonly proxy: AwsProxy; readonly home: string; readonly image: string },
): Promise<ProxyCall | undefined> {
  const run = `${step}-${n}`;
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, step, run, home, image], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...proxy.env, KILN_HOME: home },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  let calls = 0;
  let killed: ProxyCall | undefined;
  proxy.onCall(async (call, when) => {
    if (when === 'before' || killed !== undefined || ++calls < n) return;
    killed = call;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  proxy.forget();
  if (killed === undefined) assert.is(child.exitCode, 0, said);
  return killed;
}

for (const step of STEPS) {
  test(
    `bake gc removes all that kill -9 of ${step} at any call has left`,
    async ({ signal }) => {
      await using moto = await motoServer(signal);
      await using proxy = await awsProxy(moto);
      await using home = await temporaryHome();
      using _ = withEnv({ KILN_HOME: home.path, XDG_CACHE_HOME: join(home.path, 'cache') });
      const { id: image } = await registeredAmi(proxy.aws, 'source', signal);
      const actions: string[] = [];
      let saw = 0;
      for (let n = 1; n < MOST; n++) {
        const killed = await killedAt(n, step, { proxy, home: home.path, image });
        if (killed === undefined) break;
        actions.push(killed.action);
        if ((await leftOf(proxy.aws, image, signal)).length > 0) saw++;
        await saySilent(home.path);
        const collected = await collectGarbage({ dryRun: false }, await allSearches(), signal);
        const what = `killed at ${n}, ${killed.action}: ${collected.map((one) => Object.values(one).join(' ')).join('\n')}`;
        assert.equal(await leftOf(proxy.aws, image, signal), [], what);
        assert.equal(await readdir(join(home.path, 'ledger')).catch(() => []), [], what);
      }
      assert.ok(actions.length > 5 && actions.length < MOST - 1, actions.join());
      assert.ok(saw > 2, `something was left only ${saw} times: ${actions.join()}`);
    },
    { deadline: 10 * 60_000 },
  );

  test(
    `${step} that is cancelled at any call leaves nothing`,
    async ({ signal }) => {
      await using moto = await motoServer(signal);
      await using proxy = await awsProxy(moto, { imagesPending: 1, snapshotsPending: 1 });
      await using home = await temporaryHome();
      using _ = withEnv({ KILN_HOME: home.path });
      const { id: image } = await registeredAmi(proxy.aws, 'source', signal);
      let n = 0;
      for (let over = false; !over && n < MOST; ) {
        n++;
        let calls = 0;
        let at: string | undefined;
        const controller = new AbortController();
        proxy.onCall((call, when) => {
          if (when === 'before' || ++calls !== n) return;
          at = call.action;
          controller.abort(new Error('cancelled'));
        });
        const around = { run: `${step}-${n}`, home: home.path, image, signal: controller.signal };
        await runStep(step, around).catch((error: Error) => {
          if (error.message !== 'cancelled') throw error;
        });
        proxy.forget();
        over = at === undefined;
        assert.equal(await leftOf(proxy.aws, image, signal), [], `cancelled at ${n}, ${at}`);
        assert.equal(
          await readdir(join(home.path, 'ledger')).catch(() => []),
          [],
          `cancelled at ${n}, ${at}`,
        );
      }
      assert.ok(n > 5 && n < MOST, `${n} calls`);
    },
    { deadline: 5 * 60_000 },
  );
}

test.run();
