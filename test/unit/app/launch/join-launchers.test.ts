import * as assert from 'uvu/assert';
import { type JoinedPlatforms, joinLaunchers } from '../../../../src/app/launch/join-launchers.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { Scope } from '../../../../src/core/scope.ts';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import type { CloudPlace } from '../../../../src/platforms/launcher.ts';
import type { Vm } from '../../../../src/platforms/platform.ts';
import { type FakeLauncher, type FakeLauncherOptions, fakeLauncher } from '../../../support/fake-launcher.ts';
import { instanceSpec } from '../../../support/instance-spec.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('launchers of several platforms as one');

const form = digestOf('an image');
const vm: Vm = { disk: { file: '/d', format: 'qcow2', digest: form }, memory: 512, cpus: 1 };
const PLACE: CloudPlace = {
  region: 'eu-central-1',
  subnets: ['subnet-1'],
  securityGroups: ['sg-1'],
  instanceType: 't3.small',
  parameters: '/kiln/dev',
};
const PASSWD: TarInput = { path: 'etc/passwd', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 };

function both(mayRun: JoinedPlatforms['mayRun'] = async () => true, options: FakeLauncherOptions = {}) {
  const docker = fakeLauncher(options);
  const qemu = fakeLauncher({ ...options, platform: 'qemu' });
  const ec2 = fakeLauncher({ ...options, platform: 'ec2' });
  const opened: string[] = [];
  const open = (launcher: FakeLauncher) => async () => {
    opened.push(launcher.platform);
    return launcher;
  };
  const joined = joinLaunchers({ open: { docker: open(docker), qemu: open(qemu), ec2: open(ec2) }, mayRun });
  return { docker, qemu, ec2, joined, opened };
}

test('what has a disk to boot goes to qemu, what has a place at AWS there, everything else to docker', async ({
  signal,
}) => {
  await using scope = new Scope();
  const { ec2, joined, opened } = both();
  const container = await joined.launch(instanceSpec({ environment: 'dev', form }), scope, signal);
  assert.equal(opened, ['docker'], 'and the other platform is not opened for it');
  const machine = await joined.launch(instanceSpec({ environment: 'dev', form, vm }), scope, signal);
  const at = await joined.launch(
    instanceSpec({ environment: 'dev', form: 'ami-1', ec2: PLACE }),
    scope,
    signal,
  );
  assert.equal(
    [container, machine, at].map(({ instance }) => instance.platform),
    ['docker', 'qemu', 'ec2'],
  );
  await joined.adopt(container.instance, signal);
  await joined.adopt(at.instance, signal);
  assert.equal(ec2.calls.at(-1), `adopt ${at.instance.name}`);
});

test('every other call goes to where the instance runs', async ({ signal }) => {
  await using scope = new Scope();
  const { docker, qemu, joined } = both(undefined, { tree: [PASSWD] });
  const { instance } = await joined.launch(
    instanceSpec({ environment: 'dev', form, vm, init: 'systemd' }),
    scope,
    signal,
  );
  await joined.publish(instance, signal);
  await joined.withdraw(instance, signal);
  await (await joined.enter(instance, 'systemd', signal)).exec(['cat', '/x'], { signal, timeout: 1000 });
  const paths: string[] = [];
  for await (const { path } of joined.readTree(instance).read(signal)) paths.push(path);
  assert.equal(paths, ['etc/passwd']);
  await joined.remove(instance, signal);
  assert.equal(
    qemu.calls.map((call) => call.split(' ')[0]),
    ['launch', 'publish', 'withdraw', 'enter', 'readTree', 'remove'],
  );
  assert.equal(docker.calls, []);
});

test('a list has those of all platforms, by environment, template, slot and start', async ({ signal }) => {
  await using scope = new Scope();
  let minute = 0;
  const { joined } = both(undefined, { now: () => new Date(Date.UTC(2026, 1, 1, 0, minute++)) });
  const launch = async (environment: string, slot: number, on: 'docker' | 'qemu') => {
    const spec = instanceSpec({ environment, form, slot, ...(on === 'qemu' ? { vm } : {}) });
    await joined.launch(spec, scope, signal);
  };
  await launch('prod', 1, 'docker');
  await launch('dev', 10, 'docker');
  await launch('dev', 2, 'docker');
  await launch('dev', 2, 'qemu');
  const listed = async (environment?: string) =>
    (await joined.list(environment, signal)).map((one) => `${one.environment} ${one.slot} ${one.platform}`);
  assert.equal(await listed(), ['dev 2 docker', 'dev 2 qemu', 'dev 10 docker', 'prod 1 docker']);
  assert.equal(await listed('prod'), ['prod 1 docker']);
});

test('a platform that holds nothing is not opened to list it', async ({ signal }) => {
  await using scope = new Scope();
  const { docker, qemu, ec2 } = both();
  await docker.launch(instanceSpec({ environment: 'dev', form }), scope, signal);
  const joined = joinLaunchers({
    open: { docker: async () => docker, qemu: async () => qemu, ec2: async () => ec2 },
    mayRun: async () => true,
    isUnused: async (platform) => platform !== 'docker',
  });
  assert.is((await joined.list('dev', signal)).length, 1);
  assert.equal([...qemu.calls, ...ec2.calls], []);
});

test('an engine that does not answer runs nothing only where it cannot run anything', async ({ signal }) => {
  await using scope = new Scope();
  const asked: unknown[] = [];
  const { docker, joined } = both(async (platform, environment) => {
    asked.push([platform, environment]);
    return environment !== 'staging';
  });
  await joined.launch(instanceSpec({ environment: 'staging', form, vm }), scope, signal);
  docker.breakEngine();
  assert.is((await joined.list('staging', signal)).length, 1);
  await rejects(joined.list('dev', signal), { code: 'ENGINE_UNREACHABLE' });
  await rejects(joined.list(undefined, signal), { code: 'ENGINE_UNREACHABLE' });
  assert.equal(asked, [
    ['docker', 'staging'],
    ['docker', 'dev'],
    ['docker', undefined],
  ]);
});

test('a platform that cannot even be opened is the same as one that does not answer', async ({ signal }) => {
  const { qemu, ec2 } = both();
  const open = {
    docker: () => Promise.reject(new Fault('ENGINE_UNREACHABLE', 'no container engine answers')),
    qemu: async () => qemu,
    ec2: async () => ec2,
  };
  const without = joinLaunchers({ open, mayRun: async () => false });
  assert.equal(await without.list('dev', signal), []);
  await rejects(joinLaunchers({ open, mayRun: async () => true }).list('dev', signal), {
    code: 'ENGINE_UNREACHABLE',
  });
});

test('what else goes wrong with a list is never taken as nothing', async ({ signal }) => {
  const { docker, joined } = both(async () => false);
  docker.fail('list', 1, new Fault('ENGINE_FAILED', 'told to'));
  await rejects(joined.list('dev', signal), { code: 'ENGINE_FAILED' });
});

test.run();
