import type { SummaryStatus } from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import type { Aws } from '../../../../src/platforms/ec2/aws.ts';
import { tagsOfInstance } from '../../../../src/platforms/ec2/instance-tags.ts';
import { failingStatus, untilStatusOk } from '../../../../src/platforms/ec2/status-checks.ts';
import { tagList } from '../../../../src/platforms/ec2/tags.ts';
import type { Instance } from '../../../../src/platforms/launcher.ts';
import { fakeAws, refusal } from '../../../support/fake-aws.ts';
import { instanceSpec } from '../../../support/instance-spec.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('AWS’s status checks');

const spec = instanceSpec({ environment: 'prod', form: 'ami-1', init: 'systemd' });
const INSTANCE: Instance = {
  ...spec,
  id: 'eu-west-1/i-1',
  platform: 'ec2',
  name: 'kiln-prod-web-1',
  running: true,
  serving: false,
  startedAt: '2026-01-01T00:00:00Z',
  runs: 'ami-1',
};
const PACE = { first: 1, longest: 1, within: 60, note: 20 };

type Said = readonly [system: SummaryStatus, instance: SummaryStatus] | 'NotFound';

/** AWS that says these one after another of the instance, the last for ever; `state` is what it says it does. */
function saying(said: readonly Said[], state: () => string = () => 'running'): Aws {
  let asked = 0;
  return fakeAws({
    DescribeInstanceStatus() {
      const now = said[Math.min(asked++, said.length - 1)] ?? 'NotFound';
      if (now === 'NotFound') throw refusal('InvalidInstanceID.NotFound');
      const [system, instance] = now;
      return {
        InstanceStatuses: [{ SystemStatus: { Status: system }, InstanceStatus: { Status: instance } }],
      };
    },
    DescribeInstances: () => ({
      Reservations: [
        { Instances: [{ InstanceId: 'i-1', State: { Name: state() }, Tags: tagList(tagsOfInstance(spec)) }] },
      ],
    }),
    GetConsoleOutput: () => ({ Output: Buffer.from('Kernel panic\n').toString('base64') }),
  }).aws;
}

test('both have to be ok, and what is not known yet is not', async ({ signal }) => {
  const told = async (said: Said) => await failingStatus(saying([said]), INSTANCE, signal);
  assert.is(await told(['ok', 'ok']), undefined);
  assert.is(await told(['ok', 'impaired']), 'system status ok, instance status impaired');
  assert.is(await told(['initializing', 'ok']), 'system status initializing, instance status ok');
  assert.is(await told('NotFound'), 'system status unknown, instance status unknown');
});

test('it is waited for, and told', async ({ signal }) => {
  const notes: string[] = [];
  const said: Said[] = ['NotFound', ['initializing', 'initializing'], ['ok', 'impaired'], ['ok', 'ok']];
  const pace = { ...PACE, note: 0 };
  await untilStatusOk(saying(said), INSTANCE, (message) => notes.push(message), signal, pace);
  assert.match(notes[0] ?? '', /it is ready when AWS's status checks are passed, which takes minutes$/);
  assert.equal(notes.slice(1), [
    'AWS says of it after 0 min: system status unknown, instance status unknown',
    'AWS says of it after 0 min: system status initializing, instance status initializing',
    'AWS says of it after 0 min: system status ok, instance status impaired',
  ]);
});

test('one that never passes them is not ready, and what it printed is shown', async ({ signal }) => {
  const notes: string[] = [];
  const aws = saying([['ok', 'impaired']]);
  const waiting = untilStatusOk(aws, INSTANCE, (message) => notes.push(message), signal, PACE);
  const fault = await rejects(waiting, { code: 'MACHINE_NOT_READY' });
  assert.match(fault.message, /^kiln-prod-web-1 did not pass AWS's status checks within/);
  assert.equal(fault.details, [
    'AWS says: system status ok, instance status impaired',
    'console: Kernel panic',
  ]);
  assert.ok(notes.length >= 2 && notes.length <= 4, notes.join('\n'));
});

test('one that ends meanwhile is lost, and a wait that is given up ends at once', async ({ signal }) => {
  const never: Said[] = [['initializing', 'initializing']];
  const ended = saying(never, () => 'terminated');
  await rejects(
    untilStatusOk(ended, INSTANCE, () => {}, signal, PACE),
    { code: 'MACHINE_LOST' },
  );
  const given = AbortSignal.any([signal, AbortSignal.timeout(20)]);
  const slow = { ...PACE, first: 60_000, longest: 60_000, within: 60_000 };
  const waiting = untilStatusOk(saying(never), INSTANCE, () => {}, given, slow);
  await rejects<Error>(waiting, ({ name }) => name === 'TimeoutError');
});

test.run();
