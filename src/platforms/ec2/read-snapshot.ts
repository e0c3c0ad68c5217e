import { setMaxListeners } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import type { Block, EBSClient } from '@aws-sdk/client-ebs';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import { fullDisk } from '../../core/full-disk.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import { sleep } from '../../core/wait.ts';
import { allPages } from './all-pages.ts';
import type { Aws } from './aws.ts';
import { BLOCK, checksumOf, linearChecksum } from './disk-blocks.ts';
import { patiently } from './patiently.ts';

const AT_ONCE = 32;
const GIB = 1024 ** 3;
/** Tries of one block: the SDK tries no more once an answer has begun. */
const ATTEMPTS = 4;

/**
 * Writes what a snapshot holds into a new raw file, in which blocks that it does not hold are holes. Gives the digest of
 * what was read, as `writeSnapshot` does of what it wrote. Each block's own checksum is looked at.
 */
export async function readSnapshot(
  aws: Aws,
  ebs: EBSClient,
  snapshot: string,
  file: string,
  signal: AbortSignal,
): Promise<Digest> {
  const { blocks, size } = await listBlocks(aws, ebs, snapshot, signal);
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  // Each request at work listens.
  setMaxListeners(0, both);
  const disk = await open(file, 'wx', 0o600);
  try {
    await disk.truncate(size);
    const checksums = await sideBySide(blocks, AT_ONCE, (block) =>
      copyBlock(aws, ebs, snapshot, block, disk, both).catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    );
    return `sha256:${linearChecksum(checksums).toString('hex')}`;
  } catch (error) {
    throw fullDisk(error, file);
  } finally {
    await disk.close();
  }
}

/** All blocks that a snapshot holds, in order, and the size of its volume in bytes. */
async function listBlocks(
  aws: Aws,
  ebs: EBSClient,
  snapshot: string,
  signal: AbortSignal,
): Promise<{ readonly blocks: readonly Block[]; readonly size: number }> {
  const { ListSnapshotBlocksCommand } = await import('@aws-sdk/client-ebs');
  let size = 0;
  const blocks = await allPages(async (NextToken) => {
    const command = new ListSnapshotBlocksCommand({ SnapshotId: snapshot, MaxResults: 10_000, NextToken });
    const send = (abortSignal: AbortSignal) => ebs.send(command, { abortSignal });
    const list = () => aws.askAs('ebs:ListSnapshotBlocks', send, signal);
    const { Blocks = [], NextToken: next, VolumeSize = 0 } = await patiently(list, signal);
    size = VolumeSize * GIB;
    return { items: Blocks, next };
  });
  blocks.sort((a, b) => (a.BlockIndex ?? 0) - (b.BlockIndex ?? 0));
  return { blocks, size };
}

async function copyBlock(
  aws: Aws,
  ebs: EBSClient,
  snapshot: string,
  block: Block,
  disk: FileHandle,
  signal: AbortSignal,
): Promise<Buffer> {
  const { BlockIndex: index = 0 } = block;
  for (let attempt = 1; ; attempt++) {
    try {
      const { bytes, checksum } = await getBlock(aws, ebs, snapshot, block, signal);
      await disk.write(bytes, 0, bytes.length, index * BLOCK);
      return checksum;
    } catch (error) {
      signal.throwIfAborted();
      const again =
        error instanceof Fault && (error.code === 'CLOUD_FAILED' || error.code === 'CLOUD_UNREACHABLE');
      if (!again || attempt === ATTEMPTS) throw error;
    }
    await sleep(attempt * 500, signal);
  }
}

async function getBlock(
  aws: Aws,
  ebs: EBSClient,
  snapshot: string,
  { BlockIndex, BlockToken }: Block,
  signal: AbortSignal,
): Promise<{ readonly bytes: Uint8Array; readonly checksum: Buffer }> {
  const { GetSnapshotBlockCommand } = await import('@aws-sdk/client-ebs');
  const command = new GetSnapshotBlockCommand({ SnapshotId: snapshot, BlockIndex, BlockToken });
  const get = async (abortSignal: AbortSignal) => {
    const { BlockData, Checksum } = await ebs.send(command, { abortSignal });
    return { bytes: (await BlockData?.transformToByteArray()) ?? new Uint8Array(), Checksum };
  };
  const { bytes, Checksum } = await patiently(() => aws.askAs('ebs:GetSnapshotBlock', get, signal), signal);
  const checksum = checksumOf(bytes);
  if (bytes.length !== BLOCK || checksum.toString('base64') !== Checksum)
    throw new Fault(
      'CLOUD_FAILED',
      `the block ${BlockIndex} of ${snapshot} came with other bytes than its checksum says`,
    );
  return { bytes, checksum };
}
