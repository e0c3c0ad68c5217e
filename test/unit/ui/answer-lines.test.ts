import * as assert from 'uvu/assert';
import { doctorLines } from '../../../src/ui/doctor-lines.ts';
import { listLines } from '../../../src/ui/list-lines.ts';
import { planLines } from '../../../src/ui/plan-lines.ts';
import { showLines } from '../../../src/ui/show-lines.ts';
import { suite } from '../../support/suite.ts';

const test = suite('answers for people');
const digest = (character: string) => `sha256:${character.repeat(64)}`;

test('the list is a table, and says what cannot be read and what is not shown', () => {
  const image = {
    name: 'web@7',
    digest: digest('a'),
    bytes: 812_000_000,
    created: '2026-11-22T22:13:00.000Z',
    base: 'debian-12',
    forms: ['oci'],
    ms: 41_200,
  };
  const damaged = [
    {
      name: 'web@6',
      file: '/h/records/web/6.json',
      reason: 'the record is cut off',
      hint: 'Restore the file.',
    },
  ];
  assert.equal(listLines({ images: [image], damaged, more: 3 }), [
    'IMAGE  DIGEST          SIZE  BAKED              BASE       FORMS    TOOK',
    'web@7  aaaaaaaaaaaa  812 MB  2026-11-22 22:13Z  debian-12  oci    41.2 s',
    '✗ web@6: the record is cut off (/h/records/web/6.json)',
    '  Restore the file.',
    '… and 3 older; --limit shows more',
  ]);
});

test('the list says what an image is as a disk, and that it was not verified', () => {
  const image = {
    name: 'web@8',
    digest: digest('a'),
    bytes: 812_000_000,
    created: '2026-11-22T22:13:00.000Z',
    base: 'debian-12',
    forms: ['oci', 'disk'],
    disk: { digest: digest('d'), size: 231_000_000 },
    unverified: true,
    ms: 41_200,
  };
  assert.equal(listLines({ images: [image], damaged: [], more: 0 }), [
    'IMAGE  DIGEST          SIZE  BAKED              BASE       FORMS                           TOOK',
    'web@8  aaaaaaaaaaaa  812 MB  2026-11-22 22:13Z  debian-12  oci,disk dddddddddddd 231 MB  41.2 s',
    '! web@8 was never started before it was published: only a first environment takes it',
  ]);
});

test('the list says of an image and of one that is based on it that a bake went on from a checkpoint', () => {
  const image = {
    ...{ name: 'web@8', digest: digest('a'), bytes: 0, created: '', base: 'own', forms: ['oci'], ms: 0 },
    resumed: { step: 2, bake: '3h2k' },
  };
  const based = { ...image, name: 'app@1', resumed: { ...image.resumed, base: 'web@8' } };
  assert.equal(listLines({ images: [image, based], damaged: [], more: 0 }).slice(3), [
    '! web@8 was baked from the checkpoint converge:2 of bake 3h2k, so only dev takes it',
    '! app@1 was baked on web@8, which was baked from the checkpoint converge:2 of bake 3h2k, so only dev takes it',
  ]);
});

test('an AMI is listed with its id and region', () => {
  const ami = { id: 'ami-0123456789abcdef0', region: 'eu-central-1' };
  const image = {
    name: 'web@8',
    digest: digest('a'),
    bytes: 812_000_000,
    created: '2026-11-22T22:13:00.000Z',
    base: 'debian-12',
    forms: ['oci', 'ami'],
    ami,
    ms: 1000,
  };
  assert.match(
    listLines({ images: [image], damaged: [], more: 0 })[1] ?? '',
    'oci,ami ami-0123456789abcdef0 eu-central-1',
  );
});

test('an empty catalogue says how to fill it', () => {
  assert.equal(listLines({ images: [], damaged: [], more: 0 }), ['no image yet: bake image NAME makes one']);
});

test('a record is shown as what it is, what went in and what was proven', () => {
  const record = {
    name: 'web@7',
    bake: '3h2k',
    created: '2026-11-22T22:13:00.000Z',
    digest: digest('a'),
    bytes: 812_000_000,
    bakeKey: { digest: digest('b') },
    base: { name: 'debian-12', source: 'debian bookworm', digest: digest('c') },
    bundle: { digest: digest('d'), size: 12_400 },
    tools: { kiln: '0.1.0', puppet: '7.23.0' },
    converge: [
      {
        step: 'puppet provisioners/puppet/web.pp',
        version: '7.23.0',
        ms: 6_100,
        resources: [{ state: 'changed' }, { state: 'unchanged' }, { state: 'changed' }],
      },
    ],
    prove: { allowed: [{ resource: 'Exec[refresh]', reason: 'it asks the mirror' }] },
    checks: {
      check: { results: [{ outcome: 'passed' }, { outcome: 'passed' }] },
      verify: [
        { form: 'oci', report: { results: [] } },
        { form: 'ami', report: { results: [{ outcome: 'passed' }] }, startedAs: 'vm' },
        { form: 'ami' },
      ],
    },
    inventory: { packages: [1, 2, 3], services: [1] },
    stages: [
      { stage: 'start', ms: 900 },
      { stage: 'converge', ms: 6_100 },
    ],
    forms: [
      { kind: 'oci', tag: 'kiln/web:7', digest: digest('e') },
      { kind: 'disk', file: 'images/a/f.qcow2', size: 231_000_000, digest: digest('f') },
      { kind: 'ami', id: 'ami-0123456789abcdef0', region: 'eu-central-1', digest: digest('0') },
    ],
  };
  assert.equal(showLines(record, '/h/images/a/manifest'), [
    'image       web@7',
    `digest      ${digest('a')}`,
    'size        812 MB',
    'baked       2026-11-22T22:13:00.000Z in 7.0 s, bake 3h2k',
    `form        oci  kiln/web:7  ${digest('e')}`,
    `form        disk  images/a/f.qcow2  231 MB  ${digest('f')}`,
    `form        ami  ami-0123456789abcdef0  eu-central-1  ${digest('0')}`,
    `base        debian-12 (debian bookworm)  ${digest('c')}`,
    `bundle      ${digest('d')}  12 kB`,
    `bake key    ${digest('b')}`,
    'tools       kiln 0.1.0, puppet 7.23.0',
    'converge    puppet provisioners/puppet/web.pp (7.23.0), 6.1 s: 2 changed, 1 unchanged',
    'may change  Exec[refresh]: it asks the mirror',
    'check       2 passed',
    'verify      oci: no checks',
    'verify      ami: 1 passed, in a virtual machine of its disk and not in an instance',
    'verify      ami: by its content alone, as nothing of it was started',
    'holds       3 packages, 1 services',
    'stages      start 0.9 · converge 6.1',
    'manifest    /h/images/a/manifest',
  ]);
  const resumed = showLines({ ...record, resumed: { step: 2, bake: '2zzz' } }, '/m');
  assert.ok(
    resumed.includes('resumed     baked from the checkpoint converge:2 of bake 2zzz, so only dev takes it'),
  );
  const unverified = showLines({ ...record, unverified: true }, '/m');
  assert.ok(
    unverified.includes(
      'verify      it was never started before it was published, so only a first environment takes it',
    ),
  );
});

test('a plan says what would be done and from which digests', () => {
  const plan = {
    template: 'web',
    machine: 'container',
    init: 'systemd',
    forms: ['oci'],
    base: { name: 'debian-12', source: 'debian bookworm', digest: digest('c') },
    bundle: { digest: digest('d'), size: 12_400, files: 9 },
    steps: ['puppet provisioners/puppet/web.pp'],
    checks: ['service nginx', 'port tcp:80'],
    key: { digest: digest('b') },
  };
  assert.equal(planLines(plan), [
    'template  web',
    `base      debian-12 (debian bookworm)  ${digest('c')}`,
    'machine   container, init systemd',
    `bundle    9 files, 12 kB  ${digest('d')}`,
    'converge  puppet provisioners/puppet/web.pp',
    'check     service nginx',
    'check     port tcp:80',
    'forms     oci',
    `bake key  ${digest('b')}`,
    'since     nothing: this would be its first image',
  ]);
  const sinceUnknown = 'the record of web@6 is damaged';
  assert.is(planLines({ ...plan, sinceUnknown }).at(-1), `since     unknown: ${sinceUnknown}`);
  const since = (changed: string[]) => planLines({ ...plan, since: { name: 'web@6', changed } }).at(-1);
  assert.is(since([]), 'since     web@6: nothing that goes in has changed');
  assert.is(since(['base', 'checks']), 'since     web@6: another base, checks');
});

test('the doctor puts the command that helps under what is missing', () => {
  const findings = [
    { name: 'engine', state: 'there', needed: true, about: '20.10.24', purpose: 'machines' },
    {
      name: 'mmdebstrap',
      state: 'missing',
      needed: true,
      about: '',
      purpose: 'bases from Debian',
      remedy: 'apt-get install mmdebstrap',
    },
    { name: 'qemu', state: 'missing', needed: false, about: '', purpose: 'disks' },
  ] as const;
  assert.equal(doctorLines(findings), [
    '✔ engine      20.10.24, for machines',
    '✗ mmdebstrap  for bases from Debian',
    '              apt-get install mmdebstrap',
    '- qemu        for disks',
  ]);
});

test.run();
