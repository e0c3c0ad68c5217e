import { Encrypter } from 'age-encryption';

/** Whom a file is encrypted for: an age public key, or the fingerprint of an OpenPGP key in upper-case hex. */
export interface Recipient {
  readonly kind: 'age' | 'pgp';
  readonly id: string;
}

/** Reads `age1…` or a fingerprint; a text that says what is wrong with it when it is neither, or of a kind that is not supported. */
export function recipientOf(text: string): Recipient | string {
  const id = text.trim();
  if (/^ssh-/.test(id))
    return 'is an ssh key: only keys made by age-keygen and OpenPGP fingerprints are supported';
  if (/^age1pq1/.test(id))
    return 'is a post-quantum key: mixed with others it would protect nothing, so it is not supported';
  if (/^age1.*1/.test(id))
    return 'is the key of an age plugin, which is not supported: take one made by age-keygen';
  if (/^AGE-SECRET-KEY-/i.test(id))
    return 'is a secret key: a recipient is its public key, which starts with age1';
  if (/^age1/.test(id))
    return isX25519(id) ? { kind: 'age', id } : 'is no age public key: a character is wrong or missing';
  const fingerprint = id.replace(/^0x/i, '').replaceAll(' ', '').toUpperCase();
  if (/^(?:[0-9A-F]{40}|[0-9A-F]{64})!?$/.test(fingerprint)) return { kind: 'pgp', id: fingerprint };
  if (/^[0-9A-F]{8,39}$/.test(fingerprint))
    return 'is the short id of an OpenPGP key: write its whole fingerprint of 40 digits';
  return 'is neither an age public key nor the fingerprint of an OpenPGP key';
}

function isX25519(id: string): boolean {
  if (!/^age1[02-9ac-hj-np-z]{58}$/.test(id)) return false;
  try {
    new Encrypter().addRecipient(id);
    return true;
  } catch {
    return false;
  }
}

/** The same recipient, in whatever way it is written. */
export function isSame(a: Recipient, b: Recipient): boolean {
  return a.kind === b.kind && normal(a) === normal(b);
}

function normal({ kind, id }: Recipient): string {
  return kind === 'age' ? id : id.replaceAll(' ', '').toUpperCase();
}

/** Each recipient once, in the order given. */
export function once(recipients: readonly Recipient[]): Recipient[] {
  return recipients.filter((one, at) => recipients.findIndex((other) => isSame(one, other)) === at);
}
