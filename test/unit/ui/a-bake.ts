import type { Event } from '../../../src/core/events.ts';
import { Fault } from '../../../src/core/fault.ts';

const image = 'web';

/** A bake that ends with an image, as its events come. */
export const GOOD_BAKE: readonly Event[] = [
  { type: 'run-started', kind: 'bake', image, run: '3h2k9x4p-7qf0m2', log: '/logs/3h2k9x4p-7qf0m2.log' },
  { type: 'stage-started', image, stage: 'start' },
  { type: 'stage-done', image, stage: 'start', ms: 912 },
  { type: 'stage-started', image, stage: 'converge' },
  {
    type: 'output',
    image,
    stage: 'converge',
    line: '\u001b[mNotice: Applied catalog in 3.21 seconds\u001b[0m',
  },
  { type: 'note', image, stage: 'converge', message: 'Exec[refresh] may change' },
  { type: 'stage-done', image, stage: 'converge', ms: 28_412 },
  { type: 'stage-skipped', image, stage: 'check', reason: 'there is no init' },
  { type: 'cleanup', image, outcome: { label: 'container kiln-web', state: 'removed' } },
  { type: 'run-done', image, name: 'web@7', ms: 41_200 },
];

export const CONVERGE_FAULT = new Fault('CONVERGE_FAILED', 'web did not converge: 1 of 12 resources failed', {
  details: ['Service[nginx] failed at provisioners/puppet/web.pp:12'],
  hint: 'Run again with --on-error shell and look at the service.',
});

/** A bake that fails in converge and leaves a volume behind. */
export const FAILED_BAKE: readonly Event[] = [
  { type: 'run-started', kind: 'bake', image, run: '3h2k9x4p-7qf0m2', log: '/logs/3h2k9x4p-7qf0m2.log' },
  { type: 'stage-started', image, stage: 'converge' },
  {
    type: 'stage-failed',
    image,
    stage: 'converge',
    ms: 3_000,
    message: `${CONVERGE_FAULT.message}\nsecond line`,
  },
  { type: 'cleanup', image, outcome: { label: 'container kiln-web', state: 'removed' } },
  {
    type: 'cleanup',
    image,
    outcome: {
      label: 'volume kiln-web',
      state: 'failed',
      error: new Error('volume is in use'),
      remedy: 'docker volume rm kiln-web',
    },
  },
  {
    type: 'run-failed',
    image,
    error: CONVERGE_FAULT,
    log: '/logs/3h2k9x4p-7qf0m2.log',
    enter: 'docker exec -it k bash',
  },
];
