import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from './sample-record.ts';

const test = suite("a record's forms");

const DISK = {
  kind: 'disk',
  digest: digestOf('disk'),
  file: 'images/ab/0123456789ab.qcow2',
  size: 231_000_000,
  boot: {
    kernel: { file: 'images/ab/0123456789ab.kernel', digest: digestOf('kernel') },
    initrd: { file: 'images/ab/0123456789ab.initrd', digest: digestOf('initrd') },
    options: 'root=PARTLABEL=root rw',
  },
} as const;
const AMI = {
  kind: 'ami',
  region: 'eu-central-1',
  id: 'ami-0123456789abcdef0',
  snapshots: ['snap-0123456789abcdef0'],
  architecture: 'x86_64',
  digest: digestOf('blocks'),
} as const;
const OCI = { kind: 'oci', digest: digestOf('image'), tag: 'kiln/web:1' } as const;

/** The catalogue of one image whose record has these forms, whatever they are. */
async function catalogueOf(home: string, forms: unknown) {
  const catalogue = openFileCatalogue(home);
  const record = await catalogue.publish(sampleDraft(), sampleForms());
  await writeFile(join(home, 'records/web/1.json'), JSON.stringify({ ...record, forms }));
  return catalogue;
}

test('a container image, a disk and an AMI are read back as they were written', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await catalogue.publish(sampleDraft({ unverified: true }), async () => [OCI, DISK, AMI]);
  const record = await catalogue.get('web@1');
  assert.equal([record.forms, record.unverified], [[OCI, DISK, AMI], true]);
});

test('from where a bake went on is read back, and nothing else is taken for it', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const resumed = { step: 2, bake: '3h2k', base: 'hardened@4' };
  const record = await catalogue.publish(sampleDraft({ resumed }), sampleForms());
  assert.equal((await catalogue.get('web@1')).resumed, resumed);
  const damaged = { ...record, resumed: { step: '2', bake: '3h2k' } };
  await writeFile(join(home.path, 'records/web/1.json'), JSON.stringify(damaged));
  const fault = await rejects(catalogue.get('web@1'), { code: 'RECORD_DAMAGED' });
  assert.match(fault.message, 'resumed.step is a string, not a number');
});

test('a form of a kind that a newer kiln makes is kept, and does no harm', async () => {
  await using home = await temporaryHome();
  const forms = [OCI, { kind: 'hologram', id: 'h-1' }];
  const catalogue = await catalogueOf(home.path, forms);
  assert.equal((await catalogue.get('web@1')).forms, forms);
});

const DAMAGES: readonly [string, unknown, RegExp][] = [
  ['is no list', DISK, /forms is an object, not a list/],
  ['has one of no kind', [{ ...OCI, kind: undefined }], /forms\[0\]\.kind is missing/],
  ['has a container image without a tag', [{ ...OCI, tag: undefined }], /forms\[0\]\.tag is missing/],
  ['has a disk without a digest', [OCI, { ...DISK, digest: undefined }], /forms\[1\]\.digest is missing/],
  ['has a disk of some size', [{ ...DISK, size: '231 MB' }], /forms\[0\]\.size is a string, not a number/],
  ['has a disk that nothing starts', [{ ...DISK, boot: undefined }], /forms\[0\]\.boot is missing/],
  ['has an AMI of no region', [{ ...AMI, region: undefined }], /forms\[0\]\.region is missing/],
  [
    'has an AMI whose snapshots are no names',
    [{ ...AMI, snapshots: [1] }],
    /forms\[0\]\.snapshots\[0\] is a number, not a string/,
  ],
  [
    'has a disk whose kernel may be any',
    [{ ...DISK, boot: { ...DISK.boot, kernel: { file: 'k' } } }],
    /forms\[0\]\.boot\.kernel\.digest is missing/,
  ],
  ['has an AMI of no region', [{ kind: 'ami', id: 'ami-1', snapshots: [] }], /forms\[0\]\.region is missing/],
];

for (const [what, forms, message] of DAMAGES) {
  test(`a record whose forms ${what} is damaged`, async () => {
    await using home = await temporaryHome();
    const catalogue = await catalogueOf(home.path, forms);
    const fault = await rejects(catalogue.get('web@1'), { code: 'RECORD_DAMAGED' });
    assert.match(fault.message, message);
  });
}

test.run();
