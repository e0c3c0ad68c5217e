import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSnapshotsCommand,
} from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import type { AmiImageForm } from '../../src/catalogue/record.ts';
import { tagsOf } from '../../src/platforms/ec2/tags.ts';
import { bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { killAt } from '../support/kill-at.ts';
import { type Moto, motoServer, noMoto } from '../support/moto.ts';
import { readRecord } from '../support/records.ts';
import { suite } from '../support/suite.ts';
import { withoutQemu } from '../support/without-qemu.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

const test = suite('a bake to an AMI', {
  skip: noMoto || (await missing('docker')) || (await missing('qemu')),
  deadline: 900_000,
});

const TEMPLATE = {
  'templates/test-ami.yaml': `name: test-ami
base: debian-12
forms: [ami]
disk: { size: 3G }
ami: { tags: { team: platform } }
converge:
  - shell: { script: provisioners/step.sh, creates: /opt/done }
checks: { file: { /opt/done: { exists: true } } }
`,
  'provisioners/step.sh': 'echo golden > /opt/done\n',
};

/** What of ours is in the emulator; what it makes by itself of a snapshot or an AMI has no tags. */
async function contents({ aws }: Moto, signal: AbortSignal) {
  const { Images = [] } = await aws.ask(new DescribeImagesCommand({ Owners: ['self'] }), signal);
  const { Snapshots = [] } = await aws.ask(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }), signal);
  const { Reservations = [] } = await aws.ask(new DescribeInstancesCommand({}), signal);
  const { KeyPairs = [] } = await aws.ask(new DescribeKeyPairsCommand({}), signal);
  return {
    images: Images.map(({ ImageId, Name, Tags }) => ({ id: ImageId, name: Name, tags: tagsOf(Tags) })),
    snapshots: Snapshots.filter(({ Tags = [] }) => Tags.length > 0).map(
      ({ SnapshotId, VolumeSize, Tags }) => ({
        id: SnapshotId,
        size: VolumeSize,
        tags: tagsOf(Tags),
      }),
    ),
    others: [...Reservations, ...KeyPairs],
  };
}

test('it is published with tags and a record, was booted here, and nothing else is left', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using workspace = await bakeWorkspace(TEMPLATE);
  const baked = await workspace.bake(['image', 'test-ami'], { signal });
  assert.is(baked.exitCode, 0, baked.stderr);
  assert.match(baked.stderr, 'the AMI was booted as a virtual machine here, and not as an instance');

  const record = await readRecord(workspace, 'test-ami@1', signal);
  const [form] = record.forms as readonly AmiImageForm[];
  assert.equal([form?.kind, form?.region, form?.architecture], ['ami', 'eu-central-1', 'x86_64']);
  assert.is(form?.account, '123456789012');
  assert.equal(
    record.checks.verify.map(({ form, startedAs, report }) => [form, startedAs, report?.healthy]),
    [['ami', 'vm', true]],
  );
  assert.is(record.unverified, undefined);
  assert.ok(record.tools['qemu'] !== undefined, 'the record says by what it was booted');

  const { images, snapshots, others } = await contents(moto, signal);
  const tags = {
    team: 'platform',
    'kiln.bake': record.bake,
    'kiln.template': 'test-ami',
    'kiln.purpose': 'image',
    'kiln.image': 'test-ami@1',
    'kiln.digest': record.digest,
    Name: 'test-ami@1',
  };
  assert.equal(images, [{ id: form?.id, name: `kiln/test-ami/${record.bake}`, tags }]);
  assert.equal(snapshots, [{ id: form?.snapshots[0], size: 3, tags }]);
  assert.equal(others, []);
  const files = (await workspace.files()).filter((path) => !/^home\/(images|records)\//.test(path));
  assert.equal(files, []);
  const list = await workspace.bake(['list'], { signal });
  assert.match(list.stdout, `ami ${form?.id} eu-central-1`);
});

test('one that is interrupted while its disk is written leaves nothing', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using workspace = await bakeWorkspace(TEMPLATE);
  const kill = killAt(/test-ami master +\d+ % of the disk is written/, 'SIGINT', 0);
  const ended = await workspace.bake(['image', 'test-ami'], { signal, ...kill });
  assert.is(ended.exitCode, 130, ended.stderr);
  assert.match(ended.stderr, 'removed: snapshot of test-ami in eu-central-1');
  assert.equal(await contents(moto, signal), { images: [], snapshots: [], others: [] });
  assert.equal(await workspace.files(), []);
});

test('where there is no QEMU its content alone is verified, and everything says so', async ({ signal }) => {
  await using _moto = await motoServer(signal);
  await using folder = await temporaryFolder();
  await using workspace = await bakeWorkspace(TEMPLATE);
  const PATH = await withoutQemu(folder.path);
  const baked = await workspace.bake(['image', 'test-ami'], { signal, env: { PATH } });
  assert.is(baked.exitCode, 0, baked.stderr);
  assert.match(
    baked.stderr,
    'the AMI was verified by its content alone and not booted: the program qemu-system',
  );
  const record = await readRecord(workspace, 'test-ami@1', signal);
  assert.equal([record.checks.verify, record.unverified], [[{ form: 'ami' }], true]);
  const shown = await workspace.bake(['show', 'test-ami'], { signal });
  assert.match(shown.stdout, 'ami: by its content alone, as nothing of it was started');
});

test.run();
