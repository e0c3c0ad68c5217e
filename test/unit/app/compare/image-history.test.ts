import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { imageHistory } from '../../../../src/app/compare/image-history.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import type { LaunchBegin, LaunchEnd } from '../../../../src/catalogue/launch-entry.ts';
import { openLaunchHistory } from '../../../../src/catalogue/launch-history.ts';
import type { ImageRecord, RecordDraft } from '../../../../src/catalogue/record.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../../catalogue/sample-record.ts';
import { runCli } from '../../cli/run-cli.ts';

const test = suite('history of images');

/** A home with as many images of web, each of another content and package. */
async function someImages(count: number, changes: Partial<RecordDraft> = {}) {
  const home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const launches = openLaunchHistory(home.path);
  const records: ImageRecord[] = [];
  for (let version = 1; version <= count; version++) {
    const draft = sampleDraft();
    const packages = [{ name: 'nginx', version: String(version), arch: 'amd64' }];
    const digest = digestOf(String(version));
    const bakeKey = { ...draft.bakeKey, parts: { ...draft.bakeKey.parts, base: digest } };
    const inventory = { ...draft.inventory, packages };
    const one = { ...draft, digest, bytes: version * 1000, bakeKey, inventory, ...changes };
    records.push(await catalogue.publish(one, sampleForms()));
  }
  return {
    path: home.path,
    catalogue,
    records,
    history: (limit = 10, name = 'web') => imageHistory(name, { limit }, catalogue, launches),
    async launch(
      environment: string,
      version: number,
      result: LaunchEnd['result'] = 'healthy',
      more: Partial<LaunchBegin> = {},
    ) {
      const { name: image, digest, template } = records[version - 1] as ImageRecord;
      const entry = { launch: `${environment}-${version}`, environment, action: 'launch', template } as const;
      const begun = await launches.begin({ ...entry, image, digest, ...more });
      await begun.end({ result, ms: 1, instances: [] });
    },
    damage: (version: number) => writeFile(join(home.path, 'records/web', `${version}.json`), '{'),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

test('the newest comes first, each with what changed since the one before and why', async () => {
  await using some = await someImages(3);
  const { template, images, more, damaged } = await some.history();
  assert.equal([template, more, damaged], ['web', 0, []]);
  assert.equal(
    images.map(({ name, bytes, since }) => ({ name, bytes, since })),
    [
      {
        name: 'web@3',
        bytes: 3000,
        since: { name: 'web@2', lines: ['1 package upgraded'], why: ['base'], bytes: 2000 },
      },
      {
        name: 'web@2',
        bytes: 2000,
        since: { name: 'web@1', lines: ['1 package upgraded'], why: ['base'], bytes: 1000 },
      },
      { name: 'web@1', bytes: 1000, since: undefined },
    ],
  );
});

test('the last of a limited list is still compared, and the rest counted', async () => {
  await using some = await someImages(4);
  const { images, more } = await some.history(2);
  assert.equal(
    images.map(({ name, since }) => [name, since?.name]),
    [
      ['web@4', 'web@3'],
      ['web@3', 'web@2'],
    ],
  );
  assert.is(more, 2);
});

test('a damaged record is named, and the one after it compared with the one before it', async () => {
  await using some = await someImages(5);
  await some.damage(4);
  await some.damage(2);
  const { images, damaged, more } = await some.history(3);
  assert.equal(
    images.map(({ name, since }) => [name, since?.name]),
    [
      ['web@5', 'web@3'],
      ['web@3', 'web@1'],
    ],
  );
  assert.equal(
    damaged.map(({ name, version, file }) => [name, version, file]),
    [['web@4', 4, join(some.path, 'records/web/4.json')]],
  );
  assert.is(more, 2);
});

test('revoked, unverified and confirmed images say so', async () => {
  await using some = await someImages(2, { unverified: true });
  const [first] = some.records;
  if (first === undefined) throw new Error('no image');
  await some.catalogue.confirm(first, { bake: 'a', at: '2026-11-23T00:00:00.000Z' });
  await some.catalogue.confirm(first, { bake: 'b', at: '2026-11-24T00:00:00.000Z' });
  await some.catalogue.revoke('web@2', { reason: 'CVE-1', by: 'alice@b' }, new Date(0));
  const [newer, older] = (await some.history()).images;
  assert.is(newer?.revoked?.reason, 'CVE-1');
  assert.equal([newer?.confirmed, newer?.unverified], [undefined, true]);
  assert.equal(older?.confirmed, { times: 2, last: '2026-11-24T00:00:00.000Z' });
  assert.is(older?.revoked, undefined);
});

test('an image says where it was healthy, and whether another came after it or it was stopped', async () => {
  await using some = await someImages(2);
  await some.launch('staging', 1);
  await some.launch('prod', 1);
  await some.launch('prod', 2);
  await some.launch('dev', 2);
  await some.launch('dev', 2, 'stopped', { action: 'stop' });
  await some.launch('qa', 1);
  await some.launch('qa', 2, 'failed');
  await some.launch('lab', 2);
  await some.launch('lab', 1, 'healthy', { action: 'rollback' });
  await some.launch('other', 1, 'healthy', { template: 'app' });
  await some.launch('copied', 1, 'healthy', { digest: digestOf('of another catalogue') });
  const [newer, older] = (await some.history()).images;
  const where = (image: typeof newer) =>
    image?.launched.map(({ environment, state }) => `${environment} ${state}`);
  assert.equal(where(newer), ['dev stopped', 'lab replaced', 'prod newest']);
  assert.equal(where(older), ['lab newest', 'prod replaced', 'qa newest', 'staging newest']);
  assert.match(older?.launched[0]?.at ?? '', /^20\d\d-/);
});

test('lines of a history of launches that cannot be read are counted', async () => {
  await using some = await someImages(1);
  await some.launch('prod', 1);
  await appendFile(join(some.path, 'launches/prod.jsonl'), 'torn\n');
  assert.equal((await some.history()).damagedLaunches, [{ environment: 'prod', lines: 1 }]);
});

test('an unknown name says which is near, or which there are; one version is not a history', async () => {
  await using some = await someImages(1);
  const near = await rejects(some.history(10, 'wbe'), { code: 'IMAGE_UNKNOWN' });
  assert.equal([near.message, near.hint], ['there is no image of wbe', 'Did you mean `web`?']);
  const far = await rejects(some.history(10, 'database'), { code: 'IMAGE_UNKNOWN' });
  assert.match(far.hint ?? '', 'There are images of web.');
  const one = await rejects(some.history(10, 'web@1'), { code: 'USAGE' });
  assert.match(one.hint ?? '', 'bake show web@1');
  await rejects(some.history(10, '../web'), { code: 'USAGE' });
});

test('images of which none can be read are all named', async () => {
  await using some = await someImages(1);
  await some.damage(1);
  const { images, damaged } = await some.history();
  assert.equal([images.length, damaged.map(({ name }) => name)], [0, ['web@1']]);
});

test('the verb prints it, as JSON too, and refuses what is no count', async () => {
  await using some = await someImages(3);
  const bake = (...args: string[]) => runCli('src/cli/bake.ts', args, { KILN_HOME: some.path });
  const [text, json, none, wrong] = await Promise.all([
    bake('history', 'web', '-n', '1'),
    bake('history', 'web', '--json'),
    bake('history', 'wbe'),
    bake('history', 'web', '-n', '0'),
  ]);
  assert.equal([text.code, text.stderr], [0, '']);
  assert.match(
    text.stdout,
    /^web@3 .*\n {2}since web@2: 1 package upgraded\n {2}because: base\n… and 2 older/,
  );
  assert.equal(
    JSON.parse(json.stdout).images.map(({ name }: { name: string }) => name),
    ['web@3', 'web@2', 'web@1'],
  );
  assert.is(none.code, 2);
  assert.is(wrong.code, 2);
});

test.run();
