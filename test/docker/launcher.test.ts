import { createServer } from 'node:net';
import * as assert from 'uvu/assert';
import type { Digest } from '../../src/core/digest.ts';
import { Scope } from '../../src/core/scope.ts';
import { sleep } from '../../src/core/wait.ts';
import { dockerLauncher } from '../../src/platforms/docker/docker-launcher.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { makeNetworks, networksOf } from '../../src/platforms/docker/instance-networks.ts';
import type { Machine } from '../../src/platforms/platform.ts';
import { type EngineImage, engineImage } from '../support/engine-image.ts';
import { missing } from '../support/engines.ts';
import { freePort, instanceSpec, ownEnvironment, published } from '../support/instance-spec.ts';
import { launcherContract } from '../support/launcher-contract.ts';
import { preparedBase } from '../support/machine.ts';
import { measureGap } from '../support/measure-gap.ts';
import { PAGE_SERVER, page } from '../support/page-server.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';

const skip = await missing('docker');
const TIMEOUT = 30_000;

async function openLauncher(scope: Scope, signal: AbortSignal, run: Parameters<typeof engineImage>[1] = {}) {
  const image: EngineImage = await engineImage(signal, { Cmd: [...PAGE_SERVER], ...run });
  scope.defer('image', image.remove);
  const engine = await connectEngine(signal);
  return { engine, docker: engine.docker, launcher: dockerLauncher(engine), form: image.id as Digest, page };
}

const contract = suite('the launcher contract, of docker', { skip });
launcherContract(contract, openLauncher);
contract.run();

const test = suite('instances that are containers', { skip });

async function outputOf(machine: Machine, script: string, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await machine.exec(['sh', '-c', script], { signal, timeout: TIMEOUT });
  assert.is(exitCode, 0, stderr);
  return stdout;
}

test('with systemd, services get the credentials that were delivered, and root alone can list them', async ({
  signal,
}) => {
  await using scope = new Scope();
  const { launcher } = await openLauncher(scope, signal);
  const { image } = await preparedBase('debian-12', scope, signal);
  const spec = instanceSpec(
    { environment: ownEnvironment(), form: image, init: 'systemd' },
    { 'credentials/@system/api_token': 'the token', 'kiln/environment': 'KILN_NODE=web-1\n' },
  );
  const { instance } = await launcher.launch(spec, scope, signal);
  const machine = await launcher.enter(instance, 'systemd', signal);
  const run = (script: string) => outputOf(machine, script, signal);
  const service =
    'systemd-run --quiet --wait --pipe -p LoadCredential=api_token -p EnvironmentFile=/run/kiln/environment';
  const asked = `${service} -p User=nobody sh -c 'id -un; cat $CREDENTIALS_DIRECTORY/api_token; echo " $KILN_NODE"'`;
  assert.is(await run(asked), 'nobody\nthe token web-1\n');
  assert.is(
    await run(
      "cd /run && stat -c '%a %U %n' credentials credentials/@system credentials/@system/api_token kiln kiln/environment.json",
    ),
    `755 root credentials
700 root credentials/@system
400 root credentials/@system/api_token
755 root kiln
444 root kiln/environment.json
`,
  );
  assert.is(
    await run('hostname; grep -z ^Umask: /proc/1/status >/dev/null; sed -n "s/^Umask:\\t//p" /proc/1/status'),
    'web-1\n0000\n',
  );
  assert.is(await run('readlink /proc/1/fd/0'), '/dev/null\n');
});

test('without an init, the image’s own command runs as it says, and no other user reads what it was given', async ({
  signal,
}) => {
  await using scope = new Scope();
  const { docker, launcher, form } = await openLauncher(scope, signal, {
    Entrypoint: [
      'sh',
      '-c',
      'umask; id -un; pwd; echo "$1 $CREDENTIALS_DIRECTORY"; cat $CREDENTIALS_DIRECTORY/api_token; exec sleep 600',
      'sh',
    ],
    Cmd: [`it's "here" $HOME`],
    User: 'www-data',
    WorkingDir: '/var/cache',
  });
  const more = { 'credentials/@system/api_token': 'the token\n' };
  const { instance } = await launcher.launch(
    instanceSpec({ environment: ownEnvironment(), form }, more),
    scope,
    signal,
  );
  const machine = await launcher.enter(instance, 'none', signal);
  const said = await until(async () => {
    const log = await docker.getContainer(instance.id).logs({ stdout: true, stderr: true });
    const lines = log
      .toString()
      .replace(/[^\n\x20-\x7e]/g, '')
      .replace(/^[^\w/]*/gm, '');
    return lines.endsWith('the token\n') ? lines : undefined;
  }, signal);
  assert.is(said, `0022\nwww-data\n/var/cache\nit's "here" $HOME /run/credentials/@system\nthe token\n`);
  const asUser = (id: number) =>
    outputOf(
      machine,
      `setpriv --reuid ${id} --clear-groups cat /run/credentials/@system/api_token 2>&1; true`,
      signal,
    );
  assert.is(await asUser(33), 'the token\n');
  assert.match(await asUser(65534), 'Permission denied');
  const written = `setpriv --reuid 65534 --clear-groups sh -c 'rm -f /run/kiln/environment.json; rm -rf /run/credentials/@system' 2>&1; ls /run/kiln /run/credentials`;
  assert.match(
    await outputOf(machine, written, signal),
    /\/run\/credentials:\n@system\n\n\/run\/kiln:\nenvironment.json/,
  );
});

test('started by hand it refuses to run, and says why', async ({ signal }) => {
  await using scope = new Scope();
  const { docker, launcher, form } = await openLauncher(scope, signal);
  const { instance } = await launcher.launch(
    instanceSpec({ environment: ownEnvironment(), form }),
    scope,
    signal,
  );
  const container = docker.getContainer(instance.id);
  await container.stop();
  // As `docker start --attach --interactive` does, with nothing to type.
  const stdin = await container.attach({ stream: true, stdin: true, hijack: true });
  await container.start();
  stdin.end();
  const { StatusCode } = (await container.wait()) as { StatusCode: number };
  assert.is(StatusCode, 1);
  const log = await container.logs({ stderr: true, tail: 1 });
  assert.match(log.toString(), 'kiln: this instance does not start: its data did not arrive');
});

test('an image without a shell is refused, and one that is not there', async ({ signal }) => {
  await using scope = new Scope();
  const { docker, launcher } = await openLauncher(scope, signal);
  const environment = ownEnvironment();
  const absent: Digest = `sha256:${'0'.repeat(64)}`;
  await rejects(launcher.launch(instanceSpec({ environment, form: absent }), scope, signal), {
    code: 'FORM_MISSING',
  });
  const empty = (await docker.importImage(Buffer.alloc(10240) as unknown as string, {
    changes: 'CMD ["/app"]',
  })) as NodeJS.ReadableStream;
  let said = '';
  for await (const piece of empty) said += piece;
  const id = /sha256:[0-9a-f]{64}/.exec(said)?.[0] as Digest;
  scope.defer('image', () => docker.getImage(id).remove());
  await using inner = new Scope();
  await rejects(launcher.launch(instanceSpec({ environment, form: id }), inner, signal), {
    code: 'TOOL_MISSING',
  });
  await inner.close();
  assert.equal(await networkNames(docker, environment), []);
});

test('many at once make one network of each kind, which go with the last instance', async ({ signal }) => {
  await using scope = new Scope();
  const { engine, docker, launcher, form } = await openLauncher(scope, signal);
  const environment = ownEnvironment();
  const { serving, waiting } = networksOf(environment);
  await Promise.all([1, 2, 3, 4, 5, 6].map(() => makeNetworks(engine, environment, scope, signal)));
  assert.equal(await networkNames(docker, environment), [serving, waiting]);

  const ids = await networkIds(docker, environment);
  const one = (await launcher.launch(instanceSpec({ environment, form }), scope, signal)).instance;
  const two = (await launcher.launch(instanceSpec({ environment, form, slot: 2 }), scope, signal)).instance;
  assert.equal(await networkIds(docker, environment), ids, 'what an earlier launch left is used');
  await launcher.remove(one, signal);
  assert.equal(await networkIds(docker, environment), ids);
  await launcher.remove(two, signal);
  assert.equal(await networkIds(docker, environment), []);
});

test('a network that somebody removed is made anew when it is needed', async ({ signal }) => {
  await using scope = new Scope();
  const { docker, launcher, form } = await openLauncher(scope, signal);
  const environment = ownEnvironment();
  const { instance } = await launcher.launch(instanceSpec({ environment, form }), scope, signal);
  await docker.getNetwork(networksOf(environment).serving).remove();
  await launcher.publish(instance, signal);
  assert.equal(
    (await launcher.list(environment, signal)).map(({ serving }) => serving),
    [true],
  );
});

test('others of its environment find it by its names, which follow the one that serves', async ({
  signal,
}) => {
  await using scope = new Scope();
  const { launcher, form } = await openLauncher(scope, signal);
  const environment = ownEnvironment();
  const start = async (template: string) =>
    (await launcher.launch(instanceSpec({ environment, form, template }), scope, signal)).instance;
  const [app, old, next] = [await start('app'), await start('web'), await start('web')];
  await launcher.publish(app, signal);
  const asked = async () => {
    const machine = await launcher.enter(app, 'none', signal);
    const script = `perl -MIO::Socket::INET -e '
      for my $name (qw(web web-1)) {
        my $server = IO::Socket::INET->new(PeerAddr => $name, PeerPort => 8080, Timeout => 5) or do { print "nobody\\n"; next };
        print $server "GET / HTTP/1.0\\r\\n\\r\\n"; my @lines = <$server>; print "$lines[-1]\\n";
      }'`;
    return (await outputOf(machine, script, signal)).split('\n');
  };
  assert.equal((await asked()).slice(0, 2), ['nobody', 'nobody']);
  await launcher.publish(old, signal);
  assert.ok((await asked()).slice(0, 2).every((line) => line.includes(old.launch)));
  await launcher.withdraw(old, signal);
  await launcher.publish(next, signal);
  assert.ok((await asked()).slice(0, 2).every((line) => line.includes(next.launch)));
});

test('what waits has an address that this host reaches it by', async ({ signal }) => {
  await using scope = new Scope();
  const { launcher, form } = await openLauncher(scope, signal);
  const { instance } = await launcher.launch(
    instanceSpec({ environment: ownEnvironment(), form }),
    scope,
    signal,
  );
  const { address } = await launcher.enter(instance, 'none', signal);
  assert.match(await until(() => get(`http://${address}:8080/`), signal), instance.launch);
});

test('a port that a program of the host has is named, and the swap can be undone', async ({ signal }) => {
  await using scope = new Scope();
  const { launcher, form } = await openLauncher(scope, signal);
  const environment = ownEnvironment();
  const [port, taken] = [await freePort(), await freePort()];
  const program = createServer();
  await new Promise<void>((resolve) => program.listen(taken, '0.0.0.0', resolve));
  scope.defer('program', () => new Promise((resolve) => program.close(resolve)));
  const old = (
    await launcher.launch(instanceSpec({ environment, form, publish: [published(port)] }), scope, signal)
  ).instance;
  await launcher.publish(old, signal);
  const publish = [published(port), published(taken, 8081)];
  const next = (await launcher.launch(instanceSpec({ environment, form, publish }), scope, signal)).instance;
  await launcher.withdraw(old, signal);
  const fault = await rejects(launcher.publish(next, signal), { code: 'PORT_TAKEN' });
  assert.match(fault.message, `port ${taken} cannot be bound for ${next.name}: a program of the host has it`);
  await launcher.withdraw(next, signal);
  await launcher.publish(old, signal);
  assert.match((await page(port)) ?? '', old.launch);
  assert.equal(
    (await launcher.list(environment, signal)).map(({ serving }) => serving),
    [true, false],
  );
});

test('a port that an instance of another environment has is named with its owner', async ({ signal }) => {
  await using scope = new Scope();
  const { launcher, form } = await openLauncher(scope, signal);
  const taken = await freePort();
  const publish = [published(taken)];
  const launch = async () =>
    (await launcher.launch(instanceSpec({ environment: ownEnvironment(), form, publish }), scope, signal))
      .instance;
  const [owner, instance] = [await launch(), await launch()];
  await launcher.publish(owner, signal);
  const fault = await rejects(launcher.publish(instance, signal), { code: 'PORT_TAKEN' });
  assert.match(fault.message, new RegExp(`port ${taken} .*${instance.name}.*${owner.name}`));
});

test('a swap has one short gap', async ({ signal }) => {
  await using scope = new Scope();
  const { launcher, form } = await openLauncher(scope, signal);
  const environment = ownEnvironment();
  const port = await freePort();
  const start = async () =>
    (await launcher.launch(instanceSpec({ environment, form, publish: [published(port)] }), scope, signal))
      .instance;
  const [old, next] = [await start(), await start()];
  await launcher.publish(old, signal);
  const address = `http://127.0.0.1:${port}/`;
  await until(() => get(address), signal);
  const { answers, failed, longest } = await measureGap(
    () => get(address),
    async () => {
      await launcher.withdraw(old, signal);
      await launcher.publish(next, signal);
    },
  );
  const firstNew = answers.findIndex((text) => text.includes(next.launch));
  assert.ok(firstNew > 0, 'both were asked');
  assert.ok(answers.slice(0, firstNew).every((text) => text.includes(old.launch)));
  assert.ok(answers.slice(firstNew).every((text) => text.includes(next.launch)));
  console.log(
    `a swap: ${answers.length} requests answered, ${failed} failed, ${Math.round(longest)} ms without an answer`,
  );
});

async function get(address: string): Promise<string> {
  const answer = await fetch(address, {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(2000),
  });
  return await answer.text();
}

async function until<T>(ask: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    await sleep(20, signal);
  }
}

async function networkIds(
  docker: Awaited<ReturnType<typeof openLauncher>>['docker'],
  environment: string,
): Promise<string[]> {
  const networks = await docker.listNetworks({ filters: { label: [`kiln.environment=${environment}`] } });
  return networks.map(({ Name, Id }) => `${Name} ${Id}`).sort();
}

async function networkNames(
  docker: Awaited<ReturnType<typeof openLauncher>>['docker'],
  environment: string,
): Promise<string[]> {
  return (await networkIds(docker, environment)).map((line) => line.replace(/ .*/, ''));
}

test.run();
