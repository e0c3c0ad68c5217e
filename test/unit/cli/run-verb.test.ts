import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { runCli, startCli } from './run-cli.ts';

const test = suite('run verb', { deadline: 30_000 });
const FIXTURE = 'test/unit/cli/fixtures/fake-bake.ts';
const run = (what: string, options: object = {}) => runCli(FIXTURE, [what, JSON.stringify(options)]);
const start = (what: string, options: object = {}) => startCli(FIXTURE, [what, JSON.stringify(options)]);

/** Longer than the time in which a second Ctrl-C counts as the first one passed on. */
const LATER_MS = 700;

test('an answer goes to stdout, as lines or as JSON', async () => {
  assert.equal(await run('answers'), { code: 0, stdout: 'line one\nline two\n', stderr: '' });
  const { stdout } = await run('answers', { json: true });
  assert.equal(JSON.parse(stdout), { answer: 42 });
});

test('a long answer is written to its end', async () => {
  const { code, stdout } = await run('prints a lot');
  assert.is(code, 0);
  assert.ok(stdout.endsWith('line 199999\n'));
});

test('a fault goes to stderr and decides the exit code', async () => {
  assert.equal(await run('fails'), {
    code: 1,
    stdout: '',
    stderr: '✗ nginx is not up\n    port tcp:80\n  hint: Read the journal.\n',
  });
});

test('with --json a fault is on stdout as an object, and for people on stderr', async () => {
  const { stdout, stderr } = await run('fails', { json: true });
  assert.equal(JSON.parse(stdout), {
    error: {
      code: 'CHECK_FAILED',
      message: 'nginx is not up',
      hint: 'Read the journal.',
      details: ['port tcp:80'],
    },
  });
  assert.match(stderr, /^✗ nginx is not up/);
});

test('with --progress json everything on stderr is JSON', async () => {
  const { stderr } = await run('fails', { progress: 'json' });
  assert.equal(
    stderr.split('\n').map((line) => (line === '' ? '' : JSON.parse(line).type)),
    ['error', ''],
  );
});

test('where some failed, the others’ answer is printed and the worst failure decides', async () => {
  const { code, stdout, stderr } = await run('fails in part');
  assert.is(code, 3);
  assert.is(stdout, 'web is baked\n');
  assert.is(stderr, '✗ app did not converge\n  log: /logs/app.log\n✗ the engine is gone\n');
});

test('what ended several at once is told once', async () => {
  assert.is((await run('fails twice for one reason')).stderr, '✗ the engine is gone\n');
});

test('a bug shows its stack and exits 70', async () => {
  const { code, stderr } = await run('has a bug');
  assert.is(code, 70);
  assert.match(stderr, /^✗ this is a bug in kiln: TypeError: x is not a function\n {4}at .*fake-bake/);
});

test('a promise that nobody waits for is a bug: the verb cleans up, then it exits 70', async () => {
  const { code, stderr } = await run('forgets a promise');
  assert.is(code, 70);
  assert.match(stderr, /removed: container kiln-web/);
  assert.match(stderr, /this is a bug in kiln: [\s\S]*nobody waits for this/);
});

test('after a bug no answer is believed', async () => {
  const { code, stdout, stderr } = await run('answers in spite of a bug');
  assert.is(code, 70);
  assert.is(stdout, '');
  assert.match(stderr, /nobody waits for this/);
});

test('a verb that can never end is a bug, and does not exit 0', async () => {
  const { code, stderr } = await run('never ends');
  assert.is(code, 70);
  assert.match(stderr, /nothing is left to wait for/);
});

test('a reader that leaves is no error', async () => {
  await using cli = start('prints a lot');
  await once(cli.child.stdout, 'data');
  cli.child.stdout.destroy();
  const { code, stderr } = await cli.result();
  assert.is(code, 0);
  assert.is(stderr, '');
});

test('a terminal that goes away while a verb talks does not end it', async () => {
  await using cli = start('talks for long');
  await cli.printed('at work');
  cli.child.stderr.destroy();
  const { code, stdout } = await cli.result();
  assert.is(code, 0);
  assert.is(stdout, 'at work\ndone\n');
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  test(`${signal} cleans up, says so and exits 130`, async () => {
    await using cli = start('works');
    await cli.printed('at work');
    cli.child.kill(signal);
    const { code, stderr } = await cli.result();
    assert.is(code, 130);
    assert.is(
      stderr,
      [
        'interrupted: cleaning up (Ctrl-C again leaves at once)',
        'web           removed: container kiln-web',
        `✗ interrupted by ${signal}`,
        '',
      ].join('\n'),
    );
  });

test('what a library throws for an abort is told as the interruption it is', async () => {
  await using cli = start('ends abruptly when aborted');
  await cli.printed('at work');
  cli.child.kill('SIGINT');
  const { code, stderr } = await cli.result();
  assert.is(code, 130);
  assert.match(stderr, /✗ interrupted by SIGINT\n$/);
});

test('a second Ctrl-C leaves at once and says what stays behind and how to remove it', async () => {
  await using cli = start('cleans up for long');
  await cli.printed('at work');
  cli.child.kill('SIGINT');
  await cli.printed('interrupted: cleaning up');
  await delay(LATER_MS);
  const began = performance.now();
  cli.child.kill('SIGINT');
  const { code, stderr } = await cli.result();
  assert.is(code, 130);
  assert.ok(performance.now() - began < 2_000, 'it waits for nothing');
  assert.match(
    stderr,
    /left at once; this stays behind:\n {2}left: container kiln-web; remove it with: docker rm -f kiln-web\n$/,
  );
});

test('a Ctrl-C that npm passes on a second time counts once', async () => {
  await using cli = start('works');
  await cli.printed('at work');
  cli.child.kill('SIGINT');
  await delay(20);
  cli.child.kill('SIGINT');
  const { code, stderr } = await cli.result();
  assert.is(code, 130);
  assert.match(stderr, /removed: container kiln-web/);
  assert.not.match(stderr, /stays behind/);
});

test('a second SIGTERM does not cut the cleanup short', async () => {
  await using cli = start('works');
  await cli.printed('at work');
  cli.child.kill('SIGINT');
  cli.child.kill('SIGTERM');
  assert.match((await cli.result()).stderr, /removed: container kiln-web/);
});

test('without a terminal nothing interactive is offered', async () => {
  assert.is((await run('would interact')).stdout, 'interact: false\n');
});

test.run();
