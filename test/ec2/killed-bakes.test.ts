import * as assert from 'uvu/assert';
import { type AwsProxy, awsProxy } from '../support/aws-proxy.ts';
import { type BakeWorkspace, bakeWorkspace, type Ran } from '../support/bake-workspace.ts';
import { type CallMoment, momentsOf, momentText, onMoment } from '../support/cloud-calls.ts';
import { cloudLeft } from '../support/cloud-left.ts';
import { missing } from '../support/engines.ts';
import { assertClean, leftOf } from '../support/killed-bakes.ts';
import { type Moto, motoServer, noMoto, REGION } from '../support/moto.ts';
import { motoMachines, VENDOR_BASE } from '../support/moto-machines.ts';
import { saySilent } from '../support/silent-ledgers.ts';
import { suite } from '../support/suite.ts';
import { withoutQemu } from '../support/without-qemu.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

const test = suite('bakes to AMIs that are killed, or cancelled, at every call of AWS', {
  skip: noMoto || (await missing('docker')),
  deadline: 1_500_000,
});

const COPIED_TO = 'us-west-2';
/** A bake that is killed before one `bake gc`, in each lane. */
const BATCH = 6;

/** Where bakes are killed: each lane has a connection to AWS of its own, so that its calls are known from others'. */
interface Kills {
  readonly workspace: BakeWorkspace;
  readonly template: string;
  readonly lanes: readonly AwsProxy[];
  readonly env: Readonly<Record<string, string>>;
  /** What is at AWS that no record names. */
  readonly left: (signal: AbortSignal) => Promise<string[]>;
  /** What is on this host. */
  readonly leftHere: typeof leftOf;
}

/** Bakes once undisturbed; gives the moments at which another may be ended. */
async function momentsOfABake(kills: Kills, signal: AbortSignal): Promise<CallMoment[]> {
  const { workspace, template, lanes, env, left } = kills;
  const [lane] = lanes as [AwsProxy];
  const { exitCode, stderr } = await workspace.bake(['image', template], {
    signal,
    env: { ...env, ...lane.env },
  });
  assert.is(exitCode, 0, stderr);
  const moments = momentsOf(lane.calls);
  assert.equal(await left(signal), []);
  return moments;
}

/** Bakes until a moment, and sends it a signal there. */
async function endedAt(
  moment: CallMoment,
  name: 'SIGKILL' | 'SIGINT',
  lane: AwsProxy,
  { workspace, template, env }: Kills,
  signal: AbortSignal,
): Promise<Ran & { readonly reached: boolean }> {
  let reached = false;
  lane.forget();
  const ran = await workspace.bake(['image', template], {
    signal,
    env: { ...env, ...lane.env },
    onStart(kill, ended) {
      onMoment(lane, moment, async () => {
        reached = true;
        kill(name);
        // Nobody hears the answer.
        if (name === 'SIGKILL') await ended;
      });
    },
  });
  lane.forget();
  return { ...ran, reached };
}

/** Does this for all moments, each lane one at a time. */
async function inLanes(
  moments: readonly CallMoment[],
  lanes: readonly AwsProxy[],
  act: (moment: CallMoment, lane: AwsProxy) => Promise<void>,
): Promise<void> {
  const waiting = moments.values();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const moment of waiting) await act(moment, lane);
    }),
  );
}

/** After each batch of kills `bake gc` leaves nothing but what records name. */
async function killAtEach(moments: readonly CallMoment[], kills: Kills, signal: AbortSignal): Promise<void> {
  const { workspace, lanes, env, left, leftHere } = kills;
  const before = await leftHere(workspace);
  let saw = 0;
  let reached = 0;
  for (let at = 0; at < moments.length; at += BATCH * lanes.length) {
    const batch = moments.slice(at, at + BATCH * lanes.length);
    await inLanes(batch, lanes, async (moment, lane) => {
      const ended = await endedAt(moment, 'SIGKILL', lane, kills, signal);
      if (ended.reached) reached++;
      else assert.is(ended.exitCode, 0, `${momentText(moment)}: ${ended.stderr}`);
    });
    saw += (await left(signal)).length;
    await saySilent(workspace.home);
    const [lane] = lanes as [AwsProxy];
    const gc = await workspace.bake(['gc', '--json'], { signal, env: { ...env, ...lane.env } });
    const what = `killed at ${batch.map(momentText).join(', ')}: ${gc.stdout}\n${gc.stderr}`;
    assert.is(gc.exitCode, 0, what);
    assert.equal(await left(signal), [], what);
    await assertClean(workspace, before, signal, what, leftHere);
  }
  assert.ok(saw > 3, `only ${saw} things were left to be found`);
  assert.ok(reached > moments.length * 0.8, `only ${reached} of ${moments.length} calls were reached`);
}

/** Each one that is interrupted leaves nothing itself. */
async function interruptAtEach(
  moments: readonly CallMoment[],
  kills: Kills,
  signal: AbortSignal,
): Promise<void> {
  const { workspace, lanes, left, leftHere } = kills;
  const before = await leftHere(workspace);
  let reached = 0;
  await inLanes(moments, lanes, async (moment, lane) => {
    const ended = await endedAt(moment, 'SIGINT', lane, kills, signal);
    const what = `${momentText(moment)}: ${ended.stderr}`;
    // One whose last calls these are has its image already.
    assert.ok(ended.exitCode === 130 || ended.exitCode === 0, what);
    assert.not.match(ended.stderr, /^failed: /m, what);
    if (ended.exitCode === 130) reached++;
  });
  assert.equal(await left(signal), []);
  await assertClean(workspace, before, signal, 'interrupted', leftHere);
  assert.ok(reached > moments.length / 2, `only ${reached} of ${moments.length} were interrupted`);
}

/** Connections to AWS for so many bakes at the same time; what is new is pending, and unknown at first. */
async function lanesTo(moto: Moto, count: number): Promise<AwsProxy[]> {
  const habits = { imagesPending: 1, snapshotsPending: 1 };
  return await Promise.all(Array.from({ length: count }, () => awsProxy(moto, habits)));
}

async function closeAll(lanes: readonly AwsProxy[]): Promise<void> {
  for (const lane of [...lanes].reverse()) await lane[Symbol.asyncDispose]();
}

const SCRIPT = { 'provisioners/step.sh': 'echo golden > /opt/golden\n' };

/** Baked in a container of this host, shipped as an AMI, and copied to another region. */
const FROM_THE_TREE = {
  ...SCRIPT,
  'templates/test-killed-ami.yaml': `name: test-killed-ami
base: debian-12
forms: [ami]
disk: { size: 3G }
ami: { copy: { ${COPIED_TO}: {} } }
converge:
  - shell: { script: provisioners/step.sh, creates: /opt/golden }
`,
};

/** Baked in an instance, of which AWS makes the AMI. */
const inAnInstance = (subnet: string) => ({
  ...SCRIPT,
  ...VENDOR_BASE,
  'templates/test-killed-instance.yaml': `name: test-killed-instance
base: vendor
machine: instance
forms: [ami]
converge:
  - shell: { script: provisioners/step.sh, creates: /opt/golden }
instance: { type: t3.small, address: private, subnet: ${subnet}, start-timeout: 60s }
`,
});

/** There the machines are that stand for instances, which come and go. */
const notOfTheEngine: typeof leftOf = async (workspace) =>
  (await leftOf(workspace)).filter((line) => !/^(container|image|volume) /.test(line));

test('an AMI of a tree, and its copy', async ({ signal }) => {
  await using moto = await motoServer(signal);
  const lanes = await lanesTo(moto, 2);
  try {
    await using folder = await temporaryFolder();
    await using workspace = await bakeWorkspace(FROM_THE_TREE);
    const left = (all: AbortSignal) =>
      cloudLeft(moto.aws, { home: workspace.home, regions: [REGION, COPIED_TO] }, all);
    // Its own boot is no call of AWS: test/ec2/bake-ami has that.
    const env = { PATH: await withoutQemu(folder.path) };
    const kills = { workspace, template: 'test-killed-ami', lanes, env, left, leftHere: leftOf };
    const moments = await momentsOfABake(kills, signal);
    assert.ok(
      moments.some(({ action }) => action === 'ec2:CopyImage'),
      moments.map(momentText).join(),
    );
    await killAtEach(moments, kills, signal);
    // Those that only ask leave nothing else than what was there before them, and each bake takes its time.
    const making = moments.filter(({ action }) => !/:(Describe|Get|List)/.test(action));
    await interruptAtEach(making, kills, signal);
  } finally {
    await closeAll(lanes);
  }
});

test('an AMI of an instance', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using machines = await motoMachines(moto, signal);
  const lanes = await lanesTo(moto, 3);
  try {
    await using workspace = await bakeWorkspace(inAnInstance(machines.subnet));
    const left = (all: AbortSignal) => cloudLeft(moto.aws, { home: workspace.home, regions: [REGION] }, all);
    const kills = {
      workspace,
      template: 'test-killed-instance',
      lanes,
      env: {},
      left,
      leftHere: notOfTheEngine,
    };
    const moments = await momentsOfABake(kills, signal);
    for (const action of ['ec2:RunInstances', 'ec2:CreateImage'])
      assert.ok(
        moments.some((one) => one.action === action),
        moments.map(momentText).join(),
      );
    await killAtEach(moments, kills, signal);
    await interruptAtEach(moments, kills, signal);
  } finally {
    await closeAll(lanes);
  }
});

test.run();
