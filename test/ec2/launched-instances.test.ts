import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  RegisterImageCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { Fault } from '../../src/core/fault.ts';
import type { AmiId } from '../../src/core/form-id.ts';
import { Scope } from '../../src/core/scope.ts';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { ec2Launcher } from '../../src/platforms/ec2/ec2-launcher.ts';
import { launchInstance } from '../../src/platforms/ec2/launch-instance.ts';
import { adoptVersion, removeVersion } from '../../src/platforms/ec2/launch-template.ts';
import { listFound, placeOf } from '../../src/platforms/ec2/read-instances.ts';
import { removeInstance } from '../../src/platforms/ec2/remove-instance.ts';
import { publishInstance, withdrawInstance } from '../../src/platforms/ec2/serve.ts';
import type { Instance, InstanceSpec } from '../../src/platforms/launcher.ts';
import type { SshConnection } from '../../src/platforms/ssh/connection.ts';
import { awsProxy } from '../support/aws-proxy.ts';
import { delivery, instanceSpec } from '../support/instance-spec.ts';
import { motoServer, noMoto, REGION } from '../support/moto.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';

const test = suite('instances of EC2, as AWS knows them', { skip: noMoto });

/** Takes all that it is handed: there is no machine behind moto. */
const TAKES_ALL = {
  exec: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
  upload: async () => {},
} as unknown as SshConnection;

/** An account with an AMI, two subnets, and a fake of ours in between. */
async function account(scope: Scope, signal: AbortSignal) {
  const moto = await motoServer(signal);
  scope.defer('moto', async () => await moto[Symbol.asyncDispose]());
  const proxy = await awsProxy(moto);
  scope.defer('proxy', async () => await proxy[Symbol.asyncDispose]());
  const { aws } = proxy;
  const { ec2 } = aws;
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
  const subnets: string[] = [];
  for (const third of [1, 2]) {
    const made = await ec2.send(
      new CreateSubnetCommand({ VpcId: Vpc?.VpcId ?? '', CidrBlock: `10.9.${third}.0/24` }),
    );
    subnets.push(made.Subnet?.SubnetId ?? '');
  }
  const { ImageId } = await ec2.send(new RegisterImageCommand({ Name: 'web', RootDeviceName: '/dev/xvda' }));
  const { AllocationId = '' } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  const place = {
    region: REGION,
    subnets,
    securityGroups: [],
    instanceType: 't3.small',
    elasticIp: AllocationId,
    parameters: '/kiln/prod',
  };
  const remove = (instance: Instance, all: AbortSignal) => removeInstance(aws, instance, all);
  const spec = (changes: Partial<InstanceSpec> = {}) =>
    instanceSpec({
      environment: 'prod',
      form: ImageId as AmiId,
      init: 'systemd',
      ec2: place,
      ...changes,
    });
  return {
    proxy,
    aws,
    spec,
    place,
    allocation: AllocationId,
    ami: ImageId ?? '',
    launch: (of: InstanceSpec, inner: Scope, connect = async () => TAKES_ALL) =>
      launchInstance({ aws, connect, remove }, of, inner, signal),
  };
}

async function running(aws: Aws) {
  const { Reservations = [] } = await aws.ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['running'] }] }),
  );
  return Reservations.flatMap(({ Instances = [] }) => Instances);
}

async function templates(aws: Aws): Promise<(string | undefined)[]> {
  const { LaunchTemplates = [] } = await aws.ec2.send(new DescribeLaunchTemplatesCommand({}));
  return LaunchTemplates.map(({ LaunchTemplateName }) => LaunchTemplateName);
}

async function versions(aws: Aws) {
  const { LaunchTemplateVersions = [] } = await aws.ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'kiln/prod/web' }),
  );
  return LaunchTemplateVersions.map(
    ({ VersionDescription, DefaultVersion }) => `${VersionDescription}${DefaultVersion ? ' default' : ''}`,
  );
}

async function holder(aws: Aws): Promise<string | undefined> {
  const { Addresses = [] } = await aws.ec2.send(new DescribeAddressesCommand({}));
  return Addresses[0]?.InstanceId;
}

test('an address moves from the old instance to the new one and back, never without one, and is taken from nobody else', async ({
  signal,
}) => {
  await using scope = new Scope(undefined, 60_000);
  const { aws, spec, launch, allocation, ami } = await account(scope, signal);
  await using inner = new Scope();
  const old = (await launch(spec(), inner)).instance;
  const next = (await launch(spec(), inner)).instance;
  const idOf = (instance: Instance) => placeOf(instance).awsId;
  const serving = async () =>
    (await listFound(aws, 'prod', signal)).filter((one) => one.instance.serving).map(({ awsId }) => awsId);

  assert.ok(await publishInstance(aws, old, signal), 'the address moved');
  assert.equal([await holder(aws), await serving()], [idOf(old), [idOf(old)]]);
  await rejects(publishInstance(aws, next, signal), { code: 'PORT_TAKEN' });
  await withdrawInstance(aws, old, signal);
  assert.equal([await holder(aws), await serving()], [idOf(old), []]);
  assert.ok(await publishInstance(aws, next, signal));
  assert.not.ok(await publishInstance(aws, next, signal), 'it has it already');
  assert.equal([await holder(aws), await serving()], [idOf(next), [idOf(next)]]);
  await withdrawInstance(aws, next, signal);
  await publishInstance(aws, old, signal);
  assert.equal([await holder(aws), await serving()], [idOf(old), [idOf(old)]]);

  const other = await aws.ec2.send(new RunInstancesCommand({ ImageId: ami, MinCount: 1, MaxCount: 1 }));
  const foreign = other.Instances?.[0]?.InstanceId ?? '';
  await aws.ec2.send(
    new AssociateAddressCommand({
      AllocationId: allocation,
      InstanceId: foreign,
      AllowReassociation: true,
    }),
  );
  assert.equal(await serving(), [], 'a tag alone makes nobody serve');
  const fault = await rejects(publishInstance(aws, old, signal), { code: 'PORT_TAKEN' });
  assert.match(fault.message, `${foreign} has it`);
  assert.is(await holder(aws), foreign);
});

test('a launch’s instances share a version, which is the default only when it is adopted, and go with their template', async ({
  signal,
}) => {
  await using scope = new Scope(undefined, 60_000);
  const { aws, proxy, spec, launch } = await account(scope, signal);
  const first = spec();
  const instances: Instance[] = [];
  for (const of of [first, { ...first, slot: 2 }, { ...spec(), launch: 'another' }]) {
    const launched = await launch(of, scope);
    launched.keep();
    instances.push(launched.instance);
  }
  assert.equal(await versions(aws), [`${first.launch} default`, 'another']);
  await adoptVersion(aws, { environment: 'prod', template: 'web', launch: 'another' }, signal);
  assert.equal(await versions(aws), [first.launch, 'another default']);
  for (const instance of instances) {
    assert.equal(await templates(aws), ['kiln/prod/web']);
    await removeInstance(aws, instance, signal);
  }
  const actions = proxy.calls.map(({ action }) => action.replace('ec2:', ''));
  // Not only when the instance has ended, which takes a while.
  assert.equal(actions.slice(actions.lastIndexOf('TerminateInstances')).slice(0, 4), [
    ...['TerminateInstances', 'DescribeInstances', 'DescribeLaunchTemplates', 'DeleteLaunchTemplate'],
  ]);
  assert.equal([await templates(aws), await running(aws)], [[], []]);
});

for (const lost of [false, true]) {
  const answer = lost ? ', though the answer that made it was lost' : '';
  test(`the version of a launch that fails goes, and no other${answer}`, async ({ signal }) => {
    await using scope = new Scope(undefined, 60_000);
    const { aws, proxy, spec, launch } = await account(scope, signal);
    (await launch({ ...spec(), launch: 'first' }, scope)).keep();
    const action = 'ec2:CreateLaunchTemplateVersion';
    if (lost) {
      proxy.inject({ action, error: 'UnauthorizedOperation' });
      proxy.inject({ action, cut: 'after', times: 1 });
    }
    const inner = new Scope(undefined, 60_000);
    const second = launch({ ...spec(), launch: 'second' }, inner);
    if (lost) await rejects(second, { code: 'CLOUD_DENIED' });
    else await second;
    assert.equal(await versions(aws), ['first default', 'second']);
    assert.equal(
      (await inner.close()).filter(({ state }) => state === 'failed'),
      [],
    );
    assert.equal(await versions(aws), ['first default']);
  });
}

test('a version that is the default is not removed, and one that is gone is no failure', async ({
  signal,
}) => {
  await using scope = new Scope(undefined, 60_000);
  const { aws, spec, launch } = await account(scope, signal);
  (await launch({ ...spec(), launch: 'first' }, scope)).keep();
  const [template] = (await aws.ec2.send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates ?? [];
  const id = template?.LaunchTemplateId ?? '';
  const fault = await rejects(removeVersion(aws, id, '1', signal), { code: 'CLOUD_FAILED' });
  assert.match(fault.details.join(), 'unexpectedError: The default version');
  await removeVersion(aws, id, '7', signal);
  await removeVersion(aws, 'lt-0123456789abcdef0', '1', signal);
});

test('the launch template goes with instances that are removed side by side', async ({ signal }) => {
  await using scope = new Scope(undefined, 60_000);
  const { aws, spec, launch } = await account(scope, signal);
  const places = [await launch(spec(), scope), await launch(spec({ slot: 2 }), scope)];
  await Promise.all(places.map(({ instance }) => removeInstance(aws, instance, signal)));
  assert.equal([await templates(aws), await running(aws)], [[], []]);
});

test('a launch template that another launch has made meanwhile stays when this one fails', async ({
  signal,
}) => {
  await using scope = new Scope(undefined, 60_000);
  const { aws, proxy, spec, launch } = await account(scope, signal);
  const first = await launch({ ...spec(), launch: 'first' }, scope);
  first.keep();
  const error = 'InvalidLaunchTemplateName.NotFoundException';
  proxy.inject({ action: 'ec2:DescribeLaunchTemplates', times: 1, error });
  const inner = new Scope(undefined, 60_000);
  await rejects(launch({ ...spec(), launch: 'second' }, inner), { code: 'CLOUD_FAILED' });
  await inner.close();
  assert.equal(await versions(aws), ['first default']);
});

test('a version of the launch template that AWS does not know yet is waited for', async ({ signal }) => {
  await using scope = new Scope(undefined, 60_000);
  const { proxy, spec, launch } = await account(scope, signal);
  const error = 'InvalidLaunchTemplateId.VersionNotFound';
  proxy.inject({ action: 'ec2:RunInstances', times: 2, error });
  const { instance } = await launch(spec(), scope);
  assert.ok(instance.running);
});

test('where a subnet has no capacity the next one is taken, and it is told', async ({ signal }) => {
  await using scope = new Scope(undefined, 60_000);
  const { aws, proxy, spec, launch, place } = await account(scope, signal);
  const notes: string[] = [];
  // As often as the SDK asks.
  proxy.inject({ action: 'ec2:RunInstances', error: 'InsufficientInstanceCapacity', times: 10 });
  await launch(spec({ note: (message) => notes.push(message) }), scope);
  await launch(spec({ slot: 2 }), scope);
  const [first, second] = place.subnets;
  assert.match(notes.join('\n'), `${first} takes no t3.small, so the next subnet is tried. AWS says: `);
  assert.is(notes.length, 1);
  assert.equal(
    (await running(aws)).map(({ SubnetId }) => SubnetId),
    [second, second],
    'the second place begins with the second subnet',
  );
});

for (const action of ['ec2:CreateLaunchTemplate', 'ec2:RunInstances'] as const) {
  test(`an answer to ${action} that never comes leaves nothing`, async ({ signal }) => {
    await using scope = new Scope(undefined, 60_000);
    const { aws, proxy, spec, launch } = await account(scope, signal);
    proxy.inject({ action, cut: 'after', times: 1 });
    await using inner = new Scope(undefined, 60_000);
    // The SDK asks once more, and the token makes it the same.
    await launch(spec(), inner).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
    });
    assert.ok((await running(aws)).length <= 1);
    await inner.close();
    assert.equal([await running(aws), await templates(aws)], [[], []]);
  });
}

test('without ssh what user data cannot carry is refused before AWS is asked, and what has no address goes', async ({
  signal,
}) => {
  await using scope = new Scope(undefined, 60_000);
  const { aws, proxy, spec, place } = await account(scope, signal);
  const remove = (instance: Instance, all: AbortSignal) => removeInstance(aws, instance, all);
  const environment = { 'kiln/environment.json': JSON.stringify({ text: 'x'.repeat(13_000) }) };
  const asked = proxy.calls.length;
  for (const [files, code] of [
    [environment, 'DATA_INVALID'],
    [{ 'kiln/environment.json': '{}', 'credentials/@system/api_token': 'the token' }, 'CONFIG_INVALID'],
  ] as const) {
    const refused = spec({ delivery: () => delivery(files) });
    await rejects(launchInstance({ aws, remove }, refused, scope, signal), { code });
  }
  assert.is(proxy.calls.length, asked);

  const launcher = ec2Launcher({
    regions: async () => [REGION],
    access: async () => ({ address: 'public' }),
  });
  await using inner = new Scope(undefined, 60_000);
  const unreached = await rejects(launcher.launch(spec({ ec2: place }), inner, signal), {
    code: 'MACHINE_UNREACHABLE',
  });
  assert.match(unreached.message, 'has no public address');
  assert.is((await running(aws)).length, 1);
  await inner.close();
  assert.equal([await running(aws), await templates(aws)], [[], []]);
});

test('what AWS has refused to make at once is not told as removed', async ({ signal }) => {
  await using scope = new Scope(undefined, 60_000);
  const { proxy, spec, launch } = await account(scope, signal);
  for (const [action, removed] of [
    ['ec2:CreateLaunchTemplate', []],
    ['ec2:RunInstances', ['launch template kiln/prod/web']],
  ] as const) {
    proxy.inject({ action, times: 1, error: 'UnauthorizedOperation' });
    const inner = new Scope(undefined, 60_000);
    await rejects(launch(spec(), inner), { code: 'CLOUD_DENIED' });
    const outcomes = await inner.close();
    assert.equal(
      outcomes.map(({ label }) => label),
      removed,
    );
  }
});

test('an instance whose first answer was lost goes, though the second try was refused', async ({
  signal,
}) => {
  await using scope = new Scope(undefined, 60_000);
  const { aws, proxy, spec, launch } = await account(scope, signal);
  const action = 'ec2:RunInstances';
  proxy.inject({ action, error: 'UnauthorizedOperation' });
  proxy.inject({ action, cut: 'after', times: 1 });
  const inner = new Scope(undefined, 60_000);
  await rejects(launch(spec(), inner), { code: 'CLOUD_DENIED' });
  assert.is((await running(aws)).length, 1);
  await inner.close();
  assert.equal([await running(aws), await templates(aws)], [[], []]);
});

test('an instance that is not reached goes, with what was made for it', async ({ signal }) => {
  await using scope = new Scope(undefined, 60_000);
  const { aws, spec, launch } = await account(scope, signal);
  await using inner = new Scope(undefined, 60_000);
  const refuse = async () => {
    throw new Fault('MACHINE_UNREACHABLE', 'nobody answers');
  };
  await rejects(launch(spec(), inner, refuse), { code: 'MACHINE_UNREACHABLE' });
  assert.is((await running(aws)).length, 1);
  await inner.close();
  assert.equal([await running(aws), await templates(aws)], [[], []]);
});

test.run();
