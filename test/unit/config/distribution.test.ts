import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { GOOD, LEAST, sampleWorkspace, templateProblems } from './sample-workspace.ts';

const test = suite('where an AMI goes');

async function amiOf(text: string) {
  await using workspace = await sampleWorkspace({ ...GOOD, 'templates/web.yaml': `${LEAST}${text}` });
  const { problems, templates } = await workspace.load();
  assert.equal(problems, []);
  return templates.get('web')?.value.ami;
}

test('a template declares regions with their keys, who may use it, and until when', async () => {
  const arn = 'arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-1111-2222-333344445555';
  const ami = await amiOf(`ami:
  copy: { us-west-2: {}, eu-west-1: { kms-key: "${arn}" }, ap-south-1: { kms-key: alias/golden } }
  share:
    accounts: ["012345678901"]
    organizations: ["arn:aws:organizations::111111111111:organization/o-1234567890"]
    organizational-units: ["arn:aws:organizations::111111111111:ou/o-1234567890/ou-ab12-11111111"]
  deprecate-after: 90d
`);
  assert.equal(ami?.copy, {
    'us-west-2': {},
    'eu-west-1': { 'kms-key': arn },
    'ap-south-1': { 'kms-key': 'alias/golden' },
  });
  assert.equal(ami?.share, {
    accounts: ['012345678901'],
    organizations: ['arn:aws:organizations::111111111111:organization/o-1234567890'],
    'organizational-units': ['arn:aws:organizations::111111111111:ou/o-1234567890/ou-ab12-11111111'],
    snapshots: [],
  });
  assert.is(ami?.['deprecate-after'], 90 * 86_400_000);
});

test('one that says nothing shares with nobody and takes nothing back', async () => {
  const ami = await amiOf('');
  assert.equal([ami?.copy, ami?.share, ami?.['deprecate-after']], [undefined, undefined, undefined]);
});

const WRONG: readonly [string, RegExp][] = [
  ['ami: { copy: { oregon: {} } }', /is not a region of AWS/],
  ['ami: { copy: { us-west-2: { kms-key: "golden" } } }', /is not a KMS key/],
  [
    'ami: { copy: { us-west-2: { kms-key: "arn:aws:kms:eu-west-1:111111111111:alias/x" } } }',
    /`ami.copy.us-west-2.kms-key` is a key of eu-west-1/,
  ],
  ['ami: { share: { accounts: [111111111111] } }', /must be an account in quotes/],
  ['ami: { share: { accounts: ["1111"] } }', /is not an account, which has 12 digits/],
  ['ami: { share: { accounts: [all] } }', /is not an account/],
  ['ami: { share: { organizations: ["o-1234567890"] } }', /is not the ARN of an organization/],
  ['ami: { share: { organizational-units: ["ou-1"] } }', /is not the ARN of an organizational unit/],
  ['ami: { deprecate-after: 11000d }', /longer than AWS takes, which is 10 years/],
];

for (const [text, message] of WRONG) {
  test(`\`${text}\` is refused`, async () => {
    const problems = await templateProblems(`${LEAST}${text}\n`);
    assert.is(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', message);
  });
}

test.run();
