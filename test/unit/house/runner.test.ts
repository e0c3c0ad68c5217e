import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';

const test = suite('test runner', { deadline: 30_000 });

const project = resolve(import.meta.dirname, '../../..');
const HEAD = `
import { suite } from ${JSON.stringify(join(project, 'test/support/suite.ts'))};
const test = suite('fixture');
`;
const PASSING = `${HEAD} test('is fine', () => {}); test.run();`;

test('tests that pass end with exit code 0 and the counts as the last line', async ({ signal }) => {
  const run = await runner({ 'unit/fine.test.ts': PASSING }, ['unit'], signal);
  assert.is(run.last, '1 passed, 0 failed, 0 skipped');
  assert.is(run.code, 0);
});

test('a failing assertion is shown with its difference', async ({ signal }) => {
  const body = `${HEAD} import * as assert from ${JSON.stringify(join(project, 'node_modules/uvu/assert/index.mjs'))};
    test('compares', () => assert.equal({ port: 80 }, { port: 8080 })); test.run();`;
  const run = await runner({ 'unit/wrong.test.ts': body, 'unit/fine.test.ts': PASSING }, ['unit'], signal);
  assert.is(run.last, '1 passed, 1 failed, 0 skipped');
  assert.is(run.code, 1);
  assert.match(run.output, /--·*"?port"?: 80\b|port.*8080/);
  assert.match(run.output, 'unit/wrong.test.ts: fixture › compares');
});

test('a test that hangs fails at its deadline with its name, and the next one runs', async ({ signal }) => {
  const body = `${HEAD}
    test('never ends', () => new Promise(() => {}), { deadline: 50 });
    test('comes after', () => {}); test.run();`;
  const run = await runner({ 'unit/hang.test.ts': body }, ['unit'], signal);
  assert.is(run.last, '1 passed, 1 failed, 0 skipped');
  assert.match(run.output, 'never ends');
  assert.match(run.output, 'still running after 0.05 s');
});

test('an open handle does not keep the runner from ending', async ({ signal }) => {
  const body = `${HEAD} test('listens', () => { setInterval(() => {}, 1000); }); test.run();`;
  const run = await runner({ 'unit/open.test.ts': body }, ['unit'], signal);
  assert.is(run.last, '1 passed, 0 failed, 0 skipped');
});

test('the signal of a late test is aborted, and what it tidies up is waited for', async ({ signal }) => {
  const body = `${HEAD}
    test('is late', async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await new Promise((resolve) => setTimeout(resolve, 30));
      console.log('tidied up');
    }, { deadline: 500 }); test.run();`;
  const run = await runner({ 'unit/late.test.ts': body }, ['unit'], signal);
  assert.match(run.output, 'tidied up');
  assert.is(run.last, '0 passed, 1 failed, 0 skipped');
});

test('a forgotten .run() fails', async ({ signal }) => {
  const body = `${HEAD} test('is never run', () => {});`;
  const run = await runner({ 'unit/forgot.test.ts': body, 'unit/fine.test.ts': PASSING }, ['unit'], signal);
  assert.is(run.last, '1 passed, 1 failed, 0 skipped');
  assert.match(run.output, 'unit/forgot.test.ts: fixture: never run');
  assert.is(run.code, 1);
});

test('a file without any suite fails', async ({ signal }) => {
  const run = await runner({ 'unit/empty.test.ts': 'export {};' }, ['unit'], signal);
  assert.is(run.last, '0 passed, 1 failed, 0 skipped');
});

test('a suite without a test fails', async ({ signal }) => {
  const run = await runner({ 'unit/empty.test.ts': `${HEAD} test.run();` }, ['unit'], signal);
  assert.is(run.last, '0 passed, 1 failed, 0 skipped');
});

test('a test that is added after .run() fails', async ({ signal }) => {
  const body = `${PASSING} test('too late', () => {});`;
  const run = await runner({ 'unit/late.test.ts': body }, ['unit'], signal);
  assert.match(run.output, "the test 'too late' comes after .run()");
  assert.is(run.code, 1);
});

test('a pattern, a kind or a folder that matches nothing fails', async ({ signal }) => {
  const files = { 'unit/fine.test.ts': PASSING };
  for (const words of [
    ['unit', 'fune'],
    ['unit', 'fine', 'fune'],
    ['docker'],
    ['unit', 'docker'],
    ['fine'],
    [],
  ]) {
    const run = await runner(files, words, signal);
    assert.is(run.code, 1, words.join(' '));
    assert.match(run.last, /^\d passed, [12] failed, 0 skipped$/, words.join(' '));
  }
});

test('something thrown that is not an Error is shown', async ({ signal }) => {
  const body = `${HEAD}
    test('throws a string', () => { throw 'a bare word'; });
    test('throws nothing', () => { throw undefined; });
    test('comes after', () => {}); test.run();`;
  const run = await runner({ 'unit/throws.test.ts': body }, ['unit'], signal);
  assert.is(run.last, '1 passed, 2 failed, 0 skipped');
  assert.match(run.output, 'a bare word');
});

test('a fault is shown with its code, hint and details', async ({ signal }) => {
  const body = `${HEAD} import { Fault } from ${JSON.stringify(join(project, 'src/core/fault.ts'))};
    test('meets a fault', () => {
      throw new Fault('USAGE', 'no such verb', { hint: 'Try another.', details: ['first', 'second'] });
    }); test.run();`;
  const run = await runner({ 'unit/fault.test.ts': body }, ['unit'], signal);
  assert.is(run.last, '0 passed, 1 failed, 0 skipped');
  for (const part of ['no such verb', 'code: USAGE', 'hint: Try another.', 'details: second']) {
    assert.match(run.output, part);
  }
});

test('a hook of uvu itself that throws fails', async ({ signal }) => {
  const uvu = `import { suite } from ${JSON.stringify(join(project, 'node_modules/uvu/dist/index.mjs'))};
    const test = suite('raw'); test('is fine', () => {});`;
  for (const hook of ['test.before', 'test.after.each']) {
    const body = `${uvu} ${hook}(() => { throw new Error('in the hook'); }); test.run();`;
    const run = await runner({ 'unit/hook.test.ts': body }, ['unit'], signal);
    assert.is(run.code, 1, hook);
  }
});

test('a file that cannot be loaded fails, and the others still run', async ({ signal }) => {
  const files = { 'unit/broken.test.ts': `import './nowhere.ts';`, 'unit/fine.test.ts': PASSING };
  const run = await runner(files, ['unit'], signal);
  assert.is(run.last, '1 passed, 1 failed, 0 skipped');
  assert.match(run.output, 'unit/broken.test.ts could not be loaded');
});

test('a process that ends by itself fails and names the test', async ({ signal }) => {
  const body = `${HEAD} test('leaves', () => process.exit(0)); test.run();`;
  const run = await runner({ 'unit/exit.test.ts': body }, ['unit'], signal);
  assert.is(run.last, '0 passed, 1 failed, 0 skipped');
  assert.is(run.code, 1);
  assert.match(run.output, "the process ended in 'fixture › leaves'");
});

test('a rejection that nobody waits for fails and names the test', async ({ signal }) => {
  const body = `${HEAD} test('forgets', async () => {
      void Promise.reject(new Error('left behind'));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }); test.run();`;
  const run = await runner({ 'unit/stray.test.ts': body }, ['unit'], signal);
  assert.is(run.code, 1);
  assert.match(run.output, "unhandledRejection while 'fixture › forgets' ran");
});

test('skipped tests are counted and shown with their reason', async ({ signal }) => {
  const body = `${HEAD}
    test.skip('waits for Tuesday', 'it is Monday', () => {});
    test('needs rain', () => { throw new Error('ran'); }, { skip: 'it is dry' });
    test('runs', () => {}, { skip: false }); test.run();`;
  const run = await runner({ 'unit/skip.test.ts': body }, ['unit'], signal);
  assert.is(run.last, '1 passed, 0 failed, 2 skipped');
  assert.is(run.code, 0);
  assert.match(run.output, 'waits for Tuesday: it is Monday');
  assert.match(run.output, 'needs rain: it is dry');
});

test('several kinds end in one total, and a pattern chooses among their files', async ({ signal }) => {
  const files = { 'unit/a.test.ts': PASSING, 'unit/b.test.ts': PASSING, 'docker/a.test.ts': PASSING };
  assert.is((await runner(files, ['unit', 'docker'], signal)).last, '3 passed, 0 failed, 0 skipped');
  assert.is((await runner(files, ['unit', 'docker', '/a.'], signal)).last, '2 passed, 0 failed, 0 skipped');
});

test('a missing engine skips loudly, and fails when REQUIRE names it', async ({ signal }) => {
  const body = `import { missing } from ${JSON.stringify(join(project, 'test/support/engines.ts'))};
    import { suite } from ${JSON.stringify(join(project, 'test/support/suite.ts'))};
    const test = suite('needs an engine', { skip: await missing('docker') }); test('bakes', () => {}); test.run();`;
  const files = { 'docker/bake.test.ts': body };
  const none = { DOCKER_HOST: 'unix:///nonexistent/docker.sock', REQUIRE: '' };
  const skipped = await runner(files, ['docker'], signal, none);
  assert.is(skipped.last, '0 passed, 0 failed, 1 skipped');
  assert.match(skipped.output, '/nonexistent/docker.sock');
  const failed = await runner(files, ['docker'], signal, { ...none, REQUIRE: 'qemu,docker' });
  assert.is(failed.last, '0 passed, 1 failed, 0 skipped');
  assert.is(failed.code, 1);
});

test.run();

/** Runs the runner in a process of its own on a temporary folder with these files. */
async function runner(files: Record<string, string>, words: string[], signal: AbortSignal, env = {}) {
  const root = await mkdtemp(join(tmpdir(), 'kiln-runner-'));
  try {
    await writeFile(join(root, 'package.json'), '{ "type": "module" }');
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), text);
    }
    const argv = ['--import', 'tsx', 'test/run.ts', '--root', root, ...words];
    const settings = { cwd: project, signal, env: { ...process.env, NO_COLOR: '1', ...env } };
    return await new Promise<{ code: number; output: string; last: string }>((done) => {
      execFile(process.execPath, argv, settings, (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : error ? 99 : 0;
        done({ code, output: stdout + stderr, last: stdout.trimEnd().split('\n').at(-1) ?? '' });
      });
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
