import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { together } from '../../core/together.ts';
import { findPrivateFolder, privateFolder } from '../private-folder.ts';
import { newKeyPair, newKeyText } from '../ssh/key-pair.ts';
import type { Credentials } from './credentials.ts';

/** Names of the files in an instance's private folder. */
const FILES = { identity: 'identity', hostKey: 'host-key.pub' } as const;

/** How an instance is entered: whose key it lets in, and by which key it is known. */
export interface InstanceKeys {
  /** In memory; ssh's sockets are made there too. */
  readonly folder: string;
  /** The file of our private key. */
  readonly identity: string;
  /** The public line of its host key. */
  readonly hostKey: string;
}

/** Makes an instance's keys in its private folder, and gives what it has to be told of them. */
export async function makeInstanceKeys(vmFolder: string, signal: AbortSignal): Promise<Credentials> {
  const folder = await privateFolder(vmFolder);
  const [own, host] = await together(signal, [
    (both) => newKeyPair(folder, both),
    (both) => newKeyText(folder, both),
  ]);
  await writeFile(join(folder, FILES.hostKey), host.publicKey, { mode: 0o600 });
  await rename(own.file, join(folder, FILES.identity));
  return new Map([
    ['ssh.host-key', Buffer.from(host.privateKey)],
    ['ssh.ephemeral-authorized_keys-all', Buffer.from(`${own.publicKey}\n`)],
  ]);
}

/** An instance's keys; nothing when they are gone, as after a logout that took this user's folders in memory. */
export async function findInstanceKeys(vmFolder: string): Promise<InstanceKeys | undefined> {
  const folder = await findPrivateFolder(vmFolder);
  if (folder === undefined) return undefined;
  const hostKey = await readFile(join(folder, FILES.hostKey), 'utf8').catch(() => undefined);
  return hostKey === undefined ? undefined : { folder, identity: join(folder, FILES.identity), hostKey };
}
