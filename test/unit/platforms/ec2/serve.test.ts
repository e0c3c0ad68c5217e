import * as assert from 'uvu/assert';
import { tagsOfInstance } from '../../../../src/platforms/ec2/instance-tags.ts';
import { readInstance } from '../../../../src/platforms/ec2/read-instances.ts';
import { publishInstance } from '../../../../src/platforms/ec2/serve.ts';
import { tagList } from '../../../../src/platforms/ec2/tags.ts';
import { type AwsInput, fakeAws } from '../../../support/fake-aws.ts';
import { instanceSpec } from '../../../support/instance-spec.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('an instance that is to serve, as a fake of ours answers');

const tags = tagsOfInstance(instanceSpec({ environment: 'prod', form: 'ami-1', init: 'systemd' }));

/** What AWS says of the old instance, and of the next in its place. */
const said = (InstanceId: string, serving: 'yes' | 'no') => ({
  InstanceId,
  State: { Name: 'running' as const },
  Tags: tagList({ ...tags, 'kiln.serving': serving }),
});

/** A region whose lists by tag have the old instance as serving so many times. */
function listing(stale: number) {
  let lists = 0;
  const byTag = ({ Filters }: AwsInput) =>
    (Filters as { Name: string }[]).some(({ Name }) => Name === 'tag:kiln.serving');
  const { aws, sent } = fakeAws({
    DescribeInstances(input) {
      if (!byTag(input)) return { Reservations: [{ Instances: [said('i-2', 'no')] }] };
      return { Reservations: ++lists > stale ? [] : [{ Instances: [said('i-1', 'yes')] }] };
    },
  });
  const next = readInstance(aws.region, said('i-2', 'no'))?.instance;
  if (next === undefined) throw new Error('it is ours');
  const publish = (signal: AbortSignal) =>
    publishInstance(aws, next, signal, { first: 1, longest: 1, within: 500 });
  return { publish, tagged: () => sent.filter(([name]) => name === 'CreateTags').length };
}

test('a list that has the one before it for a while more does not keep it from serving', async ({
  signal,
}) => {
  const { publish, tagged } = listing(3);
  await publish(signal);
  assert.is(tagged(), 1);
});

test('one that goes on serving in its place does', async ({ signal }) => {
  const { publish, tagged } = listing(Number.POSITIVE_INFINITY);
  const fault = await rejects(publish(signal), { code: 'PORT_TAKEN' });
  assert.match(fault.message, /cannot serve: kiln-prod-\S+ does in its place/);
  assert.is(tagged(), 0);
});

test.run();
