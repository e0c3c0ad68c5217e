import * as assert from 'uvu/assert';
import { readChangelog } from '../../../src/catalogue/debian-changelog.ts';
import { suite } from '../../support/suite.ts';

const test = suite('a Debian changelog');

const entry = (
  version: string,
  change: string,
  suite = 'unstable',
) => `openssl (${version}) ${suite}; urgency=medium

  * ${change}
    and so on.

 -- A Maintainer <a@example.org>  Mon, 02 Nov 2026 10:00:00 +0000

`;
const read = (text: string, from: string, to: string) => readChangelog(text.split('\n'), { from, to });
const versions = async (text: string, from: string, to: string) =>
  (await read(text, from, to)).entries.map(({ version }) => version);

const THREE = entry('3.0.17-1', 'CVE-3') + entry('3.0.16-1', 'CVE-2') + entry('3.0.9-1', 'CVE-1');

test('the entries after the older version are told, as they are written', async () => {
  assert.equal(await read(THREE, '3.0.16-1', '3.0.17-1'), {
    source: 'openssl',
    entries: [
      {
        version: '3.0.17-1',
        about: 'unstable; urgency=medium',
        lines: ['  * CVE-3', '    and so on.'],
        date: 'Mon, 02 Nov 2026 10:00:00 +0000',
      },
    ],
    cut: false,
  });
});

test('versions are compared as Debian does, and one that the changelog skips ends it too', async () => {
  assert.equal(await versions(THREE, '3.0.9-1', '3.0.17-1'), ['3.0.17-1', '3.0.16-1']);
  assert.equal(await versions(THREE, '3.0.10-1', '3.0.17-1'), ['3.0.17-1', '3.0.16-1']);
  assert.equal(await versions(entry('1:1.0-1', 'x') + THREE, '3.0.16-1', '1:1.0-1'), ['1:1.0-1', '3.0.17-1']);
  assert.equal(await versions(entry('2~rc1-1', 'x') + entry('1-1', 'x'), '1-1', '2-1'), ['2~rc1-1']);
});

test('a binary rebuild has its source’s entries', async () => {
  assert.equal(await versions(THREE, '3.0.16-1', '3.0.17-1+b2'), ['3.0.17-1']);
});

test('entries of versions above the newer one are not the package’s', async () => {
  assert.equal(await versions(THREE, '1.0', '2.0'), []);
});

test('nothing is asked for once the older version is reached', async () => {
  const asked: string[] = [];
  function* lines() {
    for (const line of THREE.split('\n')) {
      asked.push(line);
      yield line;
    }
  }
  await readChangelog(lines(), { from: '3.0.16-1', to: '3.0.17-1' });
  assert.match(asked.at(-1) ?? '', '(3.0.16-1)');
});

test('what is no changelog has no entries', async () => {
  const none = { entries: [], cut: false };
  assert.equal(await read('', '1', '2'), none);
  assert.equal(await read('Version 2.0\n * a change\n -- nobody\nfoo (2.0)\n', '1', '2'), none);
  assert.equal(await read('\u0000\u0001(2.0) x; y\n', '1', '2'), none);
});

test('an entry without end is cut', async () => {
  const endless = `${entry('2-1', 'x').trimEnd()}\n${'  * another change\n'.repeat(10_000)}`;
  const { entries, cut } = await read(endless, '1-1', '2-1');
  assert.is(cut, true);
  assert.ok((entries[0]?.lines.join('\n').length ?? 0) < 70_000);
});

test.run();
