import * as assert from 'uvu/assert';
import type { Audit } from '../../../src/tree/capture.ts';
import { suite } from '../../support/suite.ts';
import { newSpool } from './new-spool.ts';
import { capture, EPOCH, file, folder, hardlink, sourceOf } from './sample-tree.ts';

const test = suite('auditing while capturing');

interface Heard extends Audit {
  readonly members: [path: string, size: number][];
  readonly contents: Record<string, string>;
}

function listening(): Heard {
  const members: [string, number][] = [];
  const contents: Record<string, string> = {};
  return {
    members,
    contents,
    member: ({ path, size }) => members.push([path, size]),
    content: (path, piece) => {
      contents[path] = (contents[path] ?? '') + piece.toString();
    },
  };
}

test('every member is seen once, and all content that the base has not, whichever reading it came in', async ({
  signal,
}) => {
  await using spool = await newSpool();
  const audit = listening();
  const before = [file('same', 'same'), file('sly', 'aaaa')];
  const after = [
    folder('d'),
    file('d/new', 'new', { mtime: EPOCH + 1 }),
    file('same', 'same'),
    file('sly', 'bbbb'),
  ];
  await capture(before, after, { spool, signal, audit });
  assert.equal(audit.members, [
    ['d', 0],
    ['d/new', 3],
    ['same', 4],
    ['sly', 4],
  ]);
  assert.equal(audit.contents, { 'd/new': 'new', sly: 'bbbb' });
});

test('a hardlink is seen with the size of what it shares', async ({ signal }) => {
  await using spool = await newSpool();
  const audit = listening();
  await capture([], [file('srv/a', 'content'), hardlink('var/log/a', 'srv/a')], { spool, signal, audit });
  assert.equal(audit.members, [
    ['srv/a', 7],
    ['var/log/a', 7],
  ]);
});

test('a file of 300 MB goes by without being held in memory', async ({ signal }) => {
  await using spool = await newSpool();
  const size = 300 * 1024 * 1024;
  const piece = Buffer.alloc(1024 * 1024, 'x');
  let highest = 0;
  async function* body() {
    for (let at = 0; at < size; at += piece.length) {
      highest = Math.max(highest, process.memoryUsage.rss());
      yield piece;
    }
  }
  global.gc?.();
  const start = process.memoryUsage.rss();
  const source = sourceOf(() => [{ ...file('big', '', { mtime: EPOCH + 1 }), size, body: body() }]);
  const tree = await capture([], source, { spool, signal });
  assert.equal([tree.bytes, tree.changed[0]?.content], [size, { offset: 0, size }]);
  const grown = Math.round((highest - start) / 1024 / 1024);
  assert.ok(grown < 80, `memory grew by ${grown} MB`);
});

test.run();
