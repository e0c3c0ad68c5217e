import * as assert from 'uvu/assert';
import { awsPolicy, type Statement } from '../../../src/app/aws-policy.ts';
import { partitionOf } from '../../../src/platforms/ec2/partition.ts';
import { PERMISSIONS } from '../../../src/platforms/ec2/permissions.ts';
import { suite } from '../../support/suite.ts';

const test = suite('the least policy of AWS');

/** Of a managed policy, without spaces: "IAM and AWS STS quotas". */
const LONGEST = 6144;
const conditionOf = ({ Condition }: Statement) => JSON.stringify(Condition ?? {});

test('fits into one managed policy, and has every action of the table for its use', () => {
  for (const uses of [['bake'], ['launch'], ['bake', 'launch']] as const) {
    const policy = awsPolicy(uses);
    assert.ok(JSON.stringify(policy).length <= LONGEST);
    const wanted = PERMISSIONS.filter(({ for: own }) => own.some((use) => uses.some((one) => one === use)));
    const actions = new Set(policy.Statement.flatMap(({ Action }) => Action));
    assert.equal([...actions].sort(), [...new Set(wanted.map(({ action }) => action))].sort());
  }
});

test('lets nothing be removed or changed but what has the tag, and nothing be made without it', () => {
  const { Statement } = awsPolicy(['bake', 'launch']);
  const changes = /ec2:(Delete|Deregister|Terminate|Stop|Modify|EnableImageDeprecation)/;
  for (const statement of Statement.filter(({ Action }) => Action.some((action) => changes.test(action))))
    assert.match(conditionOf(statement), /aws:ResourceTag\/kiln\.bake":"\?\*"/, statement.Action.join());
  const made = Statement.filter(({ Action }) => Action.includes('ec2:RunInstances')).find(({ Resource }) =>
    Resource.includes('arn:aws:ec2:*:*:instance/*'),
  );
  assert.match(made === undefined ? '' : conditionOf(made), /aws:RequestTag\/kiln\.bake/);
  for (const { Resource, Action } of Statement.filter((one) => one.Action.includes('ssm:DeleteParameter')))
    assert.equal(Resource, ['arn:aws:ssm:*:*:parameter/kiln/*'], Action.join());
  for (const statement of Statement.filter(({ Resource }) => Resource === '*'))
    assert.ok(
      statement.Action.every((action) => /^(ec2|ssm):Describe/.test(action)),
      statement.Action.join(),
    );
});

test('lets nothing that is there be taken over by giving it the tag', () => {
  for (const uses of [['bake'], ['launch'], ['bake', 'launch']] as const)
    for (const statement of awsPolicy(uses).Statement.filter(({ Action }) =>
      Action.includes('ec2:CreateTags'),
    ))
      assert.match(conditionOf(statement), /ec2:CreateAction|aws:ResourceTag\/kiln\.bake":"\?\*"/);
});

test('one to launch with cannot make images', () => {
  const actions = awsPolicy(['launch']).Statement.flatMap(({ Action }) => Action);
  for (const action of ['ec2:CreateImage', 'ec2:RegisterImage', 'ebs:StartSnapshot', 'ec2:DeregisterImage'])
    assert.not(actions.includes(action), action);
  assert.ok(actions.includes('ec2:CreateLaunchTemplate'));
});

test('names things in the partition that it is for', () => {
  for (const [region, partition] of [
    ['eu-central-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
  ] as const) {
    assert.is(partitionOf(region), partition);
    const { Statement } = awsPolicy(['bake', 'launch'], partitionOf(region));
    const arns = Statement.flatMap(({ Resource }) => Resource).filter((one) => one !== '*');
    assert.ok(arns.length > 0 && arns.every((arn) => arn.startsWith(`arn:${partition}:`)), region);
  }
});

test.run();
