import * as assert from 'uvu/assert';
import type { Bake } from '../../../../src/app/bake.ts';
import { distributeBaked } from '../../../../src/app/distribute/distribute-baked.ts';
import { stagesOf } from '../../../../src/app/stages.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import type { BakeStage, Event } from '../../../../src/core/events.ts';
import { fakeAmiRegions, outage } from '../../../support/fake-ami-regions.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, temporaryHome } from '../../catalogue/sample-record.ts';

const test = suite('the stage distribute of a bake');
const COPY = { tags: {}, copy: { 'us-west-2': {} } };

async function baked(home: string, signal: AbortSignal, ami: object, broken = false, resumed = false) {
  const events: Event[] = [];
  const reporter = { emit: (event: Event) => void events.push(event), close: async () => {} };
  const catalogue = openFileCatalogue(home);
  const regions = fakeAmiRegions();
  const { id, snapshots } = regions.add('eu-central-1');
  if (broken) regions.at('us-west-2').broken = outage('us-west-2');
  const draft = sampleDraft(resumed ? { resumed: { step: 1, bake: 'x' } } : {});
  const record = await catalogue.publish(draft, async () => [
    { kind: 'ami', region: 'eu-central-1', id, snapshots, architecture: 'x86_64' },
  ]);
  const stages = stagesOf<BakeStage>('web', reporter);
  const template = { name: 'web', forms: ['ami'], ami };
  const bake = { template, stages, catalogue, amis: regions.open, home } as unknown as Bake;
  return { went: await distributeBaked(bake, record, reporter, signal), events };
}

test('is there only where the template asks for it, and never for an image from a checkpoint', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  const none = await baked(home.path, signal, { tags: {} });
  assert.equal([none.went, none.events], [undefined, []]);
  const resumed = await baked(home.path, signal, COPY, false, true);
  assert.equal([resumed.went, resumed.events.map(({ type }) => type)], [undefined, ['stage-skipped']]);
});

test('says what came of each region, and a failure takes nothing from the image', async ({ signal }) => {
  await using home = await temporaryHome();
  const good = await baked(home.path, signal, COPY);
  assert.equal(
    good.went?.regions.map(({ state }) => state),
    ['original', 'copied'],
  );
  const bad = await baked(home.path, signal, COPY, true);
  assert.equal(
    bad.went?.regions.map(({ state }) => state),
    ['original', 'failed'],
  );
  const notes = bad.events.flatMap((event) => (event.type === 'note' ? [event.message] : []));
  assert.ok(notes.includes(`us-west-2 failed: ${outage('us-west-2').message}`));
  const gone = await baked(home.path, AbortSignal.abort(new Error('interrupted')), COPY);
  assert.equal(
    gone.went?.regions.map(({ state }) => state),
    ['failed', 'failed'],
  );
});

test.run();
