import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { withDeadline } from '../../core/wait.ts';
import type { GuestKeys } from './enter-guest.ts';
import { VM_FILES } from './qemu-command.ts';
import { connectUnixSocket } from './unix-socket.ts';

/** More than the generator's state. */
const ENTROPY_BYTES = 512;

/** Waits until the program in a guest that will renew it listens to its virtio port; see renew-program.ts. */
export async function awaitRenewer(vmFolder: string, within: number, signal: AbortSignal): Promise<void> {
  await converse(vmFolder, within, signal, () => 'hello\n', 'waiting');
}

/**
 * Gives a resumed guest its own time, randomness and keys, by its virtio port; `oldKey` is the public key that it was
 * saved with. `MACHINE_UNREACHABLE` when it does not say in time that this is done, or says why it could not.
 */
export async function renew(
  vmFolder: string,
  { authorized, hostKey }: GuestKeys,
  oldKey: string,
  within: number,
  signal: AbortSignal,
): Promise<void> {
  const hex = (bytes: string | Buffer) => Buffer.from(bytes).toString('hex');
  const message = () =>
    [
      `entropy ${hex(randomBytes(ENTROPY_BYTES))}`,
      `authorized ${hex(authorized)}`,
      `hostkey ${hex(hostKey.privateKey)}`,
      `oldkey ${hex(oldKey)}`,
      `clock ${now()}`,
      'go\n',
    ].join('\n');
  await converse(vmFolder, within, signal, message, 'renewed');
}

/** Seconds and nanoseconds since 1970. */
function now(): string {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  return `${Math.floor(microseconds / 1e6)} ${(microseconds % 1e6) * 1000}`;
}

async function converse(
  vmFolder: string,
  within: number,
  signal: AbortSignal,
  message: () => string,
  wanted: string,
): Promise<void> {
  using deadline = withDeadline(
    signal,
    within,
    () => new Fault('MACHINE_UNREACHABLE', `the machine did not say \`${wanted}\` within ${within / 1000} s`),
  );
  const socket = await connectUnixSocket(join(vmFolder, VM_FILES.channel), deadline.signal);
  try {
    socket.write(message());
    const said = await firstLine(socket, deadline.signal);
    if (said === wanted) return;
    throw new Fault('MACHINE_UNREACHABLE', `the machine was not renewed: it ${said}`);
  } finally {
    socket.destroy();
  }
}

async function firstLine(socket: Socket, signal: AbortSignal): Promise<string> {
  return await new Promise((resolve, reject) => {
    let text = '';
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', reject);
    socket.on('close', () => {
      signal.removeEventListener('abort', onAbort);
      reject(new Fault('MACHINE_LOST', 'QEMU ended while its machine was renewed'));
    });
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
  });
}
