import * as assert from 'uvu/assert';
import { Fault } from '../../../src/core/fault.ts';
import { hostEnvironment, hostTool } from '../../../src/disks/host-tool.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('host tool');

async function* pieces(count: number, failure?: Error): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) yield Buffer.alloc(100_000);
  if (failure !== undefined) throw failure;
}

test('gives what the program said, in words that no locale changes', async ({ signal }) => {
  const { stdout, exitCode } = await hostTool('sh', ['-c', 'echo "$LC_ALL $TZ $1"', 'sh', 'a b'], { signal });
  assert.equal([stdout, exitCode], ['C UTC a b\n', 0]);
  assert.match(hostEnvironment()['PATH'] ?? '', /:\/usr\/sbin:\/sbin$/);
});

test('a program that is not there is named with its package', async ({ signal }) => {
  const missing = await rejects(hostTool('mke2fs', [], { signal, env: { PATH: '/nowhere' } }), {
    code: 'HOST_TOOL_MISSING',
  });
  assert.match(missing.message, /mke2fs/);
  assert.match(missing.hint ?? '', /make setup.*apt-get install e2fsprogs/);
});

test('a failure shows the tail of what was said; no space is a fault of its own', async ({ signal }) => {
  const failed = await rejects(hostTool('sh', ['-c', 'seq 40 >&2; echo why >&2; exit 3'], { signal }), {
    code: 'HOST_TOOL_FAILED',
  });
  assert.match(failed.message, /sh ended with 3/);
  assert.is(failed.details.length, 15);
  assert.is(failed.details.at(-1), 'why');
  const full = 'echo "x: No space left on device" >&2; exit 1';
  await rejects(hostTool('sh', ['-c', full], { signal }), { code: 'DISK_FULL' });
  const killed = await rejects(hostTool('sh', ['-c', 'kill -9 $$'], { signal }), {
    code: 'HOST_TOOL_FAILED',
  });
  assert.match(killed.message, /SIGKILL/);
});

test('a caller says which exit codes are results, and what others mean', async ({ signal }) => {
  assert.is((await hostTool('sh', ['-c', 'exit 4'], { signal, accept: [0, 4] })).exitCode, 4);
  const explain = (said: string) => new Fault('DISK_TOO_SMALL', said.trim());
  const own = await rejects(hostTool('sh', ['-c', 'echo tiny; exit 1'], { signal, explain }), {
    code: 'DISK_TOO_SMALL',
  });
  assert.is(own.message, 'tiny');
});

test('input is streamed; one that fails is what is thrown, one that is not read to its end is no failure', async ({
  signal,
}) => {
  assert.is((await hostTool('wc', ['-c'], { signal, input: pieces(30) })).stdout.trim(), '3000000');
  await hostTool('true', [], { signal, input: pieces(30) });
  await rejects(
    hostTool('cat', [], { signal, input: pieces(1, new Error('spool')), onOutput: () => {} }),
    /^spool$/,
  );
});

test('an abort ends the program', async ({ signal }) => {
  const reason = new Error('enough');
  const abort = new AbortController();
  const running = hostTool('sleep', ['60'], { signal: AbortSignal.any([signal, abort.signal]) });
  setTimeout(() => abort.abort(reason), 50);
  assert.is(await rejects(running, () => true), reason);
});

test.run();
