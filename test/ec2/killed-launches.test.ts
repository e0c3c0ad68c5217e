import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { allSearches, collectGarbage } from '../../src/app/gc/collect-garbage.ts';
import { awsProxy, type ProxyCall, type ProxyHabits } from '../support/aws-proxy.ts';
import { cloudLeft } from '../support/cloud-left.ts';
import { launchedBefore, launchStep } from '../support/launch-step.ts';
import { motoServer, noMoto, REGION } from '../support/moto.ts';
import { registeredAmi } from '../support/registered-ami.ts';
import { saySilent } from '../support/silent-ledgers.ts';
import { suite } from '../support/suite.ts';
import { withEnv } from '../support/with-env.ts';
import { temporaryHome } from '../unit/catalogue/sample-record.ts';

const test = suite('an instance that is launched, killed or cancelled at every call of AWS', {
  skip: noMoto,
});

const PROGRAM = join(import.meta.dirname, '../support/run-launch-step.ts');
/** More calls than it makes: what is wrong then never ends. */
const MOST = 80;

/** Where one is launched, that may be beside an earlier one whose launch template it takes. */
async function world(habits: ProxyHabits, environment: string | undefined, signal: AbortSignal) {
  const moto = await motoServer(signal);
  const proxy = await awsProxy(moto, habits);
  const home = await temporaryHome();
  const set = withEnv({ KILN_HOME: home.path, XDG_CACHE_HOME: join(home.path, 'cache') });
  const { id: image } = await registeredAmi(proxy.aws, 'source', signal);
  if (environment !== undefined) await launchedBefore(environment, { run: 'earlier', image, signal });
  const all = () => cloudLeft(proxy.aws, { home: home.path, regions: [REGION] }, signal);
  const before = await all();
  return {
    proxy,
    home: home.path,
    image,
    environment,
    left: async () => (await all()).filter((line) => !before.includes(line)),
    ledgers: () => readdir(join(home.path, 'ledger')).catch(() => []),
    async [Symbol.asyncDispose]() {
      set[Symbol.dispose]();
      for (const one of [home, proxy, moto]) await one[Symbol.asyncDispose]();
    },
  };
}

/** As launches have them. */
function runId(n: number): string {
  return `1-${String(n).padStart(6, '0')}`;
}

/** Launches in a process, and kills that when the nth of its calls has reached AWS, whose answer nobody hears. */
async function killedAt(
  n: number,
  { proxy, home, image, environment }: Awaited<ReturnType<typeof world>>,
): Promise<ProxyCall | undefined> {
  const step = [runId(n), home, image, ...(environment === undefined ? [] : [environment])];
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...step], {
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

for (const environment of [undefined, 'prod']) {
  const beside = environment === undefined ? '' : ', beside an earlier one';

  test(`bake gc removes all that kill -9 has left${beside}`, async ({ signal }) => {
    await using it = await world({}, environment, signal);
    const actions: string[] = [];
    let saw = 0;
    for (let n = 1; n < MOST; n++) {
      const killed = await killedAt(n, it);
      if (killed === undefined) break;
      actions.push(killed.action);
      if ((await it.left()).length > 0) saw++;
      await saySilent(it.home);
      const collected = await collectGarbage({ dryRun: false }, await allSearches(), signal);
      const what = `killed at ${n}, ${killed.action}: ${collected.map((one) => Object.values(one).join(' ')).join('\n')}`;
      assert.equal([await it.left(), await it.ledgers()], [[], []], what);
    }
    assert.ok(actions.length > 5 && actions.length < MOST - 1, actions.join());
    assert.ok(saw > 2, `something was left only ${saw} times: ${actions.join()}`);
  });

  test(`one that is cancelled leaves nothing${beside}`, async ({ signal }) => {
    await using it = await world({ imagesPending: 1, snapshotsPending: 1 }, environment, signal);
    const { proxy, home, image } = it;
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
      await launchStep({ run: runId(n), home, image, environment, signal: controller.signal }).catch(
        (error: Error) => {
          if (error.message !== 'cancelled') throw error;
        },
      );
      proxy.forget();
      over = at === undefined;
      assert.equal([await it.left(), await it.ledgers()], [[], []], `cancelled at ${n}, ${at}`);
    }
    assert.ok(n > 5 && n < MOST, `${n} calls`);
  });
}

test.run();
