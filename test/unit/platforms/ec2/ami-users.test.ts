import * as assert from 'uvu/assert';
import { amiUsers } from '../../../../src/platforms/ec2/ami-users.ts';
import { type AwsInput, fakeAws, refusal } from '../../../support/fake-aws.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('what needs an AMI');

const PARAMETER = 'resolve:ssm:/golden/web';
const version = (ImageId: string) => ({
  VersionNumber: 3,
  DefaultVersion: true,
  LaunchTemplateData: { ImageId },
});

/** A FAKE of AWS with one launch template, of which `describe` answers what its versions are. */
const withTemplate = (describe: (input: AwsInput) => unknown) =>
  fakeAws({
    DescribeLaunchTemplates: () => ({
      LaunchTemplates: [{ LaunchTemplateId: 'lt-1', LaunchTemplateName: 'theirs' }],
    }),
    DescribeLaunchTemplateVersions: describe,
  });

test('a launch template’s version does, and AWS is asked once where it names an AMI', async ({ signal }) => {
  const { aws, sent } = withTemplate(() => ({ LaunchTemplateVersions: [version('ami-1')] }));
  assert.equal(await amiUsers(aws, ['ami-1', 'ami-2'], signal), [
    { ami: 'ami-1', user: 'launch template theirs, version 3 (its default)' },
  ]);
  assert.is(sent.filter(([name]) => name === 'DescribeLaunchTemplateVersions').length, 1);
});

test('one that names a parameter does by the AMI that AWS finds there', async ({ signal }) => {
  const { aws } = withTemplate(({ ResolveAlias }) => ({
    LaunchTemplateVersions: [version(ResolveAlias ? 'ami-2' : PARAMETER)],
  }));
  const users = await amiUsers(aws, ['ami-1', 'ami-2'], signal);
  assert.equal(
    users.map(({ ami }) => ami),
    ['ami-2'],
  );
});

test('where AWS may not read the parameter it may be any of them, and is told with AWS’s words', async ({
  signal,
}) => {
  const { aws } = withTemplate(({ ResolveAlias }) => {
    if (ResolveAlias) throw refusal('UnauthorizedOperation');
    return { LaunchTemplateVersions: [version(PARAMETER)] };
  });
  const users = await amiUsers(aws, ['ami-1', 'ami-2'], signal);
  assert.equal(
    users.map(({ ami }) => ami),
    ['ami-1', 'ami-2'],
  );
  assert.match(
    users[0]?.user ?? '',
    /^perhaps launch template theirs, version 3 .*, which names resolve:ssm:\/golden\/web, not resolved by AWS \(.*DescribeLaunchTemplateVersions.*\),$/,
  );
});

test('where AWS answers with the parameter itself it may be any of them', async ({ signal }) => {
  const { aws } = withTemplate(() => ({ LaunchTemplateVersions: [version(PARAMETER)] }));
  assert.is((await amiUsers(aws, ['ami-1', 'ami-2'], signal)).length, 2);
});

test.run();
