import { setMaxListeners } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import type { EBSClient } from '@aws-sdk/client-ebs';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import { awaitSnapshot } from './await-snapshot.ts';
import type { Aws } from './aws.ts';
import {
  BLOCK,
  blocksOf,
  checksumOf,
  type Extent,
  isZeros,
  linearChecksum,
  readBlock,
  volumeSize,
} from './disk-blocks.ts';
import { findSnapshots } from './find-things.ts';
import { type ImageTags, tagsOfNew } from './image-tags.ts';
import { intendInCloud } from './intend-in-cloud.ts';
import { makeOwned, type Owned } from './owned.ts';
import { patiently } from './patiently.ts';
import { removeThing } from './remove-thing.ts';
import { BAKE_TAG, tagList } from './tags.ts';

/** How many blocks are on their way at once: AWS takes 1,000 a second of an account, each of which takes some tens of ms. */
const AT_ONCE = 32;

export interface SnapshotSpec extends ImageTags {
  /** A raw disk, absolute. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Where it has data. */
  readonly data: readonly Extent[];
  readonly encrypted?: boolean;
  /** ARN. */
  readonly key?: string;
  readonly onPercent?: (percent: number) => void;
}

export interface NewSnapshot extends Owned<string> {
  readonly digest: Digest;
}

/** Writes a disk as a new snapshot by the EBS direct APIs, and waits until it is complete. */
export async function writeSnapshot(
  aws: Aws,
  ebs: EBSClient,
  spec: SnapshotSpec,
  scope: Scope,
  signal: AbortSignal,
): Promise<NewSnapshot> {
  const made = await startSnapshot(aws, ebs, spec, scope, signal);
  const disk = await open(spec.file, 'r');
  let checksums: Buffer[];
  try {
    checksums = await writeBlocks(aws, ebs, made.id, disk, spec, signal);
  } finally {
    await disk.close();
  }
  const checksum = linearChecksum(checksums);
  await completeSnapshot(aws, ebs, made.id, checksums.length, checksum, signal);
  await awaitSnapshot(aws, made.id, signal);
  return { ...made, digest: `sha256:${checksum.toString('hex')}` };
}

async function startSnapshot(
  aws: Aws,
  ebs: EBSClient,
  spec: SnapshotSpec,
  scope: Scope,
  signal: AbortSignal,
): Promise<Owned<string>> {
  const { StartSnapshotCommand } = await import('@aws-sdk/client-ebs');
  const { bake, template, size, encrypted, key } = spec;
  const encryption = {
    ...(encrypted === undefined && key === undefined ? {} : { Encrypted: encrypted ?? true }),
    ...(key === undefined ? {} : { KmsKeyArn: key }),
  };
  const command = new StartSnapshotCommand({
    VolumeSize: volumeSize(size),
    Description: `the disk of ${template}, baked by Kiln as ${bake}`,
    Tags: tagList(tagsOfNew(spec)),
    ClientToken: `${bake}-disk`,
    ...encryption,
  });
  return await makeOwned(
    {
      label: `snapshot of ${template} in ${aws.region}`,
      intent: await intendInCloud(aws, bake, scope, signal),
      async make() {
        const send = (abortSignal: AbortSignal) => ebs.send(command, { abortSignal });
        const { SnapshotId } = await aws.makeAs('ebs:StartSnapshot', send, signal);
        if (SnapshotId === undefined) throw new Error('StartSnapshot gave no id');
        return SnapshotId;
      },
      async find(cleanup) {
        const found = await findSnapshots(aws, { Name: `tag:${BAKE_TAG}`, Values: [bake] }, cleanup);
        return found.map(({ id }) => id);
      },
      remove: (id, cleanup) =>
        removeThing(aws, { kind: 'snapshot', region: aws.region, id, parts: [] }, cleanup),
    },
    scope,
    signal,
  );
}

/** Writes all blocks that hold more than zeros, and gives their checksums in order. The first that fails ends them all. */
async function writeBlocks(
  aws: Aws,
  ebs: EBSClient,
  snapshot: string,
  disk: FileHandle,
  { data, onPercent = () => {} }: SnapshotSpec,
  signal: AbortSignal,
): Promise<Buffer[]> {
  const { PutSnapshotBlockCommand } = await import('@aws-sdk/client-ebs');
  const blocks = blocksOf(data);
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  // Each request at work listens.
  setMaxListeners(0, both);
  let done = 0;
  async function write(index: number): Promise<Buffer | undefined> {
    const block = await readBlock(disk, index);
    const checksum = isZeros(block) ? undefined : checksumOf(block);
    if (checksum !== undefined) await put(index, block, checksum.toString('base64'));
    onPercent((++done * 100) / blocks.length);
    return checksum;
  }
  async function put(index: number, block: Buffer, Checksum: string): Promise<void> {
    const command = new PutSnapshotBlockCommand({
      SnapshotId: snapshot,
      BlockIndex: index,
      BlockData: block,
      DataLength: BLOCK,
      Checksum,
      ChecksumAlgorithm: 'SHA256',
    });
    const send = (abortSignal: AbortSignal) => ebs.send(command, { abortSignal });
    // A snapshot is not known everywhere at once: its first blocks are refused for a while.
    const { Checksum: stored } = await patiently(() => aws.askAs('ebs:PutSnapshotBlock', send, both), both);
    if (stored !== undefined && stored !== Checksum)
      throw new Fault(
        'CLOUD_FAILED',
        `AWS has stored another block ${index} of ${snapshot} than it was sent`,
      );
  }
  const checksums = await sideBySide(blocks, AT_ONCE, (index) =>
    write(index).catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  return checksums.filter((checksum) => checksum !== undefined);
}

async function completeSnapshot(
  aws: Aws,
  ebs: EBSClient,
  snapshot: string,
  count: number,
  checksum: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const { CompleteSnapshotCommand } = await import('@aws-sdk/client-ebs');
  const command = new CompleteSnapshotCommand({
    SnapshotId: snapshot,
    ChangedBlocksCount: count,
    Checksum: checksum.toString('base64'),
    ChecksumAlgorithm: 'SHA256',
    ChecksumAggregationMethod: 'LINEAR',
  });
  const send = (abortSignal: AbortSignal) => ebs.send(command, { abortSignal });
  await patiently(() => aws.makeAs('ebs:CompleteSnapshot', send, signal), signal);
}
