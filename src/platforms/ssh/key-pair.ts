import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../core/fault.ts';

const DEADLINE_MS = 10_000;

/** An ed25519 key pair of OpenSSH's. */
export interface KeyPair {
  /** The private key's file, which only this user can read. */
  readonly file: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string;
}

/** Makes a new key pair; `folder` is private, and what removes it removes the key. `HOST_TOOL_MISSING` without ssh-keygen. */
export async function newKeyPair(folder: string, signal: AbortSignal): Promise<KeyPair> {
  const file = join(folder, `key-${randomBytes(4).toString('hex')}`);
  const result = await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file], {
    reject: false,
    stdin: 'ignore',
    timeout: DEADLINE_MS,
    cancelSignal: signal,
    env: { LC_ALL: 'C' },
  });
  signal.throwIfAborted();
  if (result.code === 'ENOENT') {
    throw new Fault('HOST_TOOL_MISSING', 'there is no ssh-keygen, which makes the keys of virtual machines', {
      hint: 'Install it: `apt-get install openssh-client`, or run `make setup`.',
    });
  }
  if (result.failed) {
    throw new Fault('MACHINE_UNREACHABLE', `ssh-keygen could not make a key in ${folder}`, {
      details: result.stderr.trim().split('\n'),
    });
  }
  const [type, key] = (await readFile(`${file}.pub`, 'utf8')).trim().split(' ');
  await rm(`${file}.pub`);
  return { file, publicKey: `${type} ${key}` };
}

/** A new key pair to be given away, as a machine's host key is: its private text, of which no file is left. */
export async function newKeyText(
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const { file, publicKey } = await newKeyPair(folder, signal);
  try {
    return { privateKey: await readFile(file, 'utf8'), publicKey };
  } finally {
    await rm(file, { force: true });
  }
}
