import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { sincePrevious } from '../../../src/app/compare/since-image.ts';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from './sample-record.ts';

const test = suite('damaged record');

/** A catalogue with three images of web and one of app. */
async function sampleCatalogue() {
  const home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const publish = (template = 'web') => catalogue.publish(sampleDraft({ template }), sampleForms(template));
  for (const template of ['web', 'web', 'web', 'app']) await publish(template);
  const pathOf = (name: string) => join(home.path, 'records/web', name);
  return {
    catalogue,
    publish,
    pathOf,
    damage: (version: number, text = '{') => writeFile(pathOf(`${version}.json`), text),
    names: async () => (await readdir(pathOf(''))).sort(),
    async listed() {
      const names: string[] = [];
      for await (const item of catalogue.list()) {
        names.push(
          item.kind === 'image' ? item.record.name : `${item.template}@${item.version} ${item.defect}`,
        );
      }
      return names;
    },
    [Symbol.asyncDispose]: home[Symbol.asyncDispose],
  };
}

test('as the newest it is not passed over, and the hint says how to go on', async () => {
  await using sample = await sampleCatalogue();
  await sample.damage(3);
  const fault = await rejects(sample.catalogue.get('web'), { code: 'RECORD_DAMAGED' });
  assert.match(fault.hint ?? '', '`bake gc`');
  assert.match(fault.hint ?? '', '`bake image web`');
  assert.is((await sample.catalogue.get('web@2')).version, 2);
  assert.is((await sample.catalogue.get('app')).version, 1);
  assert.equal(await sample.listed(), ['app@1', 'web@3 torn', 'web@2', 'web@1']);
});

test('set aside it is still named, its number taken, and the one before it the newest', async () => {
  await using sample = await sampleCatalogue();
  await sample.damage(3);
  const aside = sample.pathOf('3.damaged');
  assert.is(await sample.catalogue.setAside('web', 3), aside);
  assert.is(await readFile(aside, 'utf8'), '{');
  assert.equal(await sample.names(), ['1.json', '2.json', '3.damaged']);

  assert.is((await sample.catalogue.get('web')).version, 2);
  assert.equal(await sample.catalogue.versions('web'), [1, 2]);
  assert.equal(await sample.listed(), ['app@1', 'web@3 aside', 'web@2', 'web@1']);
  const fault = await rejects(sample.catalogue.get('web@3'), { code: 'RECORD_DAMAGED' });
  assert.equal(fault.details, [aside]);
  assert.is((await sample.publish()).version, 4);
});

test('put right, it is back by the command that the hint has', async () => {
  await using sample = await sampleCatalogue();
  const whole = await readFile(sample.pathOf('3.json'), 'utf8');
  await sample.damage(3);
  await sample.catalogue.setAside('web', 3);
  await writeFile(sample.pathOf('3.damaged'), whole);
  const fault = await rejects(sample.catalogue.get('web@3'), /it is whole now/);
  const [, command = ''] = /`(mv .*)`/.exec(fault.hint ?? '') ?? [];
  await promisify(execFile)('sh', ['-c', command]);
  assert.is((await sample.catalogue.get('web')).version, 3);
  assert.equal(await sample.listed(), ['app@1', 'web@3', 'web@2', 'web@1']);
});

test('a new image sets the one before aside, once it is published itself', async () => {
  await using sample = await sampleCatalogue();
  await sample.damage(3);
  const { catalogue } = sample;
  const failing = catalogue.publish(sampleDraft(), () => Promise.reject(new Error('the engine is gone')));
  await rejects(failing, /the engine is gone/);
  assert.equal(await sample.names(), ['1.json', '2.json', '3.json']);

  const published = await catalogue.publish(sampleDraft(), async (version) => {
    await rejects(catalogue.get('web'), { code: 'RECORD_DAMAGED' });
    return await sampleForms()(version);
  });
  assert.is(published.version, 4);
  assert.equal(await sample.names(), ['1.json', '2.json', '3.damaged', '4.json']);
  assert.is((await catalogue.get('web')).version, 4);
});

test('what follows a bake does not mind that the record before is damaged or gone', async () => {
  await using sample = await sampleCatalogue();
  await sample.damage(3);
  const fourth = await sample.publish();
  assert.is((await sincePrevious(fourth, sample.catalogue))?.name, 'web@2');
  await sample.damage(2);
  assert.is(await sincePrevious(fourth, sample.catalogue), undefined);
  const { catalogue } = sample;
  const versions = async () => {
    const present = await catalogue.versions('web');
    await rm(sample.pathOf('2.json'));
    return present;
  };
  assert.is(await sincePrevious(fourth, { ...catalogue, versions }), undefined);
});

test('one of a newer kiln, or that cannot be read at all, stays where it is', async () => {
  await using sample = await sampleCatalogue();
  const newer = (await readFile(sample.pathOf('2.json'), 'utf8')).replace('kiln.image/v1', 'kiln.image/v2');
  await sample.damage(2, newer);
  await rm(sample.pathOf('3.json'));
  await mkdir(sample.pathOf('3.json'));
  for (const version of [1, 2, 3, 9]) assert.is(await sample.catalogue.setAside('web', version), undefined);
  assert.equal(await sample.listed(), ['app@1', 'web@3 unreadable', 'web@2 foreign', 'web@1']);
  await sample.publish();
  assert.equal(await sample.names(), ['1.json', '2.json', '3.json', '4.json']);
  const fault = await rejects(sample.catalogue.get('web@2'), { code: 'RECORD_DAMAGED' });
  assert.is(
    fault.message,
    'the record of web@2 cannot be read: its format is kiln.image/v2, and this kiln reads kiln.image/v1',
  );
  assert.match(fault.hint ?? '', 'the Kiln that wrote it');
});

test('it does not take the place of one that was set aside before it', async () => {
  await using sample = await sampleCatalogue();
  await sample.damage(3, 'first');
  await sample.catalogue.setAside('web', 3);
  await sample.damage(3, 'second');
  const fault = await rejects(sample.catalogue.setAside('web', 3), { code: 'RECORD_DAMAGED' });
  assert.match(fault.message, /is there already/);
  assert.is(await readFile(sample.pathOf('3.damaged'), 'utf8'), 'first');
  assert.equal(await sample.listed(), ['app@1', 'web@3 torn', 'web@2', 'web@1'], 'it counts once');
});

test('a template of which nothing else is left is still listed', async () => {
  await using sample = await sampleCatalogue();
  for (const version of [1, 2, 3]) {
    await sample.damage(version);
    await sample.catalogue.setAside('web', version);
  }
  assert.equal(await sample.catalogue.templates(), ['app', 'web']);
  assert.is(await sample.catalogue.latest('web'), undefined);
  const fault = await rejects(sample.catalogue.get('web'), { code: 'IMAGE_UNKNOWN' });
  assert.is(fault.hint, 'There are images of app. `bake image web` makes one.');
});

test.run();
