import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { together } from '../../core/together.ts';
import { createOverlay } from '../../disks/create-overlay.ts';
import type { Vm } from '../platform.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { newKeyPair, newKeyText } from '../ssh/key-pair.ts';
import type { Accelerator } from './accelerator.ts';
import { enterGuest, type GuestKeys, waitUntilUp } from './enter-guest.ts';
import { SSH_PORT } from './guest-ports.ts';
import type { MachineFolder } from './machine-folder.ts';
import { makeSeed } from './seed.ts';
import { type RunningVm, startVm } from './vm.ts';

/** Every machine has the same name, so that nothing in the tree depends on which one it was. */
export const HOSTNAME = 'kiln';
/** The name of the file that a machine writes to, in its folder. */
export const OVERLAY = 'overlay.qcow2';

/** The name of the file that is the memory of a machine that may be saved, in its folder. */
export const MEMORY = 'memory';

/** What a machine is started from, and in. */
export interface MachineStart {
  readonly folder: MachineFolder;
  readonly vm: Vm;
  readonly accelerator: Accelerator;
  /** Milliseconds until its sshd must answer. */
  readonly within: number;
  readonly note: (message: string) => void;
}

/** A machine that runs and that we have entered. */
export interface StartedMachine {
  readonly vm: RunningVm;
  readonly ssh: SshConnection;
}

/** A machine that has booted, and the keys that it was given. */
export interface BootedMachine extends StartedMachine {
  readonly keys: GuestKeys;
}

/** Boots a machine on a fresh overlay of its disk, enters it by its own sshd and waits until it is up. */
export async function coldStart(
  start: MachineStart & { readonly toBeSaved?: boolean },
  signal: AbortSignal,
): Promise<BootedMachine> {
  const { folder, vm, accelerator, within, toBeSaved = false } = start;
  const overlay = join(folder.path, OVERLAY);
  const [keys] = await together(signal, [
    (both) => newGuestKeys(folder, both),
    (both) => createOverlay(overlay, vm.disk, both),
  ]);
  const { authorized, hostKey } = keys;
  const instance = `kiln-${folder.path.split('/').at(-1)}`;
  const seed = vm.disk.seed
    ? await makeSeed(folder.private, { instance, hostname: HOSTNAME, authorized, hostKey }, signal)
    : undefined;
  const credentials = new Map([
    ['ssh.host-key', Buffer.from(hostKey.privateKey)],
    ['ssh.ephemeral-authorized_keys-all', Buffer.from(`${authorized}\n`)],
    // systemd-tmpfiles puts this one into root's home: only where nothing else lets us in
    ...(seed === undefined ? [] : ([['ssh.authorized_keys.root', Buffer.from(`${authorized}\n`)]] as const)),
  ]);
  const running = await startVm(
    {
      ...{ folder: folder.path, vm, overlay, hostname: HOSTNAME, credentials, accelerator },
      ...(toBeSaved ? { channel: true, memory: await newMemory(folder) } : {}),
      ...(seed === undefined ? {} : { seed }),
    },
    signal,
  );
  const ssh = await enterGuest(running, folder, keys, { port: SSH_PORT, within }, signal);
  try {
    await waitUntilUp(running, ssh, signal);
    return { vm: running, ssh, keys };
  } catch (error) {
    await ssh.close();
    throw error;
  }
}

async function newMemory({ path }: MachineFolder) {
  const file = join(path, MEMORY);
  await writeFile(file, '', { mode: 0o600 });
  return { file, shared: true };
}

/** New keys for one machine. */
export async function newGuestKeys(folder: MachineFolder, signal: AbortSignal): Promise<GuestKeys> {
  const [own, hostKey] = await together(signal, [
    (both) => newKeyPair(folder.private, both),
    (both) => newKeyText(folder.private, both),
  ]);
  return { identity: own.file, authorized: own.publicKey, hostKey };
}
