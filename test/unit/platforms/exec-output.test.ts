import * as assert from 'uvu/assert';
import { collectOutput } from '../../../src/platforms/exec-output.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('the output of a program');

async function* pieces(...all: Buffer[]) {
  yield* all;
}

test('lines and letters are whole, however they came', async () => {
  const text = 'one é\n\ntwo \u{1F600} no end';
  const bytes = Buffer.from(text);
  for (let at = 0; at <= bytes.length; at++) {
    const lines: string[] = [];
    const cut = pieces(bytes.subarray(0, at), bytes.subarray(at));
    const whole = await collectOutput(cut, 'stdout', (line, stream) => lines.push(`${stream} ${line}`));
    assert.equal([whole, ...lines], [text, 'stdout one é', 'stdout ', 'stdout two \u{1F600} no end']);
  }
});

test('an output of more than 64 MiB is refused', async () => {
  const half = Buffer.alloc(32 * 1024 * 1024);
  assert.is((await collectOutput(pieces(half, half), 'stderr', undefined)).length, 64 * 1024 * 1024);
  await rejects(collectOutput(pieces(half, half, Buffer.alloc(1)), 'stderr', undefined), {
    code: 'ENGINE_FAILED',
  });
});

test.run();
