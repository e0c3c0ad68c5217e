import * as assert from 'uvu/assert';
import { type Digest, digestOf } from '../../../src/core/digest.ts';
import { Fault } from '../../../src/core/fault.ts';
import { Scope } from '../../../src/core/scope.ts';
import type { TarInput } from '../../../src/core/tar/member.ts';
import { awaitHealthy } from '../../../src/health/await-healthy.ts';
import {
  type FakeLauncher,
  type FakeLauncherOptions,
  fakeLauncher,
  UP,
} from '../../support/fake-launcher.ts';
import { instanceSpec, published } from '../../support/instance-spec.ts';
import { launcherContract } from '../../support/launcher-contract.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const form: Digest = digestOf('an image');
const PASSWD: TarInput = { path: 'etc/passwd', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 };

const contract = suite('the launcher contract, of the fake');

launcherContract(contract, async () => {
  const launcher = fakeLauncher({ tree: [PASSWD] });
  const page = async (port: number) => {
    const serving = launcher
      .instances()
      .find((instance) => instance.serving && instance.publish.some(({ hostPort }) => hostPort === port));
    return serving === undefined ? undefined : launcher.delivered(serving).get('kiln/environment.json');
  };
  return { launcher, form, page };
});

contract.run();

const test = suite('the fake launcher');

async function launched(scope: Scope, signal: AbortSignal, options?: FakeLauncherOptions) {
  const fake = fakeLauncher(options);
  const spec = instanceSpec({ environment: 'prod', form, publish: [published(80)] });
  const { instance } = await fake.launch(spec, scope, signal);
  return { fake, instance };
}

async function isHealthy(fake: FakeLauncher, signal: AbortSignal): Promise<boolean> {
  const [instance] = fake.instances();
  if (instance === undefined) throw new Error('there is none');
  const machine = await fake.enter(instance, 'systemd', signal);
  const once = { 'start-period': 0, timeout: 1, interval: 1, 'success-threshold': 1, 'stable-for': 0 };
  const log = { output() {}, note() {} };
  return (await awaitHealthy(machine, UP, once, { log, signal })).healthy;
}

test('the nth call of a method fails as it was told to, and does nothing', async ({ signal }) => {
  await using scope = new Scope();
  const { fake, instance } = await launched(scope, signal);
  fake.fail('publish', 2, new Fault('ENGINE_FAILED', 'told to'));
  await fake.publish(instance, signal);
  await fake.withdraw(instance, signal);
  await rejects(fake.publish(instance, signal), { code: 'ENGINE_FAILED' });
  assert.is(fake.instances()[0]?.serving, false);
  await fake.publish(instance, signal);
  assert.equal(
    fake.calls.map((call) => call.split(' ')[0]),
    ['launch', 'publish', 'withdraw', 'publish', 'publish'],
  );
  assert.is(fake.calls[1], `publish ${instance.name}`);
});

test('an instance can end by itself after it was published, and is then lost', async ({ signal }) => {
  await using scope = new Scope();
  const { fake, instance } = await launched(scope, signal);
  const machine = await fake.enter(instance, 'systemd', signal);
  fake.after('publish', ({ subject }) => {
    if (subject.instance !== undefined) fake.end(subject.instance);
  });
  await fake.publish(instance, signal);
  const [now] = await fake.list('prod', signal);
  assert.equal({ running: now?.running, serving: now?.serving }, { running: false, serving: false });
  await rejects(machine.exec(['true'], { signal, timeout: 1000 }), { code: 'MACHINE_LOST' });
});

test('its health is as it is scripted, by instance and round', async ({ signal }) => {
  await using scope = new Scope();
  const asked: number[] = [];
  const healthy: NonNullable<FakeLauncherOptions['healthy']> = (instance, round) => {
    asked.push(round);
    return instance.serving;
  };
  const { fake, instance } = await launched(scope, signal, { healthy });
  assert.is(await isHealthy(fake, signal), false);
  await fake.publish(instance, signal);
  assert.is(await isHealthy(fake, signal), true);
  assert.is(asked[0], 1);
});

test('a broken engine answers nothing, and after a restart nothing runs', async ({ signal }) => {
  await using scope = new Scope();
  const { fake, instance } = await launched(scope, signal);
  await fake.publish(instance, signal);
  fake.breakEngine();
  await rejects(fake.list('prod', signal), { code: 'ENGINE_UNREACHABLE' });
  fake.mendEngine('restarted');
  assert.equal(
    (await fake.list('prod', signal)).map(({ running, serving }) => [running, serving]),
    [[false, false]],
  );
});

test('a port that a program of the host has is taken, until it is free', async ({ signal }) => {
  await using scope = new Scope();
  const { fake, instance } = await launched(scope, signal);
  fake.occupy(80);
  const fault = await rejects(fake.publish(instance, signal), { code: 'PORT_TAKEN' });
  assert.match(fault.message, /port 80 .* a program of the host/);
  fake.free(80);
  await fake.publish(instance, signal);
});

test.run();
