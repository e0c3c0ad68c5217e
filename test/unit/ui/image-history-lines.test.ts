import * as assert from 'uvu/assert';
import { type ImageHistoryView, imageHistoryLines } from '../../../src/ui/image-history-lines.ts';
import { textWidth } from '../../../src/ui/text-width.ts';
import { suite } from '../../support/suite.ts';

const test = suite('a history of images for people');

const image = (version: number) => ({
  name: `web@${version}`,
  version,
  created: `2026-11-2${version}T02:14:05.000Z`,
  digest: `sha256:${'a'.repeat(64)}`,
  bytes: 800_000_000 + version * 1_000_000,
  launched: [],
});
const since = (version: number, ...lines: string[]) => ({
  name: `web@${version}`,
  bytes: 800_000_000,
  lines,
  why: ['base', 'bundle'],
});

const HISTORY: ImageHistoryView = {
  images: [
    {
      ...image(5),
      since: since(3, '2 packages upgraded, 1 added', '1 service added'),
      confirmed: { times: 3, last: '2026-11-26T02:10:00.000Z' },
      launched: [
        { environment: 'prod', at: '2026-11-25T09:00:00.000Z', state: 'newest' },
        { environment: 'staging', at: '2026-11-24T09:00:00.000Z', state: 'replaced' },
        { environment: 'dev', at: '2026-11-23T09:00:00.000Z', state: 'stopped' },
      ],
      revoked: { image: 'base@1', reason: 'CVE-1', by: 'alice@b', at: '2026-11-26T00:00:00.000Z' },
      unverified: true,
    },
    { ...image(3), confirmed: { times: 1, last: '2026-11-24T02:10:00.000Z' } },
  ],
  damaged: [{ version: 4, name: 'web@4', file: '/h/4.json', reason: 'the record of web@4 is damaged' }],
  damagedLaunches: [
    { environment: 'dev', lines: 1 },
    { environment: 'prod', lines: 2 },
  ],
  more: 0,
};

test('each image has its size, what changed and why, and what became of it', () => {
  assert.equal(imageHistoryLines(HISTORY), [
    'web@5  2026-11-25 02:14Z  aaaaaaaaaaaa  805 MB (+5)',
    '  since web@3: 2 packages upgraded, 1 added · 1 service added',
    '  because: base, bundle',
    '  last launched in prod 2026-11-25 · was in staging 2026-11-24 · was stopped in dev 2026-11-23',
    '  confirmed 3 times, last 2026-11-26 02:10Z',
    '  ✗ revoked as base@1, by alice@b on 2026-11-26: CVE-1',
    '  ! never started before it was published: only a first environment takes it',
    '✗ the record of web@4 is damaged (/h/4.json)',
    'web@3  2026-11-23 02:14Z  aaaaaaaaaaaa  803 MB',
    '  the oldest that is left',
    '  confirmed once, last 2026-11-24 02:10Z',
    '✗ 1 line of the history of dev cannot be read',
    '✗ 2 lines of the history of prod cannot be read',
  ]);
});

test('an image with nothing before it that can be read is not called the first', () => {
  const [, first] = HISTORY.images;
  const lines = (changes: Partial<ImageHistoryView>) =>
    imageHistoryLines({ ...HISTORY, images: first === undefined ? [] : [first], ...changes });
  assert.ok(lines({}).includes('  the oldest that is left'));
  const one = first === undefined ? [] : [{ ...first, version: 1, resumed: { step: 2, bake: 'b' } }];
  assert.ok(lines({ images: one }).includes('  the first image'));
  assert.ok(
    lines({ images: one }).includes(
      '  ! baked from the checkpoint converge:2 of bake b, so only dev takes it',
    ),
  );
  const older = [{ version: 2, name: 'web@2', file: '', reason: 'the record of web@2 is damaged' }];
  assert.ok(lines({ damaged: older }).includes('  none before it can be read'));
  assert.equal(lines({ damaged: [], damagedLaunches: [], more: 7 }).slice(1, 2), [
    '  none before it can be read',
  ]);
  assert.is(lines({ more: 7 }).at(-1), '… and 7 older; --limit shows more');
});

test('on a narrow terminal no line is too wide, and nothing is lost', () => {
  const narrow = imageHistoryLines(HISTORY, { columns: 40 });
  assert.ok(narrow.every((line) => textWidth(line) <= 40));
  assert.equal(narrow.slice(2, 5), [
    '  since web@3: 2 packages upgraded, 1',
    '      added · 1 service added',
    '  because: base, bundle',
  ]);
  const words = (lines: readonly string[]) => lines.join(' ').split(/\s+/).filter(Boolean);
  assert.equal(words(narrow), words(imageHistoryLines(HISTORY)));
  assert.equal(imageHistoryLines(HISTORY, { columns: 3 }), imageHistoryLines(HISTORY, { columns: 30 }));
});

test('what somebody wrote cannot move the cursor', () => {
  const [first] = HISTORY.images;
  const revoked = { image: 'web@5', reason: 'x\u001b[2J', by: 'a', at: '2026-11-26' };
  const lines = imageHistoryLines({ ...HISTORY, images: first === undefined ? [] : [{ ...first, revoked }] });
  assert.ok(lines.includes('  ✗ revoked by a on 2026-11-26: x'));
});

test.run();
