import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { findEngine, privateSocket } from '../../../../src/platforms/docker/find-engine.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('find engine');

test('DOCKER_HOST is taken before the default socket', async () => {
  await using folder = await temporaryFolder();
  await using mine = await engine(join(folder.path, 'mine.sock'));
  await using other = await engine(join(folder.path, 'default.sock'));
  const found = await findEngine({ env: { DOCKER_HOST: `unix://${mine.path}` }, defaultSocket: other.path });
  assert.equal(found, { how: 'DOCKER_HOST', socketPath: mine.path });
});

test('DOCKER_HOST may be tcp', async () => {
  await using tcp = await engine(0);
  const found = await findEngine({ env: { DOCKER_HOST: `tcp://127.0.0.1:${tcp.port}` } });
  assert.equal(found, { how: 'DOCKER_HOST', protocol: 'http', host: '127.0.0.1', port: tcp.port });
});

test('a DOCKER_HOST that does not answer is an error, even when the default socket answers', async () => {
  await using folder = await temporaryFolder();
  await using other = await engine(join(folder.path, 'default.sock'));
  const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
  const fault = await rejects(findEngine({ env, defaultSocket: other.path }), { code: 'ENGINE_UNREACHABLE' });
  assert.match(fault.message, '/nonexistent/docker.sock');
  assert.match(fault.details[0] ?? '', 'there is no such socket');
});

test('a DOCKER_HOST of another kind is an error that says which kinds there are', async () => {
  const wrong = ['ssh://host', 'docker.sock', 'unix://', 'tcp://user@host', 'npipe:////./pipe/docker'];
  for (const DOCKER_HOST of wrong) {
    const fault = await rejects(findEngine({ env: { DOCKER_HOST } }), { code: 'ENGINE_UNREACHABLE' });
    assert.match(fault.hint ?? '', 'unix:///');
  }
});

test('the private engine is taken when the default socket does not answer', async () => {
  await using folder = await temporaryFolder();
  const env = { KILN_HOME: folder.path };
  await mkdir(join(folder.path, 'engine'));
  await using mine = await engine(privateSocket(env));
  const found = await findEngine({ env, defaultSocket: join(folder.path, 'none.sock') });
  assert.equal(found, { how: 'private engine', socketPath: mine.path });
});

test('without any engine the fault names each place and says what to run', async () => {
  await using folder = await temporaryFolder();
  const search = { env: { KILN_HOME: folder.path }, defaultSocket: join(folder.path, 'none.sock') };
  const fault = await rejects(findEngine(search), { code: 'ENGINE_UNREACHABLE' });
  assert.match(fault.hint ?? '', 'make engine');
  assert.is(fault.details.length, 2);
  assert.is(fault.exitCode, 3);
});

test('a server that is no engine is not taken', async () => {
  await using tcp = await engine(0, 404);
  const fault = await rejects(findEngine({ env: { DOCKER_HOST: `tcp://127.0.0.1:${tcp.port}` } }), {
    code: 'ENGINE_UNREACHABLE',
  });
  assert.match(fault.details[0] ?? '', 'HTTP 404');
});

test('an engine that accepts and never answers is given up', async () => {
  await using tcp = await engine(0, 'silence');
  const fault = await rejects(findEngine({ env: { DOCKER_HOST: `tcp://127.0.0.1:${tcp.port}` } }), {
    code: 'ENGINE_UNREACHABLE',
  });
  assert.match(fault.details[0] ?? '', 'no answer within 3 s');
});

test('an aborted search throws the reason', async () => {
  const reason = new Error('enough');
  const search = { env: { DOCKER_HOST: 'unix:///nonexistent' }, signal: AbortSignal.abort(reason) };
  await rejects(findEngine(search), (error: Error) => error === reason);
});

test.run();

async function engine(where: string | number, answer: number | 'silence' = 200) {
  const server = createServer((request, response) => {
    if (answer === 'silence') return;
    response.statusCode = request.url === '/_ping' ? answer : 500;
    response.end('OK');
  });
  await new Promise<void>((listening) => {
    if (typeof where === 'string') server.listen(where, listening);
    else server.listen(where, '127.0.0.1', listening);
  });
  const { port } = typeof where === 'string' ? { port: 0 } : (server.address() as AddressInfo);
  return {
    path: String(where),
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'kiln-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
