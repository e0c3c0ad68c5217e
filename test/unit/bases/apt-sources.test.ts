import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as assert from 'uvu/assert';
import { mirrorSource, mirrorState, sourceLine } from '../../../src/bases/apt-sources.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('apt sources', {
  skip: !existsSync('/usr/lib/apt/apt-helper') && 'this host has no apt-helper',
});
const SUM = { main: 'a'.repeat(64), other: 'b'.repeat(64), arm: 'c'.repeat(64) };

/** An InRelease as Debian's archive writes it, less its signature: that is checked when packages are fetched. */
function inRelease({ main = SUM.main, date = 'Sat, 06 Jun 2026 09:11:22 UTC' } = {}): string {
  return [
    'Origin: Debian',
    'Suite: oldstable',
    'Codename: bookworm',
    ...(date === '' ? [] : [`Date: ${date}`]),
    'MD5Sum:',
    ` ${'d'.repeat(32)}  1484 main/binary-amd64/Packages`,
    'SHA256:',
    ` ${main}  1484 main/binary-amd64/Packages`,
    ` ${SUM.other}     9 main/binary-amd64/Packages.xz`,
    ` ${SUM.other}     9 contrib/binary-amd64/Packages`,
    ` ${SUM.arm}  1484 main/binary-arm64/Packages`,
    '',
  ].join('\n');
}

/** A mirror on this host that offers these files and nothing else. */
async function mirror(files: Readonly<Record<string, string>>) {
  const server = createServer((request, response) => {
    const body = files[request.url ?? ''];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((done) => server.close(() => done()));
  };
  return { uri: `http://127.0.0.1:${port}/debian`, close, [Symbol.asyncDispose]: close };
}

async function stateOf(release: string, signal: AbortSignal, architecture = 'amd64') {
  await using server = await mirror({ '/debian/dists/bookworm/InRelease': release });
  // One address for all, as the digest counts where packages come from.
  return await mirrorState([mirrorSource(server.uri, 'bookworm')], architecture, signal);
}

test('a source is one line of sources.list', () => {
  const source = mirrorSource('http://mirror.test/debian', 'bookworm');
  assert.is(sourceLine(source), 'deb http://mirror.test/debian/ bookworm main');
  assert.is(mirrorSource('http://mirror.test/debian/', 'x').uri, 'http://mirror.test/debian/');
});

test('the state of a mirror is the digest of the indexes a base draws from, and the date of its Release', async ({
  signal,
}) => {
  const release = { text: inRelease() };
  const files = {
    get '/debian/dists/bookworm/InRelease'() {
      return release.text;
    },
  };
  await using server = await mirror(files);
  const sources = [mirrorSource(server.uri, 'bookworm')];
  const first = await mirrorState(sources, 'amd64', signal);
  assert.is(first.epoch, Date.UTC(2026, 5, 6, 9, 11, 22) / 1000);
  release.text = inRelease({ date: 'Sun, 07 Jun 2026 09:11:22 UTC' }).replaceAll(SUM.arm, SUM.other);
  const sameDay = await mirrorState(sources, 'amd64', signal);
  assert.is(sameDay.digest, first.digest, 'other dates and architectures make no difference');
  assert.is(sameDay.epoch, first.epoch + 86_400);
  release.text = inRelease({ main: SUM.other });
  assert.is.not((await mirrorState(sources, 'amd64', signal)).digest, first.digest);
  assert.is.not((await mirrorState(sources, 'arm64', signal)).digest, first.digest);
});

test('the epoch is that of the newest of several', async ({ signal }) => {
  await using server = await mirror({
    '/debian/dists/bookworm/InRelease': inRelease(),
    '/debian/dists/bookworm-updates/InRelease': inRelease({ date: 'Mon, 08 Jun 2026 00:00:00 UTC' }),
  });
  const sources = ['bookworm', 'bookworm-updates'].map((release) => mirrorSource(server.uri, release));
  assert.is((await mirrorState(sources, 'amd64', signal)).epoch, Date.UTC(2026, 5, 8) / 1000);
});

test('a mirror that does not answer is MIRROR_UNREACHABLE with its address, and leaves no file', async ({
  signal,
}) => {
  const server = await mirror({});
  await server.close();
  const before = await releaseFolders();
  const fault = await rejects(mirrorState([mirrorSource(server.uri, 'bookworm')], 'amd64', signal), {
    code: 'MIRROR_UNREACHABLE',
  });
  assert.match(fault.message, `${server.uri}/dists/bookworm/InRelease`);
  assert.match(fault.details.join('\n'), 'Could not connect');
  assert.is(fault.exitCode, 3);
  assert.equal(await releaseFolders(), before);
});

test('a suite that the mirror has not is MIRROR_UNREACHABLE with what it said', async ({ signal }) => {
  await using server = await mirror({});
  const fault = await rejects(mirrorState([mirrorSource(server.uri, 'sarge')], 'amd64', signal), {
    code: 'MIRROR_UNREACHABLE',
  });
  assert.match(fault.message, '/dists/sarge/InRelease');
  assert.match(fault.details.join('\n'), '404');
});

test('an architecture that it has not, or a Release without a date or sums, is BASE_FAILED', async ({
  signal,
}) => {
  const fault = await rejects(stateOf(inRelease(), signal, 'riscv64'), { code: 'BASE_FAILED' });
  assert.match(fault.message, 'no packages of bookworm for riscv64');
  await rejects(stateOf(inRelease({ date: '' }), signal), { code: 'BASE_FAILED' });
  await rejects(stateOf(inRelease().replace('SHA256:', 'SHA1:'), signal), { code: 'BASE_FAILED' });
});

test('an abort ends the waiting for a mirror that hangs', async ({ signal }) => {
  const hanging = createServer(() => {});
  await once(hanging.listen(0, '127.0.0.1'), 'listening');
  const { port } = hanging.address() as AddressInfo;
  const stop = new AbortController();
  hanging.once('request', () => stop.abort(new Error('stopped')));
  const both = AbortSignal.any([signal, stop.signal]);
  const source = mirrorSource(`http://127.0.0.1:${port}/`, 'bookworm');
  await rejects<Error>(mirrorState([source], 'amd64', both), /^stopped$/);
  hanging.closeAllConnections();
  hanging.close();
});

test.run();

async function releaseFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('kiln-release-'));
}
