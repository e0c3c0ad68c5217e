import * as assert from 'uvu/assert';
import { withoutMarks } from '../../../../src/platforms/ssh/marks.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('marks in a stream');
const MARK = 'kiln-2f1c';

async function read(pieces: readonly Buffer[]) {
  const seen = { text: '', noise: '', started: 0, exits: [] as number[] };
  const marks = {
    onStart: () => void seen.started++,
    onExit: (code: number) => void seen.exits.push(code),
  };
  async function* source() {
    yield* pieces;
  }
  const output: Buffer[] = [];
  const noise = (text: string) => {
    seen.noise += text;
  };
  for await (const piece of withoutMarks(source(), MARK, marks, noise)) output.push(piece);
  return { ...seen, text: Buffer.concat(output).toString('utf8') };
}

const WHOLE = Buffer.from(`hello\n${MARK} start\nkiln-2 no end é${MARK} 255\nfrom a child k`);
const EXPECTED = {
  text: 'kiln-2 no end éfrom a child k',
  noise: 'hello\n',
  started: 1,
  exits: [255],
};

test('a program’s output is found wherever the stream is cut', async () => {
  for (let at = 0; at <= WHOLE.length; at++) {
    assert.equal(await read([WHOLE.subarray(0, at), WHOLE.subarray(at)]), EXPECTED, `cut at ${at}`);
  }
  assert.equal(await read([...WHOLE].map((byte) => Buffer.from([byte]))), EXPECTED);
});

test('a stream that ends before the program starts is noise alone, a mark cut short as well', async () => {
  const { text, noise, started } = await read([Buffer.from(`sorry\n${MARK} sta`)]);
  assert.equal([text, noise, started], ['', `sorry\n${MARK} sta`, 0]);
});

test('what is printed without a line’s end is passed on at once', async () => {
  async function* source() {
    yield Buffer.from(`${MARK} start\nprompt: `);
    throw new Error('nothing more comes');
  }
  const marks = { onStart: () => {}, onExit: () => {} };
  const pieces = withoutMarks(source(), MARK, marks, () => {});
  assert.is(String((await pieces.next()).value), 'prompt: ');
});

test.run();
