import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ownWork } from '../../core/own-work.ts';
import type { TarMember } from '../../core/tar/member.ts';
import { createOverlay } from '../../disks/create-overlay.ts';
import { diskTree } from '../../disks/disk-tree.ts';
import type { TreeSource } from '../../tree/source.ts';
import type { Instance } from '../launcher.ts';
import { copyInstance } from './instance-copy.ts';
import { INSTANCE_FILES } from './instance-folder.ts';
import { lost } from './publish-instance.ts';
import { readInstance } from './read-instance.ts';

/**
 * The file tree of an instance as it is at one moment, read from its disk and not by asking it. `flush` asks its guest to
 * write what it holds back; a guest that does not is read all the same.
 */
export function instanceTree(
  home: string,
  instance: Instance,
  flush: (signal: AbortSignal) => Promise<void>,
): TreeSource {
  return { read: (signal) => readTree(home, instance, flush, signal) };
}

async function* readTree(
  home: string,
  instance: Instance,
  flush: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<TarMember> {
  const now = await readInstance(home, instance.id, signal);
  if (now === undefined) throw lost(instance);
  const { folder, file } = now;
  const work = ownWork(home);
  if (!now.instance.running) {
    yield* diskTree({ file: join(folder, INSTANCE_FILES.overlay), format: 'qcow2' }, work).read(signal);
    return;
  }
  await flush(signal);
  const copy = join(work, `copy-${randomUUID()}.qcow2`);
  await mkdir(work, { recursive: true });
  try {
    await createOverlay(copy, file.disk, signal);
    await copyInstance(folder, copy, signal);
    yield* diskTree({ file: copy, format: 'qcow2' }, work).read(signal);
  } finally {
    await rm(copy, { force: true });
  }
}
