import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { describeEngine } from '../../src/platforms/docker/describe-engine.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { makeBases } from '../support/failed-bake.ts';
import { freePorts } from '../support/free-ports.ts';
import { instancesOf, runInContainer } from '../support/instances.ts';
import { pageFiles } from '../support/page-image.ts';
import { sampleEnvironments } from '../support/sample-environments.ts';
import { sampleWorkspace } from '../support/samples.ts';
import { filesWith, processesWith } from '../support/search-host.ts';
import { suite } from '../support/suite.ts';
import { visit } from '../support/visit.ts';

const test = suite('an environment’s secrets', { skip: await missing('docker') });
const notRoot =
  process.getuid?.() !== 0 ? 'only root can look into the engine’s data and into all processes' : false;

test(
  'a secret is where its service reads it, and nowhere else',
  async ({ signal }) => {
    await makeBases(['debian-12-ansible'], signal);
    await using workspace = await sampleWorkspace(['app'], '{ timeout: 60s, stable-for: 500ms }');
    const { files, urls } = await sampleEnvironments();
    await workspace.write(files);
    // What JSON, URLs and shells write differently stands around what is looked for.
    const core = randomBytes(15).toString('hex');
    const token = `"p&=% $'\\${core}ü+/`;
    const said: string[] = [];
    const run = async (verb: 'bake' | 'launch', argv: readonly string[], stdin = '') => {
      const { exitCode, stdout, stderr } = await workspace[verb](argv, { signal, stdin });
      assert.is(exitCode, 0, stderr);
      said.push(stdout, stderr);
    };
    const watch = watchProcesses(core);
    await run('bake', ['image', 'test-app']);
    await run('launch', ['secrets', 'init', '--env', 'test-dev']);
    await run('launch', ['secrets', 'set', 'api_token', '--env', 'test-dev'], token);
    await run('launch', ['--env', 'test-dev']);
    await run('launch', ['status', '--env', 'test-dev', '--json']);
    await run('launch', ['history', '--env', 'test-dev', '--json']);
    const authorization = Buffer.from(`Bearer ${token}`).toString('latin1');
    assert.is((await visit(`${urls.dev}/private`, { authorization })).status, 200);
    assert.equal(await watch.stop(), []);

    const engine = await connectEngine(signal);
    const [instance] = await instancesOf('test-dev');
    const { dataRoot } = await describeEngine(engine.address, signal);
    const forms = formsOf(core);
    const container = engine.docker.getContainer(instance?.Id ?? '');
    const listed = [instance, await engine.docker.listNetworks(), await engine.docker.listContainers()];
    const texts = Object.entries({
      'what the command lines said': said.join('\n'),
      'docker inspect': JSON.stringify(listed),
      'docker logs': (await container.logs({ stdout: true, stderr: true })).toString(),
      'the journal': await runInContainer(instance?.Id ?? '', 'journalctl --no-pager --output=verbose'),
    });
    const places = [dataRoot, dirname(workspace.root)];
    const look = async () => [
      ...texts.filter(([, text]) => forms.some((form) => text.includes(form))).map(([name]) => name),
      ...(await Promise.all(forms.map(processesWith))).flat(),
      ...(await filesWith(forms.join('\n'), places, signal)),
    ];
    assert.equal(await look(), []);

    // That it would have been found: in a layer, in a log of ours, in a program's words.
    const file = '/run/credentials/@system/api_token';
    const leak = `base64 -w0 ${file} > /var/leaked; sh -c 'sleep 30; :' "$(cat ${file})" >/dev/null 2>&1 &`;
    await runInContainer(instance?.Id ?? '', leak);
    await workspace.write({ leaked: `x${token}` });
    while ((await Promise.all(forms.map(processesWith))).flat().length === 0) await sleep(50, signal);
    const found = await look();
    for (const place of [/\/var\/leaked$/, /\/workspace\/leaked$/, /^\/proc\/\d+\/cmdline$/])
      assert.ok(
        found.some((one) => place.test(one)),
        `${place} is not among ${found.join(', ')}`,
      );
  },
  { skip: notRoot },
);

test('whoever has dev’s identity alone neither reads nor launches prod', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  const port = await freePorts(2);
  await using workspace = await bakeWorkspace({
    ...pageFiles('golden'),
    'environments/test-dev/environment.yaml': `platform: docker\nimages: { test-page: { publish: ["${port}:8080"] } }\n`,
    'environments/test-prod/environment.yaml': `platform: docker\nafter: test-dev\nimages: { test-page: { publish: ["${port + 1}:8080"] } }\n`,
  });
  const whose = (name: string) => ({ signal, env: { XDG_CONFIG_HOME: join(workspace.home, name) } });
  const developer = whose('developer');
  const operator = whose('operator');
  const succeeds = async (argv: readonly string[], options: object, verb: 'bake' | 'launch' = 'launch') => {
    const ran = await workspace[verb](argv, { signal, ...options });
    assert.is(ran.exitCode, 0, `${argv.join(' ')}\n${ran.stdout}\n${ran.stderr}`);
    return ran.stdout;
  };
  const value = randomBytes(12).toString('hex');
  await succeeds(['image', 'test-page'], {}, 'bake');
  for (const [name, who] of [
    ['test-dev', developer],
    ['test-prod', operator],
  ] as const) {
    await succeeds(['secrets', 'init', '--env', name], who);
    await succeeds(['secrets', 'set', 'api_token', '--env', name], { ...who, stdin: `${name} ${value}` });
  }
  await succeeds(['--env', 'test-dev'], developer);

  const { stdout: recipients } = await workspace.launch(
    ['secrets', 'show', '--env', 'test-prod', '--json'],
    operator,
  );
  assert.match(recipients, 'api_token');
  for (const argv of [
    ['--env', 'test-prod'],
    ['secrets', 'show', '--env', 'test-prod'],
    ['secrets', 'show', 'api_token', '--env', 'test-prod'],
    ['secrets', 'set', 'api_token', '--env', 'test-prod'],
    ['secrets', 'rotate', '--env', 'test-prod'],
  ]) {
    const { exitCode, stdout, stderr } = await workspace.launch(argv, { ...developer, stdin: 'mine' });
    assert.is(exitCode, 2, `${argv.join(' ')}\n${stdout}\n${stderr}`);
    assert.match(stderr, /age1[a-z0-9]{58}/, 'which key is needed');
    assert.not.match(stdout + stderr, value);
  }
  assert.equal(await instancesOf('test-prod'), []);

  await succeeds(['--env', 'test-prod'], operator);
  assert.is((await instancesOf('test-prod')).length, 1);
});

/** The text itself, and what base64 makes of it wherever it is cut. */
function formsOf(text: string): string[] {
  const cut = [0, 1, 2].map((shift) => Buffer.from(' '.repeat(shift) + text).toString('base64'));
  return [text, ...cut.map((encoded) => encoded.slice(4, -4))];
}

/** Looks at the words and the environment of all programs of this host, again and again. */
function watchProcesses(text: string): { stop(): Promise<string[]> } {
  const found = new Set<string>();
  let over = false;
  const watching = (async () => {
    while (!over) {
      for (const path of await processesWith(text)) found.add(path);
      await sleep(50);
    }
  })();
  return {
    async stop() {
      over = true;
      await watching;
      return [...found];
    },
  };
}

test.run();
