import { Fault } from '../../core/fault.ts';
import { withLock } from '../../core/lock.ts';
import { coldStart, type MachineStart, type StartedMachine } from './cold-start.ts';
import { enterByTransport } from './enter-guest.ts';
import { qemuVersion } from './qemu-version.ts';
import { prepareToSave, saveMachine } from './save-machine.ts';
import { dropWarm, findWarm, pruneWarm, type WarmEntry, warmFolder } from './warm-cache.ts';
import { warmKey } from './warm-key.ts';
import { warmStart } from './warm-start.ts';

/** A start that may take a saved machine, or save one. */
export interface CachedStart extends MachineStart {
  /** Where saved machines are kept. */
  readonly cache: string;
}

/** Boots a machine and enters it by an sshd of ours. */
export async function startCold(start: MachineStart, signal: AbortSignal): Promise<StartedMachine> {
  const { vm, ssh, keys } = await coldStart(start, signal);
  return { vm, ssh: await enterByTransport(vm, start.folder, keys, ssh, start.note, signal) };
}

/**
 * Resumes the copy of the machine that was saved when its disk was first booted. Without one it is booted once and
 * saved, and then resumed, so that all bakes get the same; another bake that wants it waits meanwhile. A copy that does
 * not resume is removed, and the machine booted.
 */
export async function startFromCache(start: CachedStart, signal: AbortSignal): Promise<StartedMachine> {
  const { cache, vm, accelerator, note } = start;
  const warm = warmFolder(cache, await warmKey(vm, accelerator, await qemuVersion(signal)));
  const found = await findWarm(warm);
  if (found !== undefined && 'manifest' in found) return await resumeOrBoot(start, found, signal);
  if (found !== undefined) note(`the copy of the booted base is not used: ${found.damaged}`);
  const waiting = (pid: number) => note(`waiting for process ${pid}, which boots the same base`);
  const made = await withLock(`${warm}.lock`, signal, () => bootAndSave(start, warm, signal), waiting);
  return 'manifest' in made ? await resumeOrBoot(start, made, signal) : made;
}

/** Boots the machine once and saves it; where it cannot be saved, it is the machine itself. */
async function bootAndSave(
  start: CachedStart,
  warm: string,
  signal: AbortSignal,
): Promise<WarmEntry | StartedMachine> {
  const { cache, folder, note } = start;
  const found = await findWarm(warm);
  if (found !== undefined && 'manifest' in found) return found;
  const booted = await coldStart({ ...start, toBeSaved: true }, signal);
  if (!(await prepareToSave(booted, signal))) {
    note('started cold, and not kept warm: that takes perl, systemd and sshd in the base');
    const { vm, ssh, keys } = booted;
    return { vm, ssh: await enterByTransport(vm, folder, keys, ssh, note, signal) };
  }
  const entry = await saveMachine(start, booted, warm, signal);
  await pruneWarm(cache);
  note('booted the base once, and kept it warm for the next time');
  await folder.clear(signal);
  return entry;
}

async function resumeOrBoot(
  start: CachedStart,
  entry: WarmEntry,
  signal: AbortSignal,
): Promise<StartedMachine> {
  const { folder, note } = start;
  try {
    const started = await warmStart(start, entry, signal);
    note(`started warm from the copy of the booted base ${entry.folder}`);
    return started;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Fault) || error.code === 'HOST_TOOL_MISSING' || error.code === 'DISK_FULL')
      throw error;
    note(`the copy of the booted base did not resume (${error.message}): it is removed, and the base booted`);
  }
  await dropWarm(entry.folder, entry.manifest.id);
  await folder.clear(signal);
  return await startCold(start, signal);
}
