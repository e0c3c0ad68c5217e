import * as assert from 'uvu/assert';
import type { LaunchEntry } from '../../../src/catalogue/launch-entry.ts';
import {
  firstHealthy,
  imageBefore,
  lastHealthy,
  longestRun,
  mayStillRunOn,
  newestSecrets,
} from '../../../src/catalogue/launch-questions.ts';
import { isOlderSecrets } from '../../../src/catalogue/secrets-version.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { suite } from '../../support/suite.ts';

const test = suite('questions to the history');

const HOUR = 3_600_000;
const START = Date.parse('2026-11-22T00:00:00.000Z');
const ACTIONS = { '': 'launch', '<': 'rollback', '=': 'replace', '.': 'stop' } as const;
const RESULTS = { '': 'healthy', '!': 'failed', '?': 'unfinished', '~': 'interrupted' } as const;

/**
 * A history in short, one launch an hour: `A` launches image A, `<A` rolls back to it, `=A` replaces it by itself,
 * `.A` stops it; `A!` failed, `A~` was interrupted, `A?` was killed.
 */
function told(text: string, template = 'web'): LaunchEntry[] {
  return text.split(' ').map((word, hour) => {
    const [, action = '', name = '', end = ''] = /^([<=.]?)(\w)([!?~]?)$/.exec(word) ?? [];
    const at = new Date(START + hour * HOUR).toISOString();
    const result = action === '.' ? 'stopped' : RESULTS[end as keyof typeof RESULTS];
    return {
      launch: `launch-${hour}`,
      at,
      by: 'alice@build-1',
      environment: 'prod',
      action: ACTIONS[action as keyof typeof ACTIONS],
      template,
      image: name,
      digest: digestOf(name),
      result,
      ...(result === 'unfinished' ? {} : { ended: at, ms: 1 }),
      instances: [],
    };
  });
}

const BEFORE: readonly [history: string, current: string | undefined, before: string | undefined][] = [
  ['A B C', 'C', 'B'],
  ['A B C <B', 'B', 'A'],
  ['A B C <B <A', 'A', undefined],
  ['A', 'A', undefined],
  // What did not come out healthy never ran.
  ['A B! C', 'C', 'A'],
  ['A B? C', 'C', 'A'],
  ['A B~ C!', 'A', undefined],
  ['A B C <B!', 'C', 'B'],
  // The same image again is the same image.
  ['A B =B B', 'B', 'A'],
  ['A =A', 'A', undefined],
  // An image that was rolled back from is not come back to.
  ['A B C <B D', 'D', 'B'],
  ['A B C <B D <B', 'B', 'A'],
  ['A B C <B C', 'C', 'B'],
  // Going back by a launch is going on.
  ['A B A', 'A', 'B'],
  ['A B A <B', 'B', 'A'],
  // A rollback over several, and to what nobody knows.
  ['A B C D <B', 'B', 'A'],
  ['A B <X', 'X', 'B'],
  // A stop takes nothing away.
  ['A B .B', 'B', 'A'],
  ['A B .B B', 'B', 'A'],
  // Without a current one, before the last.
  ['A B .B', undefined, 'A'],
  // What runs came there without us.
  ['A B', 'X', 'B'],
  // What runs is not what was launched last: a later one was taken away by hand.
  ['A B C', 'B', 'A'],
];

for (const [history, current, before] of BEFORE)
  test(`of ${history} with ${current ?? 'nothing'} now, ${before ?? 'nothing'} ran before`, () => {
    const now = current === undefined ? undefined : digestOf(current);
    assert.is(imageBefore(told(history), 'web', now)?.image, before);
  });

test('other templates have nothing to do with it', () => {
  const launches = [...told('A B'), ...told('X Y', 'app'), ...told('C')];
  assert.is(imageBefore(launches, 'web', digestOf('C'))?.image, 'B');
  assert.is(imageBefore(launches, 'app', digestOf('Y'))?.image, 'X');
  assert.is(lastHealthy(launches, 'app')?.image, 'Y');
});

test('many images and rollbacks are told in a moment', () => {
  const [one] = told('A');
  if (one === undefined) throw new Error('there is none');
  const launches = Array.from({ length: 50_000 }, (_, index) => ({
    ...one,
    digest: digestOf(String(index)),
  }));
  assert.is(imageBefore(launches, 'web', digestOf('49999'))?.digest, digestOf('49998'));
});

test('the last and the first healthy launch are those that came out so', () => {
  const launches = told('A! A =A B B! C?');
  assert.is(lastHealthy(launches, 'web')?.image, 'B');
  assert.is(firstHealthy(launches, digestOf('A'))?.launch, 'launch-1');
  assert.is(firstHealthy(launches, digestOf('C')), undefined);
});

test('the newest secrets are those of any launch, whatever came of it', () => {
  const versions = [
    undefined,
    { revision: 7, modified: '2026-11-24T10:00:00Z' },
    { revision: 7, modified: '2026-11-24T12:00:00Z' },
    { revision: 5, modified: '2026-11-24T13:00:00Z' },
  ];
  const launches = told('A B! C? D').map((launch, index) => {
    const secrets = versions[index];
    return secrets === undefined ? launch : { ...launch, secrets };
  });
  assert.equal(newestSecrets(launches), { revision: 7, modified: '2026-11-24T12:00:00Z' });
  assert.is(newestSecrets(told('A')), undefined);
});

test('secrets are older by their revision, and within one by the time of their last change', () => {
  const at = (revision: number, modified?: string) => ({
    revision,
    ...(modified === undefined ? {} : { modified }),
  });
  const [early, late] = ['2026-11-24T10:00:00Z', '2026-11-24T11:30:00+01:00'];
  assert.ok(isOlderSecrets(at(3, late), at(4, early)));
  assert.not.ok(isOlderSecrets(at(4, early), at(3, late)));
  assert.ok(isOlderSecrets(at(4, early), at(4, late)));
  assert.not.ok(isOlderSecrets(at(4, late), at(4, early)));
  assert.not.ok(isOlderSecrets(at(4), at(4, late)));
});

const RUNS: readonly [history: string, closed: number, untilTen: number][] = [
  ['A B', 1, 1],
  ['A =A A B', 3, 3],
  ['A B A A A B', 3, 3],
  ['A B! B! B', 3, 3],
  ['A .A B', 1, 1],
  ['B A', 0, 9],
  ['A B B A', 1, 7],
  ['B', 0, 0],
  ['A! A? B', 0, 0],
];

for (const [history, closed, untilTen] of RUNS)
  test(`in ${history}, A ran for ${closed} h, or ${untilTen} h if it runs till ten`, () => {
    const launches = [...told(history), ...told('A B', 'app')];
    assert.is(longestRun(launches, 'web', digestOf('A'), undefined), closed * HOUR);
    assert.is(longestRun(launches, 'web', digestOf('A'), START + 10 * HOUR), untilTen * HOUR);
  });

/** Launches on docker, then on qemu, then on docker again, and whether docker may still run something. */
const LEFT: readonly [docker: string, qemu: string, then: string, left: boolean][] = [
  ['', '', '', false],
  ['A', '', '', true],
  ['A!', '', '', true],
  ['A?', '', '', true],
  ['A', 'A', '', false],
  ['A', 'B! B~ B?', '', true],
  ['A', 'B! B', '', false],
  ['', 'A', '', false],
  ['A', 'B', 'A!', true],
  ['A .A', '', '', false],
  ['A', '.A', '', false],
];

for (const [docker, qemu, then, left] of LEFT)
  test(`after \`${docker}\` on docker, \`${qemu}\` on qemu and \`${then}\` on docker it may ${left ? '' : 'not '}run something`, () => {
    const on = (history: string, platform?: string) =>
      (history === '' ? [] : told(history)).map((entry) =>
        platform === undefined ? entry : { ...entry, platform },
      );
    // An entry without a platform is of docker.
    const launches = [...on(docker), ...on(qemu, 'qemu'), ...on(then, 'docker')];
    assert.is(mayStillRunOn(launches, 'docker'), left);
    assert.is(mayStillRunOn([...launches, ...told('A', 'app')], 'docker'), true, 'another template may');
  });

test.run();
