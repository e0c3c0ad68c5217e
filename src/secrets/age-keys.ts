import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { SopsStanza } from '../config/sops-metadata.ts';
import { Secret } from '../core/secret.ts';

/** An age identity of the user: what opens files for its recipient. */
export interface AgeIdentity {
  /** The public key. */
  readonly recipient: string;
  readonly secret: Secret;
  /** Where it was found: a variable or a file. */
  readonly from: string;
}

/** Encrypts a data key for one age recipient. */
export async function wrapForAge(dataKey: Buffer, recipient: string): Promise<SopsStanza> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return { kind: 'age', id: recipient, enc: armor.encode(await encrypter.encrypt(new Uint8Array(dataKey))) };
}

/** Decrypts a data key; undefined when none of the identities is the one. Throws when it is damaged. */
export async function unwrapWithAge(
  enc: string,
  identities: readonly AgeIdentity[],
): Promise<Buffer | undefined> {
  if (identities.length === 0) return undefined;
  const decrypter = new Decrypter();
  for (const { secret } of identities) decrypter.addIdentity(secret.reveal());
  try {
    return Buffer.from(await decrypter.decrypt(armor.decode(enc)));
  } catch (error) {
    if (/no identity matched/.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** Reads one identity; undefined for a text that is none. */
export async function ageIdentity(text: string, from: string): Promise<AgeIdentity | undefined> {
  try {
    return { recipient: await identityToRecipient(text), secret: new Secret(text), from };
  } catch {
    return undefined;
  }
}

/** A new identity, which nobody has but this process yet. */
export async function newAgeIdentity(from: string): Promise<AgeIdentity> {
  const text = await generateX25519Identity();
  return { recipient: await identityToRecipient(text), secret: new Secret(text), from };
}
