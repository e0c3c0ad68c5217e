import * as assert from 'uvu/assert';
import { Fault } from '../../../../src/core/fault.ts';
import {
  isNotFound,
  isWithoutCapacity,
  isWithoutSpotRole,
} from '../../../../src/platforms/ec2/aws-errors.ts';
import { awsFault } from '../../../../src/platforms/ec2/aws-fault.ts';
import { awsIdentity } from '../../../../src/platforms/ec2/aws-identity.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('errors of AWS');

const identity = awsIdentity({ AWS_PROFILE: 'golden' });
const call = { action: 'ec2:RunInstances', region: 'eu-central-1', identity };

function thrown(name: string, message: string, more: object = { $metadata: { requestId: 'r-1' } }): Error {
  return Object.assign(new Error(message), { name }, more);
}

function faultOf(error: Error): Fault {
  const fault = awsFault(error, call);
  assert.instance(fault, Fault);
  return fault as Fault;
}

test('each is told by what a person can do about it', () => {
  const table = [
    ['RequestExpired', 'Request has expired.', 'CLOUD_LOCKED', /aws sso login --profile golden/],
    ['CredentialsProviderError', 'Could not load credentials', 'CLOUD_LOCKED', /AWS_PROFILE/],
    ['RequestLimitExceeded', 'Request limit exceeded.', 'CLOUD_FAILED', /later/],
    ['InsufficientInstanceCapacity', 'We have none.', 'CLOUD_FULL', /another instance type/],
    ['VcpuLimitExceeded', 'You have requested more.', 'CLOUD_FULL', /Service Quotas/],
    ['ResourceLimitExceeded', 'Too many copies.', 'CLOUD_FULL', /Service Quotas/],
  ] as const;
  for (const [name, message, code, hint] of table) {
    const fault = faultOf(thrown(name, message));
    assert.is(fault.code, code, name);
    assert.match(fault.hint ?? '', hint, name);
    assert.match(fault.details.at(-1) ?? '', `${name}, request r-1`);
    assert.is(fault.exitCode, 3);
  }
  const network = faultOf(thrown('Error', 'connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED' }));
  assert.is(network.code, 'CLOUD_UNREACHABLE');
});

test('what is not allowed is named by action and resource, as AWS says them', () => {
  const message =
    'You are not authorized to perform this operation. User: arn:aws:iam::1:user/dev is not authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:eu-central-1:1:instance/* because no identity-based policy allows it';
  const fault = faultOf(thrown('UnauthorizedOperation', message));
  assert.is(fault.code, 'CLOUD_DENIED');
  assert.is(
    fault.message,
    'the profile golden may not do ec2:CreateTags on arn:aws:ec2:eu-central-1:1:instance/* in eu-central-1',
  );
  const bare = faultOf(thrown('UnauthorizedOperation', 'You are not authorized to perform this operation.'));
  assert.is(bare.message, 'the profile golden may not do ec2:RunInstances in eu-central-1');
});

test('a denial by more than a missing permission keeps its reason, and leads to nobody’s policy', () => {
  const user = 'You are not authorized to perform this operation. User: arn:aws:iam::1:user/dev is';
  const denied = `${user} not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-central-1:1:instance/*`;
  for (const [words, reason] of [
    [
      'with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1.',
      'an explicit deny in a service control policy',
    ],
    [
      'with an explicit deny in an identity-based policy. Encoded authorization failure message: g4oZPBqZ4Bni8dE5',
      'an explicit deny in an identity-based policy',
    ],
    [
      'because no permissions boundary allows the ec2:RunInstances action',
      'no permissions boundary allows it',
    ],
  ] as const) {
    const fault = faultOf(thrown('UnauthorizedOperation', `${denied} ${words}`));
    assert.is(fault.code, 'CLOUD_DENIED');
    assert.is(
      fault.message,
      `the profile golden may not do ec2:RunInstances on arn:aws:ec2:eu-central-1:1:instance/* in eu-central-1: ${reason}`,
    );
    assert.match(fault.hint ?? '', /who administers the account/);
    assert.not.match(fault.hint ?? '', /bake policy/);
    assert.match(fault.details[0] ?? '', `${user} not authorized`);
    assert.not.match(fault.details.join(), /Encoded|g4oZ/);
  }
  const missing = 'because no identity-based policy allows the ec2:RunInstances action';
  assert.match(faultOf(thrown('UnauthorizedOperation', `${denied} ${missing}`)).hint ?? '', /bake policy/);
});

test('AuthFailure is about credentials only where AWS says so', () => {
  const wrong = faultOf(
    thrown('AuthFailure', 'AWS was not able to validate the provided access credentials'),
  );
  assert.is(wrong.code, 'CLOUD_LOCKED');
  assert.match(wrong.hint ?? '', /aws sso login --profile golden.*not enabled a region/);
  const shared = faultOf(thrown('AuthFailure', 'Not authorized for images: [ami-1]'));
  assert.is(shared.code, 'CLOUD_DENIED');
  assert.is(
    shared.message,
    'AWS refuses ec2:RunInstances in eu-central-1: Not authorized for images: [ami-1]',
  );
  assert.match(shared.hint ?? '', /not shared with this account, or is gone/);
  const other = faultOf(thrown('AuthFailure', 'Unauthorized attempt to access restricted resource'));
  assert.is(other.code, 'CLOUD_DENIED');
  assert.match(other.message, /restricted resource/);
});

test('a subscription that is missing keeps its link, and a missing role for spare capacity the way to it', () => {
  const link = 'To do so please visit https://aws.amazon.com/marketplace/pp?sku=1a';
  const words = `In order to use this AWS Marketplace product you need to accept terms and subscribe. ${link}`;
  const subscription = faultOf(thrown('OptInRequired', words));
  assert.is(subscription.code, 'CLOUD_DENIED');
  assert.match(subscription.message, link);
  assert.match(subscription.hint ?? '', /^Subscribe/);
  const role = faultOf(thrown('AuthFailure.ServiceLinkedRoleCreationNotPermitted', 'The provided …'));
  assert.is(role.code, 'CLOUD_DENIED');
  assert.match(role.message, /AWSServiceRoleForEC2Spot/);
  assert.match(role.hint ?? '', 'aws iam create-service-linked-role --aws-service-name spot.amazonaws.com');
  assert.ok(isWithoutSpotRole(role));
  assert.not(isWithoutSpotRole(subscription));
});

test('a region that has no name in the network may be misspelt', () => {
  const message = 'getaddrinfo ENOTFOUND ec2.eu-central-1.amazonaws.com';
  const unknown = faultOf(thrown('Error', message, { code: 'ENOTFOUND' }));
  assert.is(unknown.code, 'CLOUD_UNREACHABLE');
  assert.match(unknown.hint ?? '', /eu-central-1 may be misspelt, or closed to the account/);
  const proxy = faultOf(thrown('Error', 'getaddrinfo ENOTFOUND proxy.lan', { code: 'ENOTFOUND' }));
  assert.match(proxy.hint ?? '', /^Look at the network/);
});

test('what is named and not there is told with what names it', () => {
  for (const [name, message, place] of [
    ['InvalidSubnetID.NotFound', 'The subnet ID does not exist', /`ec2.subnets`.*`instance.subnet`/],
    ['InvalidGroup.NotFound', 'The security group does not exist', /`ec2.security-groups`/],
    ['InvalidKeyPair.NotFound', 'The key pair does not exist', /`ec2.key-name`/],
    [
      'InvalidParameterValue',
      'Value (web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
      /`ec2.instance-profile`.*`instance.profile`/,
    ],
  ] as const) {
    const fault = faultOf(thrown(name, message));
    assert.is(fault.code, 'CLOUD_FAILED', name);
    assert.match(fault.message, message);
    assert.match(fault.hint ?? '', place, name);
  }
});

test('credentials of variables are told as such, unless a profile is named', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'hidden' };
  const by = (env: Record<string, string>) => {
    const fault = awsFault(thrown('ExpiredToken', 'It has expired'), { ...call, identity: awsIdentity(env) });
    return fault as Fault;
  };
  const variables = by(keys);
  assert.is(variables.message, 'AWS does not accept the credentials of AWS_ACCESS_KEY_ID: It has expired');
  assert.not.match(variables.hint ?? '', /aws sso login/);
  for (const [env, profile] of [
    [{ ...keys, AWS_PROFILE: 'golden' }, 'golden'],
    [{ AWS_ACCESS_KEY_ID: 'AKIA' }, "default (or, without one, this host's role)"],
    [{}, "default (or, without one, this host's role)"],
    [
      { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials' },
      "default (or, without one, the container's role)",
    ],
    [
      { AWS_WEB_IDENTITY_TOKEN_FILE: '/run/token', AWS_ROLE_ARN: 'arn:aws:iam::1:role/ci' },
      'default (or, without one, the role arn:aws:iam::1:role/ci by its web identity)',
    ],
  ] as const)
    assert.ok(by(env).message.includes(`the credentials of the profile ${profile}: It`), by(env).message);
});

test('AWS’s own words are in the details where the message has none of them', () => {
  const { details } = faultOf(thrown('RequestLimitExceeded', 'Request limit exceeded.'));
  assert.equal(details, ['Request limit exceeded', 'RequestLimitExceeded, request r-1']);
  assert.equal(faultOf(thrown('VcpuLimitExceeded', 'Too many.')).details, ['VcpuLimitExceeded, request r-1']);
});

test('attempts are told, other errors keep the words of AWS, and a bug stays one', () => {
  const fault = faultOf(
    thrown('InvalidParameterValue', 'Value (x) for y is wrong.\nmore', { $metadata: { attempts: 3 } }),
  );
  assert.is(fault.code, 'CLOUD_FAILED');
  assert.is(fault.message, 'ec2:RunInstances failed in eu-central-1: Value (x) for y is wrong');
  assert.equal(fault.details, ['InvalidParameterValue, after 3 attempts']);
  const bug = new TypeError('x is not a function');
  assert.is(awsFault(bug, call), bug);
  assert.is(awsFault(fault, call), fault);
});

test('what is not there, and what there is no room for, are known before and after', () => {
  for (const name of ['InvalidInstanceID.NotFound', 'InvalidAMIID.Unavailable'] as const) {
    const error = thrown(name, 'no');
    assert.is(isNotFound(error), name.endsWith('NotFound'), name);
    assert.is(isNotFound(faultOf(error)), isNotFound(error));
  }
  const full = thrown('InsufficientInstanceCapacity', 'no');
  assert.ok(isWithoutCapacity(full) && isWithoutCapacity(faultOf(full)));
  assert.not(isWithoutCapacity(new Error('no')));
});

test.run();
