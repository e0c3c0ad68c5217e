import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { type DriftPorts, drift } from '../../../../src/app/launch/drift.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { Fault } from '../../../../src/core/fault.ts';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import type { Instance } from '../../../../src/platforms/launcher.ts';
import { manifestDigest, writeManifest } from '../../../../src/tree/manifest.ts';
import type { TreeSource } from '../../../../src/tree/source.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../../catalogue/sample-record.ts';
import { file, folder, manifestOf, sourceOf } from '../../tree/sample-tree.ts';

const test = suite('drift of an environment');

const TREE = [folder('etc'), file('etc/motd', 'hello'), folder('srv'), folder('srv/state')];
const SPOILT = [folder('etc'), file('etc/motd', 'jello'), folder('srv'), folder('srv/state')];
const FORM = digestOf('image');
const PROD = { workspace: '/nowhere', environment: 'prod', names: [] };

/** A catalogue with `web@1`, made of TREE, which may change `/srv/state`. */
async function sampleCatalogue() {
  const home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const manifest = await manifestOf(TREE);
  const digest = manifestDigest(manifest);
  await writeManifest(catalogue.manifestPath(digest), manifest);
  const draft = sampleDraft({ digest, manifest: { digest, file: 'images/x' } });
  const runtime = { ...draft.runtime, state: ['/srv/state'] };
  await catalogue.publish({ ...draft, runtime }, sampleForms('web', FORM));
  const instance = (slot: number, changes: Partial<Instance> = {}): Instance => ({
    environment: 'prod',
    template: 'web',
    image: 'web@1',
    digest,
    form: FORM,
    runs: FORM,
    slot,
    launch: 'l1',
    inputs: digestOf('inputs'),
    id: `id-${slot}`,
    platform: 'docker',
    name: `kiln-prod-web-${slot}-l1`,
    running: true,
    serving: true,
    publish: [],
    startedAt: '2026-11-22T22:34:05.000Z',
    ...changes,
  });
  return { catalogue, digest, instance, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}

function launcher(
  instances: readonly Instance[],
  treeOf: (slot: number) => TreeSource | readonly TarInput[],
) {
  return {
    list: async () => [...instances],
    readTree: ({ slot }) => {
      const tree = treeOf(slot);
      return 'read' in tree ? tree : sourceOf(tree);
    },
  } satisfies DriftPorts['launcher'];
}

test('each instance is compared with its own image, less what its template calls state', async ({
  signal,
}) => {
  await using sample = await sampleCatalogue();
  const { catalogue, digest, instance } = sample;
  const worked = [...TREE, file('srv/state/data', 'x')];
  const ports = {
    catalogue,
    launcher: launcher([instance(1), instance(2)], (slot) => (slot === 1 ? worked : SPOILT)),
  };
  const { environment, instances } = await drift(PROD, ports, signal);
  assert.is(environment, 'prod');
  const about = (node: string) => ({ node, instance: `kiln-prod-${node}-l1`, image: 'web@1', digest });
  assert.equal(instances[0], { ...about('web-1'), state: 'same', changes: [] });
  const [, second] = instances;
  assert.equal({ ...second, changes: [] }, { ...about('web-2'), state: 'drifted', changes: [] });
  assert.equal(
    second?.changes.map(({ path, what }) => [path, ...what]),
    [['/etc/motd', 'content']],
  );
});

test('what cannot be compared says why, and hides nothing of the others', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  const { catalogue, instance } = sample;
  const other = digestOf('other');
  const refuses: TreeSource = {
    // biome-ignore lint/correctness/useYield: it fails before its first member
    async *read() {
      throw new Fault('ENGINE_FAILED', 'the engine refused', { details: ['cut short'] });
    },
  };
  const found = [
    instance(1, { runs: other }),
    instance(2, { image: 'web@9' }),
    instance(3, { digest: other }),
    instance(4, { running: false }),
    instance(5),
    instance(6),
  ];
  const ports = { catalogue, launcher: launcher(found, (slot) => (slot === 5 ? refuses : SPOILT)) };
  const { instances } = await drift(PROD, ports, signal);
  assert.equal(
    instances.map(({ state }) => state),
    ['unknown', 'unknown', 'unknown', 'stopped', 'unknown', 'drifted'],
  );
  const why = instances.map((one) => one.why ?? '');
  assert.match(why[0] ?? '', /does not run the bytes of web@1/);
  assert.match(why[1] ?? '', /web@9 has no record/);
  assert.match(why[2] ?? '', /another digest/);
  assert.is(why[4], 'the engine refused: cut short');
});

test('a lost manifest makes its instances unknown', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  const { catalogue, digest, instance } = sample;
  await writeManifest(catalogue.manifestPath(digest), []);
  const { instances } = await drift(
    PROD,
    { catalogue, launcher: launcher([instance(1)], () => TREE) },
    signal,
  );
  assert.is(instances[0]?.state, 'unknown');
  assert.match(instances[0]?.why ?? '', /is not that of sha256:/);
});

test('a tree that broke off because a file shrank is read again', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  let reads = 0;
  const shrinking: TreeSource = {
    async *read(reading) {
      reads++;
      yield* sourceOf(TREE).read(reading);
      if (reads < 3) throw new Fault('ENGINE_FAILED', 'the engine refused');
    },
  };
  const ports = { catalogue: sample.catalogue, launcher: launcher([sample.instance(1)], () => shrinking) };
  const { instances } = await drift(PROD, ports, signal);
  assert.is(instances[0]?.state, 'same');
  assert.is(reads, 3);
});

test('an instance that takes too long is unknown, and is not tried again', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  let reads = 0;
  const endless: TreeSource = {
    async *read(reading) {
      reads++;
      yield* sourceOf(TREE).read(reading);
      await delay(60_000, undefined, { signal: reading });
    },
  };
  const ports = {
    catalogue: sample.catalogue,
    launcher: launcher([sample.instance(1)], () => endless),
    deadlineMs: 50,
  };
  const { instances } = await drift(PROD, ports, signal);
  assert.is(instances[0]?.state, 'unknown');
  assert.is(instances[0]?.why, 'the files of kiln-prod-web-1-l1 were not read within 0.05 s');
  assert.is(reads, 1);
});

test('an engine that went away, a bug and an abort are no answers', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  const { catalogue, instance } = sample;
  let reads = 0;
  const failing = (error: () => unknown): DriftPorts => ({
    catalogue,
    launcher: launcher([instance(1)], () => ({
      // biome-ignore lint/correctness/useYield: it fails before its first member
      async *read() {
        reads++;
        throw error();
      },
    })),
  });
  const gone = failing(() => new Fault('ENGINE_UNREACHABLE', 'gone'));
  await rejects(drift(PROD, gone, signal), { code: 'ENGINE_UNREACHABLE' });
  assert.is(reads, 1, 'it is not asked again');
  await rejects(
    drift(
      PROD,
      failing(() => new TypeError('a bug')),
      signal,
    ),
    /a bug/,
  );
  const controller = new AbortController();
  const stopped = failing(() => {
    controller.abort(new Fault('INTERRUPTED', 'stopped'));
    return new Fault('ENGINE_FAILED', 'cut off');
  });
  await rejects(drift(PROD, stopped, controller.signal), { code: 'INTERRUPTED' });
});

test('names choose templates and single instances; one that runs nowhere is refused', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  const { catalogue, instance } = sample;
  const ports = { catalogue, launcher: launcher([instance(1), instance(2)], () => TREE) };
  const nodes = async (...names: string[]) =>
    (await drift({ ...PROD, names }, ports, signal)).instances.map(({ node }) => node);
  assert.equal(await nodes('web'), ['web-1', 'web-2']);
  assert.equal(await nodes('web-2'), ['web-2']);
  const fault = await rejects(nodes('web', 'wep-1'), { code: 'INSTANCE_UNKNOWN' });
  assert.is(fault.message, 'prod runs no wep-1');
  assert.is(fault.hint, 'did you mean `web-1`?');
});

test('where nothing runs, the environment must at least be there', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  const ports = { catalogue: sample.catalogue, launcher: launcher([], () => TREE) };
  await using empty = await temporaryHome();
  await rejects(drift({ ...PROD, workspace: empty.path }, ports, signal), { code: 'WORKSPACE_NOT_FOUND' });
});

test('as many instances are read at once as there are processors', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  const { catalogue, instance } = sample;
  const reading = new Set<number>();
  let most = 0;
  const slow = (slot: number): TreeSource => ({
    async *read(signalOfRead) {
      reading.add(slot);
      most = Math.max(most, reading.size);
      await delay(20);
      yield* sourceOf(TREE).read(signalOfRead);
      reading.delete(slot);
    },
  });
  const many = Array.from({ length: 6 }, (_, n) => instance(n + 1));
  const { instances } = await drift(PROD, { catalogue, launcher: launcher(many, slow) }, signal);
  assert.equal(
    instances.map(({ node }) => node),
    many.map(({ slot }) => `web-${slot}`),
  );
  assert.is(most, Math.min(many.length, availableParallelism()));
});

test.run();
