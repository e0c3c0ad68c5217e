import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { revokeImage } from '../../../src/app/revoke-image.ts';
import type { ImageRecord } from '../../../src/catalogue/record.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { pruneWorld } from './prune/prune-world.ts';

const test = suite('what a revocation is about');

type World = Awaited<ReturnType<typeof pruneWorld>>;

function on({ name, digest }: ImageRecord) {
  return { draft: { base: { name: 'web', source: `bake ${name}`, digest } } };
}

function revoke({ pruning }: World, ref: string, signal: AbortSignal, reason = 'CVE-1') {
  return revokeImage(ref, reason, pruning, signal);
}

const VMS = { 'environments/vms/environment.yaml': 'platform: qemu\nimages: { app: {} }\n' };

test('what runs of it and of what is based on it is named, in every environment and on every platform', async ({
  signal,
}) => {
  await using world = await pruneWorld(VMS);
  const first = await world.bake();
  await world.launch('dev');
  const mid = await world.bake('app', {}, { forms: ['disk'], ...on(first) });
  await world.launch('vms');
  await world.bake('a-top', {}, on(mid));
  await world.bake('other');
  await world.bake();
  const { basedOn, instances, silent, damaged, already, image, reason } = await revoke(
    world,
    'web@1',
    signal,
  );
  assert.equal([image, reason, already], ['web@1', 'CVE-1', false]);
  assert.equal(basedOn, ['app@1', 'a-top@1'], 'a base before what is based on it');
  assert.equal(
    instances.map((one) => [one.environment, one.node, one.image, one.platform, one.running]),
    [
      ['dev', 'web-1', 'web@1', 'docker', true],
      ['vms', 'app-1', 'app@1', 'qemu', true],
    ],
  );
  assert.equal([silent, damaged], [[], []]);
});

test('an image of the very same bytes goes with it', async ({ signal }) => {
  await using world = await pruneWorld();
  const { digest } = await world.bake();
  await world.bake('web', {}, { draft: { digest } });
  await world.launch('dev');
  const { basedOn, instances } = await revoke(world, 'web@1', signal);
  assert.equal([basedOn, instances.map(({ image }) => image)], [['web@2'], ['web@2']]);
});

test('what runs under the same name from another catalogue is not it', async ({ signal }) => {
  await using world = await pruneWorld();
  await using elsewhere = await pruneWorld();
  await world.bake();
  await elsewhere.bake('web', {}, { draft: { digest: `sha256:${'0'.repeat(64)}` } });
  await elsewhere.launch('dev');
  const platforms = elsewhere.pruning.platforms;
  const { instances } = await revokeImage('web@1', 'CVE-1', { ...world.pruning, platforms }, signal);
  assert.equal(instances, []);
});

test('it is revoked before anybody is asked, and who does not answer is named', async ({ signal }) => {
  await using world = await pruneWorld();
  await world.bake();
  await world.bake('app');
  await writeFile(join(world.home, 'records/app/1.json'), '');
  await world.launch('dev');
  const revokedThen: boolean[] = [];
  world.launcher.before('list', async () => {
    const record = await world.ports.catalogue.get('web@1');
    revokedThen.push((await world.ports.catalogue.revocationOf(record)) !== undefined);
  });
  world.launcher.breakEngine();
  const { instances, silent, damaged } = await revoke(world, 'web@1', signal);
  assert.equal(revokedThen, [true]);
  assert.equal([instances, damaged], [[], ['app@1']]);
  assert.equal(
    silent.map(({ platform, mayRun }) => [platform, mayRun]),
    [['docker', true]],
  );
});

test('the second time nothing is changed, and what runs is named again', async ({ signal }) => {
  await using world = await pruneWorld();
  await world.bake();
  await world.launch('dev');
  await revoke(world, 'web@1', signal);
  const { already, reason, instances } = await revoke(world, 'web@1', signal, 'another');
  assert.equal([already, reason, instances.length], [true, 'CVE-1', 1]);
});

test('without a reason nobody is asked', async ({ signal }) => {
  await using world = await pruneWorld();
  await world.bake();
  await rejects(revoke(world, 'web@1', signal, ' '), { code: 'USAGE' });
  assert.equal(world.launcher.calls, []);
});

test.run();
