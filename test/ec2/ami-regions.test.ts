import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateTagsCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  ModifyImageAttributeCommand,
  paginateDescribeSnapshots,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import { amiRegions } from '../../src/platforms/ec2/ami-region.ts';
import { amiUsers } from '../../src/platforms/ec2/ami-users.ts';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { copyAmi } from '../../src/platforms/ec2/copy-ami.ts';
import { tagsOf } from '../../src/platforms/ec2/tags.ts';
import { awsProxy } from '../support/aws-proxy.ts';
import { motoServer, noMoto } from '../support/moto.ts';
import { registeredAmi } from '../support/registered-ami.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';
import { WatchedScope } from '../support/watched-scope.ts';

const test = suite('AMIs in regions', { skip: noMoto });

const OREGON = 'us-west-2';
const TAGS = {
  Name: 'web@7',
  'kiln.bake': '3h2k9x4p-000001',
  'kiln.template': 'web',
  'kiln.image': 'web@7',
};
const AT_ONCE = { first: 5, longest: 5, within: 5000 };
const QUICK = { copied: AT_ONCE, taken: AT_ONCE, tell: 60_000 };
const [ONE, TWO] = ['111111111111', '222222222222'];

async function sourceIn(aws: Aws, signal: AbortSignal) {
  const { id } = await registeredAmi(aws, 'web', signal);
  const found = await amiRegions()(aws).find(id, signal);
  if (found === undefined) throw new Error('it was registered a moment ago');
  return { ...found, region: aws.region };
}

test('a copy is told as soon as it has an id, waited for, and tagged with its snapshots', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto, { imagesPending: 2 });
  const { aws } = proxy;
  const oregon = aws.in(OREGON);
  const source = await sourceIn(aws, signal);
  proxy.inject({ action: 'ec2:CopyImage', error: 'ResourceLimitExceeded', times: 2 });
  const spec = { source, run: 'one', tags: { ...TAGS, 'kiln.bake': 'of the source' }, key: 'alias/golden' };
  const told: string[] = [];
  proxy.onCall(({ action }, when) => void (when === 'after' && told.push(action)));
  const copy = await copyAmi(oregon, spec, new WatchedScope(told), signal, QUICK);
  assert.equal(told.slice(0, 4), [
    'intend cloud ',
    'ec2:CopyImage',
    `intend ami ${copy.id}`,
    'ec2:DescribeImages',
  ]);
  assert.is.not(copy.id, source.id);
  assert.is(copy.snapshots.length, 1);
  const copies = proxy.calls.filter(({ action }) => action === 'ec2:CopyImage');
  assert.equal(
    copies.map(({ params }) => [params.get('Encrypted'), params.get('KmsKeyId'), params.get('ClientToken')]),
    copies.map(() => ['true', 'alias/golden', `one-${OREGON}`]),
  );
  assert.is(copies.length, 3);
  assert.is(copies[0]?.params.get('TagSpecification.2.ResourceType'), 'snapshot');
  const atFirst = new Set(copies.flatMap(({ params }) => [...params.values()]));
  assert.ok(atFirst.has('kiln.bake') && !atFirst.has('kiln.image'), 'nobody’s image until it is whole');
  const { Images = [] } = await oregon.ec2.send(new DescribeImagesCommand({ ImageIds: [copy.id] }));
  assert.equal(tagsOf(Images[0]?.Tags), { ...TAGS, 'kiln.bake': 'one' });
  const { Snapshots = [] } = await oregon.ec2.send(
    new DescribeSnapshotsCommand({ SnapshotIds: [...copy.snapshots] }),
  );
  assert.equal(tagsOf(Snapshots[0]?.Tags), { ...TAGS, 'kiln.bake': 'one' });
  const other = copyAmi(oregon, { ...spec, run: 'two' }, new Scope(), signal, QUICK);
  const fault = await rejects(other, { code: 'CLOUD_FAILED' });
  assert.match(fault.message, 'us-west-2 has another AMI that is called web');
});

test('exactly those share it who are named, and the same again changes nothing', async ({ signal }) => {
  await using moto = await motoServer(signal);
  const { aws } = moto;
  const region = amiRegions()(aws);
  const { id, snapshots } = await registeredAmi(aws, 'web', signal);
  const ami = { id, snapshots } as never;
  await aws.ec2.send(
    new ModifyImageAttributeCommand({ ImageId: id, LaunchPermission: { Add: [{ Group: 'all' }] } }),
  );
  const organizations = ['arn:aws:organizations::111111111111:organization/o-1234567890'];
  const units = ['arn:aws:organizations::111111111111:ou/o-1234567890/ou-ab12-11111111'];
  const shares = { accounts: [ONE], organizations, units, snapshots: [ONE, TWO] };
  const changed = await region.share(ami, shares, signal);
  assert.equal(changed, [
    `${ONE} may launch it`,
    `${organizations[0]} may launch it`,
    `${units[0]} may launch it`,
    'all may launch it no more',
    `${ONE} may read ${snapshots[0]}`,
    `${TWO} may read ${snapshots[0]}`,
  ]);
  assert.equal(await region.share(ami, shares, signal), []);
  assert.equal(await region.share(ami, { ...shares, accounts: [TWO], snapshots: [ONE] }, signal), [
    `${TWO} may launch it`,
    `${ONE} may launch it no more`,
    `${TWO} may read ${snapshots[0]} no more`,
  ]);
  const { LaunchPermissions = [] } = await aws.ec2.send(
    new DescribeImageAttributeCommand({ ImageId: id, Attribute: 'launchPermission' }),
  );
  assert.equal(LaunchPermissions.map((one) => Object.values(one)[0]).sort(), [
    TWO,
    ...[...organizations, ...units].sort(),
  ]);
  const { CreateVolumePermissions } = await aws.ec2.send(
    new DescribeSnapshotAttributeCommand({
      SnapshotId: snapshots[0] ?? '',
      Attribute: 'createVolumePermission',
    }),
  );
  assert.equal(CreateVolumePermissions, [{ UserId: ONE }]);
});

test('instances that are not terminated need it, and versions of launch templates', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto, { page: 2 });
  const { aws } = proxy;
  const [used, unused] = [
    await registeredAmi(aws, 'used', signal),
    await registeredAmi(aws, 'unused', signal),
  ];
  const run = async (ImageId: string, MaxCount: number) => {
    const { Instances = [] } = await aws.ec2.send(
      new RunInstancesCommand({ ImageId, MinCount: MaxCount, MaxCount, InstanceType: 't3.small' }),
    );
    return Instances.map(({ InstanceId = '' }) => InstanceId);
  };
  const [gone = '', stopped = '', ...running] = await run(used.id, 7);
  await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [gone, ...(await run(unused.id, 1))] }));
  await aws.ec2.send(new StopInstancesCommand({ InstanceIds: [stopped] }));
  await template(aws, 'theirs', [used.id, unused.id, unused.id]);
  await template(aws, 'ours', [used.id, unused.id, unused.id], TAGS);
  await template(aws, 'ours-too', [used.id], TAGS);
  for (let n = 0; n < 5; n++) await template(aws, `other-${n}`, ['ami-0123456789abcdef0']);
  assert.equal((await amiUsers(aws, [used.id], signal)).map(({ user }) => user).sort(), [
    ...[...running.map((id) => `instance ${id} (running)`), `instance ${stopped} (stopped)`].sort(),
    'launch template ours, version 1 (its default)',
    'launch template ours-too, version 1 (its default)',
    'launch template theirs, version 1 (its default)',
  ]);
  assert.equal((await amiUsers(aws, [unused.id], signal)).map(({ user }) => user).sort(), [
    'launch template ours, version 3',
    'launch template theirs, version 2',
    'launch template theirs, version 3',
  ]);
  assert.equal(await amiUsers(aws.in(OREGON), [used.id], signal), []);
});

async function template(aws: Aws, name: string, amis: readonly string[], tags = {}): Promise<void> {
  const [first = '', ...rest] = amis;
  const Tags = Object.entries<string>(tags).map(([Key, Value]) => ({ Key, Value }));
  await aws.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: { ImageId: first },
      ...(Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: 'launch-template', Tags }] }),
    }),
  );
  for (const ImageId of rest)
    await aws.ec2.send(
      new CreateLaunchTemplateVersionCommand({ LaunchTemplateName: name, LaunchTemplateData: { ImageId } }),
    );
}

test('an AMI goes with the snapshots that carry the tag; one that has it no more stays, and is told', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  const { aws } = moto;
  const region = amiRegions()(aws);
  const [all, alone, parts, none] = [
    await registeredAmi(aws, 'all', signal),
    await registeredAmi(aws, 'alone', signal),
    await registeredAmi(aws, 'parts', signal),
    await registeredAmi(aws, 'none', signal),
  ];
  const Resources = [all.id, ...all.snapshots, alone.id, ...parts.snapshots];
  await aws.ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'kiln.bake', Value: 'x' }] }));
  assert.equal(await region.remove(all, signal), { found: true });
  const untagged = (id = '') =>
    new RegExp(`^${id} in ${aws.region} has no tag kiln.bake any more: remove it by hand$`);
  await rejects(region.remove(alone, signal), untagged(alone.snapshots[0]));
  for (const one of [parts, none]) await rejects(region.remove(one, signal), untagged(one.id));
  for (const { id } of [alone, parts, none]) assert.is((await region.find(id, signal))?.id, id);
  const there = [alone, parts, none].flatMap(({ snapshots }) => snapshots).sort();
  assert.equal((await snapshotsOf(aws, [...all.snapshots, ...there])).sort(), there);
  assert.equal(await region.remove({ ...alone, snapshots: [] }, signal), { found: true });
  assert.equal(await snapshotsOf(aws, alone.snapshots), alone.snapshots);
  assert.equal(await region.remove(all, signal), { found: false });
});

/** Those of them that are there. */
async function snapshotsOf(aws: Aws, ids: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const Filters = [{ Name: 'snapshot-id', Values: [...ids] }];
  for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client: aws.ec2 }, { Filters }))
    found.push(...Snapshots.map(({ SnapshotId = '' }) => SnapshotId));
  return found;
}

test.run();
