import * as assert from 'uvu/assert';
import type { Bake } from '../../../src/app/bake.ts';
import { confirmImage } from '../../../src/app/confirm-image.ts';
import { recordedRuntime } from '../../../src/app/recorded-runtime.ts';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import type { RecordDraft } from '../../../src/catalogue/record.ts';
import type { Template } from '../../../src/config/template.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, temporaryHome } from '../catalogue/sample-record.ts';

const test = suite('confirming an image instead of publishing it once more');

const { checks, probe, data, secrets, state } = sampleDraft().runtime;
const TEMPLATE = {
  ...{ name: 'web', forms: [], container: { init: 'systemd' } },
  ...{ checks, probe, data, secrets, state },
} as unknown as Template;

/** What a bake confirms that has come to just what a record of this draft says. */
async function confirmedOf(draft: Partial<RecordDraft>, signal: AbortSignal): Promise<string | undefined> {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const { bakeKey, digest } = sampleDraft();
  const runtime = recordedRuntime(TEMPLATE, {});
  await catalogue.publish(sampleDraft({ runtime, ...draft }), async () => []);
  const bake = { id: 'bake-b', home: home.path, catalogue, template: TEMPLATE } as unknown as Bake;
  const came = { plan: { key: bakeKey }, base: { run: {} }, tree: { digest } } as unknown as Parameters<
    typeof confirmImage
  >[1];
  return (await confirmImage(bake, came, signal))?.name;
}

test('one of the same content is, unless it was not verified or was baked from a checkpoint', async ({
  signal,
}) => {
  assert.is(await confirmedOf({}, signal), 'web@1');
  assert.is(await confirmedOf({ unverified: true }, signal), undefined);
  assert.is(await confirmedOf({ resumed: { step: 2, bake: 'bake-a' } }, signal), undefined);
});

test.run();
