import * as assert from 'uvu/assert';
import { Scope } from '../../../../src/core/scope.ts';
import { registerImage } from '../../../../src/platforms/ec2/register-image.ts';
import { fakeAws } from '../../../support/fake-aws.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('the AMI of a snapshot');

const GIB = 1024 ** 3;
const SPEC = {
  ...{ bake: '3h2k', template: 'web', snapshot: 'snap-1', architecture: 'arm64', description: 'a site' },
  tags: { team: 'blue' },
};

/** What AWS is asked to register. */
async function asked(volume: number | undefined, signal: AbortSignal) {
  const { aws, sent } = fakeAws({
    RegisterImage: () => ({ ImageId: 'ami-1' }),
    DescribeImages: () => ({ Images: [{ ImageId: 'ami-1', State: 'available' }] }),
  });
  const spec = volume === undefined ? SPEC : { ...SPEC, volume };
  const { id } = await registerImage(aws, spec, new Scope(), signal);
  assert.is(id, 'ami-1');
  const [request] = sent.flatMap(([name, input]) => (name === 'RegisterImage' ? [input] : []));
  return request ?? {};
}

test('it boots by UEFI on ENA from a gp3 disk that goes with its instance, and hands metadata out by IMDSv2 alone', async ({
  signal,
}) => {
  const { TagSpecifications, ...request } = await asked(undefined, signal);
  assert.equal(request, {
    Name: 'kiln/web/3h2k',
    Description: 'a site',
    Architecture: 'arm64',
    BootMode: 'uefi',
    VirtualizationType: 'hvm',
    EnaSupport: true,
    ImdsSupport: 'v2.0',
    RootDeviceName: '/dev/xvda',
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/xvda',
        Ebs: { SnapshotId: 'snap-1', VolumeType: 'gp3', DeleteOnTermination: true },
      },
    ],
  });
  const [{ ResourceType, Tags }] = TagSpecifications as [
    { ResourceType: string; Tags: { Key: string; Value: string }[] },
  ];
  assert.is(ResourceType, 'image');
  const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
  assert.equal([tags['kiln.bake'], tags['kiln.template'], tags['team']], ['3h2k', 'web', 'blue']);
});

test('its root disk is as large as the template says, in whole GiB', async ({ signal }) => {
  const { BlockDeviceMappings } = await asked(20 * GIB, signal);
  const [{ Ebs }] = BlockDeviceMappings as [{ Ebs: { VolumeSize: number } }];
  assert.is(Ebs.VolumeSize, 20);
});

test.run();
