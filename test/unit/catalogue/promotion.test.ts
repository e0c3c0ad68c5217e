import * as assert from 'uvu/assert';
import { judge, type PromotionFacts, type RunningImage } from '../../../src/catalogue/promotion.ts';
import { timeSpan } from '../../../src/catalogue/time-span.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { suite } from '../../support/suite.ts';

const test = suite('promotion');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-11-22T22:00:00.000Z');
const SEVEN = { name: 'web@7', digest: digestOf('seven'), created: '2026-11-20T22:00:00.000Z' };
const RESUMED = { step: 2, bake: '3h2k' };
const PROD = { name: 'prod', after: 'staging' };

function up(changes: Partial<RunningImage> & { readonly since?: number } = {}): RunningImage {
  const { since = 2 * HOUR, ...rest } = changes;
  const startedAt = new Date(NOW - since).toISOString();
  return { image: 'web@7', digest: SEVEN.digest, serving: true, healthy: true, startedAt, ...rest };
}

const OTHER = { image: 'web@8', digest: digestOf('eight') };
const REVOKED = {
  image: 'web@7',
  reason: 'CVE-1',
  by: 'alice@b',
  at: '2026-11-21T10:05:00.000Z',
  digest: SEVEN.digest,
};

/** What is not said is good: web@7 runs healthily in staging for two hours and is two days old. */
const CASES: readonly [name: string, facts: Partial<PromotionFacts>, refusals: readonly string[]][] = [
  ['what runs healthily in the environment before may come', {}, []],
  ['the first environment takes it from nowhere', { environment: { name: 'dev' }, running: [] }, []],
  ['all of several instances run it', { running: [up(), up()] }, []],

  ['nothing runs there', { running: [] }, ['not-running: staging runs no web (final)']],
  [
    'instances of two images run there',
    { running: [up(), up(OTHER)] },
    ['mixed: staging runs web@7, web@8 at once (final)'],
  ],
  ['two names of the same bytes are one image', { running: [up(), up({ image: 'web@8' })] }, []],
  [
    'one instance is not healthy',
    { running: [up(), up({ healthy: false, why: 'service nginx' })] },
    ['unhealthy: it is not healthy in staging now: service nginx'],
  ],
  [
    'one instance is healthy, but out of reach',
    { running: [up({ serving: false })] },
    ['unhealthy: it is not healthy in staging now: it is out of reach'],
  ],
  [
    'one instance is not healthy, and nobody says why',
    { running: [up({ healthy: false })] },
    ['unhealthy: it is not healthy in staging now: its checks fail'],
  ],

  ['it has soaked just long enough', { environment: { ...PROD, soak: 2 * HOUR } }, []],
  [
    'it has not soaked long enough',
    { environment: { ...PROD, soak: 2 * HOUR + 1 } },
    ['soak: it has run in staging for 2 h, and prod asks for 2 h'],
  ],
  [
    'the youngest instance has not soaked long enough',
    { environment: { ...PROD, soak: HOUR }, running: [up(), up({ since: 12 * MINUTE })] },
    ['soak: it has run in staging for 12 min, and prod asks for 1 h'],
  ],
  [
    'an instance was started by a clock that is ahead',
    { environment: { ...PROD, soak: HOUR }, running: [up({ since: -MINUTE })] },
    ['soak: it has run in staging for 0 s, and prod asks for 1 h'],
  ],
  [
    'what is not healthy has not soaked, which need not be said',
    { environment: { ...PROD, soak: DAY }, running: [up({ healthy: false, why: 'http /' })] },
    ['unhealthy: it is not healthy in staging now: http /'],
  ],

  [
    'an image that was asked for was healthy there',
    { asked: { wasHealthy: true, ranFor: 0 }, running: [] },
    [],
  ],
  [
    'an image that was asked for is healthy there now, and no history says so',
    { asked: { wasHealthy: false, ranFor: 0 } },
    [],
  ],
  [
    'an image that was asked for was never healthy there',
    { asked: { wasHealthy: false, ranFor: 0 }, running: [up(OTHER)] },
    ['never-healthy: it was never healthy in staging'],
  ],
  [
    'an image that was asked for runs there, but not well, and never did',
    { asked: { wasHealthy: false, ranFor: 0 }, running: [up({ healthy: false })] },
    ['never-healthy: it was never healthy in staging'],
  ],
  [
    'an image that was asked for was healthy there, and what runs there now is another',
    { asked: { wasHealthy: true, ranFor: 0 }, running: [up({ ...OTHER, healthy: false })] },
    [],
  ],
  [
    'an image that was asked for did not run there for long',
    { environment: { ...PROD, soak: HOUR }, asked: { wasHealthy: true, ranFor: 5 * MINUTE }, running: [] },
    ['soak: it has run in staging for 5 min, and prod asks for 1 h'],
  ],
  [
    'an image that was asked for ran there for long, at some time',
    { environment: { ...PROD, soak: HOUR }, asked: { wasHealthy: true, ranFor: HOUR }, running: [] },
    [],
  ],
  [
    'an image that was asked for has run there for long by now',
    { environment: { ...PROD, soak: HOUR }, asked: { wasHealthy: true, ranFor: 0 } },
    [],
  ],
  [
    'the time for which another ran there does not count',
    { environment: { ...PROD, soak: HOUR }, asked: { wasHealthy: true, ranFor: 0 }, running: [up(OTHER)] },
    ['soak: it has run in staging for 0 s, and prod asks for 1 h'],
  ],
  [
    'an image that was asked for needs no environment before',
    { environment: { name: 'dev' }, asked: { wasHealthy: false, ranFor: 0 } },
    [],
  ],

  [
    'it was revoked',
    { revoked: REVOKED },
    ['revoked: it was revoked by alice@b on 2026-11-21 10:05Z: CVE-1'],
  ],
  [
    'its base was revoked',
    { revoked: { ...REVOKED, image: 'hardened@4', digest: digestOf('hardened') } },
    ['revoked: it is based on hardened@4, which was revoked by alice@b on 2026-11-21 10:05Z: CVE-1'],
  ],
  [
    'an image of the same bytes was revoked',
    { revoked: { ...REVOKED, image: 'web@6' } },
    ['revoked: it has the very bytes of web@6, which was revoked by alice@b on 2026-11-21 10:05Z: CVE-1'],
  ],
  [
    'it was not verified, however well it runs there',
    { image: { ...SEVEN, unverified: true } },
    ['unverified: it was never started before it was published, and prod is not the first environment'],
  ],
  [
    'it was not verified, and is asked for',
    { image: { ...SEVEN, unverified: true }, asked: { wasHealthy: true, ranFor: HOUR } },
    ['unverified: it was never started before it was published, and prod is not the first environment'],
  ],
  [
    'the first environment takes what was not verified',
    { environment: { name: 'dev' }, image: { ...SEVEN, unverified: true }, running: [] },
    [],
  ],
  [
    'it was baked from a checkpoint, however well it runs there',
    { image: { ...SEVEN, resumed: RESUMED }, asked: { wasHealthy: true, ranFor: HOUR } },
    ['resumed: it was baked from the checkpoint converge:2 of bake 3h2k, and only dev takes that (final)'],
  ],
  [
    'its base was baked from a checkpoint, and no environment comes before',
    {
      environment: { name: 'test' },
      image: { ...SEVEN, resumed: { ...RESUMED, base: 'hardened@4' } },
      running: [],
    },
    [
      'resumed: its base hardened@4 was baked from the checkpoint converge:2 of bake 3h2k, and only dev takes that (final)',
    ],
  ],
  [
    'dev takes what was baked from a checkpoint',
    { environment: { name: 'dev' }, image: { ...SEVEN, resumed: RESUMED }, running: [] },
    [],
  ],
  ['it is just young enough', { environment: { ...PROD, maxAge: 2 * DAY } }, []],
  [
    'it is too old',
    { environment: { ...PROD, maxAge: 2 * DAY - 1 } },
    ['max-age: it is 2 d old, and prod takes none older than 1 d 23 h'],
  ],
  [
    'its age counts from when a bake confirmed it',
    { environment: { ...PROD, maxAge: HOUR }, image: { ...SEVEN, confirmed: new Date(NOW).toISOString() } },
    [],
  ],
  [
    'it was confirmed too long ago',
    {
      environment: { ...PROD, maxAge: HOUR },
      image: { ...SEVEN, confirmed: new Date(NOW - DAY).toISOString() },
    },
    ['max-age: it is 1 d since a bake confirmed it, and prod takes none older than 1 h'],
  ],
  [
    'the first environment has its rules too',
    { environment: { name: 'dev', maxAge: DAY }, revoked: REVOKED, running: [] },
    [
      'revoked: it was revoked by alice@b on 2026-11-21 10:05Z: CVE-1',
      'max-age: it is 2 d old, and dev takes none older than 1 d',
    ],
  ],
  [
    'everything is wrong at once',
    {
      environment: { ...PROD, soak: 3 * HOUR, maxAge: HOUR },
      revoked: REVOKED,
    },
    [
      'soak: it has run in staging for 2 h, and prod asks for 3 h',
      'revoked: it was revoked by alice@b on 2026-11-21 10:05Z: CVE-1',
      'max-age: it is 2 d old, and prod takes none older than 1 h',
    ],
  ],
];

for (const [name, facts, refusals] of CASES)
  test(name, () => {
    const found = judge({
      environment: PROD,
      template: 'web',
      image: SEVEN,
      running: [up()],
      now: NOW,
      ...facts,
    });
    assert.equal(
      found.map(({ rule, message, overridable }) => `${rule}: ${message}${overridable ? '' : ' (final)'}`),
      refusals,
    );
    for (const { hint } of found) assert.match(hint, /^[A-Z].*\.$/);
  });

const HINTS: readonly [string, Partial<PromotionFacts>, RegExp][] = [
  ['nothing runs there', { running: [] }, /`launch web --env staging`/],
  [
    'it was never healthy',
    { running: [], asked: { wasHealthy: false, ranFor: 0 } },
    /`launch web --env staging --image web@7`/,
  ],
  ['it must soak', { environment: { ...PROD, soak: 3 * HOUR } }, /may come at 2026-11-22 23:00Z/],
  ['it is too old', { environment: { ...PROD, maxAge: 1 } }, /`bake image web`/],
];

for (const [name, facts, hint] of HINTS)
  test(`the hint says how to go on when ${name}`, () => {
    const [refusal] = judge({
      environment: PROD,
      template: 'web',
      image: SEVEN,
      running: [up()],
      now: NOW,
      ...facts,
    });
    assert.match(refusal?.hint ?? '', hint);
  });

test('a time is said in its two largest units', () => {
  const spans = [
    0,
    999,
    1000,
    59_999,
    3 * MINUTE,
    HOUR,
    HOUR + MINUTE,
    DAY + MINUTE,
    30 * DAY,
    3 * DAY + 4 * HOUR,
  ];
  assert.equal(spans.map(timeSpan), [
    '0 s',
    '0 s',
    '1 s',
    '59 s',
    '3 min',
    '1 h',
    '1 h 1 min',
    '1 d',
    '30 d',
    '3 d 4 h',
  ]);
});

test.run();
