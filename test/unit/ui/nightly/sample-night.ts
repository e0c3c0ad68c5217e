import type { NightlyView } from '../../../../src/ui/nightly/view.ts';

const DIGEST = `sha256:${'ab12'.repeat(16)}`;

/** A night with one of everything. */
export const NIGHT: NightlyView = {
  started: '2026-11-26T02:30:00.123Z',
  ms: 100_000,
  jobs: 2,
  shard: { index: 1, count: 3 },
  templates: [
    { template: 'api', state: 'skipped', ms: 0, why: 'its base hard failed' },
    {
      template: 'app',
      state: 'unchanged',
      ms: 22_000,
      image: 'app@4',
      digest: DIGEST,
      bytes: 301_000_000,
      log: '/l/2.log',
    },
    {
      template: 'hard',
      state: 'failed',
      ms: 3_200,
      error: {
        code: 'CONVERGE_FAILED',
        message: 'hard: <script>alert("x")</script> failed & `more`',
        details: ['E: | no *such* package\u001b[31m', '```', ']]> </failure>'],
        hint: 'Look into the log.',
      },
      log: '/l/3.log',
    },
    { template: 'new', state: 'published', ms: 41_000, image: 'new@1', digest: DIGEST, bytes: 1_000 },
    {
      template: 'web',
      state: 'published',
      ms: 41_200,
      image: 'web@8',
      digest: DIGEST,
      bytes: 279_000_000,
      since: {
        name: 'web@7',
        lines: ['2 packages upgraded', '1 service added'],
        why: ['base', 'bundle'],
        bytes: 276_000_000,
      },
      log: '/l/1.log',
    },
  ],
  prune: { removed: ['web@1', 'app@1'], pending: ['web@2'], damaged: [] },
  launch: {
    environment: 'dev',
    images: [
      {
        environment: 'dev',
        template: 'web',
        record: { name: 'web@8', digest: DIGEST },
        reason: 'newest',
        previous: 'web@7',
        overridden: [],
        places: [{ node: 'web-1', state: 'launched', publish: [], ms: 4_000 }],
      },
      {
        environment: 'dev',
        template: 'new',
        record: { name: 'new@1', digest: DIGEST },
        overridden: [],
        places: [],
        error: { code: 'CHECK_FAILED', message: 'new-1 is not healthy', details: [] },
      },
    ],
  },
};
