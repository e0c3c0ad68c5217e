import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { chooseReporter, progressFor } from '../../../src/ui/choose-reporter.ts';
import { paintFor, plain } from '../../../src/ui/paint.ts';
import { ttyReporter } from '../../../src/ui/tty-reporter.ts';
import { suite } from '../../support/suite.ts';
import { CONVERGE_FAULT, FAILED_BAKE, GOOD_BAKE } from './a-bake.ts';
import { capturedOutput } from './captured-output.ts';

const test = suite('tty reporter');
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

function terminal() {
  const output = Object.assign(capturedOutput(), { isTTY: true, columns: 80, rows: 24 });
  return { ...output, reporter: ttyReporter(output as unknown as NodeJS.WriteStream, plain), output };
}

/** Longer than listr2 takes to begin, and than it waits between two drawings. */
const A_FEW_DRAWINGS_MS = 400;

test('it redraws while a stage runs, and its last drawing stays', async () => {
  const { reporter, text } = terminal();
  for (const event of GOOD_BAKE.slice(0, 5)) reporter.emit(event);
  await delay(A_FEW_DRAWINGS_MS);
  assert.match(text(), /⠙ converge[^\n]*\n {6}Notice: Applied catalog in 3\.21 seconds/);
  for (const event of GOOD_BAKE.slice(5)) reporter.emit(event);
  await reporter.close();
  const last = text().slice(text().lastIndexOf('✔ web@7'));
  assert.match(last, /^✔ web@7 +41\.2 s\n {2}✔ start +0\.9 s\n {2}✔ converge +28\.4 s\n/);
  assert.ok(text().endsWith('there is no init\n'));
  assert.is(text().split('✔ web@7').length, 2, 'the last drawing is there once');
  const written = text();
  await delay(A_FEW_DRAWINGS_MS);
  assert.is(text(), written, 'nothing is drawn after it was closed');
});

test('the cursor is hidden while it draws and given back at its end', async () => {
  const { reporter, text } = terminal();
  for (const event of FAILED_BAKE) reporter.emit(event);
  await delay(A_FEW_DRAWINGS_MS);
  assert.ok(text().includes(HIDE_CURSOR));
  assert.not.ok(text().includes(SHOW_CURSOR));
  reporter.abandon();
  assert.ok(text().includes(SHOW_CURSOR));
  reporter.say('left at once');
  assert.ok(text().endsWith('left at once\n'));
});

test('one that is closed before its first drawing still shows how it ended', async () => {
  const { reporter, text } = terminal();
  for (const event of GOOD_BAKE) reporter.emit(event);
  await reporter.close();
  assert.match(text(), /✔ web@7/);
  const written = text().length;
  await delay(A_FEW_DRAWINGS_MS);
  assert.not.match(text().slice(written), /web/, 'nothing is drawn after it was closed');
  assert.ok(text().lastIndexOf(SHOW_CURSOR) >= text().lastIndexOf(HIDE_CURSOR));
});

test('what others write to the terminal while it draws is kept and shown at its end', async () => {
  const { reporter, output, text } = terminal();
  reporter.emit({ type: 'stage-started', image: 'web', stage: 'start' });
  await delay(A_FEW_DRAWINGS_MS);
  output.write('(node:1) Warning: careful\n');
  assert.not.match(text(), /careful/);
  await reporter.close();
  assert.match(text(), /careful/);
});

test('our own lines stand below the images, and stay', async () => {
  const { reporter, text } = terminal();
  reporter.emit({ type: 'stage-started', image: 'web', stage: 'start' });
  reporter.say('interrupted: cleaning up');
  await delay(A_FEW_DRAWINGS_MS);
  await reporter.close();
  assert.ok(text().endsWith('interrupted: cleaning up\n'));
});

test('a program that has the terminal is not drawn over, and what is finished is not drawn again', async () => {
  const { reporter, text } = terminal();
  for (const event of FAILED_BAKE) reporter.emit(event);
  reporter.emit({ type: 'stage-started', image: 'app', stage: 'start' });
  await delay(A_FEW_DRAWINGS_MS);
  const [before, after] = await reporter.suspend(async () => {
    const written = text();
    reporter.emit({ type: 'output', image: 'app', stage: 'start', line: 'from the background' });
    await delay(A_FEW_DRAWINGS_MS);
    return [written, text()];
  });
  assert.is(after, before);
  await delay(A_FEW_DRAWINGS_MS);
  await reporter.close();
  const resumed = text().slice(before?.length);
  assert.match(resumed, /from the background/);
  assert.not.match(resumed, /web/);
});

test('the fault comes below the last drawing', async () => {
  const { reporter, text } = terminal();
  for (const event of FAILED_BAKE) reporter.emit(event);
  await delay(A_FEW_DRAWINGS_MS);
  await reporter.close();
  reporter.fault(CONVERGE_FAULT, '/logs/x.log');
  assert.ok(text().endsWith('look at the service.\n  log: /logs/x.log\n'));
});

test('listr2 leaves the signals to us', async () => {
  const before = process.listenerCount('SIGINT');
  const { reporter } = terminal();
  reporter.emit({ type: 'stage-started', image: 'web', stage: 'start' });
  await delay(A_FEW_DRAWINGS_MS);
  assert.is(process.listenerCount('SIGINT'), before);
  await reporter.close();
});

test('auto means live lines for a person at a terminal, and plain ones for all else', () => {
  const at = (isTTY: boolean, env: NodeJS.ProcessEnv) => progressFor('auto', { isTTY }, env);
  assert.is(at(true, { TERM: 'xterm' }), 'tty');
  assert.is(at(true, { TERM: 'xterm', CI: 'false' }), 'tty');
  assert.is(at(false, { TERM: 'xterm' }), 'plain');
  assert.is(at(true, { TERM: 'dumb' }), 'plain');
  assert.is(at(true, { TERM: 'xterm', CI: 'true' }), 'plain');
  assert.is(progressFor('tty', { isTTY: false }, {}), 'tty');
});

test('colours are for terminals only, and NO_COLOR turns them off', () => {
  const red = (isTTY: boolean, env: NodeJS.ProcessEnv) => paintFor({ isTTY }, env)('red', 'x');
  assert.is(red(true, {}), '\u001b[31mx\u001b[39m');
  assert.is(red(false, {}), 'x');
  assert.is(red(true, { NO_COLOR: '1' }), 'x');
  assert.is(red(true, { TERM: 'dumb' }), 'x');
});

test('each kind of progress has its reporter', async () => {
  const first = async (kind: 'plain' | 'json') => {
    const output = capturedOutput();
    const reporter = await chooseReporter(kind, output as unknown as NodeJS.WriteStream, {});
    reporter.emit({ type: 'stage-started', image: 'web', stage: 'start' });
    return output.text();
  };
  assert.is(await first('plain'), 'web start     …\n');
  assert.is(JSON.parse(await first('json')).type, 'stage-started');
});

test('how far something has come is one line that is redrawn, goes at the end, and hides no message', async () => {
  const { reporter, text } = terminal();
  reporter.progress('web@7: reading', 1);
  reporter.progress(`web@7: ${'x'.repeat(200)}`, 42);
  await delay(A_FEW_DRAWINGS_MS);
  assert.match(text(), /. web@7: x{60,70}…/);
  reporter.progress('web@7: converting', 42.7);
  reporter.say('interrupted: cleaning up');
  await delay(A_FEW_DRAWINGS_MS);
  assert.match(text(), /. web@7: converting {2}42 %/);
  const before = text().length;
  await reporter.close();
  const last = text().slice(before);
  assert.not.match(last, /web@7/);
  assert.match(last, /interrupted: cleaning up\n/);
});

test.run();
