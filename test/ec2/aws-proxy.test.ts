import {
  CopyImageCommand,
  CreateImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  paginateDescribeImages,
  RegisterImageCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { ec2Leftovers } from '../../src/platforms/ec2/leftovers.ts';
import { BAKE_TAG, tagSpecifications } from '../../src/platforms/ec2/tags.ts';
import { awsProxy } from '../support/aws-proxy.ts';
import { motoServer, noMoto } from '../support/moto.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';

const test = suite('the fake in front of moto', { skip: noMoto });

/** One of those that moto knows from the beginning. */
const SOURCE = 'ami-12c6146b';

test('a token gives the first answer again, also when that was lost on its way', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  const { aws } = proxy;
  proxy.inject({ action: 'ec2:RunInstances', times: 1, cut: 'after' });
  const run = (ImageId: string) =>
    aws.make(new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1, ClientToken: 'one' }), signal);
  const first = await run(SOURCE);
  const second = await run(SOURCE);
  assert.is(first.Instances?.[0]?.InstanceId, second.Instances?.[0]?.InstanceId);
  assert.is(proxy.calls.filter(({ action }) => action === 'ec2:RunInstances').length, 3);
  const { Reservations = [] } = await aws.ec2.send(new DescribeInstancesCommand({}));
  assert.is(Reservations.length, 1);
  await rejects(run('ami-1812c061'), /IdempotentParameterMismatch|other parameters/);
});

test('an AMI is unknown, then pending, then available, and its name is taken', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto, { imagesPending: 2, unknownFor: 1 });
  const { aws } = proxy;
  const copy = () =>
    aws.ec2.send(new CopyImageCommand({ Name: 'copy', SourceImageId: SOURCE, SourceRegion: aws.region }));
  const { ImageId = '' } = await copy();
  const ask = () => aws.ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
  await rejects(ask(), /does not exist/);
  const states: (string | undefined)[] = [];
  for (let n = 0; n < 3; n++) states.push((await ask()).Images?.[0]?.State);
  assert.equal(states, ['pending', 'pending', 'available']);
  await rejects(copy(), /already in use/);
});

test('lists come in pages, whatever was asked for, and an error is that of its region alone', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto, { page: 2 });
  const { aws } = proxy;
  for (let n = 0; n < 5; n++)
    await aws.ec2.send(new RegisterImageCommand({ Name: `image ${n}`, RootDeviceName: '/dev/xvda' }));
  proxy.inject({ region: 'us-west-2', error: 'UnauthorizedOperation' });
  assert.equal(await pagesOf(aws), [2, 2, 1]);
  await rejects(pagesOf(aws.in('us-west-2')), /says the fake/);
});

test('an AMI of an instance is tagged, and so are the snapshots that are made for it', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  const { ec2 } = proxy.aws;
  const run = await ec2.send(new RunInstancesCommand({ ImageId: SOURCE, MinCount: 1, MaxCount: 1 }));
  const { ImageId = '' } = await ec2.send(
    new CreateImageCommand({
      InstanceId: run.Instances?.[0]?.InstanceId,
      Name: 'made',
      TagSpecifications: tagSpecifications(['image', 'snapshot'], { [BAKE_TAG]: 'x' }),
    }),
  );
  const things = await ec2Leftovers(proxy.aws).tagged(proxy.aws.region, 'x', signal);
  const [image] = things.filter(({ kind }) => kind === 'AMI');
  assert.is(image?.id, ImageId);
  assert.equal(
    things.filter(({ kind }) => kind === 'snapshot').map(({ id }) => id),
    image?.parts,
  );
});

async function pagesOf(aws: Aws): Promise<number[]> {
  const sizes: number[] = [];
  for await (const { Images = [] } of paginateDescribeImages({ client: aws.ec2 }, { Owners: ['self'] }))
    sizes.push(Images.length);
  return sizes;
}

test.run();
