import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import type { ImageRecord } from '../../../src/catalogue/record.ts';
import type { Catalogue, ListedImage } from '../../../src/catalogue/store.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { concealText } from '../../../src/core/redaction.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from './sample-record.ts';

const test = suite('revocation of images');
const WHY = { reason: 'CVE-2026-1234', by: 'alice@build-1' };
const AT = new Date('2026-11-22T22:13:00.000Z');

/** Publishes an image whose tree is its own, based on another image or on none. */
async function publish(catalogue: Catalogue, template: string, tree: string, base?: ImageRecord) {
  const own = sampleDraft({ template, digest: digestOf(tree) });
  const based =
    base === undefined
      ? own
      : {
          ...own,
          base: { name: 'mine', source: 'another image', digest: base.digest, image: base.name },
        };
  return await catalogue.publish(based, sampleForms(template));
}

async function marks(items: AsyncIterable<ListedImage>): Promise<string[]> {
  const found: string[] = [];
  for await (const item of items) {
    if (item.kind === 'image') found.push(`${item.record.name} ${item.revoked?.image ?? 'good'}`);
    else found.push(`${item.template}@${item.version} damaged`);
  }
  return found;
}

test('an image that was revoked says by whom, when and why; the others are as they were', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const [one, two] = [await publish(catalogue, 'web', 'one'), await publish(catalogue, 'web', 'two')];
  const revocation = { image: 'web@1', digest: one.digest, ...WHY, at: '2026-11-22T22:13:00.000Z' };
  assert.equal(await catalogue.revoke('web@1', WHY, AT), { revocation, already: false });
  assert.equal(await catalogue.revocationOf(one), revocation);
  assert.is(await catalogue.revocationOf(two), undefined);
  assert.equal(await catalogue.get('web@1'), one, 'its record is untouched');
  assert.equal(await marks(catalogue.list()), ['web@2 good', 'web@1 web@1']);
  assert.equal((await readdir(join(home.path, 'records/web'))).sort(), ['1.json', '1.revoked', '2.json']);
});

test('who revokes an image again is told who did it first, and changes nothing', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await publish(catalogue, 'web', 'one');
  const first = await catalogue.revoke('web@1', WHY, AT);
  const file = join(home.path, 'records/web/1.revoked');
  const before = await readFile(file, 'utf8');
  const again = await catalogue.revoke('web@1', { reason: 'other', by: 'bob@x' }, new Date());
  assert.equal(again, { revocation: first.revocation, already: true });
  assert.is(await readFile(file, 'utf8'), before);
});

test('of many who revoke an image at once, one is the first', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await publish(catalogue, 'web', 'one');
  const done = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      catalogue.revoke('web@1', { reason: 'x', by: `user-${index}` }, AT),
    ),
  );
  const first = done.filter(({ already }) => !already);
  assert.is(first.length, 1);
  assert.equal(new Set(done.map(({ revocation }) => revocation.by)), new Set([first[0]?.revocation.by]));
  assert.equal((await readdir(join(home.path, 'records/web'))).sort(), ['1.json', '1.revoked']);
});

const WRONG: readonly [string, 'USAGE' | 'IMAGE_UNKNOWN', RegExp][] = [
  ['web', 'USAGE', /which image of web is revoked must be said with its version/],
  ['web@latest', 'USAGE', /with its version/],
  ['../web@1', 'USAGE', /does not name an image/],
  ['web@9', 'IMAGE_UNKNOWN', /there is no web@9/],
  ['app@1', 'IMAGE_UNKNOWN', /there is no image of app/],
];

for (const [ref, code, message] of WRONG)
  test(`${ref} cannot be revoked`, async () => {
    await using home = await temporaryHome();
    const catalogue = openFileCatalogue(home.path);
    await publish(catalogue, 'web', 'one');
    const fault = await rejects(catalogue.revoke(ref, WHY, AT), { code });
    assert.match(fault.message, message);
    assert.equal(await readdir(join(home.path, 'records/web')), ['1.json']);
  });

test('images of the same bytes are revoked together', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const images = [];
  for (const tree of ['one', 'one', 'two']) images.push(await publish(catalogue, 'web', tree));
  await catalogue.revoke('web@1', WHY, AT);
  const found = await Promise.all(images.map(async (image) => (await catalogue.revocationOf(image))?.image));
  assert.equal(found, ['web@1', 'web@1', undefined]);
});

test('what is based on a revoked image is revoked with it, however far up that is', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const hardened = await publish(catalogue, 'hardened', 'hardened');
  const middle = await publish(catalogue, 'middle', 'middle', hardened);
  const web = await publish(catalogue, 'web', 'web', middle);
  const other = await publish(catalogue, 'web', 'other');
  await catalogue.revoke('hardened@1', WHY, AT);
  for (const image of [hardened, middle, web])
    assert.is((await catalogue.revocationOf(image))?.image, 'hardened@1');
  assert.is(await catalogue.revocationOf(other), undefined);
  assert.equal(await marks(catalogue.list('web')), ['web@2 good', 'web@1 hardened@1']);
});

test('a record of an older kiln names its base in the source only', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const { digest } = await publish(catalogue, 'hardened', 'hardened');
  const base = { name: 'mine', source: 'bake hardened@1', digest };
  const web = await catalogue.publish(sampleDraft({ base }), sampleForms());
  assert.is(await catalogue.revocationOf(web), undefined);
  await catalogue.revoke('hardened@1', WHY, AT);
  assert.is((await catalogue.revocationOf(web))?.image, 'hardened@1');
});

const LOST: readonly [string, (file: string) => Promise<void>][] = [
  ['is gone', (file) => rm(file)],
  ['is damaged', (file) => writeFile(file, '{')],
];

for (const [what, lose] of LOST)
  test(`a base whose record ${what} is revoked all the same`, async () => {
    await using home = await temporaryHome();
    const catalogue = openFileCatalogue(home.path);
    const web = await publish(catalogue, 'web', 'web', await publish(catalogue, 'hardened', 'hardened'));
    await catalogue.revoke('hardened@1', WHY, AT);
    await lose(join(home.path, 'records/hardened/1.json'));
    assert.is((await catalogue.revocationOf(web))?.image, 'hardened@1');
    assert.equal(await marks(catalogue.list('web')), ['web@1 hardened@1']);
  });

test('images that say that they are based on each other are searched once', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const base = { name: 'x', source: 'bake web@1', digest: digestOf('x'), image: 'web@1' };
  const web = await catalogue.publish(sampleDraft({ base }), sampleForms());
  assert.is(await catalogue.revocationOf(web), undefined);
});

const DAMAGES: readonly [string, string][] = [
  ['is empty', ''],
  ['was cut off', '{"kind":"kiln.revocation/v1","ima'],
  ['is null', 'null'],
  ['is of a later format', '{"kind":"kiln.revocation/v2"}'],
  ['lacks its reason', '{"kind":"kiln.revocation/v1","digest":"x","by":"a","at":"b"}'],
];

for (const [what, text] of DAMAGES)
  test(`a revocation that ${what} still revokes`, async () => {
    await using home = await temporaryHome();
    const catalogue = openFileCatalogue(home.path);
    const web = await publish(catalogue, 'web', 'one');
    await writeFile(join(home.path, 'records/web/1.revoked'), text);
    const found = await catalogue.revocationOf(web);
    assert.is(found?.image, 'web@1');
    assert.match(found?.reason ?? '', /1\.revoked cannot be read/);
    assert.ok(Date.parse(found?.at ?? '') > 0);
    assert.ok((await catalogue.revoke('web@1', WHY, AT)).already);
  });

test('a version that was revoked is not given away again, and takes part in no list without its record', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await mkdir(join(home.path, 'records/web'), { recursive: true });
  await writeFile(join(home.path, 'records/web/3.revoked'), '{}');
  assert.equal(await catalogue.templates(), []);
  assert.is((await publish(catalogue, 'web', 'one')).name, 'web@4');
  assert.equal(await catalogue.versions('web'), [4]);
});

test('no secret gets into a revocation', async () => {
  await using home = await temporaryHome();
  concealText('hunter2-of-web');
  const catalogue = openFileCatalogue(home.path);
  await publish(catalogue, 'web', 'one');
  await catalogue.revoke('web@1', { ...WHY, reason: 'it holds hunter2-of-web' }, AT);
  assert.not.match(await readFile(join(home.path, 'records/web/1.revoked'), 'utf8'), 'hunter2');
});

test.run();
