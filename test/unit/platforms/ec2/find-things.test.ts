import * as assert from 'uvu/assert';
import { findThings } from '../../../../src/platforms/ec2/find-things.ts';
import { tagsOfInstance } from '../../../../src/platforms/ec2/instance-tags.ts';
import { tagList } from '../../../../src/platforms/ec2/tags.ts';
import { type AwsInput, fakeAws } from '../../../support/fake-aws.ts';
import { instanceSpec } from '../../../support/instance-spec.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('what of ours is in a region, as a fake of ours answers');

const LAUNCH = '1ngk2pd-684s64';
const of = { environment: 'prod', launch: LAUNCH, form: 'ami-1', init: 'systemd' } as const;

interface Version {
  readonly description?: string;
  readonly isDefault?: boolean;
  /** The template of the one instance that the launch has. */
  readonly started?: string;
  readonly isOurs?: boolean;
}

/** What is found of a launch template's latest version. */
async function found(
  { description = LAUNCH, isDefault = false, started, isOurs = true }: Version,
  bake: string | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const instance = tagsOfInstance(instanceSpec({ ...of, template: started ?? '' }));
  const template = { 'kiln.bake': '1', 'kiln.environment': 'prod', 'kiln.template': 'web' };
  const { aws } = fakeAws({
    DescribeLaunchTemplateVersions: ({ Versions }) => ({
      LaunchTemplateVersions: (Versions as string[]).map(() => ({
        ...{ LaunchTemplateId: 'lt-1', VersionNumber: 7, DefaultVersion: isDefault },
        VersionDescription: description,
      })),
    }),
    DescribeLaunchTemplates: ({ Filters }) => {
      const ofLaunch = (Filters as { Name: string }[]).some(({ Name }) => Name === 'tag:kiln.bake');
      return {
        LaunchTemplates: isOurs && !ofLaunch ? [{ LaunchTemplateId: 'lt-1', Tags: tagList(template) }] : [],
      };
    },
    DescribeInstances: ({ Filters }: AwsInput) => {
      const fits = (Filters as { Name: string; Values: string[] }[]).every(
        ({ Name, Values }) => !Name.startsWith('tag:') || Values.includes(instance[Name.slice(4)] ?? ''),
      );
      const one = { InstanceId: 'i-1', State: { Name: 'running' }, Tags: tagList(instance) };
      return { Reservations: started !== undefined && fits ? [{ Instances: [one] }] : [] };
    },
  });
  const things = await findThings(aws, bake, signal);
  return things.flatMap(({ kind, id, bake }) =>
    kind === 'launch template version' ? [`${id} ${bake}`] : [],
  );
}

test('the latest version of a launch template whose launch has nothing running of that image', async ({
  signal,
}) => {
  const left = [`lt-1/7 ${LAUNCH}`];
  for (const bake of [LAUNCH, undefined]) {
    assert.equal(await found({}, bake, signal), left);
    assert.equal(await found({ started: 'db' }, bake, signal), left, 'another image of the same launch runs');
    assert.equal(await found({ started: 'web' }, bake, signal), []);
    assert.equal(await found({ isDefault: true }, bake, signal), []);
    assert.equal(await found({ isOurs: false }, bake, signal), []);
    assert.equal(await found({ description: 'a bigger disk' }, bake, signal), [], 'somebody else’s');
  }
  assert.equal(await found({}, '1ngk2pd-another', signal), []);
});

test.run();
