import * as assert from 'uvu/assert';
import { tagsOfInstance } from '../../../../src/platforms/ec2/instance-tags.ts';
import { readInstance } from '../../../../src/platforms/ec2/read-instances.ts';
import { removeInstance } from '../../../../src/platforms/ec2/remove-instance.ts';
import { BAKE_TAG, ENVIRONMENT_TAG, tagList } from '../../../../src/platforms/ec2/tags.ts';
import { type AwsInput, fakeAws } from '../../../support/fake-aws.ts';
import { instanceSpec } from '../../../support/instance-spec.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('an instance that is removed, as a fake of ours answers');

const Tags = tagList(tagsOfInstance(instanceSpec({ environment: 'prod', form: 'ami-1', init: 'systemd' })));
const said = (InstanceId: string, Name: 'running' | 'terminated') => ({ InstanceId, State: { Name }, Tags });

/** What is done where AWS lists another instance of the image so many times. */
async function removal(others: number, signal: AbortSignal): Promise<string[]> {
  let lists = 0;
  const isById = ({ Filters }: AwsInput) =>
    (Filters as { Name: string }[]).some(({ Name }) => Name === 'instance-id');
  const { aws, sent } = fakeAws({
    DescribeInstances(input) {
      if (isById(input)) return { Reservations: [{ Instances: [said('i-1', 'terminated')] }] };
      return { Reservations: ++lists > others ? [] : [{ Instances: [said('i-2', 'running')] }] };
    },
    DescribeLaunchTemplates: () => {
      const own = tagList({ [BAKE_TAG]: 'launch', [ENVIRONMENT_TAG]: 'prod' });
      return { LaunchTemplates: [{ LaunchTemplateId: 'lt-1', Tags: own }] };
    },
  });
  const instance = readInstance(aws.region, said('i-1', 'running'))?.instance;
  if (instance === undefined) throw new Error('it is ours');
  await removeInstance(aws, instance, signal);
  return sent.flatMap(([name]) => (/^(Terminate|Delete)/.test(name) ? [name] : []));
}

test('the last one takes the launch template with it, one beside another does not', async ({ signal }) => {
  assert.equal(await removal(0, signal), ['TerminateInstances', 'DeleteLaunchTemplate']);
  assert.equal(await removal(Number.POSITIVE_INFINITY, signal), ['TerminateInstances']);
});

test('so does one of two that end together, though AWS lists the other as running for a while', async ({
  signal,
}) => {
  assert.equal(await removal(1, signal), ['TerminateInstances', 'DeleteLaunchTemplate']);
});

test.run();
