import * as assert from 'uvu/assert';
import type { Bake } from '../../../src/app/bake.ts';
import { confirmImage } from '../../../src/app/confirm-image.ts';
import { recordedRuntime } from '../../../src/app/recorded-runtime.ts';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import type { RecordDraft } from '../../../src/catalogue/record.ts';
import type { Template } from '../../../src/config/template.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, temporaryHome } from '../catalogue/sample-record.ts';

const test = suite('confirming an image instead of publishing it once more');

const { checks, probe, data, secrets, state } = sampleDraft().runtime;
const TEMPLATE = {
  ...{ name: 'web', forms: [], container: { init: 'systemd' } },
  ...{ checks, probe, data, secrets, state },
} as unknown as Template;

const BASE = { name: 'hard', source: 'bake hard@1', digest: digestOf('hard'), image: 'hard@1' };

/** What a bake confirms that has come to just what a record of this draft says. */
async function confirmedOf(
  draft: Partial<RecordDraft>,
  signal: AbortSignal,
  { base, revoked = [] }: { readonly base?: string; readonly revoked?: readonly string[] } = {},
): Promise<string | undefined> {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const { bakeKey, digest } = sampleDraft();
  const runtime = recordedRuntime(TEMPLATE, {});
  await catalogue.publish(sampleDraft({ runtime, ...draft }), async () => []);
  for (const name of revoked) {
    const template = name.split('@')[0] ?? '';
    if (template !== 'web')
      await catalogue.publish(sampleDraft({ template, digest: BASE.digest }), async () => []);
    await catalogue.revoke(name, { reason: 'CVE-1', by: 'alice' }, new Date());
  }
  const bake = { id: 'bake-b', home: home.path, catalogue, template: TEMPLATE } as unknown as Bake;
  const came = {
    plan: { key: bakeKey, base: { image: base } },
    base: { run: {} },
    tree: { digest },
  } as unknown as Parameters<typeof confirmImage>[1];
  return (await confirmImage(bake, came, signal))?.name;
}

test('one of the same content is, unless it was not verified or was baked from a checkpoint', async ({
  signal,
}) => {
  assert.is(await confirmedOf({}, signal), 'web@1');
  assert.is(await confirmedOf({ unverified: true }, signal), undefined);
  assert.is(await confirmedOf({ resumed: { step: 2, bake: 'bake-a' } }, signal), undefined);
});

test('one that is revoked for its base is not where the base is another now; its own bytes stay what they are', async ({
  signal,
}) => {
  const draft = { base: BASE };
  const revoked = ['hard@1'];
  assert.is(await confirmedOf(draft, signal, { base: 'hard@2' }), 'web@1');
  assert.is(await confirmedOf(draft, signal, { base: 'hard@2', revoked }), undefined);
  assert.is(await confirmedOf(draft, signal, { base: 'hard@1', revoked }), 'web@1');
  assert.is(await confirmedOf(draft, signal, { base: 'hard@2', revoked: ['web@1'] }), 'web@1');
});

test.run();
