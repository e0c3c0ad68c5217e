import * as assert from 'uvu/assert';
import { type SummaryInput, summaryLines } from '../../../src/ui/summary.ts';
import { suite } from '../../support/suite.ts';

const test = suite('summary');

const first: SummaryInput = {
  name: 'web@1',
  digest: `sha256:ab12cd34ef56${'0'.repeat(52)}`,
  bytes: 812_000_000,
  totalMs: 41_200,
  stages: [
    { stage: 'resolve', ms: 12 },
    { stage: 'start', ms: 912 },
    { stage: 'converge', ms: 28_400 },
  ],
};

test('a first image has its digest, its size, its time and its stages, less what took no time', () => {
  assert.equal(summaryLines(first), [
    '✔ web@1  sha256:ab12cd34ef56…  812 MB  41.2 s',
    '  start 0.9 · converge 28.4',
  ]);
});

test('a later one says how it grew and what differs', () => {
  const since = {
    name: 'web@6',
    lines: ['4 packages upgraded, 1 added', '2 files changed outside packages'],
  };
  const lines = summaryLines({ ...first, name: 'web@7', bytesBefore: 815_000_000, since });
  assert.equal(lines, [
    '✔ web@7  sha256:ab12cd34ef56…  812 MB (−3)  41.2 s',
    '  start 0.9 · converge 28.4',
    '  since web@6: 4 packages upgraded, 1 added · 2 files changed outside packages',
  ]);
});

test('a stage that did several things shows each one’s time', () => {
  const parts = [
    { name: 'oci', ms: 2_000 },
    { name: 'disk', ms: 13_200 },
  ];
  const lines = summaryLines({ ...first, stages: [{ stage: 'verify', ms: 13_300, parts }] });
  assert.is(lines[1], '  verify oci 2.0 disk 13.2');
});

test('one whose bytes were revoked before says so', () => {
  const revoked = { image: 'web@7', reason: 'CVE-1', by: 'alice@b', at: '2026-11-26T02:00:00.000Z' };
  assert.is(
    summaryLines({ ...first, name: 'web@8', revoked }).at(-1),
    '! no environment takes web@8: it is revoked, as web@7, by alice@b on 2026-11-26: CVE-1',
  );
});

test.run();
