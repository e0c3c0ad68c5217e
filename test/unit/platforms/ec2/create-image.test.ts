import type { Image, TagSpecification } from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { Scope } from '../../../../src/core/scope.ts';
import { createImage } from '../../../../src/platforms/ec2/create-image.ts';
import { tagsOf } from '../../../../src/platforms/ec2/tags.ts';
import { type AwsInput, fakeAws, noAnswer, refusal } from '../../../support/fake-aws.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { WatchedScope } from '../../../support/watched-scope.ts';

const test = suite('the image of an instance');

const stopped = () => ({ Reservations: [{ Instances: [{ State: { Name: 'stopped' } }] }] });
const image = (State: Image['State']): Image => ({
  ImageId: 'ami-1',
  State,
  Architecture: 'x86_64',
  RootDeviceName: '/dev/xvda',
  StateReason: { Message: 'the disk is broken' },
  Tags: [{ Key: 'kiln.bake', Value: '3h2k' }],
  BlockDeviceMappings: [
    { DeviceName: '/dev/sdb', Ebs: { SnapshotId: 'snap-data' } },
    { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-root' } },
  ],
});
const SPEC = {
  ...{ bake: '3h2k', template: 'web', tags: {}, description: '', within: 5000, note: () => {} },
  instance: { id: 'i-1', spot: false },
};

test('its id is in the ledger before anything is waited for, and it goes with snapshots that are tagged', async ({
  signal,
}) => {
  const asked: string[] = [];
  const removed: unknown[] = [];
  const { aws } = fakeAws(
    {
      DescribeInstances: stopped,
      CreateImage: () => ({ ImageId: 'ami-1' }),
      DescribeImages: () => ({ Images: [image('available')] }),
      DescribeSnapshots: () => ({
        Snapshots: [
          { SnapshotId: 'snap-root', Tags: [{ Key: 'kiln.bake', Value: '3h2k' }] },
          { SnapshotId: 'snap-data' },
        ],
      }),
      DeregisterImage: ({ ImageId }) => removed.push(ImageId),
      DeleteSnapshot: ({ SnapshotId }) => removed.push(SnapshotId),
    },
    asked,
  );
  const scope = new WatchedScope(asked);
  const made = await createImage(aws, SPEC, scope, signal);
  assert.equal([made.id, made.account, made.architecture], ['ami-1', '111122223333', 'x86_64']);
  assert.equal(made.snapshots, ['snap-root', 'snap-data']);
  assert.equal(asked, [
    'DescribeInstances',
    'intend cloud ',
    'CreateImage',
    'intend ami ami-1',
    'DescribeImages',
    'ModifyImageAttribute',
  ]);
  await scope.close();
  assert.equal(removed, ['ami-1', 'snap-root'], 'nothing without its tag');
});

test('it is tagged at creation, as are the snapshots that AWS makes for it', async ({ signal }) => {
  const { aws, sent } = fakeAws({
    DescribeInstances: stopped,
    CreateImage: () => ({ ImageId: 'ami-1' }),
    DescribeImages: () => ({ Images: [image('available')] }),
  });
  await using scope = new Scope();
  await createImage(aws, SPEC, scope, signal);
  const [, input] = sent.find(([name]) => name === 'CreateImage') ?? [];
  const given = (input?.['TagSpecifications'] ?? []) as TagSpecification[];
  assert.equal(
    given.map(({ ResourceType, Tags = [] }) => [ResourceType, tagsOf(Tags)['kiln.bake']]),
    [
      ['image', '3h2k'],
      ['snapshot', '3h2k'],
    ],
  );
});

test('its instances have IMDSv2 alone, by what its source says or by what it is told', async ({ signal }) => {
  for (const ImdsSupport of [undefined, 'v2.0'] as const) {
    const { aws, sent } = fakeAws({
      DescribeInstances: stopped,
      CreateImage: () => ({ ImageId: 'ami-1' }),
      DescribeImages: () => ({ Images: [{ ...image('available'), ImdsSupport }] }),
    });
    await using scope = new Scope();
    await createImage(aws, SPEC, scope, signal);
    const told = sent.flatMap(([name, input]) => (name === 'ModifyImageAttribute' ? [input] : []));
    const change = { ImageId: 'ami-1', ImdsSupport: { Value: 'v2.0' } };
    assert.equal(told, ImdsSupport === undefined ? [change] : []);
  }
});

test('that AWS does not know it yet where its metadata is told of fails nothing', async ({ signal }) => {
  let tries = 0;
  const { aws } = fakeAws({
    DescribeInstances: stopped,
    CreateImage: () => ({ ImageId: 'ami-1' }),
    DescribeImages: () => ({ Images: [image('available')] }),
    ModifyImageAttribute: () => {
      if (++tries === 1) throw refusal('InvalidAMIID.NotFound');
    },
  });
  await using scope = new Scope();
  const { id } = await createImage(aws, SPEC, scope, signal);
  assert.equal([id, tries], ['ami-1', 2]);
});

test('one that is kept stays', async ({ signal }) => {
  const asked: string[] = [];
  const answers = {
    DescribeInstances: stopped,
    CreateImage: () => ({ ImageId: 'ami-1' }),
    DescribeImages: () => ({ Images: [image('available')] }),
  };
  await using scope = new Scope();
  const made = await createImage(fakeAws(answers, asked).aws, SPEC, scope, signal);
  made.keep();
  assert.equal(await scope.close(), []);
  assert.not(asked.includes('DeregisterImage'));
});

test('a name that is taken is that of a first try of ours, or an error', async ({ signal }) => {
  const answers = {
    DescribeInstances: stopped,
    CreateImage: () => {
      throw refusal('InvalidAMIName.Duplicate');
    },
    DescribeImages: () => ({ Images: [image('available')] }),
  };
  await using scope = new Scope();
  assert.is((await createImage(fakeAws(answers).aws, SPEC, scope, signal)).id, 'ami-1');
  const another = { ...SPEC, bake: '4x4x' };
  await rejects(createImage(fakeAws(answers).aws, another, scope, signal), /Duplicate/);
});

test('one that was made by a call whose answer was lost goes, too', async ({ signal }) => {
  const removed: unknown[] = [];
  const answers = {
    DescribeInstances: stopped,
    CreateImage: () => {
      throw noAnswer();
    },
    DescribeImages: () => ({ Images: [image('pending')] }),
    DeregisterImage: ({ ImageId }: AwsInput) => removed.push(ImageId),
  };
  const scope = new Scope();
  await rejects(createImage(fakeAws(answers).aws, SPEC, scope, signal), { code: 'CLOUD_UNREACHABLE' });
  await scope.close();
  assert.equal(removed, ['ami-1']);
});

test('one that AWS cannot make is told with its reason, and removed', async ({ signal }) => {
  const asked: string[] = [];
  const answers = {
    DescribeInstances: stopped,
    CreateImage: () => ({ ImageId: 'ami-1' }),
    DescribeImages: () => ({ Images: [image('failed')] }),
  };
  const scope = new Scope();
  const fault = await rejects(createImage(fakeAws(answers, asked).aws, SPEC, scope, signal), {
    code: 'CLOUD_FAILED',
  });
  assert.match(fault.message, /ami-1: the disk is broken/);
  await scope.close();
  assert.ok(asked.includes('DeregisterImage'));
});

test('an instance that is gone becomes none; one of spare capacity does as it runs', async ({ signal }) => {
  const gone = () => ({ Reservations: [{ Instances: [{ State: { Name: 'terminated' } }] }] });
  await using scope = new Scope();
  await rejects(createImage(fakeAws({ DescribeInstances: gone }).aws, SPEC, scope, signal), {
    code: 'MACHINE_LOST',
  });
  const asked: string[] = [];
  let NoReboot: unknown;
  const answers = {
    CreateImage: (input: AwsInput) => {
      NoReboot = input['NoReboot'];
      return { ImageId: 'ami-1' };
    },
    DescribeImages: () => ({ Images: [image('available')] }),
  };
  const spot = { ...SPEC, instance: { id: 'i-1', spot: true } };
  await createImage(fakeAws(answers, asked).aws, spot, scope, signal);
  assert.is(asked[0], 'CreateImage');
  assert.is(NoReboot, true);
});

test.run();
