import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { sourceLine } from '../../../src/bases/apt-sources.ts';
import { hostSources } from '../../../src/bases/host-sources.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite("the host's apt sources");

async function linesOf(files: Readonly<Record<string, string>>, release = 'bookworm'): Promise<string[]> {
  await using folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  return (await hostSources(release, folder.path)).map(sourceLine);
}

test('lines of one kind are read, with options and comments', async () => {
  const list = [
    '# deb http://old.test/debian bookworm main',
    'deb http://a.test/debian bookworm main contrib # the mirror',
    'deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://a.test/debian/ bookworm-updates main',
    'deb-src http://a.test/debian bookworm main',
    'deb http://a.test/debian bookworm non-free-firmware',
    'deb http://a.test/debian trixie main',
  ].join('\n');
  assert.equal(await linesOf({ 'sources.list': list }), [
    'deb http://a.test/debian/ bookworm contrib main non-free-firmware',
    'deb http://a.test/debian/ bookworm-updates main',
  ]);
});

test('stanzas of the other kind are read, with lists that go on in the next line', async () => {
  const sources = [
    'Types: deb deb-src',
    'URIs: http://a.test/debian',
    'Suites: bookworm',
    ' bookworm-updates',
    '# a comment',
    'Components: main',
    '',
    'Types: deb',
    'URIs: http://s.test/security',
    'Suites: bookworm-security',
    'Components: main',
    '',
    'Enabled: no',
    'Types: deb',
    'URIs: http://off.test/debian',
    'Suites: bookworm',
    'Components: main',
  ].join('\n');
  assert.equal(await linesOf({ 'sources.list.d/debian.sources': sources }), [
    'deb http://a.test/debian/ bookworm main',
    'deb http://a.test/debian/ bookworm-updates main',
    'deb http://s.test/security/ bookworm-security main',
  ]);
});

test('what the host trusts unsigned, and files that apt does not read, are not taken over', async () => {
  const good = 'deb http://a.test/debian bookworm main\n';
  const files = {
    'sources.list': `${good}deb [trusted=yes] http://bad.test/debian bookworm main\n`,
    'sources.list.d/a.sources':
      'Trusted: yes\nTypes: deb\nURIs: http://bad.test\nSuites: bookworm\nComponents: main\n',
    'sources.list.d/a.list.save': 'deb http://bad.test/debian bookworm main\n',
  };
  assert.equal(await linesOf(files), ['deb http://a.test/debian/ bookworm main']);
});

test('a suite that the host has not is BASE_FAILED, even when it has its updates', async () => {
  const files = { 'sources.list': 'deb http://a.test/debian bookworm-updates main\n' };
  const fault = await rejects(linesOf(files), { code: 'BASE_FAILED' });
  assert.match(fault.message, 'bookworm');
  assert.match(fault.hint ?? '', 'mirror:');
  await rejects(linesOf({}), { code: 'BASE_FAILED' });
});

test.run();
