import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { leftPrunes } from '../../../../src/app/gc/left-prunes.ts';
import { amiNeeds } from '../../../../src/app/prune/ami-needs.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { Fault } from '../../../../src/core/fault.ts';
import type { AmiId } from '../../../../src/core/form-id.ts';
import { pruneLines } from '../../../../src/ui/prune-lines.ts';
import { outage } from '../../../support/fake-ami-regions.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft } from '../../catalogue/sample-record.ts';
import { pruneWorld } from './prune-world.ts';

const test = suite('pruning AMIs');
const [HOME, OREGON] = ['eu-central-1', 'us-west-2'];

/** Two images with an AMI each, of which the rule keeps the second; the first has a copy. */
async function amiWorld(owner: { readonly account?: string } = {}) {
  const world = await pruneWorld();
  const { catalogue } = world.pruning;
  const bake = async () => {
    const { id, snapshots } = world.amis.add(HOME);
    const draft = sampleDraft({ digest: digestOf(id), created: new Date().toISOString() });
    return await catalogue.publish(draft, async () => [
      { kind: 'ami', region: HOME, ...owner, id, snapshots, architecture: 'x86_64' },
    ]);
  };
  const record = await bake();
  await bake();
  const { id, snapshots } = world.amis.add(OREGON);
  const at = new Date().toISOString();
  await catalogue.noteCopy(record, { what: 'copied', region: OREGON, id, snapshots, run: 'x', at });
  const [first] = record.forms;
  const own = first?.kind === 'ami' ? first.id : ('ami-none' as AmiId);
  return {
    ...world,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
    own,
    copy: id,
    there: () => [HOME, OREGON].flatMap((region) => [...world.amis.at(region).amis.keys()]),
    done: (region: string) => world.amis.at(region).calls.filter((call) => call.startsWith('remove')),
    pending: async () => JSON.parse(await readFile(join(world.home, 'records/web/1.pruned'), 'utf8')).pending,
  };
}

test('a dry run names them with their regions, and removes nothing', async () => {
  await using world = await amiWorld();
  const plan = await world.prune({ act: false });
  const amis = [
    { region: HOME, id: world.own },
    { region: OREGON, id: world.copy },
  ];
  assert.equal(
    plan.remove.map(({ name, amis }) => [name, amis]),
    [['web@1', amis]],
  );
  const line = `with web@1: ${world.own} in ${HOME}, ${world.copy} in ${OREGON}, with their snapshots`;
  assert.ok(pruneLines(plan, new Date()).includes(line));
  assert.is(world.there().length, 3);
});

test('they go in every region with the snapshots that are named, and no other does', async () => {
  await using world = await amiWorld();
  const { done } = await world.prune();
  assert.equal(
    done?.images.map(({ name, parts }) => [name, parts.map(({ part, state }) => `${part} ${state}`)]),
    [['web@1', ['ami removed', 'tree removed']]],
  );
  assert.equal(
    [world.done(HOME), world.done(OREGON)],
    [[`remove ${world.own} snap-1`], [`remove ${world.copy} snap-3`]],
  );
  assert.is(world.there().length, 1);
  assert.equal(await world.pending(), []);
});

test('what is of an AMI or of a copy holds its image', async () => {
  await using world = await amiWorld();
  for (const [region, ami] of [[HOME, world.own] as const, [OREGON, world.copy] as const]) {
    world.amis.at(region).users = [{ ami, user: 'instance i-1 (stopped)' }];
    assert.equal(await world.wouldGo(), {
      goes: [],
      stays: { 'web@1': `instance i-1 (stopped) in ${region} is of it` },
    });
    world.amis.at(region).users = [];
  }
  assert.equal((await world.wouldGo()).goes, ['web@1']);
});

test('a region that nobody can ask holds what it may need', async () => {
  await using world = await amiWorld();
  world.amis.at(OREGON).broken = outage(OREGON);
  const { stays } = await world.wouldGo();
  assert.equal(stays, { 'web@1': `nobody can say what is of it in ${OREGON}: ${outage(OREGON).message}` });
  const locked = async () => {
    throw new Fault('CLOUD_LOCKED', 'AWS does not accept the credentials of the profile default');
  };
  assert.match(
    (await world.wouldGo({ amis: locked })).stays['web@1'] ?? '',
    'does not accept the credentials',
  );
});

test('a region that fails later stays pending, the others go, and the next prune ends it', async () => {
  await using world = await amiWorld();
  let asked = 0;
  const failing = async (region: string) => {
    const at = await world.amis.open(region);
    // The plan and its repetition are answered.
    if (region === OREGON && ++asked > 2) throw outage(OREGON);
    return at;
  };
  const { done } = await world.prune({ amis: failing });
  const why = outage(OREGON).message;
  assert.equal(done?.images[0]?.parts[0], { part: 'ami', state: 'pending', why, freed: 0 });
  assert.equal(await world.pending(), ['ami']);
  assert.equal([world.done(HOME).length, world.done(OREGON).length], [1, 0]);
  const next = await world.prune();
  assert.equal(next.done?.images[0]?.parts, [{ part: 'ami', state: 'removed', freed: 0 }]);
  assert.is(world.there().length, 1);
});

test('where nobody can say what is of one, it is not removed, whatever else the region answers', async () => {
  await using world = await amiWorld();
  let asked = 0;
  const unasked = async (region: string) => {
    const at = await world.amis.open(region);
    if (region !== OREGON || ++asked <= 2) return at;
    return { ...at, users: () => Promise.reject(new Fault('CLOUD_DENIED', 'it may not be asked')) };
  };
  const { done } = await world.prune({ amis: unasked });
  assert.is(done?.images[0]?.parts[0]?.why, 'it may not be asked');
  assert.equal([world.done(HOME).length, world.done(OREGON).length], [1, 0]);
});

test('an interruption is none of a region’s failures', async () => {
  await using world = await amiWorld();
  const interrupted = new AbortController();
  const reason = new Fault('INTERRUPTED', 'interrupted');
  const amis = async (): Promise<never> => {
    interrupted.abort(reason);
    throw reason;
  };
  const needs = amiNeeds(
    [await world.pruning.catalogue.get('web@1')],
    { ...world.pruning, amis },
    interrupted.signal,
  );
  await rejects(needs, { code: 'INTERRUPTED' });
});

test('what was started of it since it was decided keeps all of its AMIs', async () => {
  await using world = await amiWorld();
  let asked = 0;
  const started = async (region: string) => {
    if (region === OREGON && ++asked > 2)
      world.amis.at(region).users = [{ ami: world.copy, user: 'instance i-1 (pending)' }];
    return await world.amis.open(region);
  };
  const { done } = await world.prune({ amis: started });
  assert.match(done?.images[0]?.parts[0]?.why ?? '', 'instance i-1 (pending) in us-west-2 is of it');
  assert.is(world.there().length, 3);
});

test('where nothing was found that is told', async () => {
  await using world = await amiWorld();
  for (const region of [HOME, OREGON]) world.amis.at(region).amis.clear();
  const pruned = await world.prune();
  const line = `- web@1: its AMI did not have to be removed: ${world.own} was not in ${HOME} any more`;
  assert.ok(pruneLines(pruned, new Date()).includes(line));
  assert.equal(await world.pending(), []);
});

test('`bake gc` finishes what a prune has left of them', async ({ signal }) => {
  await using world = await amiWorld();
  world.amis.at(HOME).users = [];
  const locked = async () => {
    throw new Fault('CLOUD_LOCKED', 'no credentials');
  };
  const records = await world.prune({ act: false });
  assert.is(records.remove.length, 1);
  const record = await world.pruning.catalogue.get('web@1');
  await world.tombstones.bury(record, 'alice', new Date());
  const images = async () => world.images;
  const [first] = await leftPrunes(world.home, world.pruning.catalogue, images, locked);
  await first?.remove(signal).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, 'no credentials'),
  );
  const [second] = await leftPrunes(world.home, world.pruning.catalogue, images, world.amis.open);
  await second?.remove(signal);
  assert.is(world.there().length, 1);
});

test('as another account than theirs they stay, and so does what is pending of them', async () => {
  await using world = await amiWorld({ account: '111122223333' });
  world.amis.askAs('999988887777');
  const why = `the AMI ${world.own} is in the account 111122223333, but AWS is asked as 999988887777 (the profile default)`;
  const stays = (await world.wouldGo()).stays['web@1'] ?? '';
  assert.match(stays, why);
  assert.match(stays, OREGON);
  world.amis.askAs('111122223333');
  let asked = 0;
  const another = async (region: string) => {
    // The plan and its repetition are asked as the owner, each in both regions.
    if (++asked > 4) world.amis.askAs('999988887777');
    return await world.amis.open(region);
  };
  const { done } = await world.prune({ amis: another });
  assert.match(done?.images[0]?.parts[0]?.why ?? '', why);
  assert.equal(await world.pending(), ['ami']);
  assert.is(world.there().length, 3);
});

test.run();
