import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { fetchFile } from '../../../src/bases/fetch-file.ts';
import type { Digest } from '../../../src/core/digest.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('fetching a disk image');
const BYTES = Buffer.alloc(3_000_000, 'kiln');
const DIGEST: Digest = `sha256:${createHash('sha256').update(BYTES).digest('hex')}`;
const SILENT = { output: () => {}, note: () => {} };

test('from a URL and from a path, once, whole and with its digest', async ({ signal }) => {
  await using folder = await temporaryFolder();
  let asked = 0;
  await using server = await serve((_request, answer) => {
    asked += 1;
    answer.end(BYTES);
  });
  await writeFile(join(folder.path, 'local'), BYTES);
  for (const [name, from] of [
    ['far', `${server.url}/disk.qcow2`],
    ['near', join(folder.path, 'local')],
  ] as const) {
    const file = join(folder.path, 'cache', name, 'disk');
    for (const _ of [1, 2]) await fetchFile({ base: 'cloud', from, digest: DIGEST, file }, SILENT, signal);
    assert.ok((await readFile(file)).equals(BYTES));
    assert.equal(await readdir(join(folder.path, 'cache', name)), ['disk']);
  }
  assert.is(asked, 1);
});

test('what is not what it should be is refused, and nothing of it stays', async ({ signal }) => {
  await using folder = await temporaryFolder();
  await using server = await serve((request, answer) => {
    if (request.url === '/short') {
      answer.writeHead(200, { 'content-length': BYTES.length });
      answer.write(BYTES.subarray(0, 1000), () => answer.destroy());
    } else if (request.url === '/other') answer.end('other');
    else answer.writeHead(404).end();
  });
  const wrong: [from: string, expected: Parameters<typeof rejects>[1]][] = [
    [`${server.url}/other`, { code: 'DIGEST_MISMATCH' }],
    [`${server.url}/gone`, { code: 'BASE_FAILED' }],
    [`${server.url}/short`, { code: 'BASE_FAILED' }],
    ['http://127.0.0.1:1/', { code: 'BASE_FAILED' }],
    [join(folder.path, 'nothing'), { code: 'FILE_MISSING' }],
  ];
  const file = join(folder.path, 'cache', 'disk');
  for (const [from, expected] of wrong) {
    await rejects(fetchFile({ base: 'cloud', from, digest: DIGEST, file }, SILENT, signal), expected);
    assert.equal(await readdir(join(folder.path, 'cache')), [], from);
  }
});

test('an abort ends it', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const stop = new AbortController();
  await using server = await serve((_request, answer) => {
    answer.write(BYTES);
    setTimeout(() => stop.abort(new Error('stopped')), 50);
  });
  const file = join(folder.path, 'cache', 'disk');
  const both = AbortSignal.any([signal, stop.signal]);
  const fetching = fetchFile({ base: 'cloud', from: server.url, digest: DIGEST, file }, SILENT, both);
  await rejects<Error>(fetching, /^stopped$/);
  assert.equal(await readdir(join(folder.path, 'cache')), []);
});

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test.run();
