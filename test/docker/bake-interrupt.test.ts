import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { type BakeWorkspace, bakeWorkspace } from '../support/bake-workspace.ts';
import { engineProxy } from '../support/engine-proxy.ts';
import { missing } from '../support/engines.ts';
import { everything, failedBake, makeBases } from '../support/failed-bake.ts';
import { killAt } from '../support/kill-at.ts';
import { suite } from '../support/suite.ts';

const test = suite('a bake that is interrupted', { skip: await missing('docker') });

const INTERRUPTED = { exitCode: 130, code: 'INTERRUPTED' } as const;

function workspaceWith(script: string): Promise<BakeWorkspace> {
  return bakeWorkspace({
    'templates/test-cut.yaml': `name: test-cut
base: debian-12-minimal
converge:
  - shell: { script: provisioners/step.sh, creates: /opt/done }
container: { init: none, command: [sleep, "60"] }
`,
    'provisioners/step.sh': script,
  });
}

const QUICK = 'echo golden > /opt/done\n';
const ENDLESS = 'echo the step is at work\nsleep 600 & sleep 600\n';

test('Ctrl-C in a step says that it cleans up, does, and names the step that it was in', async ({
  signal,
}) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await workspaceWith(ENDLESS);
  const kill = killAt('the step is at work', 'SIGINT');
  const failed = await failedBake(workspace, ['test-cut'], INTERRUPTED, { signal, ...kill });
  assert.match(failed.stderr, 'interrupted: cleaning up (Ctrl-C again leaves at once)');
  assert.match(failed.stderr, /removed: container kiln-test-cut-[\w-]+-bake/);
  assert.match(failed.stderr, /test-cut converge .*✗/);
  assert.is(failed.fault.message, 'interrupted by SIGINT');
});

for (const [name, stage] of [
  ['SIGTERM', 'start'],
  ['SIGHUP', 'prove'],
  ['SIGINT', 'snapshot'],
  ['SIGTERM', 'master'],
  ['SIGINT', 'verify'],
] as const) {
  test(`${name} when ${stage} begins leaves nothing`, async ({ signal }) => {
    await makeBases(['debian-12-minimal'], signal);
    await using workspace = await workspaceWith(QUICK);
    const kill = killAt(new RegExp(`test-cut ${stage} +…`), name);
    const failed = await failedBake(workspace, ['test-cut'], INTERRUPTED, { signal, ...kill });
    assert.is(failed.fault.message, `interrupted by ${name}`);
    assert.not.match(failed.stderr, 'test-cut publish');
  });
}

test('Ctrl-C while a base is bootstrapped ends the bootstrap and removes its files', async ({ signal }) => {
  await using workspace = await workspaceWith(QUICK);
  await workspace.write({
    'templates/bases/debian-12-minimal.yaml': 'debian: bookworm\ninclude: [ca-certificates, jq]\n',
  });
  const env = { XDG_CACHE_HOME: join(workspace.home, 'cache') };
  const kill = killAt(/resolve {3} {3}\w+: |I: downloading/, 'SIGINT');
  const failed = await failedBake(workspace, ['test-cut'], INTERRUPTED, { signal, env, ...kill });
  assert.match(failed.stderr, /bootstrapping Debian bookworm/);
  assert.match(failed.stderr, /test-cut resolve .*✗/);
});

test('a second Ctrl-C leaves at once, and says what stays behind and how it is removed', async ({
  signal,
}) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await workspaceWith(ENDLESS);
  const before = await everything(workspace);
  // The engine that never removes anything: so the clean-up is still at work when the second one comes.
  await using proxy = await engineProxy(['DELETE ']);
  const first = killAt('the step is at work', 'SIGINT');
  let secondAt = 0;
  const { exitCode, stdout, stderr } = await workspace.bake(['image', 'test-cut'], {
    signal,
    env: { DOCKER_HOST: proxy.address },
    onStderr(piece, kill) {
      first.onStderr(piece, kill);
      if (!piece.includes('interrupted: cleaning up')) return;
      setTimeout(() => {
        secondAt = performance.now();
        kill('SIGINT');
      }, 700);
    },
  });
  const took = performance.now() - secondAt;
  assert.is(exitCode, 130, stderr);
  assert.is(stdout, '');
  assert.ok(took < 2000, `it took ${took} ms to leave`);
  const [, left = ''] = stderr.split('left at once; this stays behind:\n');
  const [, name = ''] = /^ {2}left: container (kiln-test-cut-[\w-]+-bake); remove it with: /.exec(left) ?? [];
  assert.is(left, `  left: container ${name}; remove it with: docker -H ${proxy.address} rm -f -v ${name}\n`);
  // By its usual address, which is not the one that the bake went by.
  const gc = await workspace.bake(['gc'], { signal });
  assert.match(gc.stdout, `removed: container ${name}`);
  assert.equal(await everything(workspace), before, gc.stdout);
});

test('--on-error keep says how the machine is entered and removed, and leaves nothing else; gc removes it', async ({
  signal,
}) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await workspaceWith('echo half > /opt/half\nexit 3\n');
  const before = await everything(workspace);
  const { exitCode, stderr } = await workspace.bake(['image', 'test-cut', '--on-error', 'keep'], { signal });
  assert.is(exitCode, 1, stderr);
  const [, name = ''] =
    /enter the machine with: docker (?:-H \S+ )?exec -it (kiln-test-cut-[\w-]+-bake) sh\n/.exec(stderr) ?? [
      '',
    ];
  const [, again] =
    /left: container \S+; remove it with: docker (?:-H \S+ )?rm -f -v (\S+)\n/.exec(stderr) ?? [];
  try {
    assert.is(again, name, stderr);
    const left = (await everything(workspace)).filter((line) => !before.includes(line));
    const id = /-([0-9a-z]+-[0-9a-z]+)-bake$/.exec(name)?.[1];
    assert.equal(left, [`container /${name} running`, `home/ledger/${id}.jsonl`]);
    assert.is(
      await runIn(name, ['cat', '/opt/half', '/run/kiln/bundle/provisioners/step.sh']),
      'half\necho half > /opt/half\nexit 3\n',
    );
    const gc = await workspace.bake(['gc'], { signal });
    assert.match(gc.stdout, `removed: container ${name}`);
    assert.equal(await everything(workspace), before, gc.stdout);
  } finally {
    // Where gc did not.
    await removeMachine(name).catch(() => {});
  }
});

test('Ctrl-C removes the machine, though a failed one would have been kept', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await workspaceWith(ENDLESS);
  const kill = killAt('the step is at work', 'SIGINT');
  await failedBake(workspace, ['test-cut', '--on-error', 'keep'], INTERRUPTED, { signal, ...kill });
});

test('--progress json is one JSON object a line, from the first to the last', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await workspaceWith(`echo "it's \\"quoted\\"\t\\033[1m"\n${QUICK}`);
  const baked = await workspace.bake(['image', 'test-cut', '--progress', 'json'], { signal });
  assert.is(baked.exitCode, 0, baked.stderr);
  const events = eventsOf(baked.stderr);
  assert.is(events[0]?.type, 'run-started');
  assert.is(events.at(-1)?.type, 'run-done');
  const stages = (wanted: string) =>
    events.filter(({ type }) => type === wanted).map(({ stage = '' }) => stage);
  const all = [
    'resolve',
    'start',
    'converge',
    'prove',
    'check',
    'seal',
    'snapshot',
    'master',
    'verify',
    'publish',
  ];
  assert.equal(stages('stage-started'), all);
  // Prove and check go side by side.
  assert.equal(stages('stage-done').sort(), [...all].sort());
  assert.ok(events.some(({ type, line }) => type === 'output' && line?.startsWith(`it's "quoted"`)));

  await workspace.write({ 'provisioners/step.sh': 'exit 3\n' });
  const failed = await workspace.bake(['image', 'test-cut', '--progress', 'json', '--json'], { signal });
  assert.is(failed.exitCode, 1, failed.stderr);
  const last = eventsOf(failed.stderr).at(-1);
  assert.is(last?.type, 'error');
  assert.is(last?.error?.code, 'CONVERGE_FAILED');
  assert.is(JSON.parse(failed.stdout)[0].error.code, 'CONVERGE_FAILED');
});

interface EventLine {
  readonly time: string;
  readonly type: string;
  readonly stage?: string;
  readonly line?: string;
  readonly error?: { readonly code: string };
}

function eventsOf(stderr: string): EventLine[] {
  const events = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EventLine);
  for (const { time, type } of events) assert.ok(!Number.isNaN(Date.parse(time)) && typeof type === 'string');
  return events;
}

/** What a person does who follows `docker rm -f -v NAME`. */
async function removeMachine(name: string): Promise<void> {
  const { docker } = await connectEngine(AbortSignal.timeout(10_000));
  await docker.getContainer(name).remove({ force: true, v: true });
}

async function runIn(name: string, argv: string[]): Promise<string> {
  const { docker } = await connectEngine(AbortSignal.timeout(10_000));
  const exec = await docker.getContainer(name).exec({ Cmd: argv, AttachStdout: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  const pieces: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString().replaceAll('\r\n', '\n');
}

test.run();
