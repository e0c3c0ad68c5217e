import * as assert from 'uvu/assert';
import { missing } from '../support/engines.ts';
import { makeBases } from '../support/failed-bake.ts';
import { instancesOf, runInContainer } from '../support/instances.ts';
import { pageWorkspace } from '../support/launch-page.ts';
import { readRecord } from '../support/records.ts';
import { sampleEnvironments } from '../support/sample-environments.ts';
import { sampleWorkspace } from '../support/samples.ts';
import { suite } from '../support/suite.ts';
import { readPage, visit } from '../support/visit.ts';

const test = suite('launching', { skip: await missing('docker') });

const ENVIRONMENTS = ['test-dev', 'test-staging', 'test-prod'] as const;

test('one image in dev, staging and prod: the same bytes, three pages, a token of its own', async ({
  signal,
}) => {
  await makeBases(['debian-12-ansible'], signal);
  await using workspace = await sampleWorkspace(['app', 'web'], '{ timeout: 60s, stable-for: 500ms }');
  const { files, urls } = await sampleEnvironments();
  await workspace.write(files);
  const succeeds = async (verb: 'bake' | 'launch', argv: readonly string[], stdin?: string) => {
    const ran = await workspace[verb](argv, { signal, ...(stdin === undefined ? {} : { stdin }) });
    assert.is(ran.exitCode, 0, `${verb} ${argv.join(' ')}\n${ran.stdout}\n${ran.stderr}`);
    return ran.stdout;
  };
  await succeeds('bake', ['lint']);
  await succeeds('bake', ['image', 'test-app']);
  for (const name of ENVIRONMENTS) {
    await succeeds('launch', ['secrets', 'init', '--env', name]);
    await succeeds('launch', ['secrets', 'set', 'api_token', '--env', name], `the token of ${name}\n`);
  }

  await succeeds('launch', ['--env', 'test-dev']);
  const tooEarly = await workspace.launch(['--env', 'test-prod', '--json'], { signal });
  assert.is(tooEarly.exitCode, 1, tooEarly.stderr);
  assert.is(JSON.parse(tooEarly.stdout)[0].error.code, 'NOT_PROMOTED');
  assert.match(tooEarly.stdout, /test-staging runs no test-app/);
  await succeeds('launch', ['--env', 'test-staging']);
  assert.match(await succeeds('launch', ['--env', 'test-prod']), /test-app@1 .*test-staging runs it/);

  const { digest, forms } = await readRecord(workspace, 'test-app', signal);
  const instances = (await Promise.all(ENVIRONMENTS.map(instancesOf))).flat();
  assert.is(instances.length, 4);
  for (const { Image, Config } of instances) {
    assert.is(Image, forms[0]?.digest);
    assert.is(Config.Labels['kiln.digest'], digest);
  }

  assert.equal(await Promise.all([urls.dev, urls.staging, ...urls.prod].map(readPage)), [
    `Try things out, this is test-dev
- Whatever is here may be gone tomorrow.
- The same bytes run in every environment.

environment: test-dev
node: test-app-1
image: test-app@1
`,
    `Hello from test-staging
- This is what prod runs next.
- The same bytes run in every environment.

environment: test-staging
node: test-app-1
image: test-app@1
`,
    ...['test-app-1', 'test-app-2'].map(
      (node) => `Welcome
- The same bytes run in every environment.

environment: test-prod
node: ${node}
image: test-app@1
`,
    ),
  ]);
  for (const [name, url] of [
    ['test-dev', urls.dev],
    ['test-staging', urls.staging],
    ['test-prod', urls.prod[0]],
    ['test-prod', urls.prod[1]],
  ] as const) {
    const statusOf = async (token: string) =>
      (await visit(`${url}/private`, { authorization: `Bearer ${token}` })).status;
    assert.is(await statusOf(`the token of ${name}`), 200);
    assert.is(await statusOf(`the token of ${name === 'test-dev' ? 'test-prod' : 'test-dev'}`), 403);
  }

  const status = JSON.parse(await succeeds('launch', ['status', '--json'])) as {
    instances: { environment: string; image: string; digest: string; health: string; drift: string }[];
  };
  assert.equal(
    status.instances.map(({ environment, image, health, drift }) => [environment, image, health, drift]),
    ['test-dev', 'test-staging', 'test-prod', 'test-prod'].map((name) => [
      name,
      'test-app@1',
      'healthy',
      'no',
    ]),
  );
  assert.ok(status.instances.every((instance) => instance.digest === digest));
});

test('a file changed in an instance is named, and a clean instance takes its place', async ({ signal }) => {
  await using workspace = await pageWorkspace(signal);
  await workspace.bakePage('golden');
  await workspace.launched([]);
  await workspace.launched(['drift']);
  const [drifted] = await instancesOf('test-solo');
  await runInContainer(
    drifted?.Id ?? '',
    'echo x >> /etc/hostname.conf; echo x >> /opt/word; chmod 0777 /opt',
  );
  const { exitCode, stdout } = await workspace.solo(['drift', '--json']);
  assert.is(exitCode, 1, stdout);
  const { instances } = JSON.parse(stdout) as {
    instances: { changes: { path: string; kind: string; what: string[] }[] }[];
  };
  assert.equal(
    instances.flatMap(({ changes }) => changes).map(({ path, kind, what }) => [path, kind, what]),
    [
      ['/etc/hostname.conf', 'added', []],
      ['/opt', 'changed', ['mode']],
      ['/opt/word', 'changed', ['content']],
    ],
  );

  await workspace.launched(['--replace-drifted']);
  await workspace.launched(['drift']);
  const [clean] = await instancesOf('test-solo');
  assert.is.not(clean?.Id, drifted?.Id);
  assert.is(clean?.Image, drifted?.Image);
});

test.run();
