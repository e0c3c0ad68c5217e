import * as assert from 'uvu/assert';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { engineContents } from '../support/engine-contents.ts';
import { engineImage } from '../support/engine-image.ts';
import { engineProxy } from '../support/engine-proxy.ts';
import { missing } from '../support/engines.ts';
import { freePorts, takenPort } from '../support/free-ports.ts';
import { instancesOf } from '../support/instances.ts';
import { killAt } from '../support/kill-at.ts';
import { type PageWorkspace, pageWorkspace } from '../support/launch-page.ts';
import { suite } from '../support/suite.ts';
import { readPage } from '../support/visit.ts';

const test = suite('a launch that goes wrong', { skip: await missing('docker') });

const OLD = 'golden|Hello|test-solo|test-page-1';
const NEW = 'golden|Good morning|test-solo|test-page-1';
/** What puts an instance into reach: held, it is the middle of a swap. */
const REACH = 'POST /networks/kiln-test-solo/connect';

/** One instance serves, and its data was changed since: the next launch puts another in its place. */
async function oneServes(signal: AbortSignal): Promise<{ workspace: PageWorkspace; url: string }> {
  const workspace = await pageWorkspace(signal);
  await workspace.bakePage('golden');
  await workspace.launched([]);
  await workspace.write({
    'environments/hiera.yaml': 'version: 5\nhierarchy: [{ name: all, path: common.yaml }]\n',
    'environments/common.yaml': 'greeting: Good morning\n',
  });
  return { workspace, url: workspace.urls[0] ?? '' };
}

async function ids(): Promise<string[]> {
  return (await instancesOf('test-solo')).map(({ Id }) => Id);
}

/** Waits until nothing is in reach, though something runs. */
async function nobodyServes(signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const instances = await instancesOf('test-solo');
    const serving = instances.some(({ NetworkSettings }) => 'kiln-test-solo' in NetworkSettings.Networks);
    if (instances.length === 2 && !serving) return;
  }
}

test('Ctrl-C at any stage: the old one serves, and nothing else is left', async ({ signal }) => {
  const { workspace, url } = await oneServes(signal);
  await using _ = workspace;
  const before = [...(await engineContents()), ...(await ids())];
  for (const stage of ['start', 'check', 'swap', 'confirm']) {
    const kill = killAt(new RegExp(`test-page-1 ${stage} +…`), 'SIGINT');
    const { exitCode, stderr } = await workspace.solo([], kill);
    assert.is(exitCode, 130, stderr);
    assert.match(stderr, 'interrupted by SIGINT');
    assert.not.match(stderr, /could not be removed|this is a bug/);
    assert.is(await readPage(url), OLD, `${stage}\n${stderr}`);
    assert.equal([...(await engineContents()), ...(await ids())], before, `${stage}\n${stderr}`);
  }
  const { stdout } = await workspace.launched(['history', '--json']);
  assert.equal(
    JSON.parse(stdout).launches.map(({ result }: { result: string }) => result),
    ['healthy', 'interrupted', 'interrupted', 'interrupted', 'interrupted'],
  );
  await workspace.launched([]);
  assert.is(await readPage(url), NEW);
});

test('a launch killed in the middle of a swap is put right by the next one', async ({ signal }) => {
  const { workspace, url } = await oneServes(signal);
  await using _ = workspace;
  await using proxy = await engineProxy([REACH]);
  let killed: Promise<void> | undefined;
  const { exitCode } = await workspace.solo([], {
    env: { DOCKER_HOST: proxy.address },
    onStderr(piece, kill) {
      if (/test-page-1 swap +…/.test(piece)) killed = nobodyServes(signal).then(() => kill('SIGKILL'));
    },
  });
  await killed;
  assert.is(exitCode, null);
  assert.is((await ids()).length, 2);

  await workspace.launched([]);
  assert.is(await readPage(url), NEW);
  assert.is((await ids()).length, 1);
  const { stdout } = await workspace.launched(['history', '--json']);
  assert.equal(
    JSON.parse(stdout).launches.map(({ result }: { result: string }) => result),
    ['healthy', 'unfinished', 'healthy'],
  );
});

test('an engine that is gone in the middle of a swap is told, and the next launch puts it right', async ({
  signal,
}) => {
  const { workspace, url } = await oneServes(signal);
  await using _ = workspace;
  const [old] = await ids();
  const proxy = await engineProxy([REACH]);
  let gone: Promise<void> | undefined;
  const { exitCode, stdout, stderr } = await workspace.solo(['--json'], {
    env: { DOCKER_HOST: proxy.address },
    onStderr(piece) {
      if (/test-page-1 swap +…/.test(piece))
        gone = nobodyServes(signal).then(() => proxy[Symbol.asyncDispose]());
    },
  });
  await gone;
  assert.is(exitCode, 3, stderr);
  assert.match(stdout, '"code": "ENGINE_UNREACHABLE"');
  assert.ok((await ids()).includes(old ?? ''));

  await workspace.launched([]);
  assert.is(await readPage(url), NEW);
  assert.is((await ids()).length, 1);
});

test('two launches at once: one waits, and nothing is doubled', async ({ signal }) => {
  await using workspace = await pageWorkspace(signal);
  await workspace.bakePage('golden');
  const both = await Promise.all([workspace.launched([]), workspace.launched([])]);
  const said = both.map(({ stderr }) =>
    /another launch of test-solo is at work \(process \d+\)/.test(stderr),
  );
  assert.equal(said.sort(), [false, true]);
  const done = both.map(({ stdout }) => /test-page-1 {2}(\w+)/.exec(stdout)?.[1]);
  assert.equal(done.sort(), ['launched', 'unchanged']);
  assert.is((await ids()).length, 1);
  assert.is(await readPage(workspace.urls[0] ?? ''), OLD);
});

test('a port that somebody else has: the old one serves on its own', async ({ signal }) => {
  const { workspace, url } = await oneServes(signal);
  await using _ = workspace;
  const before = await ids();
  const port = await freePorts();
  await using _taken = await takenPort(port);
  await workspace.write({
    'environments/test-solo/environment.yaml': `platform: docker\nimages:\n  test-page: { publish: ["${port}:8080"] }\n`,
  });
  const { stdout, stderr } = await workspace.refused([], { code: 'PORT_TAKEN', exitCode: 3 });
  assert.match(stdout, `port ${port} cannot be bound`);
  assert.match(stderr, /test-page@1 serves again/);
  assert.equal(await ids(), before);
  assert.is(await readPage(url), OLD);
});

test('an image whose bytes were changed under the same tag is refused', async ({ signal }) => {
  await using workspace = await pageWorkspace(signal);
  await workspace.bakePage('golden');
  await using other = await engineImage(signal);
  await other.tag('kiln/test-page:1');
  const { stdout } = await workspace.refused([], { code: 'IMAGE_ALTERED', exitCode: 1 });
  assert.match(stdout, 'the bytes behind kiln/test-page:1 are not those of test-page@1');
  assert.equal(await ids(), []);
});

test('an instance that has ended is replaced by the next launch', async ({ signal }) => {
  await using workspace = await pageWorkspace(signal);
  await workspace.bakePage('golden');
  await workspace.launched([]);
  const [id = ''] = await ids();
  const { docker } = await connectEngine(signal);
  await docker.getContainer(id).kill();
  const { exitCode, stdout } = await workspace.solo(['status']);
  assert.is(exitCode, 1);
  assert.match(stdout, /test-page-1: it has ended/);
  await workspace.launched([]);
  assert.is(await readPage(workspace.urls[0] ?? ''), OLD);
  assert.not.ok((await ids()).includes(id));
});

test.run();
