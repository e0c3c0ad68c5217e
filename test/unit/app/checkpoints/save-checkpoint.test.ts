import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { readCheckpoints, writeMark } from '../../../../src/app/checkpoints/checkpoint-files.ts';
import { dropCheckpoints } from '../../../../src/app/checkpoints/drop-checkpoints.ts';
import { removeLeftStates } from '../../../../src/app/checkpoints/left-states.ts';
import { saveCheckpoint } from '../../../../src/app/checkpoints/save-checkpoint.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { checkpointHome, sampleCheckpoint } from './sample-checkpoint.ts';

const test = suite('saving a checkpoint');

const A = { bakes: ['bake-a'] } as const;
const B = { bakes: ['bake-b'] } as const;

test('the newest of a step and a kind of machine takes the place of the one before, which goes', async ({
  signal,
}) => {
  await using home = await checkpointHome();
  await home.save(sampleCheckpoint(A), signal);
  await home.save(sampleCheckpoint({ ...A, step: 2 }), signal);
  await home.save(sampleCheckpoint({ ...A, machine: 'vm' }), signal);
  await home.save(sampleCheckpoint(B), signal);
  await home.save(sampleCheckpoint({ ...B, machine: 'vm' }), signal);
  assert.equal(await home.holds(), [
    'container-1.json',
    'container-2.json',
    'kiln/checkpoint/web:bake-a-2',
    'kiln/checkpoint/web:bake-b-1',
    'vm-1.bake-b.qcow2',
    'vm-1.json',
  ]);
  const saved = await readCheckpoints(home.path, 'web');
  assert.equal(
    saved.map(({ machine, step, bakes, state }) => [machine, step, bakes[0], state.digest]),
    [
      ['container', 1, 'bake-b', digestOf('kiln/checkpoint/web:bake-b-1')],
      ['container', 2, 'bake-a', digestOf('kiln/checkpoint/web:bake-a-2')],
      ['vm', 1, 'bake-b', digestOf('checkpoints/web/vm-1.bake-b.qcow2')],
    ],
  );
});

test('one that cannot be saved leaves the one before it, and nothing else', async ({ signal }) => {
  await using home = await checkpointHome();
  await home.save(sampleCheckpoint(A), signal);
  const before = await home.holds();
  const saving = home.save(sampleCheckpoint(B), signal, async (at) => {
    await home.put(at);
    throw new Fault('DISK_FULL', 'no space was left');
  });
  await rejects(saving, { code: 'DISK_FULL' });
  assert.equal(await home.holds(), before);
});

test('an abort is heard at once, and what comes of the engine’s work later is removed all the same', async () => {
  await using home = await checkpointHome();
  const controller = new AbortController();
  const scope = new Scope();
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const slow = async (at: string) => {
    controller.abort(new Fault('INTERRUPTED', 'enough'));
    await finished;
    return await home.put(at);
  };
  const ports = { stores: home.stores, scope, note: () => {} };
  const saving = saveCheckpoint(sampleCheckpoint(), slow, ports, controller.signal);
  await rejects(saving, { code: 'INTERRUPTED' });
  const closing = scope.close();
  // long enough for a removal that would not wait
  await delay(100);
  finish();
  assert.equal(
    (await closing).map(({ label, state }) => [label, state]),
    [['converge:1 of web', 'removed']],
  );
  assert.equal(await home.holds(), []);
});

test('one that another was resumed from stays below it, and goes after it', async ({ signal }) => {
  await using home = await checkpointHome();
  const first = digestOf('kiln/checkpoint/web:bake-a-1');
  await home.save(sampleCheckpoint(A), signal);
  await home.save(sampleCheckpoint({ bakes: ['bake-a', 'bake-b'], step: 2, over: first }), signal);
  await home.save(sampleCheckpoint({ bakes: ['bake-c'] }), signal);
  assert.equal(await home.holds(), [
    'container-1.bake-a.mark',
    'container-1.json',
    'container-2.json',
    'kiln/checkpoint/web:bake-a-1',
    'kiln/checkpoint/web:bake-b-2',
    'kiln/checkpoint/web:bake-c-1',
  ]);
  await home.save(sampleCheckpoint({ bakes: ['bake-c'], step: 2 }), signal);
  assert.equal(await home.holds(), [
    'container-1.json',
    'container-2.json',
    'kiln/checkpoint/web:bake-c-1',
    'kiln/checkpoint/web:bake-c-2',
  ]);
});

test('of a row of them that were resumed from one another none goes before the last', async ({ signal }) => {
  await using home = await checkpointHome();
  const place = (bake: string, step: number) => `kiln/checkpoint/web:${bake}-${step}`;
  const save = (bake: string, step: number, below?: string) => {
    const over = below === undefined ? {} : { over: digestOf(below) };
    return home.save(sampleCheckpoint({ bakes: [bake], step, ...over }), signal);
  };
  await save('bake-a', 1);
  await save('bake-b', 2, place('bake-a', 1));
  await save('bake-c', 3, place('bake-b', 2));
  await save('bake-d', 1);
  await save('bake-d', 2);
  const old = [place('bake-a', 1), place('bake-b', 2)];
  assert.equal([...home.images.keys()].filter((name) => old.includes(name)).sort(), old);
  await save('bake-d', 3);
  assert.equal(
    [...home.images.keys()],
    [1, 2, 3].map((step) => place('bake-d', step)),
  );
});

test('what the engine does not give away is told, and goes the next time', async ({ signal }) => {
  await using home = await checkpointHome();
  await home.save(sampleCheckpoint(A), signal);
  const refusing = async (at: string) => {
    const digest = await home.put(at);
    home.engine.state = 'refuses';
    return digest;
  };
  await home.save(sampleCheckpoint(B), signal, refusing);
  assert.match(home.notes.join('\n'), /is left, kiln\/checkpoint\/web:bake-a-1; `bake gc` removes it/);
  const [saved] = await readCheckpoints(home.path, 'web');
  assert.equal(saved?.bakes, ['bake-b']);
  home.engine.state = 'answers';
  await removeLeftStates('web', home.stores, () => {}, signal);
  assert.equal(await home.holds(), ['container-1.json', 'kiln/checkpoint/web:bake-b-1']);
});

test('what the engine may still be saving for a killed bake is not lost sight of by the next one', async ({
  signal,
}) => {
  await using home = await checkpointHome();
  const at = 'kiln/checkpoint/web:bake-k-1';
  const owner = '4194305 1 boot\n';
  const key = { template: 'web', machine: 'container', step: 1 } as const;
  await writeMark(home.path, { ...key, bake: 'bake-k', state: { at }, owner });
  await home.save(sampleCheckpoint(A), signal);
  assert.equal(await home.holds(), [
    'container-1.bake-k.mark',
    'container-1.json',
    'kiln/checkpoint/web:bake-a-1',
  ]);
  await home.put(at);
  await removeLeftStates('web', home.stores, () => {}, signal);
  assert.equal(await home.holds(), ['container-1.json', 'kiln/checkpoint/web:bake-a-1']);
});

test('after a whole bake all of them go, and an engine that is away fails nothing', async ({ signal }) => {
  await using home = await checkpointHome();
  const bake = {
    home: home.path,
    docker: { images: home.stores.images },
    template: { name: 'web' },
  } as unknown as Parameters<typeof dropCheckpoints>[0];
  const log = { output: () => {}, note: (text: string) => void home.notes.push(text) };
  await dropCheckpoints(bake, log, signal);
  assert.equal(await home.holds(), []);
  await home.save(sampleCheckpoint(A), signal);
  await home.save(sampleCheckpoint({ ...A, step: 2, machine: 'vm' }), signal);
  home.engine.state = 'is away';
  await dropCheckpoints(bake, log, signal);
  assert.equal(await home.holds(), ['container-1.bake-a.mark', 'kiln/checkpoint/web:bake-a-1']);
  assert.equal(await readCheckpoints(home.path, 'web'), []);
  assert.is(home.notes.length, 1);
  home.engine.state = 'answers';
  await dropCheckpoints(bake, log, signal);
  assert.equal(await home.holds(), []);
});

test.run();
