import type { SopsStanza } from '../config/sops-metadata.ts';
import { Fault } from '../core/fault.ts';
import { DATA_KEY_BYTES } from './cipher.ts';
import { runGpg } from './gpg.ts';

/** Encrypts a data key for one OpenPGP key of gpg's keyring; `SECRETS_LOCKED` when it is not there. */
export async function wrapForPgp(
  dataKey: Buffer,
  fingerprint: string,
  now: Date,
  signal: AbortSignal,
): Promise<SopsStanza> {
  // The fingerprint says whom the user means; whether gpg would trust that key to be somebody's is another question.
  const args = [
    '--no-default-recipient',
    '--no-encrypt-to',
    '--trust-model',
    'always',
    '--armor',
    '--encrypt',
  ];
  const { ok, stdout, reason } = await runGpg([...args, '--recipient', fingerprint], dataKey, signal);
  if (!ok) {
    throw new Fault('SECRETS_LOCKED', `gpg cannot encrypt for the OpenPGP key ${fingerprint}: ${reason}`, {
      hint: `Import its public key with \`gpg --import\`, or \`gpg --recv-keys ${fingerprint.replace('!', '')}\`.`,
    });
  }
  const created = `${now.toISOString().slice(0, 19)}Z`;
  return { kind: 'pgp', id: fingerprint, enc: stdout.toString('latin1').trim(), created };
}

/** Decrypts a data key with gpg; a text that says why it could not. */
export async function unwrapWithPgp(enc: string, signal: AbortSignal): Promise<Buffer | string> {
  const { ok, stdout, reason } = await runGpg(['--decrypt'], Buffer.from(enc), signal);
  if (!ok) return reason;
  // An old gpg leaves out what it does not know, and says that all is well.
  return stdout.length === DATA_KEY_BYTES ? stdout : 'gpg gave back no data key';
}
