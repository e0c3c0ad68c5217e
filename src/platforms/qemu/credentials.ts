import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';

/** systemd reads a structure of SMBIOS by one read(2) of sysfs, which gives a page (tried with systemd 252). */
const MOST_PER_CREDENTIAL = 4096;
/** The SMBIOS tables of a machine hold 64 KiB in all; a little of it is taken. */
const MOST_TOGETHER = 60_000;
/** "OEM strings"; its formatted part is 5 bytes long (DMTF DSP0134, 7.12). */
const OEM_STRINGS = 11;
const HEADER_BYTES = 5;
/** QEMU gives its own structures handles below. */
const FIRST_HANDLE = 0xee00;

/** By name: what systemd in the guest finds in `/run/credentials/@system`. */
export type Credentials = ReadonlyMap<string, Uint8Array>;

/**
 * Writes credentials as files for QEMU's `-smbios file=FILE` into a private folder, each a structure of its own; they may
 * go once QEMU is up. `DATA_INVALID` when they are more than a machine can be given so.
 */
export async function writeCredentials(
  folder: string,
  credentials: Credentials,
): Promise<{ readonly files: readonly string[]; remove(): Promise<void> }> {
  const structures = [...credentials].map(([name, value], index) => structure(name, value, index));
  const together = structures.reduce((sum, { length }) => sum + length, 0);
  if (together > MOST_TOGETHER) throw tooMuch(`${together} bytes in all`, MOST_TOGETHER, credentials);
  const own = join(folder, 'credentials');
  const remove = () => rm(own, { recursive: true, force: true });
  await remove();
  await mkdir(own, { mode: 0o700 });
  try {
    const files = structures.map((_structure, index) => join(own, String(index)));
    await Promise.all(
      files.map((file, index) => writeFile(file, structures[index] as Buffer, { mode: 0o600 })),
    );
    return { files, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** As text where it can be, which is shorter; a string of SMBIOS ends with a zero byte, and the last with two. */
function structure(name: string, value: Uint8Array, index: number): Buffer {
  const bytes = Buffer.from(value);
  const string =
    bytes.includes(0) || bytes.length === 0
      ? Buffer.from(`io.systemd.credential.binary:${name}=${bytes.toString('base64')}`)
      : Buffer.concat([Buffer.from(`io.systemd.credential:${name}=`), bytes]);
  const header = Buffer.from([OEM_STRINGS, HEADER_BYTES, 0, 0, 1]);
  header.writeUInt16LE(FIRST_HANDLE + index, 2);
  const whole = Buffer.concat([header, string, Buffer.alloc(2)]);
  if (whole.length <= MOST_PER_CREDENTIAL) return whole;
  throw tooMuch(`${whole.length} bytes in \`${name}\``, MOST_PER_CREDENTIAL, new Map([[name, value]]));
}

function tooMuch(what: string, most: number, credentials: Credentials): Fault {
  return new Fault('DATA_INVALID', `a virtual machine cannot be handed ${what}: it takes ${most}`, {
    details: [...credentials].map(([name, { length }]) => `${name}: ${length} bytes`),
    hint: 'Put what is large into the image, let the instance fetch it, or launch it on docker.',
  });
}
