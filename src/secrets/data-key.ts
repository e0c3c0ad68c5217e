import { randomBytes } from 'node:crypto';
import type { SopsMetadata, SopsStanza } from '../config/sops-metadata.ts';
import { Fault } from '../core/fault.ts';
import { unwrapWithAge, wrapForAge } from './age-keys.ts';
import { DATA_KEY_BYTES } from './cipher.ts';
import type { Identities } from './identities.ts';
import { unwrapWithPgp, wrapForPgp } from './pgp-keys.ts';
import type { Recipient } from './recipients.ts';

/** A new random data key. */
export function newDataKey(): Buffer {
  return randomBytes(DATA_KEY_BYTES);
}

/** A data key encrypted for each recipient, in their order. */
export async function wrapDataKey(
  dataKey: Buffer,
  recipients: readonly Recipient[],
  now: Date,
  signal: AbortSignal,
): Promise<SopsStanza[]> {
  const stanzas: SopsStanza[] = [];
  for (const { kind, id } of recipients) {
    stanzas.push(kind === 'age' ? await wrapForAge(dataKey, id) : await wrapForPgp(dataKey, id, now, signal));
  }
  return stanzas;
}

/**
 * Decrypts a file's data key: with the identities first, then with gpg. `SECRETS_LOCKED` says whom the file is for,
 * and which keys were tried.
 */
export async function unwrapDataKey(
  { stanzas, services }: Pick<SopsMetadata, 'stanzas' | 'services'>,
  { shown, environment }: { readonly shown: string; readonly environment: string },
  identities: Identities,
  signal: AbortSignal,
): Promise<Buffer> {
  const reasons: string[] = [];
  for (const { id, enc } of ofKind(stanzas, 'age')) {
    try {
      const dataKey = await unwrapWithAge(enc, identities.age);
      if (dataKey?.length === DATA_KEY_BYTES) return dataKey;
      if (dataKey !== undefined) reasons.push(`the part for ${id} holds no data key`);
    } catch {
      reasons.push(`the part for ${id} is damaged`);
    }
  }
  for (const { id, enc } of ofKind(stanzas, 'pgp')) {
    const dataKey = await unwrapWithPgp(enc, signal);
    if (typeof dataKey !== 'string') return dataKey;
    reasons.push(`gpg, for ${id}: ${dataKey}`);
  }
  throw new Fault('SECRETS_LOCKED', `${shown} cannot be opened: none of your keys is one that it is for`, {
    details: [
      ...stanzas.map(({ kind, id }) => `it is for: ${kind === 'age' ? id : `OpenPGP ${id}`}`),
      ...(services.length === 0
        ? []
        : [`it is for: keys of ${services.join(', ')}, which are not supported`]),
      ...identities.age.map(({ recipient, from }) => `tried: ${recipient} (${from})`),
      ...(identities.age.length > 0 ? [] : [`there is no age identity in ${identities.lookedIn.join(', ')}`]),
      ...identities.passedOver.map((what) => `not supported: ${what}`),
      ...reasons,
    ],
    hint: `Set SOPS_AGE_KEY_FILE to the identity of one of them; or have one who can open it add your public key to .sops.yaml and run \`launch secrets updatekeys --env ${environment}\`.`,
  });
}

function ofKind(stanzas: readonly SopsStanza[], kind: SopsStanza['kind']): SopsStanza[] {
  return stanzas.filter((stanza) => stanza.kind === kind);
}
