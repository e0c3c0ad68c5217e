import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import Docker from 'dockerode';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { findEngine } from '../../src/platforms/docker/find-engine.ts';
import { ENGINE_SCRIPT, temporaryHome, unableToStartEngines } from '../support/private-engine.ts';
import { suite } from '../support/suite.ts';

const test = suite('private engine', { skip: await unableToStartEngines() });

test('three starts at once make one engine, which is found, and a stop leaves nothing of it', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  const before = await hostNetwork();

  const started = await Promise.all([1, 2, 3].map(() => home.engine(['start'], signal)));
  assert.equal(
    started.map(({ exitCode }) => exitCode),
    [0, 0, 0],
    started.map(({ stderr }) => stderr).join('\n'),
  );
  const address = `unix://${home.path}/engine/docker.sock`;
  assert.is((await home.engine(['env'], signal)).stdout, `export DOCKER_HOST=${address}`);
  const found = await findEngine({ env: { KILN_HOME: home.path }, defaultSocket: '/nonexistent', signal });
  assert.equal(found, { how: 'private engine', socketPath: `${home.path}/engine/docker.sock` });

  assert.is((await home.engine(['stop'], signal)).exitCode, 0);
  assert.is((await home.engine(['running'], signal)).exitCode, 1);
  const after = await hostNetwork();
  assert.equal(
    before.filter((line) => !after.includes(line)),
    [],
    'what was there before',
  );
  assert.equal(
    after.filter((line) => line.includes('kiln-') && !before.includes(line)),
    [],
    'what is left of it',
  );
});

test('an engine that was killed is replaced by the next start', async ({ signal }) => {
  await using home = await temporaryHome();
  assert.is((await home.engine(['start'], signal)).exitCode, 0);
  const { stdout: pid } = await execa('cat', [`${home.path}/engine/docker.pid`]);
  process.kill(Number(pid), 'SIGKILL');
  const again = await home.engine(['start'], signal);
  assert.is(again.exitCode, 0, again.stderr);
});

test('the bridges of its networks go with an engine that was killed, and with one that stops', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  const docker = new Docker({ socketPath: `${home.path}/engine/docker.sock` });
  const makeBridge = async () => {
    assert.is((await home.engine(['start'], signal)).exitCode, 0);
    const { id } = await docker.createNetwork({ Name: 'test', Driver: 'bridge' });
    return `/sys/class/net/br-${id.slice(0, 12)}`;
  };
  const first = await makeBridge();
  assert.ok(existsSync(first));
  process.kill(Number(await readFile(`${home.path}/engine/docker.pid`, 'utf8')), 'SIGKILL');
  const second = await makeBridge();
  assert.equal([existsSync(first), existsSync(second)], [false, true]);
  assert.is((await home.engine(['stop'], signal)).exitCode, 0);
  assert.not.ok(existsSync(second));
});

test('a second start leaves the default bridge of another engine alone', async ({ signal }) => {
  await using home = await temporaryHome();
  const own = await execa('ip', ['link', 'add', 'docker0', 'type', 'bridge'], { reject: false });
  try {
    for (const words of [['start'], ['stop'], ['start']]) {
      const ran = await home.engine(words, signal);
      assert.is(ran.exitCode, 0, ran.stderr);
    }
    assert.is((await execa('ip', ['link', 'show', 'docker0'], { reject: false })).exitCode, 0);
  } finally {
    if (!own.failed) await execa('ip', ['link', 'del', 'docker0'], { reject: false });
  }
});

test('a DOCKER_HOST that does not answer is an error, and no private engine is started', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  const refused = await home.engine(['start'], signal, { DOCKER_HOST: 'unix:///nonexistent/docker.sock' });
  assert.is(refused.exitCode, 1);
  assert.match(refused.stderr, '/nonexistent/docker.sock');
  assert.is((await home.engine(['running'], signal)).exitCode, 1);
});

test('a KILN_HOME that is too long for a socket is refused', async ({ signal }) => {
  const env = { KILN_HOME: `/tmp/${'long'.repeat(30)}`, DOCKER_HOST: '' };
  const refused = await execa(ENGINE_SCRIPT, ['start'], { env, reject: false, cancelSignal: signal });
  assert.match(refused.stderr, 'set KILN_HOME to a shorter path');
});

test.run();

/** The packet filter's rules and the bridges of the host: what a private engine must leave as it was. */
async function hostNetwork(): Promise<string[]> {
  const env = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  const rules = await execa('iptables-save', { env });
  const bridges = await execa('ip', ['-brief', 'link', 'show', 'type', 'bridge'], { env });
  const names = bridges.stdout.split('\n').flatMap((line) => line.split(' ')[0] ?? []);
  return [...rules.stdout.split('\n').filter((line) => line.startsWith('-')), ...names];
}
