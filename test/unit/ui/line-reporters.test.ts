import * as assert from 'uvu/assert';
import type { Event } from '../../../src/core/events.ts';
import { allReporters } from '../../../src/ui/all-reporters.ts';
import { jsonReporter } from '../../../src/ui/json-reporter.ts';
import { plainReporter } from '../../../src/ui/plain-reporter.ts';
import { suite } from '../../support/suite.ts';
import { CONVERGE_FAULT, FAILED_BAKE, GOOD_BAKE } from './a-bake.ts';
import { capturedOutput } from './captured-output.ts';

const test = suite('plain and json reporters');

function plainLines(events: readonly Event[]): string[] {
  const output = capturedOutput();
  const reporter = plainReporter(output);
  for (const event of events) reporter.emit(event);
  return output.lines();
}

test('plain lines say image and stage first, and have no colours', () => {
  assert.equal(plainLines(GOOD_BAKE), [
    'web           bake 3h2k9x4p-7qf0m2, log: /logs/3h2k9x4p-7qf0m2.log',
    'web start     …',
    'web start     ✔ 0.9 s',
    'web converge  …',
    'web converge    Notice: Applied catalog in 3.21 seconds',
    'web converge  note: Exec[refresh] may change',
    'web converge  ✔ 28.4 s',
    'web check     skipped: there is no init',
    'web           removed: container kiln-web',
    'web           ✔ web@7',
  ]);
});

test('plain lines of a failure say what was removed, what was not, and how to enter the machine', () => {
  assert.equal(plainLines(FAILED_BAKE).slice(2), [
    'web converge  ✗ 3.0 s  web did not converge: 1 of 12 resources failed',
    'web converge    second line',
    'web           removed: container kiln-web',
    'web           could not be removed: volume kiln-web (volume is in use); remove it with: docker volume rm kiln-web',
    'web           ✗ failed, log: /logs/3h2k9x4p-7qf0m2.log',
    'web           enter the machine with: docker exec -it k bash',
  ]);
});

test('with colours, the tool’s own lines are dimmed', () => {
  const output = capturedOutput();
  const reporter = plainReporter(output, (colour, text) => `<${colour}>${text}</>`);
  reporter.emit({ type: 'output', image: 'web', stage: 'prove', line: 'hello' });
  assert.is(output.text(), '<bold>web</> prove       <dim>hello</>\n');
});

test('JSON progress is one object a line with its time, errors included', () => {
  const output = capturedOutput();
  const reporter = jsonReporter(output, () => new Date('2026-11-22T22:13:00.000Z'));
  for (const event of FAILED_BAKE) reporter.emit(event);
  reporter.say('hello');
  reporter.fault(CONVERGE_FAULT, '/logs/x.log');
  const objects = output.lines().map((line) => JSON.parse(line));
  assert.equal(objects[1], {
    time: '2026-11-22T22:13:00.000Z',
    type: 'stage-started',
    image: 'web',
    stage: 'converge',
  });
  assert.is(objects[4].outcome.error.message, 'Error: volume is in use');
  assert.is(objects[5].error.code, 'CONVERGE_FAILED');
  assert.is(objects[6].message, 'hello');
  assert.is(objects[7].error.code, 'CONVERGE_FAILED');
  assert.is(objects[7].log, '/logs/x.log');
});

test('all reporters hear every event and are all closed', async () => {
  const heard: string[] = [];
  const named = (name: string) => ({
    emit: ({ type }: Event) => void heard.push(`${name} ${type}`),
    close: async () => void heard.push(`${name} closed`),
  });
  const reporter = allReporters([named('a'), named('b')]);
  reporter.emit({ type: 'stage-started', image: 'web', stage: 'seal' });
  await reporter.close();
  assert.equal(heard, ['a stage-started', 'b stage-started', 'a closed', 'b closed']);
});

test('how far something has come is told now and then, with plain lines and as JSON', () => {
  let now = 0;
  const [plain, json] = [capturedOutput(), capturedOutput()];
  const displays = [plainReporter(plain, undefined, () => now), jsonReporter(json, () => new Date(now))];
  for (const [at, percent] of [
    [500, 1],
    [1500, 20.9],
    [3000, 50],
    [3001, 51],
    [6500, 99.9],
  ] as const) {
    now = at;
    for (const display of displays) display.progress('web@7: con\u001b[31mverting', percent);
  }
  assert.equal(plain.lines(), ['web@7: converting  50 %', 'web@7: converting  99 %']);
  assert.equal(
    json.lines().map((line) => JSON.parse(line).percent),
    [20, 50, 99],
  );
  assert.is(JSON.parse(json.lines()[0] ?? '').type, 'progress');
});

test.run();
