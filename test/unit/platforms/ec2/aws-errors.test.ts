import * as assert from 'uvu/assert';
import { Fault } from '../../../../src/core/fault.ts';
import { awsFault, isNotFound, isWithoutCapacity } from '../../../../src/platforms/ec2/aws-errors.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('errors of AWS');

const call = { action: 'ec2:RunInstances', region: 'eu-central-1', profile: 'golden' };

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
    assert.match(fault.details[0] ?? '', `${name}, request r-1`);
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
