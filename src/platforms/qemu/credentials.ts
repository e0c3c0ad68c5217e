import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';

/** The SMBIOS tables of a machine hold 64 KiB in all; a little of it is taken. */
const MOST_BYTES = 60_000;

/** By name: what systemd in the guest finds in `/run/credentials/@system`. */
export type Credentials = ReadonlyMap<string, Uint8Array>;

/**
 * Writes credentials as files for QEMU's `-smbios type=11,path=FILE` into a private folder; they may go once QEMU is up.
 * `DATA_INVALID` when they are more than a machine can be given so.
 */
export async function writeCredentials(
  folder: string,
  credentials: Credentials,
): Promise<{ readonly files: readonly string[]; remove(): Promise<void> }> {
  const texts = [...credentials].map(
    ([name, value]) => `io.systemd.credential.binary:${name}=${Buffer.from(value).toString('base64')}`,
  );
  const bytes = texts.reduce((sum, text) => sum + text.length + 1, 0);
  if (bytes > MOST_BYTES) {
    throw new Fault(
      'DATA_INVALID',
      `a virtual machine can be handed ${MOST_BYTES} bytes of data and secrets, and this is ${bytes}`,
      {
        details: [...credentials].map(([name, value]) => `${name}: ${value.length} bytes`),
        hint: 'Put what is large into the image, or let the instance fetch it.',
      },
    );
  }
  const own = join(folder, 'credentials');
  const remove = () => rm(own, { recursive: true, force: true });
  await remove();
  await mkdir(own, { mode: 0o700 });
  try {
    const files = texts.map((_text, index) => join(own, String(index)));
    await Promise.all(files.map((file, index) => writeFile(file, texts[index] as string, { mode: 0o600 })));
    return { files, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
