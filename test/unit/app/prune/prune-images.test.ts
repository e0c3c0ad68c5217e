import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { leftPrunes } from '../../../../src/app/gc/left-prunes.ts';
import { whileNoLaunch } from '../../../../src/app/launch/launch-lock.ts';
import type { PrunePorts } from '../../../../src/app/prune/prune-ports.ts';
import { manifestFile, packageFilesFile } from '../../../../src/catalogue/image-files.ts';
import type { ImageRecord } from '../../../../src/catalogue/record.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { operator } from '../../../../src/core/operator.ts';
import { ownerOf } from '../../../../src/core/process-owner.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft } from '../../catalogue/sample-record.ts';
import { pruneWorld } from './prune-world.ts';

const test = suite('pruning images');
const BOTH = ['oci', 'disk'] as const;

type World = Awaited<ReturnType<typeof pruneWorld>>;

/** Writes what goes with an image's tree. */
async function withManifest({ home }: World, record: ImageRecord): Promise<ImageRecord> {
  for (const file of [manifestFile(record.digest), packageFilesFile(record.digest)]) {
    await mkdir(dirname(join(home, file)), { recursive: true });
    await writeFile(join(home, file), 'x'.repeat(5000));
  }
  return record;
}

function filesOf({ digest, name }: ImageRecord): string[] {
  const disk = ['disk.initrd', 'disk.kernel', 'disk.qcow2'].map((file) => `${name}/${file}`);
  return [
    ...[manifestFile(digest), packageFilesFile(digest)].map((file) => file.replace('images/', '')),
    ...disk,
  ];
}

async function bakedTwice(): Promise<{ world: World; first: ImageRecord; second: ImageRecord }> {
  const world = await pruneWorld();
  const first = await withManifest(world, await world.bake('web', {}, { forms: BOTH }));
  const second = await withManifest(world, await world.bake('web', {}, { forms: BOTH }));
  return { world, first, second };
}

async function namesIn(world: World): Promise<string[]> {
  return (await readdir(join(world.home, 'records/web'))).sort();
}

async function tombstoneOf(world: World, version = 1) {
  return JSON.parse(await readFile(join(world.home, `records/web/${version}.pruned`), 'utf8'));
}

async function isInEngine({ images }: World, { forms }: ImageRecord): Promise<boolean> {
  return (await images.inspect(forms[0]?.digest ?? '', AbortSignal.timeout(1000))) !== undefined;
}

test('it goes from the catalogue, the engine and the disk, and nothing else does', async () => {
  const { world, first, second } = await bakedTwice();
  await using _ = world;
  const { done } = await world.prune();
  assert.equal(
    done?.images.map(({ name, parts }) => [name, parts.map(({ part, state }) => `${part} ${state}`)]),
    [['web@1', ['oci removed', 'disk removed', 'tree removed']]],
  );
  assert.equal(await namesIn(world), ['1.pruned', '2.json']);
  assert.equal(await world.imageFiles(), filesOf(second).sort());
  assert.equal([await isInEngine(world, first), await isInEngine(world, second)], [false, true]);
  assert.equal(await readdir(join(world.home, 'images', first.digest.slice(7))).catch(() => 'gone'), 'gone');
  const again = await world.prune();
  assert.equal([again.remove, again.done?.images], [[], []]);
});

test('what it frees of files is what they took', async () => {
  const { world } = await bakedTwice();
  await using _ = world;
  const would = (await world.prune({ act: false })).remove[0]?.files ?? 0;
  const { done } = await world.prune();
  const freed = done?.images.flatMap(({ parts }) => parts.map((part) => part.freed)) ?? [];
  assert.ok(would >= 10_000);
  assert.is(
    freed.reduce((a, b) => a + b, 0),
    would,
  );
  assert.is(freed[0], 0, 'of the engine nothing is claimed');
});

test('it is named as pruned wherever it is asked for, and its number is never given again', async () => {
  const { world, first } = await bakedTwice();
  await using _ = world;
  await world.prune();
  const day = new Date().toISOString().slice(0, 10);
  const message = `web@1 was pruned by ${operator()} on ${day}`;
  const shown = await rejects(world.ports.catalogue.get('web@1'), { code: 'IMAGE_UNKNOWN' });
  assert.is(shown.message, message);
  const [outcome] = await world.launch('dev', { names: ['web'], image: 'web@1' });
  assert.is((outcome?.failure?.error as Fault | undefined)?.message, message);
  await rejects(world.ports.catalogue.get('web@7'), /there is no web@7/);
  const { kind, image, digest, created, by, forms, pending } = await tombstoneOf(world);
  assert.equal(
    [kind, image, digest, created, by, forms, pending],
    ['kiln.pruned/v1', 'web@1', first.digest, first.created, operator(), first.forms, []],
  );
  await rm(join(world.home, 'records/web/2.json'));
  await rm(join(world.home, 'records/web/1.pruned'));
  await writeFile(join(world.home, 'records/web/9.pruned'), '');
  assert.is((await world.bake()).version, 10);
});

test('that it was revoked is still known of a base that is gone', async () => {
  await using world = await pruneWorld();
  for (const _ of [1, 2]) await world.bake();
  await world.ports.catalogue.revoke('web@1', { reason: 'CVE', by: 'a@b' }, new Date());
  await world.prune();
  assert.equal(await namesIn(world), ['1.pruned', '1.revoked', '2.json']);
});

test('an engine that is away is tried again by the next prune', async () => {
  const { world, first } = await bakedTwice();
  await using _ = world;
  const images: PrunePorts['images'] = () => Promise.reject(new Fault('ENGINE_UNREACHABLE', 'it is away'));
  const { done } = await world.prune({ images });
  assert.equal(done?.images[0]?.parts[0], { part: 'oci', state: 'pending', why: 'it is away', freed: 0 });
  assert.equal((await tombstoneOf(world)).pending, ['oci']);
  assert.is(await isInEngine(world, first), true);
  const next = await world.prune();
  assert.equal(
    next.done?.images.map(({ name, parts }) => [name, parts.map(({ state }) => state)]),
    [['web@1', ['removed']]],
  );
  assert.equal((await tombstoneOf(world)).pending, []);
  assert.is(await isInEngine(world, first), false);
});

test('an image that a container of somebody else uses is told, and stays pending', async () => {
  const { world } = await bakedTwice();
  await using _ = world;
  const busy = async () => {
    throw new Fault('ENGINE_FAILED', 'the engine refused', { details: ['container 0123 is using it'] });
  };
  const { done } = await world.prune({ images: async () => ({ ...world.images, untag: busy }) });
  assert.equal(
    done?.images[0]?.parts.map(({ state, why }) => [state, why]),
    [
      ['pending', 'the engine refused; container 0123 is using it'],
      ['removed', undefined],
      ['removed', undefined],
    ],
  );
});

test('`bake gc` finishes what a prune has left, and a dry one only says it', async ({ signal }) => {
  const { world, first } = await bakedTwice();
  await using _ = world;
  await world.tombstones.bury(first, 'alice@b', new Date());
  const found = () => leftPrunes(world.home, world.ports.catalogue, async () => world.images);
  const [left] = await found();
  assert.is(left?.what, 'rest of web@1, which was pruned');
  assert.is(left?.where, join(world.home, 'records/web/1.pruned'));
  assert.is(await isInEngine(world, first), true);
  await left?.remove(signal);
  assert.is(await isInEngine(world, first), false);
  assert.equal(await found(), []);
});

test('whenever it is killed there is an image or a tombstone, and the next prune ends it', async () => {
  const { world, first, second } = await bakedTwice();
  await using _ = world;
  const record = await readFile(join(world.home, 'records/web/1.json'));
  await world.tombstones.bury(first, 'alice@b', new Date());
  // Killed before the record went.
  await writeFile(join(world.home, 'records/web/1.json'), record);
  assert.equal(await world.ports.catalogue.get('web@1'), first);
  assert.equal(await world.tombstones.unfinished(), []);
  await world.launch('dev', { names: ['web'], image: 'web@1' });
  assert.equal((await world.prune()).remove, [], 'it is an image as before');
  await world.launch('dev', { names: ['web'], image: 'web@2' });
  await world.launch('dev', { names: ['web'], image: 'web@2' });
  // Killed when some of it was gone.
  await rm(join(world.home, 'records/web/1.json'));
  await rm(join(world.home, 'images/web@1/disk.qcow2'));
  await world.images.untag('kiln/web:1');
  const { done } = await world.prune();
  assert.equal(
    done?.images[0]?.parts.map(({ state }) => state),
    ['removed', 'removed', 'removed'],
  );
  assert.equal(await world.imageFiles(), filesOf(second).sort());
});

test('what another image has in common stays: bytes in the engine, files, the manifest', async () => {
  await using world = await pruneWorld();
  const first = await withManifest(world, await world.bake('web', {}, { forms: BOTH }));
  await world.ports.catalogue.publish(sampleDraft({ digest: first.digest }), async () =>
    first.forms.map((form) => (form.kind === 'oci' ? { ...form, tag: 'kiln/web:2' } : form)),
  );
  const { done } = await world.prune();
  assert.equal(
    done?.images[0]?.parts.map(({ state, why, freed }) => [state, why, freed]),
    [
      ['shared', 'kiln/web:2', 0],
      ['shared', 'web@2', 0],
      ['shared', 'web@2', 0],
    ],
  );
  assert.equal(await world.imageFiles(), filesOf(first).sort());
  const image = await world.images.inspect(first.forms[0]?.digest ?? '', AbortSignal.timeout(1000));
  assert.equal(image?.tags, ['kiln/web:2'], 'its lost name was given back, as the image goes with the last');
  assert.equal((await tombstoneOf(world)).pending, []);
});

test('an image that somebody gave a name of his own stays in the engine', async () => {
  const { world, first } = await bakedTwice();
  await using _ = world;
  await world.images.tag(first.forms[0]?.digest as never, 'mine', '1');
  const { done } = await world.prune();
  assert.equal(done?.images[0]?.parts[0], { part: 'oci', state: 'shared', why: 'mine:1', freed: 0 });
});

test('a name `latest` that was left on it goes with it', async () => {
  const { world, first } = await bakedTwice();
  await using _ = world;
  await world.images.tag(first.forms[0]?.digest as never, 'kiln/web', 'latest');
  await world.prune();
  assert.is(await isInEngine(world, first), false);
});

test('as long as a record is damaged, what it may name stays', async () => {
  const { world, first } = await bakedTwice();
  await using _ = world;
  await world.tombstones.bury(first, 'alice@b', new Date());
  await writeFile(join(world.home, 'records/web/2.json'), '{');
  const why = 'the record of web@2 is damaged, and may name it';
  for (const _ of ['where it is', 'set aside']) {
    const { done } = await world.prune();
    assert.equal(
      done?.images[0]?.parts.map((part) => [part.state, part.why]),
      [
        ['pending', why],
        ['pending', why],
        ['pending', why],
      ],
    );
    await world.ports.catalogue.setAside('web', 2);
  }
  assert.is(await isInEngine(world, first), true);
});

test('a name that is another image’s by now is left alone', async () => {
  const { world, first, second } = await bakedTwice();
  await using _ = world;
  await world.images.untag('kiln/web:1');
  await world.images.tag(second.forms[0]?.digest as never, 'kiln/web', '1');
  await world.prune();
  const image = await world.images.inspect(second.forms[0]?.digest ?? '', AbortSignal.timeout(1000));
  assert.equal(image?.tags.toSorted(), ['kiln/web:1', 'kiln/web:2']);
  assert.is(await isInEngine(world, first), false);
});

test('while an image is being published nobody can say what it has in common: it waits', async () => {
  const { world, first } = await bakedTwice();
  await using _ = world;
  const reserved = join(world.home, 'records/app/1.reserved');
  await mkdir(dirname(reserved), { recursive: true });
  await writeFile(reserved, `{"pid":${process.pid},"bake":"x"}\n`);
  const { done } = await world.prune();
  const why = 'an image of app is being published, and may be of the same bytes';
  assert.equal(
    done?.images[0]?.parts.map((part) => [part.state, part.why]),
    [
      ['pending', why],
      ['pending', why],
      ['pending', why],
    ],
  );
  assert.is(await isInEngine(world, first), true);
  await writeFile(reserved, '{"pid":4194305,"bake":"x"}\n');
  const next = await world.prune();
  assert.equal(
    next.done?.images[0]?.parts.map(({ state }) => state),
    ['removed', 'removed', 'removed'],
  );
});

test('a record that was changed so that it names other files takes none of them along', async () => {
  const { world } = await bakedTwice();
  await using _ = world;
  const file = join(world.home, 'records/web/1.json');
  const outside = join(world.home, 'precious');
  await writeFile(outside, 'x');
  for (const path of ['precious', 'images/../precious', outside]) {
    const record = JSON.parse(await readFile(file, 'utf8'));
    record.forms[1].file = path;
    await writeFile(file, JSON.stringify(record));
    const { done } = await world.prune();
    const { state, why } = done?.images[0]?.parts[1] ?? {};
    assert.equal([state, why], ['pending', `${path} is not where images are`]);
    assert.is(await readFile(outside, 'utf8'), 'x');
    await writeFile(file, JSON.stringify(record));
  }
});

test('a launch that is at work is waited for, and what it launched stays', async ({ signal }) => {
  const { world, first } = await bakedTwice();
  await using _ = world;
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let reached = () => {};
  const launching = new Promise<void>((resolve) => {
    reached = resolve;
  });
  world.launcher.before('launch', async () => {
    reached();
    await released;
  });
  const launch = world.launch('dev', { names: ['web'], image: 'web@1', signal });
  await launching;
  const waits = new Promise<void>((resolve) => {
    world.said.push = (...lines) => {
      if (lines.some((line) => /a launch of dev is at work/.test(line))) resolve();
      return Array.prototype.push.apply(world.said, lines);
    };
  });
  const prune = world.prune();
  await waits;
  assert.equal(await world.versions(), [1, 2]);
  release();
  await launch;
  const { remove, held } = await prune;
  assert.equal([remove.length, held[0]?.name, held[0]?.why[0]], [0, 'web@1', 'runs in dev']);
  assert.is(await isInEngine(world, first), true);
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
});

test('a launch that comes while images are taken out waits, and finds what is left', async ({ signal }) => {
  const { world } = await bakedTwice();
  await using _ = world;
  let launch: ReturnType<World['launch']> | undefined;
  await whileNoLaunch(
    world.home,
    () => {},
    signal,
    async () => {
      const waits = new Promise<void>((resolve) => {
        world.said.push = (...lines) => {
          if (lines.some((line) => /images are being pruned/.test(line))) resolve();
          return Array.prototype.push.apply(world.said, lines);
        };
      });
      launch = world.launch('dev', { names: ['web'], image: 'web@1', signal });
      await waits;
      assert.equal(world.runs(), []);
      await world.tombstones.bury(await world.ports.catalogue.get('web@1'), 'a@b', new Date());
    },
  );
  const [outcome] = (await launch) ?? [];
  assert.match(String(outcome?.failure?.error), 'web@1 was pruned by a@b');
  assert.equal(world.runs(), []);
});

test('a hold that a killed prune has left holds nobody', async () => {
  const { world } = await bakedTwice();
  await using _ = world;
  await mkdir(join(world.home, 'launches'), { recursive: true });
  const owner = (await ownerOf(process.pid)).replace(/^\d+/, '4194305');
  await writeFile(join(world.home, 'launches/.hold'), owner);
  await writeFile(join(world.home, 'prune.lock'), owner);
  await world.launch('dev');
  assert.equal(world.runs(), ['dev web-1 web@2 serving']);
  assert.equal(
    (await world.prune()).remove.map(({ name }) => name),
    ['web@1'],
  );
});

test('a tombstone that cannot be read is told, and the others go on', async () => {
  const { world } = await bakedTwice();
  await using _ = world;
  await writeFile(join(world.home, 'records/web/7.pruned'), 'x');
  const { done } = await world.prune();
  assert.is(done?.images.length, 1);
  assert.match(done?.damaged[0]?.message ?? '', 'what is left of web@7, which was pruned, cannot be read');
  await rejects(world.ports.catalogue.get('web@7'), /web@7 was pruned by somebody on/);
});

test('an interrupted prune leaves what was taken out to the next', async () => {
  const { world } = await bakedTwice();
  await using _ = world;
  await withManifest(world, await world.bake());
  const controller = new AbortController();
  const images: PrunePorts['images'] = async () => {
    controller.abort(new Fault('INTERRUPTED', 'ctrl-c'));
    controller.signal.throwIfAborted();
    return world.images;
  };
  const { pruneImages } = await import('../../../../src/app/prune/prune-images.ts');
  const request = { workspace: world.root, names: [], act: true };
  await rejects(pruneImages(request, { ...world.pruning, images }, controller.signal), {
    code: 'INTERRUPTED',
  });
  assert.equal(await world.versions(), [3]);
  const { done } = await world.prune();
  assert.equal(
    done?.images.map(({ name }) => name),
    ['web@1', 'web@2'],
  );
  assert.equal(
    await world.imageFiles().then((files) => files.some((file) => file.startsWith('web@1'))),
    false,
  );
});

test.run();
