import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EBSClient } from '@aws-sdk/client-ebs';
import { DescribeImagesCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import { diskData } from '../../src/disks/disk-data.ts';
import { diskTree } from '../../src/disks/disk-tree.ts';
import { amiForm } from '../../src/forms/ami/ami-form.ts';
import { amiStore } from '../../src/platforms/ec2/ami-store.ts';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { BLOCK, checksumOf, linearChecksum } from '../../src/platforms/ec2/disk-blocks.ts';
import { readSnapshot } from '../../src/platforms/ec2/read-snapshot.ts';
import { tagsOf } from '../../src/platforms/ec2/tags.ts';
import { writeSnapshot } from '../../src/platforms/ec2/write-snapshot.ts';
import type { Tree } from '../../src/tree/capture.ts';
import { scanTree } from '../../src/tree/capture.ts';
import { motoServer, noMoto } from '../support/moto.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';
import { smallExt4 } from '../unit/disks/small-disk.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

const test = suite('snapshots and AMIs of a disk', { skip: noMoto });

const OF = { bake: '3h2k9x4p-7qf0m2', template: 'web', tags: { team: 'a' } };
const MIB = 1024 ** 2;

/** A sparse disk whose blocks 0, 3 and 4 hold something; in block 7 there are zeros that were written. */
async function sparseDisk(folder: string, size = 10 * MIB + 100): Promise<string> {
  const file = join(folder, 'disk.raw');
  const disk = await open(file, 'wx');
  await disk.truncate(size);
  await disk.write(Buffer.from('boot'), 0, 4, 0);
  await disk.write(Buffer.alloc(BLOCK, 'x'), 0, BLOCK, 3 * BLOCK + 4096);
  await disk.write(Buffer.alloc(BLOCK), 0, BLOCK, 7 * BLOCK);
  await disk.close();
  return file;
}

async function bytesOf(file: string): Promise<Buffer> {
  const disk = await open(file, 'r');
  try {
    return await disk.readFile();
  } finally {
    await disk.close();
  }
}

/** A client of the EBS direct APIs that does something before it sends a call. */
async function ebsWith(
  aws: Aws,
  before: (name: string, input: Record<string, unknown>) => void = () => {},
): Promise<EBSClient> {
  const { EBSClient } = await import('@aws-sdk/client-ebs');
  const client = new EBSClient({ ...aws.settings, maxAttempts: 2 });
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        before(commandName ?? '', args.input as unknown as Record<string, unknown>);
        return await next(args);
      },
    { step: 'initialize', name: 'test' },
  );
  return client;
}

async function snapshotsIn(aws: Aws, signal: AbortSignal): Promise<string[]> {
  const command = new DescribeSnapshotsCommand({
    OwnerIds: ['self'],
    Filters: [{ Name: 'tag:kiln.bake', Values: [OF.bake] }],
  });
  const { Snapshots = [] } = await aws.ask(command, signal);
  return Snapshots.map(({ SnapshotId = '' }) => SnapshotId);
}

test('a disk is written without its zeros, and read back with its holes', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using folder = await temporaryFolder();
  await using scope = new Scope();
  const { aws } = moto;
  const file = await sparseDisk(folder.path);
  const completed: Record<string, unknown>[] = [];
  const put: number[] = [];
  const ebs = await ebsWith(aws, (name, input) => {
    if (name === 'PutSnapshotBlockCommand') put.push(input['BlockIndex'] as number);
    if (name === 'CompleteSnapshotCommand') completed.push(input);
  });
  const { size } = await stat(file);
  const percents: number[] = [];
  const spec = { ...OF, file, size, data: await diskData(file, signal) };
  const written = await writeSnapshot(
    aws,
    ebs,
    { ...spec, onPercent: (percent) => percents.push(percent) },
    scope,
    signal,
  );
  assert.equal(put.sort(), [0, 3, 4]);
  assert.is(percents.at(-1), 100);

  const bytes = await bytesOf(file);
  const block = (index: number) => checksumOf(bytes.subarray(index * BLOCK, (index + 1) * BLOCK));
  const linear = linearChecksum([block(0), block(3), block(4)]);
  assert.is(written.digest, `sha256:${linear.toString('hex')}`);
  const { ChangedBlocksCount, Checksum, ChecksumAggregationMethod } = completed[0] ?? {};
  assert.equal(
    [ChangedBlocksCount, Checksum, ChecksumAggregationMethod],
    [3, linear.toString('base64'), 'LINEAR'],
  );

  const copy = join(folder.path, 'copy.raw');
  assert.is(await readSnapshot(aws, ebs, written.id, copy, signal), written.digest);
  const read = await bytesOf(copy);
  assert.is(read.length, 1024 * MIB);
  assert.ok(read.subarray(0, bytes.length).equals(bytes));
  assert.ok((await stat(copy)).blocks * 512 < 4 * MIB, 'what was not written is a hole');
});

test('a snapshot has its tags, and what is asked of its encryption, from the first call on', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using folder = await temporaryFolder();
  await using scope = new Scope();
  const { aws } = moto;
  const file = await sparseDisk(folder.path);
  const started: Record<string, unknown>[] = [];
  const ebs = await ebsWith(
    aws,
    (name, input) => void (name === 'StartSnapshotCommand' && started.push(input)),
  );
  const { size } = await stat(file);
  const spec = { ...OF, file, size, data: [] };
  await writeSnapshot(aws, ebs, spec, scope, signal);
  const key = 'arn:aws:kms:eu-central-1:123456789012:key/k';
  await writeSnapshot(aws, ebs, { ...spec, key }, scope, signal);
  await writeSnapshot(aws, ebs, { ...spec, encrypted: false }, scope, signal);
  assert.equal(
    started.map(({ Encrypted, KmsKeyArn, VolumeSize, ClientToken }) => [
      Encrypted,
      KmsKeyArn,
      VolumeSize,
      ClientToken,
    ]),
    [
      [undefined, undefined, 1, '3h2k9x4p-7qf0m2-disk'],
      [true, key, 1, '3h2k9x4p-7qf0m2-disk'],
      [false, undefined, 1, '3h2k9x4p-7qf0m2-disk'],
    ],
  );
  const tags = tagsOf(started[0]?.['Tags'] as Parameters<typeof tagsOf>[0]);
  assert.equal(tags, {
    team: 'a',
    'kiln.bake': OF.bake,
    'kiln.template': 'web',
    'kiln.purpose': 'image',
    Name: `web (${OF.bake})`,
  });
});

test('a block that fails for good ends the others, and no snapshot is left', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using folder = await temporaryFolder();
  const { aws } = moto;
  const file = await sparseDisk(folder.path);
  const { size } = await stat(file);
  const ebs = await ebsWith(aws, (name, input) => {
    if (name !== 'PutSnapshotBlockCommand' || input['BlockIndex'] !== 3) return;
    throw Object.assign(new Error('the fake refuses block 3'), {
      name: 'ValidationException',
      $metadata: { httpStatusCode: 400 },
    });
  });
  const outcomes: string[] = [];
  const scope = new Scope(({ label, state }) => outcomes.push(`${label}: ${state}`));
  const data = await diskData(file, signal);
  const fault = await rejects(writeSnapshot(aws, ebs, { ...OF, file, size, data }, scope, signal), {
    code: 'CLOUD_FAILED',
  });
  assert.match(fault.message, 'ebs:PutSnapshotBlock failed in eu-central-1: the fake refuses block 3');
  assert.is((await snapshotsIn(aws, signal)).length, 1);
  await scope.close();
  assert.equal(outcomes, ['snapshot of web in eu-central-1: removed']);
  assert.equal(await snapshotsIn(aws, signal), []);
});

test('a snapshot that was made though no answer came is found by its tag and removed', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using folder = await temporaryFolder();
  const { aws } = moto;
  const file = await sparseDisk(folder.path);
  const { size } = await stat(file);
  const { EBSClient } = await import('@aws-sdk/client-ebs');
  const ebs = new EBSClient({ ...aws.settings, maxAttempts: 1 });
  ebs.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        if (commandName !== 'StartSnapshotCommand') return answer;
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      },
    { step: 'initialize', name: 'test' },
  );
  await using scope = new Scope();
  await rejects(writeSnapshot(aws, ebs, { ...OF, file, size, data: [] }, scope, signal), {
    code: 'CLOUD_UNREACHABLE',
  });
  assert.is((await snapshotsIn(aws, signal)).length, 1);
  await scope.close();
  assert.equal(await snapshotsIn(aws, signal), []);
});

test('a cancelled write ends at once, and leaves no snapshot', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using folder = await temporaryFolder();
  const { aws } = moto;
  const file = await sparseDisk(folder.path);
  const { size } = await stat(file);
  const cancelled = new AbortController();
  const ebs = await ebsWith(aws, (name, input) => {
    if (name === 'PutSnapshotBlockCommand' && input['BlockIndex'] === 4) cancelled.abort(new Error('enough'));
  });
  const scope = new Scope();
  const data = await diskData(file, signal);
  const spec = { ...OF, file, size, data };
  await rejects(writeSnapshot(aws, ebs, spec, scope, AbortSignal.any([signal, cancelled.signal])), /enough/);
  await scope.close();
  assert.equal(await snapshotsIn(aws, signal), []);
});

test('a block that comes with other bytes than its checksum says is asked for again, and then refused', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using folder = await temporaryFolder();
  await using scope = new Scope();
  const { aws } = moto;
  const file = await sparseDisk(folder.path);
  const { size } = await stat(file);
  const data = await diskData(file, signal);
  // moto takes any checksum: one block is stored with another's.
  const bad = await ebsWith(aws, (name, input) => {
    if (name === 'PutSnapshotBlockCommand' && input['BlockIndex'] === 0)
      input['BlockData'] = Buffer.alloc(BLOCK, 'y');
  });
  const { id } = await writeSnapshot(aws, bad, { ...OF, file, size, data }, scope, signal);
  const asked: number[] = [];
  const ebs = await ebsWith(aws, (name, input) => {
    if (name === 'GetSnapshotBlockCommand') asked.push(input['BlockIndex'] as number);
  });
  const copy = join(folder.path, 'copy.raw');
  const fault = await rejects(readSnapshot(aws, ebs, id, copy, signal), { code: 'CLOUD_FAILED' });
  assert.match(fault.message, /the block 0 of snap-\w+ came with other bytes than its checksum says/);
  assert.is(asked.filter((index) => index === 0).length, 4);
});

test('an AMI of a disk has its tags and its tree, and is gone with its scope unless it is kept', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using folder = await temporaryFolder();
  const { aws } = moto;
  const work = join(folder.path, 'work');
  const store = amiStore(aws);
  const form = amiForm({ store, work });
  const files = { 'etc/motd': 'hello\n', large: 'x'.repeat(3 * MIB) };
  const file = await smallExt4(folder.path, files, signal);
  const tree = { digest: 'sha256:00' } as unknown as Tree;
  const spec = {
    ...OF,
    disk: { file, format: 'raw' },
    architecture: 'amd64',
    volume: 8 * 1024 ** 3,
  } as const;
  const images = async () => {
    const { Images = [] } = await aws.ask(new DescribeImagesCommand({ Owners: ['self'] }), signal);
    return Images;
  };

  const dropped = new Scope();
  const first = await form.master(tree, spec, dropped, signal);
  assert.ok(await store.isThere(first.ref.id, signal));
  const direct = await scanTree(diskTree({ file, format: 'raw' }, work), signal);
  const read = await scanTree(await form.readTree(first.ref, dropped, signal), signal);
  assert.is(read.digest, direct.digest);
  const other = { ...first.ref, digest: 'sha256:11' } as const;
  await rejects((async () => scanTree(await form.readTree(other, dropped, signal), signal))(), {
    code: 'VERIFY_MISMATCH',
  });
  await dropped.close();
  assert.equal([await images(), await snapshotsIn(aws, signal)], [[], []]);
  assert.not(await store.isThere(first.ref.id, signal));

  const kept = new Scope();
  const second = await form.master(tree, spec, kept, signal);
  const published = await second.publish('web', 7);
  second.keep();
  await kept.close();
  assert.equal(published, {
    kind: 'ami',
    region: 'eu-central-1',
    account: '123456789012',
    id: second.ref.id,
    snapshots: second.ref.snapshots,
    architecture: 'x86_64',
    digest: first.ref.digest,
  });
  const [image] = await images();
  assert.is(image?.Name, `kiln/web/${OF.bake}`);
  const tags = tagsOf(image?.Tags);
  assert.equal(
    [tags['Name'], tags['kiln.image'], tags['kiln.bake'], tags['team']],
    ['web@7', 'web@7', OF.bake, 'a'],
  );
  assert.equal(await snapshotsIn(aws, signal), [...second.ref.snapshots]);
  assert.equal(await readdir(work), []);
});

test.run();
