import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Event } from '../../../src/core/events.ts';
import { logFile } from '../../../src/ui/log-file.ts';
import { suite } from '../../support/suite.ts';
import { FAILED_BAKE, GOOD_BAKE } from './a-bake.ts';

const test = suite('log file');
const now = () => new Date('2026-11-22T22:13:00.000Z');

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'kiln-log-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function at(log: string, events: readonly Event[]): Event[] {
  return events.map((event) => ('log' in event ? { ...event, log } : event));
}

test('every event of a run is in its log, with its time, in the order in which it came', async () => {
  await using folder = await temporaryFolder();
  const log = join(folder.path, 'logs', 'run.log');
  const reporter = logFile({ onTrouble: assert.unreachable, now });
  for (const event of at(log, GOOD_BAKE)) reporter.emit(event);
  await reporter.close();
  const lines = (await readFile(log, 'utf8')).split('\n');
  assert.equal(
    lines.map((line) => line.replace('2026-11-22T22:13:00.000Z ', '')),
    [
      'bake 3h2k9x4p-7qf0m2 of web',
      'start: started',
      'start: done in 0.9 s',
      'converge: started',
      'converge | Notice: Applied catalog in 3.21 seconds',
      'converge: note: Exec[refresh] may change',
      'converge: done in 28.4 s',
      'check: skipped: there is no init',
      'removed: container kiln-web',
      'done: web@7 in 41.2 s',
      '',
    ],
  );
});

test('a failure is in the log with its evidence, and only its owner may read it', async () => {
  await using folder = await temporaryFolder();
  const log = join(folder.path, 'run.log');
  const reporter = logFile({ onTrouble: assert.unreachable, now });
  for (const event of at(log, FAILED_BAKE)) reporter.emit(event);
  await reporter.close();
  const text = await readFile(log, 'utf8');
  assert.match(text, /converge: failed after 3\.0 s: web did not converge/);
  assert.match(text, /Service\[nginx\] failed at provisioners\/puppet\/web\.pp:12/);
  assert.match(text, /enter the machine with: docker exec -it k bash/);
  assert.is((await stat(log)).mode & 0o777, 0o600);
});

test('runs side by side have a log each', async () => {
  await using folder = await temporaryFolder();
  const reporter = logFile({ onTrouble: assert.unreachable, now });
  for (const image of ['web', 'app']) {
    reporter.emit({
      type: 'run-started',
      kind: 'bake',
      image,
      run: image,
      log: join(folder.path, `${image}.log`),
    });
  }
  reporter.emit({ type: 'output', image: 'app', stage: 'converge', line: 'of app' });
  reporter.emit({ type: 'output', image: 'web', stage: 'converge', line: 'of web' });
  await reporter.close();
  assert.not.match(await readFile(join(folder.path, 'web.log'), 'utf8'), /of app/);
  assert.match(await readFile(join(folder.path, 'app.log'), 'utf8'), /of app/);
});

test('what is written can be read before the log is closed, and all drawings of a progress bar are there', async () => {
  await using folder = await temporaryFolder();
  const log = join(folder.path, 'run.log');
  const reporter = logFile({ onTrouble: assert.unreachable, now });
  reporter.emit({ type: 'run-started', kind: 'bake', image: 'web', run: 'x', log });
  reporter.emit({ type: 'output', image: 'web', stage: 'start', line: '10 %\r90 %' });
  assert.match(await readFile(log, 'utf8'), /start \| 10 %\n.*start \| 90 %\n$/);
  await reporter.close();
});

test('a log that cannot be written is told once, and the bake goes on', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'a-file'), '');
  const troubles: string[] = [];
  const reporter = logFile({ onTrouble: (message) => troubles.push(message), now });
  for (const event of at(join(folder.path, 'a-file', 'run.log'), GOOD_BAKE)) reporter.emit(event);
  await reporter.close();
  assert.is(troubles.length, 1);
  assert.match(troubles[0] ?? '', /the log cannot be written: .*(ENOTDIR|EEXIST)/);
});

test('a log whose disk is full is told once as well', async () => {
  const troubles: string[] = [];
  const reporter = logFile({ onTrouble: (message) => troubles.push(message), now });
  for (const event of at('/dev/full', GOOD_BAKE)) reporter.emit(event);
  await reporter.close();
  assert.is(troubles.length, 1);
  assert.match(troubles[0] ?? '', /ENOSPC/);
});

test.run();
