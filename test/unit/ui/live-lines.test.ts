import * as assert from 'uvu/assert';
import type { Event } from '../../../src/core/events.ts';
import { type LiveBake, updateBakes } from '../../../src/ui/live-bakes.ts';
import { type LiveFrame, liveLines } from '../../../src/ui/live-lines.ts';
import { textWidth } from '../../../src/ui/text-width.ts';
import { suite } from '../../support/suite.ts';
import { FAILED_BAKE, GOOD_BAKE } from './a-bake.ts';

const test = suite('live lines');
const frame: LiveFrame = { now: 65_000, columns: 79, rows: 23, spinner: '⠋' };

/** The bakes after these events, one second after another. */
function bakesAfter(...runs: readonly (readonly Event[])[]): LiveBake[] {
  const bakes = new Map<string, LiveBake>();
  for (const run of runs)
    for (const [second, event] of run.entries()) updateBakes(bakes, event, second * 1000);
  return [...bakes.values()];
}

const running = (image: string, line: string): Event[] => [
  { type: 'run-started', kind: 'bake', image, run: image, log: `/logs/${image}.log` },
  { type: 'stage-started', image, stage: 'resolve' },
  { type: 'stage-done', image, stage: 'resolve', ms: 120 },
  { type: 'stage-started', image, stage: 'start' },
  { type: 'stage-done', image, stage: 'start', ms: 900 },
  { type: 'stage-started', image, stage: 'converge' },
  { type: 'output', image, stage: 'converge', line },
];

test('images stand one below the other, with the time that runs and the last line of output', () => {
  const bakes = bakesAfter(running('web', 'Notice: \u001b[1mcreated'), running('app', 'TASK [app : unit]'));
  assert.equal(liveLines(bakes, [], frame), [
    '⠋ web          1 min 5 s',
    '  ✔ resolve        0.1 s',
    '  ✔ start          0.9 s',
    '  ⠋ converge   1 min 0 s',
    '      Notice: created',
    '⠋ app          1 min 5 s',
    '  ✔ resolve        0.1 s',
    '  ✔ start          0.9 s',
    '  ⠋ converge   1 min 0 s',
    '      TASK [app : unit]',
  ]);
});

test('a finished bake has its image’s name, its stages’ times and its notes', () => {
  assert.equal(liveLines(bakesAfter(GOOD_BAKE), [], frame), [
    '✔ web@7           41.2 s',
    '  ✔ start          0.9 s',
    '  ✔ converge      28.4 s',
    '      Exec[refresh] may change',
    '  ↓ check        skipped  there is no init',
  ]);
});

test('a failed one shows the stage, what was removed and what was not', () => {
  assert.equal(liveLines(bakesAfter(FAILED_BAKE), [], frame), [
    '✗ web              5.0 s',
    '  ✗ converge       3.0 s  web did not converge: 1 of 12 resources failed',
    '    removed: container kiln-web',
    '    could not be removed: volume kiln-web (volume is in use); remove it with:',
    '    docker volume rm kiln-web',
    '    enter the machine with: docker exec -it k bash',
  ]);
});

test('no line is wider than the terminal, whatever is in it', () => {
  const long = `日本語 ${'x'.repeat(300)}`;
  const bakes = bakesAfter(running('an-image-with-quite-a-long-name', long), FAILED_BAKE);
  for (const columns of [30, 40, 79]) {
    for (const line of liveLines(bakes, [long], { ...frame, columns }))
      assert.ok(textWidth(line) <= columns, `${columns}: ${line}`);
  }
});

test('where there is no room, finished stages fold into a row, then the output goes', () => {
  const bakes = bakesAfter(running('web', 'line of web'), running('app', 'line of app'));
  assert.equal(liveLines(bakes, [], { ...frame, rows: 8 }), [
    '⠋ web          1 min 5 s',
    '    resolve 0.1 · start 0.9',
    '  ⠋ converge   1 min 0 s',
    '      line of web',
    '⠋ app          1 min 5 s',
    '    resolve 0.1 · start 0.9',
    '  ⠋ converge   1 min 0 s',
    '      line of app',
  ]);
  assert.is(liveLines(bakes, [], { ...frame, rows: 6 }).length, 6);
  assert.equal(liveLines(bakes, [], { ...frame, rows: 2 }), [
    '    resolve 0.1 · start 0.9',
    '  ⠋ converge   1 min 0 s',
  ]);
});

test('finished bakes fold before those at work', () => {
  const lines = liveLines(bakesAfter(GOOD_BAKE, running('app', 'x')), [], { ...frame, rows: 7 });
  assert.equal(lines.slice(0, 4), [
    '✔ web@7           41.2 s',
    '    start 0.9 · converge 28.4',
    '⠋ app          1 min 5 s',
    '  ✔ resolve        0.1 s',
  ]);
});

test('a stage that was interrupted does not run on', () => {
  const error = new Error('interrupted');
  const bakes = bakesAfter([
    ...running('web', 'x'),
    { type: 'run-failed', image: 'web', error, log: '/logs/web.log' },
  ]);
  assert.not.match(liveLines(bakes, [], frame).join('\n'), /⠋/);
});

test('a template that is baked again starts anew', () => {
  const [bake] = bakesAfter([...GOOD_BAKE, ...running('web', 'second time')]);
  assert.is(bake?.state, 'running');
  assert.is(bake?.stages.length, 3);
});

test.run();
