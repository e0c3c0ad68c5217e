import { Fault } from '../../core/fault.ts';
import { readTar } from '../../core/tar/reader.ts';
import type { Credentials } from './credentials.ts';

/** Where an instance's secrets lie below `/run`. */
const CREDENTIAL = /^credentials\/@system\/([^/]+)$/;
/** The file without which an instance has not been given its data. */
const NEEDED_FILE = 'kiln/environment.json';
/** systemd-tmpfiles's own; see tmpfiles.d(5). */
const TMPFILES = 'tmpfiles.extra';
const CREDENTIALS = '/run/credentials/@system';
/** What systemd-tmpfiles copies comes under names that no secret has. */
const FILE_PREFIX = 'kiln-file.';
/** Names by which we hand in something else. */
const TAKEN = /^(?:tmpfiles\.extra|ssh\.host-key|ssh\.ephemeral-authorized_keys-all|kiln-file\..*)$/;

/**
 * What an instance is given below `/run` as systemd's credentials: secrets under their own names, all other files under
 * names that systemd-tmpfiles is told, which copies them before services start. `MACHINE_NOT_READY` when its data is not among
 * them; throws what the delivery throws.
 */
export async function credentialsOf(delivery: AsyncIterable<Uint8Array>): Promise<Credentials> {
  const credentials = new Map<string, Uint8Array>();
  const lines: string[] = [];
  let complete = false;
  for await (const { path, type, mode, uid, gid, body } of readTar(delivery)) {
    if (type === 'directory') {
      if (path !== '' && !path.startsWith('credentials')) lines.push(line('d', path, mode, uid, gid, '-'));
      continue;
    }
    if (type !== 'file')
      throw new Fault('DATA_INVALID', `a virtual machine is handed no ${type}: /run/${path}`);
    const bytes = await bytesOf(body);
    const name = CREDENTIAL.exec(path)?.[1];
    if (name === undefined) {
      const file = `${FILE_PREFIX}${lines.length}`;
      credentials.set(file, bytes);
      lines.push(line('C', path, mode, uid, gid, `${CREDENTIALS}/${file}`));
      complete ||= path === NEEDED_FILE;
    } else if (TAKEN.test(name)) {
      throw new Fault('SECRETS_INVALID', `no secret of a virtual machine may be called \`${name}\``, {
        hint: 'By that name it is given its keys and data: rename the secret.',
      });
    } else credentials.set(name, bytes);
  }
  if (!complete) {
    throw new Fault('MACHINE_NOT_READY', 'the instance was not started: its data did not arrive', {
      hint: 'Only `launch` starts it.',
    });
  }
  return credentials.set(TMPFILES, Buffer.from(lines.map((text) => `${text}\n`).join('')));
}

async function bytesOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

function line(type: string, path: string, mode: number, uid: number, gid: number, argument: string): string {
  return [type, quoted(`/run/${path}`), mode.toString(8).padStart(4, '0'), uid, gid, '-', argument].join(' ');
}

/** `%` begins a specifier, and a word in quotes may hold blanks; see tmpfiles.d(5). */
function quoted(path: string): string {
  const text = path.replaceAll('%', '%%');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
