import { type FileHandle, open } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { sleep } from '../../core/wait.ts';

const RETRY_MS = 20;

/** Connects to a QEMU's unix socket, however long its path is: by its folder's descriptor, as an address has only 107 bytes. `MACHINE_LOST` when nobody listens. */
export async function connectUnixSocket(file: string, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  let folder: FileHandle | undefined;
  try {
    folder = await open(dirname(file), 'r');
    for (let again = true; ; again = false) {
      const socket = createConnection(`/proc/self/fd/${folder.fd}/${basename(file)}`);
      try {
        await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
        return socket;
      } catch (error) {
        socket.destroy();
        // So many are waiting for their turn that no more may.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || !again) throw error;
        await sleep(RETRY_MS, signal);
      }
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new Fault('MACHINE_LOST', `no QEMU answers in ${dirname(file)}`, { cause });
  } finally {
    await folder?.close();
  }
}
