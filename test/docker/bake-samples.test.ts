import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { digestOf } from '../../src/core/digest.ts';
import { Scope } from '../../src/core/scope.ts';
import type { Machine } from '../../src/platforms/platform.ts';
import { missing } from '../support/engines.ts';
import { everything, makeBases } from '../support/failed-bake.ts';
import { launchImage } from '../support/launched.ts';
import { startTestMachine } from '../support/machine.ts';
import { readRecord } from '../support/records.ts';
import { sampleWorkspace } from '../support/samples.ts';
import { suite } from '../support/suite.ts';

const test = suite('the samples', { skip: await missing('docker') });

test('web twice is one content and one image, which serves its page and names its bundle', async ({
  signal,
}) => {
  await makeBases(['debian-12'], signal);
  await using workspace = await sampleWorkspace(['web']);
  for (const version of [1, 2]) {
    const { exitCode, stdout, stderr } = await workspace.bake(['image', 'test-web'], { signal });
    assert.is(exitCode, 0, stderr);
    assert.match(stdout, new RegExp(`^✔ test-web@${version} {2}sha256:[0-9a-f]{12}… `));
  }
  const [first, second] = [
    await readRecord(workspace, 'test-web@1', signal),
    await readRecord(workspace, 'test-web@2', signal),
  ];
  const { stdout: difference } = await workspace.bake(['diff', 'test-web@1', 'test-web@2'], { signal });
  assert.is(second.digest, first.digest, difference);
  assert.is(second.forms[0]?.digest, first.forms[0]?.digest);
  assert.equal(
    second.prove.steps.flatMap(({ resources }) => resources.filter(({ state }) => state === 'changed')),
    [],
  );

  const bundle = join(workspace.root, 'web.tar');
  await workspace.bake(['bundle', 'test-web', '-o', bundle], { signal });
  assert.is(digestOf(await readFile(bundle)), first.bundle.digest);

  await using scope = new Scope();
  const launched = await launchImage('kiln/test-web:2', 'systemd', scope);
  assert.match(await launched.page(80, '/', signal), 'golden');
});

test('a bundle converges a machine by hand', async ({ signal }) => {
  await makeBases(['debian-12'], signal);
  await using workspace = await sampleWorkspace(['web']);
  const before = await everything(workspace);
  const { exitCode, stderr } = await workspace.bake(['bundle', 'test-web', '-o', 'web.tar'], { signal });
  assert.is(exitCode, 0, stderr);
  assert.equal(await everything(workspace), before);
  const file = join(workspace.root, 'web.tar');
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', signal });
  await machine.upload('/run/kiln/bundle', createReadStream(file), signal);
  const said = await runByHand(machine, signal);
  assert.match(said, '== puppet provisioners/puppet/web.pp');
  assert.match(said, 'Service[nginx]');
  assert.not.match(await runByHand(machine, signal), 'ensure changed');
  const page = await machine.exec(
    ['bash', '-c', "exec 3<>/dev/tcp/127.0.0.1/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"],
    { signal, timeout: 10_000 },
  );
  assert.match(page.stdout, 'golden');
});

async function runByHand(machine: Machine, signal: AbortSignal): Promise<string> {
  const options = { signal, timeout: 120_000 };
  const { exitCode, stdout, stderr } = await machine.exec(['sh', '/run/kiln/bundle/run.sh'], options);
  assert.is(exitCode, 0, `${stdout}\n${stderr}`);
  return `${stdout}\n${stderr}`;
}

test('app and toolbox bake side by side; a later toolbox says what became different', async ({ signal }) => {
  await makeBases(['debian-12-ansible', 'debian-12-minimal'], signal);
  await using workspace = await sampleWorkspace(['app', 'toolbox']);
  const baked = await workspace.bake(['image', 'test-app', 'test-toolbox'], { signal });
  assert.is(baked.exitCode, 0, baked.stderr);
  assert.match(baked.stdout, /^✔ test-app@1 /m);
  assert.match(baked.stdout, /^✔ test-toolbox@1 /m);
  const started = baked.stderr.indexOf('test-toolbox resolve');
  assert.ok(started > 0 && started < baked.stderr.indexOf('test-app converge'), 'one after the other');

  await using scope = new Scope();
  const app = await launchImage('kiln/test-app:1', 'systemd', scope);
  assert.match(await app.page(8080, '/healthz', signal), 'ok');
  // nothing told it where it runs: it does all the same, with what is baked in
  assert.is(
    await app.page(8080, '/', signal),
    'Served from a golden image\n\nenvironment: none: this runs with what is baked in\n',
  );
  const askPrivate = `exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /private HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`;
  assert.match(await app.run(askPrivate), /^HTTP\/1\.\d 503 [\s\S]*this instance was given no api_token/);
  const toolbox = await launchImage('kiln/test-toolbox', 'none', scope);
  assert.match(await toolbox.run('toolbox tools; tr "\\0" " " </proc/1/cmdline'), /curl[\s\S]*toolbox wait/);

  const script = 'provisioners/shell/install-tools.sh';
  const install = await readFile(join(workspace.root, script), 'utf8');
  await workspace.write({
    [script]: `${install}apt-get install -y tree\necho 'LABEL="golden"' >> /etc/adduser.conf\n`,
  });
  const again = await workspace.bake(['image', 'test-toolbox'], { signal });
  assert.is(again.exitCode, 0, again.stderr);
  assert.match(again.stdout, 'since test-toolbox@1: 1 package added · 1 file changed outside packages');
  const args = ['diff', 'test-toolbox@1', 'test-toolbox@2'];
  const { stdout: told } = await workspace.bake(args, { signal });
  assert.match(told, /^ *\+ tree [0-9]/m);
  assert.match(told, /^ *~ \/etc\/adduser\.conf/m);
  const { stdout: json } = await workspace.bake([...args, '--json'], { signal });
  const difference = JSON.parse(json);
  assert.equal(
    difference.packages.added.map(({ name }: { name: string }) => name),
    ['tree'],
  );
  assert.equal(
    difference.files.configuration.map(({ path, kind }: { path: string; kind: string }) => [path, kind]),
    [['etc/adduser.conf', 'changed']],
    told,
  );
});

test.run();
