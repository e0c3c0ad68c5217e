import * as assert from 'uvu/assert';
import { LAUNCH_STAGES } from '../../src/core/events.ts';
import { engineContents } from '../support/engine-contents.ts';
import { engineProxy } from '../support/engine-proxy.ts';
import { missing } from '../support/engines.ts';
import { instancesOf } from '../support/instances.ts';
import { killAt } from '../support/kill-at.ts';
import { type PageWorkspace, pageWorkspace } from '../support/launch-page.ts';
import { random } from '../support/random.ts';
import { suite } from '../support/suite.ts';
import { readPage } from '../support/visit.ts';

const test = suite('a launch on docker that is killed', { skip: await missing('docker') });

const MOMENTS = 10;
const OLD = 'golden|Hello|test-solo|test-page-1';
const NEW = 'golden|Good morning|test-solo|test-page-1';
/** What puts an instance into reach: held, it is the middle of a swap. */
const REACH = 'POST /networks/kiln-test-solo/connect';

async function baked(signal: AbortSignal): Promise<PageWorkspace> {
  const workspace = await pageWorkspace(signal);
  await workspace.bakePage('golden');
  return workspace;
}

/** Tells the environment to greet so; with another greeting a launch replaces what runs. */
async function greet(workspace: PageWorkspace, greeting: string): Promise<void> {
  await workspace.write({
    'environments/hiera.yaml': 'version: 5\nhierarchy: [{ name: all, path: common.yaml }]\n',
    'environments/common.yaml': `greeting: ${greeting}\n`,
  });
}

/** What a killed launch could leave: on the engine, with each instance’s id, and in `$KILN_HOME`. */
async function leftOf(workspace: PageWorkspace): Promise<string[]> {
  const ids = (await instancesOf('test-solo')).map(({ Id }) => `instance ${Id}`);
  return [...(await engineContents()), ...ids, ...(await workspace.files())];
}

async function collect(workspace: PageWorkspace, signal: AbortSignal): Promise<string> {
  const gc = await workspace.bake(['gc'], { signal });
  assert.is(gc.exitCode, 0, `${gc.stdout}\n${gc.stderr}`);
  return gc.stdout;
}

test('gc lets the old one serve as before, or the new one alone when it had been found healthy', async ({
  signal,
}) => {
  await using workspace = await baked(signal);
  const [url = ''] = workspace.urls;
  await workspace.launched([]);
  await greet(workspace, 'Good morning');
  const before = await leftOf(workspace);
  for (const stage of LAUNCH_STAGES) {
    const kill = killAt(new RegExp(`test-page-1 ${stage} +…`), 'SIGKILL');
    const killed = await workspace.solo([], kill);
    assert.is(killed.exitCode, null, `${stage}: ${killed.stderr}`);
    const said = await collect(workspace, signal);
    const after = await leftOf(workspace);
    assert.is((await instancesOf('test-solo')).length, 1, `${stage}: ${said}`);
    assert.is(await readPage(url), stage === 'retire' ? NEW : OLD, `${stage}: ${said}`);
    if (stage !== 'retire') assert.equal(after, before, `${stage}: ${said}`);
  }
  await workspace.launched([]);
  assert.is(await readPage(url), NEW);
});

test('gc ends a swap that was cut off in the middle: the one that ran first serves again', async ({
  signal,
}) => {
  await using workspace = await baked(signal);
  const [url = ''] = workspace.urls;
  await workspace.launched([]);
  await greet(workspace, 'Good morning');
  const before = await leftOf(workspace);
  await using proxy = await engineProxy([REACH]);
  let killed: Promise<void> | undefined;
  await workspace.solo([], {
    env: { DOCKER_HOST: proxy.address },
    onStderr(piece, kill) {
      if (/test-page-1 swap +…/.test(piece)) killed = nobodyServes(signal).then(() => kill('SIGKILL'));
    },
  });
  await killed;
  const dry = await workspace.bake(['gc', '--dry-run'], { signal });
  assert.match(dry.stdout, /would be put right: place of an instance .*kiln-test-solo-test-page-1-/);
  const said = await collect(workspace, signal);
  assert.match(said, /put right: place of an instance/);
  assert.match(said, /removed: instance kiln-test-solo-test-page-1-/);
  assert.is(await readPage(url), OLD);
  assert.equal(await leftOf(workspace), before, said);
});

test('gc leaves nothing of a first launch that was killed before it served', async ({ signal }) => {
  await using workspace = await baked(signal);
  const before = await leftOf(workspace);
  for (const stage of ['start', 'check'] as const) {
    const kill = killAt(new RegExp(`test-page-1 ${stage} +…`), 'SIGKILL', stage === 'start' ? 150 : 0);
    const killed = await workspace.solo([], kill);
    assert.is(killed.exitCode, null, `${stage}: ${killed.stderr}`);
    const said = await collect(workspace, signal);
    const after = (await leftOf(workspace)).filter((line) => line !== 'home/launches/test-solo.jsonl');
    assert.equal(after, before, `${stage}: ${said}`);
  }
});

test(`at ${MOMENTS} random moments: one instance serves afterwards, and nothing else is left`, async ({
  signal,
}) => {
  await using workspace = await baked(signal);
  const [url = ''] = workspace.urls;
  await workspace.launched([]);
  const { seed, next } = random();
  for (let index = 0; index < MOMENTS; index++) {
    await greet(workspace, `Number ${index}`);
    const moment = Math.round(next() * 6000);
    const kill = killAt(/test-page-1 start +…/, 'SIGKILL', moment);
    await workspace.solo([], kill);
    const said = await collect(workspace, signal);
    const what = `seed ${seed}, killed after ${moment} ms: ${said}`;
    assert.is((await instancesOf('test-solo')).length, 1, what);
    assert.match(await readPage(url), /^golden\|/, what);
    assert.equal(
      (await workspace.files()).filter((file) => /ledger|lock|work|tmp/.test(file)),
      [],
      what,
    );
  }
});

/** Waits until nothing is in reach, though something runs. */
async function nobodyServes(signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const instances = await instancesOf('test-solo');
    const serving = instances.some(({ NetworkSettings }) => 'kiln-test-solo' in NetworkSettings.Networks);
    if (instances.length === 2 && !serving) return;
  }
}

test.run();
