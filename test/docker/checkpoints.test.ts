import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { sleep } from '../../src/core/wait.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { bakeWorkspace, type Ran } from '../support/bake-workspace.ts';
import { engineContents } from '../support/engine-contents.ts';
import { missing } from '../support/engines.ts';
import { everything, failedBake, makeBases } from '../support/failed-bake.ts';
import { readRecord } from '../support/records.ts';
import { suite } from '../support/suite.ts';

const test = suite('checkpoints of containers', { skip: await missing('docker') });

const USAGE = { exitCode: 2, code: 'USAGE' } as const;

const TEMPLATE = `name: test-steps
base: debian-12-minimal
converge:
  - shell: { script: provisioners/one.sh, creates: /opt/one }
  - shell: { script: provisioners/two.sh, creates: /opt/two }
  - shell: { script: provisioners/three.sh, creates: /opt/three }
checks:
  file: { /opt/three: { exists: true } }
container: { init: none, command: [sh, -c, "trap exit TERM; sleep 60 & wait"] }
`;

/** Each step adds to one file, so that the tree shows how often it has run. */
const step = (name: string) => `echo "runs ${name}"\necho ${name} >> /opt/ran\ntouch /opt/${name}\n`;
const BROKEN = 'echo half > /opt/half; exit 3\n';

const FILES = {
  'templates/test-steps.yaml': TEMPLATE,
  'provisioners/one.sh': `${step('one')}date > /tmp/trace\nrm /etc/issue\n`,
  'provisioners/two.sh': step('two'),
  'provisioners/three.sh': BROKEN,
  'templates/bases/own.yaml': 'bake: test-steps\n',
  'templates/test-based.yaml': `name: test-based
base: own
converge:
  - shell: { script: provisioners/based.sh, creates: /opt/based }
container: { init: none, command: [sleep, "60"] }
`,
  'provisioners/based.sh': 'touch /opt/based\n',
  'environments/dev/environment.yaml': 'platform: docker\nimages: { test-steps: { count: 1 } }\n',
  'environments/test-staging/environment.yaml':
    'platform: docker\nafter: dev\nimages: { test-steps: { count: 1 } }\n',
};

async function checkpointImages(): Promise<string[]> {
  const found = (await engineContents()).flatMap(
    (line) => /kiln\/checkpoint\/test-\S+/.exec(line)?.[0].replace(/:.*-(\d+)$/, ':…-$1') ?? [],
  );
  return found.sort();
}

function ranSteps({ stderr }: Ran): string[] {
  return [...stderr.matchAll(/runs (one|two|three)$/gm)].map(([, name = '']) => name);
}

test('a bake that failed goes on after the last good step, gives the same image, and only dev takes it', async ({
  signal,
}) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await bakeWorkspace(FILES);
  const before = await engineContents();
  const failed = await workspace.bake(['image', 'test-steps', '--checkpoints'], { signal });
  assert.is(failed.exitCode, 1, failed.stderr);
  assert.equal(ranSteps(failed), ['one', 'two']);
  assert.equal(await checkpointImages(), [
    'kiln/checkpoint/test-steps:…-1',
    'kiln/checkpoint/test-steps:…-2',
  ]);

  await workspace.write({ 'provisioners/three.sh': step('three') });
  const resumed = await workspace.bake(['image', 'test-steps', '--from', 'converge:2'], { signal });
  assert.is(resumed.exitCode, 0, resumed.stderr);
  assert.equal(ranSteps(resumed), ['three']);
  assert.match(
    resumed.stderr,
    /resumes converge:2 of a container, saved .* ago by bake [\w-]+: goes on with step 3/,
  );
  assert.not.match(resumed.stderr, 'have changed since');
  const one = await readRecord(workspace, 'test-steps@1', signal);
  assert.equal(
    one.converge.map((ran) => ran.step),
    ['shell provisioners/three.sh'],
  );
  assert.equal(
    one.prove.steps.map((ran) => ran.resources.map(({ state }) => state)),
    [['unchanged'], ['unchanged'], ['unchanged']],
  );
  assert.is(one.resumed?.step, 2);
  const images = await engineContents();
  assert.ok(
    images.some((line) => line.endsWith(' kiln/test-steps:1')),
    'it is not called latest',
  );
  const based = await workspace.bake(['image', 'test-based'], { signal });
  assert.is(based.exitCode, 0, based.stderr);
  const { resumed: inherited } = await readRecord(workspace, 'test-based@1', signal);
  assert.equal(inherited, { base: 'test-steps@1', ...one.resumed });
  const listed = await workspace.bake(['list'], { signal });
  assert.match(
    listed.stdout,
    /! test-steps@1 was baked from the checkpoint converge:2 of bake .*, so only dev takes it/,
  );

  const launch = (env: string, ...more: string[]) =>
    workspace.launch(['test-steps', '--env', env, ...more], { signal });
  try {
    const launched = await launch('dev');
    assert.is(launched.exitCode, 0, launched.stderr);
    const refused = await launch('test-staging', '--override', 'it must be', '--json');
    assert.is(refused.exitCode, 1, refused.stderr);
    const [{ error }] = JSON.parse(refused.stdout);
    assert.is(error.code, 'NOT_PROMOTED');
    assert.match(error.message, 'was baked from the checkpoint converge:2');
    assert.is(error.hint, 'Bake it whole: `bake image test-steps`.');

    const whole = await workspace.bake(['image', 'test-steps'], { signal });
    assert.is(whole.exitCode, 0, whole.stderr);
    const two = await readRecord(workspace, 'test-steps@2', signal);
    assert.is(two.digest, one.digest);
    assert.is(two.forms[0]?.digest, one.forms[0]?.digest);
    assert.is(two.resumed, undefined);
    const again = await launch('dev');
    assert.match(again.stdout + again.stderr, 'it ran test-steps@1, which was baked from a checkpoint');
    const staged = await launch('test-staging');
    assert.is(staged.exitCode, 0, staged.stderr);
  } finally {
    await workspace.launch(['stop', 'test-steps', '--env', 'dev'], { signal });
    await workspace.launch(['stop', 'test-steps', '--env', 'test-staging'], { signal });
  }
  const added = (await engineContents()).filter((line) => !before.includes(line));
  const names = added.map((line) => line.replace(/^image \S+ /, ''));
  assert.equal(names.sort(), [
    'kiln/test-based:1',
    'kiln/test-steps:1 kiln/test-steps:2 kiln/test-steps:latest',
  ]);
  assert.equal(await readdir(join(workspace.home, 'checkpoints/test-steps')), []);
});

test('what has led to a checkpoint must be what is there now', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await bakeWorkspace(FILES);
  const from = ['test-steps', '--from', 'converge:2'];
  const refused = async (says: RegExp, argv = from) => {
    const { said } = await failedBake(workspace, argv, USAGE, { signal });
    assert.match(said, says);
  };
  await refused(/no checkpoint converge:2 of a container\nnone is saved/);
  await workspace.bake(['image', 'test-steps', '--checkpoints'], { signal });
  await refused(/there is converge:1 of a container, saved .*\nthere is converge:2 .* by bake /, [
    'test-steps',
    '--from',
    'converge:3',
  ]);
  await refused(/there is no step converge:4: test-steps has 3 converge steps/, [
    'test-steps',
    '--from',
    'converge:4',
  ]);
  await workspace.write({
    'templates/test-steps.yaml': TEMPLATE.replace('creates: /opt/one', 'unless: "false"'),
  });
  await refused(/step 1, shell provisioners\/one.sh, is defined otherwise now/);
  await workspace.write({ 'templates/test-steps.yaml': TEMPLATE.replace('-minimal', '-ansible') });
  await refused(/its base was another/);
  await workspace.write({
    'templates/test-steps.yaml': TEMPLATE,
    'provisioners/two.sh': `${step('two')}: mended\n`,
  });
  const resumed = await workspace.bake(['image', ...from], { signal });
  assert.match(resumed.stderr, 'files of step 2, shell provisioners/two.sh, have changed since');
  assert.match(resumed.stderr, /test-steps converge .*✗/);
});

test('a trace of the bake that saved it is no more let into an image than one of its own', async ({
  signal,
}) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await bakeWorkspace(FILES);
  await workspace.bake(['image', 'test-steps', '--checkpoints'], { signal });
  const file = join(workspace.home, 'checkpoints/test-steps/container-2.json');
  const { bakes } = JSON.parse(await readFile(file, 'utf8'));
  await workspace.write({ 'provisioners/three.sh': `echo ${bakes[0]} > /opt/trace\n${step('three')}` });
  const sealed = { exitCode: 1, code: 'SEAL_INCOMPLETE' } as const;
  const { said } = await failedBake(workspace, ['test-steps', '--from', 'converge:2'], sealed, { signal });
  assert.match(said, `/opt/trace: the text "${bakes[0]}" of the bake`);
});

test('a machine with systemd that goes on from a checkpoint comes to the same image', async ({ signal }) => {
  await makeBases(['debian-12'], signal);
  await using workspace = await bakeWorkspace({
    ...FILES,
    'templates/test-steps.yaml': `name: test-steps
base: debian-12
converge:
  - shell: { script: provisioners/one.sh, creates: /opt/one }
  - shell: { script: provisioners/three.sh, creates: /opt/three }
`,
    'provisioners/one.sh': `systemctl enable systemd-networkd.service\n${step('one')}`,
  });
  const failed = await workspace.bake(['image', 'test-steps', '--checkpoints'], { signal });
  assert.is(failed.exitCode, 1, failed.stderr);
  await workspace.write({ 'provisioners/three.sh': step('three') });
  for (const argv of [['--from', 'converge:1'], []]) {
    const baked = await workspace.bake(['image', 'test-steps', ...argv], { signal });
    assert.is(baked.exitCode, 0, baked.stderr);
  }
  const one = await readRecord(workspace, 'test-steps@1', signal);
  const two = await readRecord(workspace, 'test-steps@2', signal);
  assert.equal([one.resumed?.step, two.resumed], [1, undefined]);
  assert.is(one.digest, two.digest);
});

test('a step that was resumed is saved again, and what is replaced goes with what lies over it', async ({
  signal,
}) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await bakeWorkspace(FILES);
  const before = await engineContents();
  const bake = async (...argv: string[]) =>
    await workspace.bake(['image', 'test-steps', ...argv], { signal });
  const names = [1, 2, 3].map((n) => `kiln/checkpoint/test-steps:…-${n}`);
  await bake('--checkpoints');
  await workspace.write({ 'provisioners/three.sh': step('three') });
  const resumed = await bake('--from', 'converge:2', '--checkpoints');
  assert.is(resumed.exitCode, 0, resumed.stderr);
  assert.equal(await checkpointImages(), names);
  await workspace.write({ 'provisioners/three.sh': BROKEN });
  await bake('--checkpoints');
  // the one that converge:3 was resumed from is still there below it
  assert.equal(await checkpointImages(), [...names, 'kiln/checkpoint/test-steps:…-2'].sort());
  const gc = JSON.parse((await workspace.bake(['gc', '--json'], { signal })).stdout);
  assert.equal(
    gc.map(({ what, state, why }: Record<string, string>) => [what, state, why]),
    [['saved machine', 'kept', 'a checkpoint lies over it, or a bake goes on from it']],
  );
  await workspace.write({ 'provisioners/three.sh': step('three') });
  const whole = await bake();
  assert.is(whole.exitCode, 0, whole.stderr);
  const added = (await engineContents()).filter((line) => !before.includes(line));
  assert.equal(added.length, 1, added.join('\n'));
  assert.equal(await readdir(join(workspace.home, 'checkpoints/test-steps')), []);
});

test('a checkpoint that an abort or a kill comes upon is whole or goes, at once or by bake gc', async ({
  signal,
}) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await bakeWorkspace({
    ...FILES,
    // so large that the engine is still at it
    'provisioners/one.sh': `head -c 300000000 /dev/urandom > /opt/large\n${step('one')}`,
    'provisioners/two.sh': 'sleep 100\n',
  });
  const before = await everything(workspace);
  const left = async () => (await everything(workspace)).filter((line) => !before.includes(line));
  const bakeUntil = async (name: NodeJS.Signals) => {
    const isMarked = async () => (await workspace.files()).some((file) => file.endsWith('.mark'));
    return await workspace.bake(['image', 'test-steps', '--checkpoints'], {
      signal,
      async onStart(kill, ended) {
        let over = false;
        void ended.then(() => {
          over = true;
        });
        while (!over && !(await isMarked())) await sleep(50, signal);
        // The engine is asked right after.
        await sleep(200, signal);
        kill(name);
      },
    });
  };
  const interrupted = await bakeUntil('SIGINT');
  assert.is(interrupted.exitCode, 130, interrupted.stderr);
  assert.match(interrupted.stderr, 'removed: converge:1 of test-steps');
  assert.equal(await left(), []);

  await bakeUntil('SIGKILL');
  await settled(signal);
  assert.ok(
    (await left()).some((line) => line.includes('.mark')),
    (await left()).join('\n'),
  );
  assert.ok(
    (await left()).some((line) => line.includes('kiln/checkpoint/')),
    (await left()).join('\n'),
  );
  const gc = await workspace.bake(['gc', '--json'], { signal });
  assert.is(gc.exitCode, 0, gc.stdout);
  // the container is not gc's yet
  await removeMachines();
  assert.equal(await left(), []);
});

/** The engine finishes what it was asked for by a process that was killed. */
async function settled(signal: AbortSignal): Promise<void> {
  while (!(await checkpointImages()).length) await sleep(100, signal);
}

async function removeMachines(): Promise<void> {
  const { docker } = await connectEngine(AbortSignal.timeout(10_000));
  const filters = { label: ['kiln.template=test-steps'] };
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker.getContainer(Id).remove({ force: true, v: true });
}

test.run();
