import { DescribeImagesCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import { amiForm } from '../../src/forms/ami/ami-form.ts';
import { amiStore } from '../../src/platforms/ec2/ami-store.ts';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { scanTree, type Tree } from '../../src/tree/capture.ts';
import { type AwsProxy, awsProxy, type ProxyHabits } from '../support/aws-proxy.ts';
import { motoServer, noMoto } from '../support/moto.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';
import { smallExt4 } from '../unit/disks/small-disk.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

/** What AWS does and moto does not is done by a fake of ours in front of it. */
const test = suite('an AMI of a disk, when AWS does as AWS does', { skip: noMoto });

const BAKE = '3h2k9x4p-7qf0m2';

/** The AMIs and snapshots that carry the bake's tag, or its name. */
async function left(aws: Aws, signal: AbortSignal): Promise<string[]> {
  const { Images = [] } = await aws.ask(new DescribeImagesCommand({ Owners: ['self'] }), signal);
  const Filters = [{ Name: 'tag:kiln.bake', Values: [BAKE] }];
  const command = new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters });
  const { Snapshots = [] } = await aws.ask(command, signal);
  return [
    ...Images.map(({ ImageId = '' }) => ImageId),
    ...Snapshots.map(({ SnapshotId = '' }) => SnapshotId),
  ];
}

/** Makes an AMI of a small disk with the fake in between; `after` sees what came of it before its scope closes. */
async function mastering(
  signal: AbortSignal,
  habits: ProxyHabits,
  prepare: (proxy: AwsProxy) => void,
  after: (
    form: ReturnType<typeof amiForm>,
    made: () => ReturnType<ReturnType<typeof amiForm>['master']>,
    scope: Scope,
    proxy: AwsProxy,
  ) => Promise<void>,
): Promise<void> {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto, habits);
  await using folder = await temporaryFolder();
  const file = await smallExt4(folder.path, { 'etc/motd': 'hello\n' }, signal);
  const form = amiForm({ store: amiStore(proxy.aws), work: folder.path });
  const tree = { digest: 'sha256:00' } as unknown as Tree;
  const disk = { file, format: 'raw' } as const;
  prepare(proxy);
  const scope = new Scope();
  const spec = { bake: BAKE, template: 'web', disk, architecture: 'amd64' };
  await after(form, () => form.master(tree, spec, scope, signal), scope, proxy);
  await scope.close();
  proxy.forget();
  assert.equal(await left(moto.aws, signal), []);
}

test('a snapshot that is not known yet, pending ones and a storm of throttling are waited out', async ({
  signal,
}) => {
  await mastering(
    signal,
    { snapshotsPending: 2, imagesPending: 2 },
    (proxy) => {
      proxy.inject({ action: 'ebs:PutSnapshotBlock', times: 6, error: 'RequestThrottledException' });
      proxy.inject({ action: 'ebs:PutSnapshotBlock', times: 2, error: 'ResourceNotFoundException' });
      proxy.inject({ action: 'ebs:CompleteSnapshot', times: 1, error: 'ResourceNotFoundException' });
      proxy.inject({ action: 'ebs:GetSnapshotBlock', times: 1, error: 'ConcurrentLimitExceededException' });
    },
    async (form, made, scope, { calls }) => {
      const { ref } = await made();
      const describes = calls.filter(({ action }) => action === 'ec2:DescribeImages').length;
      assert.ok(describes >= 3, `the AMI was pending twice, and asked for ${describes} times`);
      await scanTree(await form.readTree(ref, scope, signal), signal);
    },
  );
});

test('an AMI that was registered though no answer came is found by its name', async ({ signal }) => {
  await mastering(
    signal,
    {},
    (proxy) => proxy.inject({ action: 'ec2:RegisterImage', times: 1, cut: 'after' }),
    async (_form, made, _scope, { calls }) => {
      const { ref } = await made();
      const registered = calls.filter(({ action }) => action === 'ec2:RegisterImage').length;
      assert.is(registered, 2);
      assert.match(ref.id, /^ami-/);
    },
  );
});

test('what one may not do is told by its name, and leaves nothing', async ({ signal }) => {
  await mastering(
    signal,
    {},
    (proxy) => proxy.inject({ action: 'ec2:RegisterImage', error: 'UnauthorizedOperation' }),
    async (_form, made) => {
      const fault = await rejects(made(), { code: 'CLOUD_DENIED' });
      assert.match(fault.message, 'ec2:RegisterImage');
    },
  );
});

test.run();
