import * as assert from 'uvu/assert';
import { whyDifferent } from '../../../../src/app/compare/why-different.ts';
import { recordedBundle } from '../../../../src/app/recorded-bundle.ts';
import type { BakeKey, ImageRecord, RecordDraft } from '../../../../src/catalogue/record.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft } from '../../catalogue/sample-record.ts';

const test = suite('why a bake differs');

const base = sampleDraft().base;
const other = digestOf('other');

/** A record with some parts of its bake key changed. */
function record(parts: Partial<BakeKey['parts']> = {}, changes: Partial<RecordDraft> = {}): ImageRecord {
  const draft = sampleDraft(changes);
  const bakeKey = { ...draft.bakeKey, parts: { ...draft.bakeKey.parts, ...parts } };
  return { kind: 'kiln.image/v1', name: 'web@1', version: 1, forms: [], ...draft, bakeKey };
}

const texts = (before: ImageRecord, after: ImageRecord) =>
  whyDifferent(before, after).map(({ text }) => text);

/** What is said where the base alone differs. */
function baseText(before: Partial<ImageRecord['base']>, after: Partial<ImageRecord['base']>): string {
  const [text = ''] = texts(
    record({}, { base: { ...base, ...before } }),
    record({ base: other }, { base: { ...base, ...after } }),
  );
  return text.replace(/^the base is another: /, '');
}

test('nothing is said where nothing that went in differs', () => {
  assert.equal(whyDifferent(record(), record({}, { digest: other })), []);
});

test('a Debian base is told by the dates of its package lists', () => {
  const [first, second] = ['2026-11-24T08:00:00.000Z', '2026-11-25T02:30:00.000Z'];
  assert.is(
    baseText({ epoch: first }, { epoch: second }),
    'debian bookworm, packages of 2026-11-24 → 2026-11-25',
  );
  assert.is(
    baseText({ epoch: first }, { epoch: '2026-11-24T20:00:00.000Z' }),
    'debian bookworm, packages of 2026-11-24 08:00Z → 2026-11-24 20:00Z',
  );
  assert.match(baseText({ epoch: first }, { epoch: first }), 'of the same package lists, but made otherwise');
  assert.is(baseText({}, { epoch: first }), 'debian bookworm, with other packages on offer or asked for');
});

test('another base is told by its name, its source or the image that it is', () => {
  const hardened = { name: 'hardened', source: 'bake hardened@3', image: 'hardened@3' };
  assert.is(
    baseText(hardened, { ...hardened, source: 'bake hardened@4', image: 'hardened@4' }),
    'hardened@3 → hardened@4',
  );
  assert.is(baseText({}, hardened), 'debian-12 → hardened, debian bookworm → bake hardened@3');
  assert.is(baseText({}, { source: 'debian trixie' }), 'debian bookworm → debian trixie');
  const disk = { source: 'disk golden.qcow2' };
  assert.is(baseText(disk, disk), 'disk golden.qcow2, whose bytes are others');
});

test('the bundle’s files are named where both records have them, less what kiln writes itself', () => {
  const bundle = (files?: Record<string, string>) =>
    record(
      { bundle: digestOf(JSON.stringify(files ?? 'none')) },
      {
        bundle: { digest: other, size: 1, ...(files === undefined ? {} : { files }) },
      },
    );
  const old = { 'a.pp': '1', 'b.pp': '1', 'run.sh': '1', 'kiln-bundle.json': '1', '.kiln/1-puppet/x': '1' };
  const now = { 'b.pp': '2', 'c.pp': '1', 'run.sh': '2', 'kiln-bundle.json': '2', '.kiln/1-puppet/x': '2' };
  assert.equal(whyDifferent(bundle(old), bundle(now)), [
    {
      part: 'bundle',
      text: 'the bundle has other files',
      changes: [
        { name: 'a.pp', kind: 'removed' },
        { name: 'b.pp', kind: 'changed' },
        { name: 'c.pp', kind: 'added' },
      ],
    },
  ]);
  assert.equal(whyDifferent(bundle(), bundle(now)), [{ part: 'bundle', text: 'the bundle has other files' }]);
  assert.equal(texts(bundle(old), bundle({ ...old, 'kiln-bundle.json': '2' })), [
    'the steps in the bundle are written otherwise',
  ]);
  assert.equal(texts(bundle(old), bundle({ ...old, 'run.sh': '2' })), [
    'what kiln itself writes into the bundle is another',
  ]);
  const moded = record({ bundle: other }, { bundle: { digest: other, size: 1, files: old } });
  assert.equal(texts(bundle(old), moded), ['the bundle has other links, or its files other modes']);
});

test('a file of the bundle may have any name', () => {
  const files = JSON.parse('{"__proto__": "1"}');
  const [one, two] = [
    { digest: other, size: 1, files: {} },
    { digest: other, size: 1, files },
  ];
  const [cause] = whyDifferent(record({}, { bundle: one }), record({ bundle: other }, { bundle: two }));
  assert.equal(cause?.changes, [{ name: '__proto__', kind: 'added' }]);
});

test('checks are named, and so is that only the probe’s times differ', () => {
  const { runtime } = sampleDraft();
  const checks = { service: { nginx: { running: true } }, port: { 'tcp:80': { listening: true } } };
  const after = (changes: Partial<RecordDraft['runtime']>) =>
    record({ checks: other }, { runtime: { ...runtime, ...changes } });
  assert.equal(whyDifferent(record(), after({ checks })), [
    {
      part: 'checks',
      text: 'the checks are others',
      changes: [
        { name: 'port tcp:80', kind: 'added' },
        { name: 'service nginx', kind: 'changed' },
      ],
    },
  ]);
  const probe = { ...runtime.probe, timeout: 1 };
  assert.equal(texts(record(), after({ probe })), ['the times of the probe are others']);
  assert.equal(texts(record(), after({ probe, checks })), [
    'the checks and the times of the probe are others',
  ]);
  const { runtime: _runtime, ...older } = record();
  assert.equal(texts(older, after({ checks })), ['the checks or the times of the probe are others']);
});

test('machine, kiln and template are told with what is known of them', () => {
  const vm = record({ template: other, machine: 'vm', tool: 'kiln 0.2.0' });
  assert.equal(texts(record(), vm), [
    'the template or the command line says something else',
    'it was baked in another kind of machine: container → vm',
    'kiln 0.1.0 → 0.2.0',
  ]);
  assert.equal(texts(record(), record({ template: other })), ['the template says something else']);
  const oci = { kind: 'oci', digest: other, tag: 'kiln/web:1' } as const;
  const file = { file: 'x', digest: other };
  const disk = { kind: 'disk', ...file, size: 1, boot: { kernel: file, initrd: file, options: '' } } as const;
  const both = { ...record({ template: other }), forms: [oci, disk] };
  assert.equal(texts({ ...record(), forms: [oci] }, both), [
    'the template or the command line says something else (forms: oci → oci, disk)',
  ]);
});

test('a record has the files of a bundle by path, unless there are very many', () => {
  const files = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ path: `f${index}`, size: 1, mode: 0o644, sha256: 'ab' }));
  const bundle = { digest: other, size: 3 };
  assert.equal(recordedBundle({ ...bundle, files: files(2) }), { ...bundle, files: { f0: 'ab', f1: 'ab' } });
  assert.ok(recordedBundle({ ...bundle, files: files(1000) }).files);
  assert.equal(recordedBundle({ ...bundle, files: files(1001) }), bundle);
});

test.run();
