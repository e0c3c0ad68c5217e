import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { bakeBase } from '../../../src/bases/bake-base.ts';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { manifestDigest, writeManifest } from '../../../src/tree/manifest.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms } from '../catalogue/sample-record.ts';
import { fakeStore, sampleImage } from '../forms/oci/fake-store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { file, manifestOf } from '../tree/sample-tree.ts';
import { sampleContext } from './sample-context.ts';

const test = suite("a base that is another template's image, on a fake of an engine");
const IMAGE = sampleImage({ id: digestOf('image') });

/** A catalogue with one image of `hardened`. */
async function sampleCatalogue() {
  const home = await temporaryFolder();
  const catalogue = openFileCatalogue(home.path);
  const manifest = await manifestOf([file('etc/motd', 'hello')]);
  const digest = manifestDigest(manifest);
  await catalogue.publish(sampleDraft({ template: 'hardened', digest }), sampleForms('hardened', IMAGE.id));
  await writeManifest(catalogue.manifestPath(digest), manifest);
  return {
    home: home.path,
    catalogue,
    manifest,
    digest,
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

test('it is the newest image, by the digest of its content', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  await using here = await sampleContext(fakeStore([IMAGE]), signal);
  const newer = digestOf('newer');
  const draft = sampleDraft({ template: 'hardened', digest: newer });
  await sample.catalogue.publish(draft, sampleForms('hardened', IMAGE.id));
  const base = await bakeBase('own', { bake: 'hardened' }, sample.catalogue, here.context);
  assert.equal([base.name, base.source, base.digest], ['own', 'bake hardened@2', newer]);
});

test('one that was baked from a checkpoint says so, and of one that is based on such a one the first is named', async ({
  signal,
}) => {
  await using sample = await sampleCatalogue();
  await using here = await sampleContext(fakeStore([IMAGE]), signal);
  const resumedOf = async () =>
    (await bakeBase('own', { bake: 'hardened' }, sample.catalogue, here.context)).resumed;
  assert.is(await resumedOf(), undefined);
  const resumed = { step: 2, bake: '3h2k' };
  const publish = (of: typeof resumed & { readonly base?: string }) =>
    sample.catalogue.publish(
      sampleDraft({ template: 'hardened', resumed: of }),
      sampleForms('hardened', IMAGE.id),
    );
  await publish(resumed);
  assert.equal(await resumedOf(), { ...resumed, base: 'hardened@2' });
  await publish({ ...resumed, base: 'plain@9' });
  assert.equal(await resumedOf(), { ...resumed, base: 'plain@9' });
});

test('what machines start from is its container image, and its manifest that of the record', async ({
  signal,
}) => {
  await using sample = await sampleCatalogue();
  await using here = await sampleContext(fakeStore([IMAGE]), signal);
  const ready = await (await bakeBase('own', { bake: 'hardened' }, sample.catalogue, here.context)).prepare();
  assert.equal([ready.image, ready.layers, ready.tree], [IMAGE.id, IMAGE.diffIds, sample.digest]);
  assert.equal(await ready.manifest(), sample.manifest);
  assert.is(ready.epoch, Date.UTC(2026, 4, 5, 5, 5, 5) / 1000, 'whole seconds');
});

test('where the newest image’s record is damaged, no older one is taken for it', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  await using here = await sampleContext(fakeStore([IMAGE]), signal);
  await sample.catalogue.publish(sampleDraft({ template: 'hardened' }), sampleForms('hardened', IMAGE.id));
  await writeFile(join(sample.home, 'records/hardened/2.json'), '{');
  const base = bakeBase('own', { bake: 'hardened' }, sample.catalogue, here.context);
  const fault = await rejects(base, { code: 'RECORD_DAMAGED' });
  assert.match(fault.hint ?? '', '`bake image hardened`');
});

test('a template without an image is BASE_FAILED, and the hint says how it gets one', async ({ signal }) => {
  await using home = await temporaryFolder();
  await using here = await sampleContext(fakeStore(), signal);
  const catalogue = openFileCatalogue(join(home.path, 'none'));
  const fault = await rejects(bakeBase('own', { bake: 'hardened' }, catalogue, here.context), {
    code: 'BASE_FAILED',
  });
  assert.match(fault.message, 'hardened, which has none yet');
  assert.match(fault.hint ?? '', 'bake image hardened');
});

test('an image that the engine lost is BASE_FAILED, and only when it is needed', async ({ signal }) => {
  await using sample = await sampleCatalogue();
  await using here = await sampleContext(fakeStore(), signal);
  const base = await bakeBase('own', { bake: 'hardened' }, sample.catalogue, here.context);
  const fault = await rejects(base.prepare(), { code: 'BASE_FAILED' });
  assert.match(fault.message, 'hardened@1 has a record');
});

test.run();
