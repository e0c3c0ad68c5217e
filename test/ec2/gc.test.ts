import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AuthorizeSecurityGroupIngressCommand,
  CopyImageCommand,
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  ImportKeyPairCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { allSearches, collectGarbage } from '../../src/app/gc/collect-garbage.ts';
import type { Intention } from '../../src/core/intention.ts';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { ec2Leftovers } from '../../src/platforms/ec2/leftovers.ts';
import { BAKE_TAG, tagList, tagSpecifications } from '../../src/platforms/ec2/tags.ts';
import { awsProxy } from '../support/aws-proxy.ts';
import { motoServer, noMoto, REGION } from '../support/moto.ts';
import { suite } from '../support/suite.ts';
import { withEnv } from '../support/with-env.ts';
import { writeLedger, writeOldLedger } from '../unit/app/gc/killed-run.ts';
import { temporaryHome } from '../unit/catalogue/sample-record.ts';

const test = suite('bake gc in EC2', { skip: noMoto });

/** One of those that moto knows from the beginning. */
const SOURCE = 'ami-12c6146b';
const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHZq7gJ9sX6+cG7xMOTtWKPLFvVrYJpYLR6sHNTZPkG test';

/** Makes one of everything that a bake may make. */
async function makeEverything(aws: Aws, bake: string): Promise<{ readonly image: string }> {
  const { ec2 } = aws;
  const TagSpecifications = (...types: Parameters<typeof tagSpecifications>[0]) =>
    tagSpecifications(types, { [BAKE_TAG]: bake });
  const { GroupId = '' } = await ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: bake,
      Description: bake,
      TagSpecifications: TagSpecifications('security-group'),
    }),
  );
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '192.0.2.1/32' }] },
      ],
    }),
  );
  await ec2.send(
    new ImportKeyPairCommand({
      KeyName: bake,
      PublicKeyMaterial: Buffer.from(PUBLIC_KEY),
      TagSpecifications: TagSpecifications('key-pair'),
    }),
  );
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      ImageId: SOURCE,
      MinCount: 1,
      MaxCount: 1,
      KeyName: bake,
      SecurityGroupIds: [GroupId],
      TagSpecifications: TagSpecifications('instance', 'volume'),
    }),
  );
  const { VolumeId } = await ec2.send(
    new CreateVolumeCommand({
      AvailabilityZone: `${aws.region}a`,
      Size: 1,
      TagSpecifications: TagSpecifications('volume'),
    }),
  );
  await ec2.send(new CreateSnapshotCommand({ VolumeId, TagSpecifications: TagSpecifications('snapshot') }));
  const { ImageId = '' } = await ec2.send(
    new CreateImageCommand({
      InstanceId: Instances[0]?.InstanceId,
      Name: bake,
      TagSpecifications: TagSpecifications('image'),
    }),
  );
  await tag(aws, await snapshotsOf(aws, ImageId), bake);
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: bake,
      LaunchTemplateData: { ImageId },
      TagSpecifications: TagSpecifications('launch-template'),
    }),
  );
  return { image: ImageId };
}

/** What AWS does at creation, and moto does not. */
async function tag({ ec2 }: Aws, ids: readonly string[], bake: string): Promise<void> {
  await ec2.send(new CreateTagsCommand({ Resources: [...ids], Tags: tagList({ [BAKE_TAG]: bake }) }));
}

async function snapshotsOf({ ec2 }: Aws, ami: string): Promise<string[]> {
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ ImageIds: [ami] }));
  return Images.flatMap(({ BlockDeviceMappings = [] }) =>
    BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
  );
}

/** What of these bakes is there, and snapshots of AMIs of this account that have no AMI. */
async function leftOf(aws: Aws, bakes: readonly string[], signal: AbortSignal): Promise<string[]> {
  const things = await ec2Leftovers(aws).tagged(aws.region, undefined, signal);
  const { Snapshots = [] } = await aws.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
  return [
    ...things.flatMap(({ kind, bake = '' }) => (bakes.includes(bake) ? [`${kind} ${bake}`] : [])),
    ...Snapshots.flatMap(({ Description = '' }) =>
      /^(Created by CreateImage|Copied for)/.test(Description) ? [`snapshot: ${Description}`] : [],
    ),
  ].sort();
}

async function imagesOf({ ec2 }: Aws): Promise<(string | undefined)[]> {
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
  return Images.map(({ ImageId }) => ImageId);
}

const cloud = (bake: string, region = REGION): Intention => ({ kind: 'cloud', region, bake });

test(
  'all that a killed bake can have made goes, in two regions and over many pages; another’s is told, and stays',
  async ({ signal }) => {
    await using moto = await motoServer(signal);
    await using proxy = await awsProxy(moto, { page: 1, unknownFor: 1 });
    await using home = await temporaryHome();
    using _ = withEnv({ KILN_HOME: home.path, XDG_CACHE_HOME: join(home.path, 'cache') });
    const { aws } = proxy;
    const oregon = aws.in('us-west-2');
    // Made without the fake's trouble: what is tested is the sweep.
    using direct = withEnv({ AWS_ENDPOINT_URL_EC2: moto.url });
    await makeEverything(moto.aws, 'dead');
    await makeEverything(moto.aws, 'living');
    const { image } = await makeEverything(moto.aws, 'strange');
    const there = moto.aws.in('us-west-2');
    const copied = await there.ec2.send(
      new CopyImageCommand({ Name: 'copy', SourceImageId: image, SourceRegion: REGION }),
    );
    const copy = copied.ImageId ?? '';
    await tag(there, [copy, ...(await snapshotsOf(there, copy))], 'dead');
    direct[Symbol.dispose]();
    await writeOldLedger(home.path, 'dead', [
      cloud('dead'),
      cloud('dead', 'us-west-2'),
      { kind: 'ami', region: 'us-west-2', id: copy },
    ]);
    await writeLedger(home.path, 'living', [cloud('living')], { lives: true });

    const before = await leftOf(aws, ['living', 'strange'], signal);
    assert.is((await imagesOf(oregon)).length, 1);
    const dry = await collectGarbage({ dryRun: true }, await allSearches('ec2'), signal);
    const collected = await collectGarbage({ dryRun: false }, await allSearches('ec2'), signal);
    const said = collected.map(({ what, where, state, error }) => `${state} ${what} ${where} ${error ?? ''}`);
    assert.equal(
      collected.map(({ what, state }) => [state, what]),
      [
        ...['instance', 'volume', 'volume', 'AMI', 'snapshot', 'key pair', 'security group'],
        ...['launch template', 'AMI', 'ledger of the bake of dead'],
      ]
        .map((what) => ['removed', what])
        .concat([['kept', '7 things']]),
      said.join('\n'),
    );
    assert.equal(
      dry.map(({ where }) => where),
      collected.map(({ where }) => where),
    );
    assert.equal(await leftOf(aws, ['dead', 'living', 'strange'], signal), before);
    assert.equal(await imagesOf(oregon), []);
    assert.match(collected.at(-1)?.why ?? '', /of the run strange/);
    const asked = proxy.calls.filter(({ region }) => region === 'us-west-2').map(({ action }) => action);
    assert.equal(
      asked.filter((action) => !/:Describe/.test(action)),
      ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'],
      'nothing is tagged so that it may go',
    );
    const again = await collectGarbage({ dryRun: false }, await allSearches('ec2'), signal);
    assert.equal(
      again.map(({ what }) => what),
      ['7 things'],
    );
    // The host that it was on is gone, says somebody.
    const over = await collectGarbage({ dryRun: false }, await allSearches('ec2', ['strange']), signal);
    assert.ok(
      over.every(({ state }) => state === 'removed'),
      over.map((one) => Object.values(one).join(' ')).join('\n'),
    );
    assert.equal(
      await leftOf(aws, ['living', 'strange'], signal),
      before.filter((line) => !line.endsWith(' strange')),
    );
  },
  { deadline: 3 * 60_000 },
);

test('what a region refuses for a while is tried again, and what it keeps refusing is told', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  await using home = await temporaryHome();
  await mkdir(join(home.path, 'records'), { recursive: true });
  using _ = withEnv({ KILN_HOME: home.path, XDG_CACHE_HOME: join(home.path, 'cache') });
  const { aws } = proxy;
  await makeEverything(aws, 'dead');
  await writeOldLedger(home.path, 'dead', [cloud('dead')]);
  for (const [action, error] of [
    ['ec2:TerminateInstances', 'RequestLimitExceeded'],
    ['ec2:DeleteSecurityGroup', 'DependencyViolation'],
    ['ec2:DeleteSnapshot', 'InvalidSnapshot.InUse'],
  ] as const)
    proxy.inject({ action, error, times: 2 });
  proxy.inject({ action: 'ec2:DeleteKeyPair', error: 'UnauthorizedOperation' });
  const collected = await collectGarbage({ dryRun: false }, await allSearches('ec2'), signal);
  const failed = collected.filter(({ state }) => state === 'failed');
  assert.equal(
    failed.map(({ what }) => what),
    ['key pair'],
  );
  assert.match(String(failed[0]?.error), /may not do ec2:DeleteKeyPair in eu-central-1/);
  assert.equal(await leftOf(aws, ['dead'], signal), ['key pair dead']);
  assert.match(collected.at(-1)?.what ?? '', /^ledger/);
  assert.is(collected.at(-1)?.state, 'kept');
});

test.run();
