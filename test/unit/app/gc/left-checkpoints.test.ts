import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { writeMark } from '../../../../src/app/checkpoints/checkpoint-files.ts';
import { collectGarbage } from '../../../../src/app/gc/collect-garbage.ts';
import { leftCheckpoints } from '../../../../src/app/gc/left-checkpoints.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { ownerOf } from '../../../../src/core/process-owner.ts';
import { suite } from '../../../support/suite.ts';
import { checkpointHome, sampleCheckpoint } from '../checkpoints/sample-checkpoint.ts';

const test = suite('checkpoints that killed bakes have left');

const DEAD = '4194305 1 0d2a3b4c-0000-0000-0000-000000000000\n';

type Home = Awaited<ReturnType<typeof checkpointHome>>;

/** What a process that was killed while it saved has left: its mark, and what there is by then. */
async function halfMade(home: Home, machine: 'container' | 'vm', bake: string, owner = DEAD): Promise<void> {
  const at = machine === 'vm' ? `checkpoints/web/vm-1.${bake}.qcow2` : `kiln/checkpoint/web:${bake}-1`;
  await home.put(at);
  await writeMark(home.path, { template: 'web', machine, step: 1, bake, state: { at }, owner });
}

async function collect(home: Home, signal: AbortSignal, now?: () => number) {
  const { images } = home.stores as unknown as { images: Parameters<typeof leftCheckpoints>[1] };
  const search = () => leftCheckpoints(home.path, images, signal, undefined, now);
  const collected = await collectGarbage({ dryRun: false }, [search], signal);
  return collected.map(({ state, what, where, why }) =>
    [state, what, where.replace(`${home.path}/`, ''), why].filter(Boolean).join(' '),
  );
}

test('what was half made goes, and what a living process makes or a checkpoint names stays', async ({
  signal,
}) => {
  await using home = await checkpointHome();
  await home.save(sampleCheckpoint(), signal);
  await home.save(sampleCheckpoint({ machine: 'vm' }), signal);
  const good = await home.holds();
  await halfMade(home, 'vm', 'bake-d');
  await halfMade(home, 'container', 'bake-d');
  assert.equal(await collect(home, signal), [
    'removed saved machine checkpoints/web/vm-1.bake-d.qcow2',
    'removed saved machine kiln/checkpoint/web:bake-d-1',
  ]);
  assert.equal(await home.holds(), good);
  await halfMade(home, 'vm', 'bake-l', await ownerOf(process.pid));
  const living = await home.holds();
  assert.equal(await collect(home, signal), []);
  assert.equal(await home.holds(), living);
});

test('of one that was killed after its checkpoint was in place only the mark goes', async ({ signal }) => {
  await using home = await checkpointHome();
  await home.save(sampleCheckpoint(), signal);
  const good = await home.holds();
  await halfMade(home, 'container', 'bake-a');
  assert.equal(await collect(home, signal), [
    'removed mark of a checkpoint checkpoints/web/container-1.bake-a.mark',
  ]);
  assert.equal(await home.holds(), good);
});

test('the mark of one that the engine may still be saving is kept, until it has or has not', async ({
  signal,
}) => {
  await using home = await checkpointHome();
  const name = 'kiln/checkpoint/web:bake-d-1';
  const kept = `kept saved machine ${name} the engine may still be saving it`;
  const removed = `removed saved machine ${name}`;
  await halfMade(home, 'container', 'bake-d');
  home.images.clear();
  assert.equal(await collect(home, signal), [kept]);
  // it has, after gc looked
  await home.put(name);
  assert.equal(await collect(home, signal), [removed]);
  assert.equal(await home.holds(), []);
  await halfMade(home, 'container', 'bake-d');
  home.images.clear();
  assert.equal(await collect(home, signal, () => Date.now() + 9 * 60_000), [kept]);
  assert.equal(await collect(home, signal, () => Date.now() + 11 * 60_000), [removed]);
  assert.equal(await home.holds(), []);
});

test('a checkpoint whose image or file is gone, or is another, goes with what there is', async ({
  signal,
}) => {
  await using home = await checkpointHome();
  await home.save(sampleCheckpoint(), signal);
  await home.save(sampleCheckpoint({ machine: 'vm' }), signal);
  await home.save(sampleCheckpoint({ machine: 'vm', step: 2 }), signal);
  home.images.clear();
  await rm(join(home.path, 'checkpoints/web/vm-1.bake-a.qcow2'));
  await writeFile(join(home.path, 'checkpoints/web/vm-2.bake-a.qcow2'), 'another');
  assert.equal(
    await collect(home, signal),
    ['container-1', 'vm-1', 'vm-2'].map(
      (name) => `removed checkpoint without its saved machine checkpoints/web/${name}.json`,
    ),
  );
  assert.equal(await home.holds(), []);
});

test('without an engine those of virtual machines go, and those of containers stay', async ({ signal }) => {
  await using home = await checkpointHome();
  await home.save(sampleCheckpoint(), signal);
  await halfMade(home, 'container', 'bake-d');
  await halfMade(home, 'vm', 'bake-d');
  home.engine.state = 'is away';
  assert.equal(await collect(home, signal), [
    'removed saved machine checkpoints/web/vm-1.bake-d.qcow2',
    'kept saved machine kiln/checkpoint/web:bake-d-1 no engine answers that would remove it',
  ]);
});

test('the engine is not asked where no container was saved, and a file of somebody else is left alone', async ({
  signal,
}) => {
  await using home = await checkpointHome();
  home.engine.state = 'refuses';
  await home.save(sampleCheckpoint({ machine: 'vm' }), signal);
  await mkdir(join(home.path, 'checkpoints/app'), { recursive: true });
  for (const name of ['container-1.json', 'container-1.x.mark', 'notes.txt'])
    await writeFile(join(home.path, 'checkpoints/app', name), 'hello');
  assert.equal(await collect(home, signal), []);
  assert.is(await readFile(join(home.path, 'checkpoints/app/notes.txt'), 'utf8'), 'hello');
});

test('what lies below a checkpoint that was resumed is kept', async ({ signal }) => {
  await using home = await checkpointHome();
  await home.save(sampleCheckpoint(), signal);
  const over = digestOf('kiln/checkpoint/web:bake-a-1');
  await home.save(sampleCheckpoint({ bakes: ['bake-b'], step: 2, over }), signal);
  await home.save(sampleCheckpoint({ bakes: ['bake-c'] }), signal);
  assert.equal(await collect(home, signal), [
    'kept saved machine kiln/checkpoint/web:bake-a-1 a checkpoint lies over it, or a bake goes on from it',
  ]);
});

test.run();
