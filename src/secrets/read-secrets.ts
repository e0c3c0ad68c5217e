import { readFile } from 'node:fs/promises';
import type { SopsMetadata } from '../config/sops-metadata.ts';
import { parseSopsText, type SopsText } from '../config/sops-text.ts';
import { Fault } from '../core/fault.ts';
import { BINDING_KEY, type Binding, bindingOf, sealOf } from './binding.ts';
import { encryptionRule, type IsEncryptedAt } from './encryption-rule.ts';

/** A file of secrets, and whose it must be. */
export interface SecretsTarget {
  readonly file: string;
  /** Its path for messages. */
  readonly shown: string;
  readonly environment: string;
}

/** A file of secrets as it can be read by everybody. */
export interface ReadSecrets {
  readonly bytes: Buffer;
  readonly file: SopsText;
  readonly metadata: SopsMetadata;
  readonly isEncryptedAt: IsEncryptedAt;
  /** Absent when no environment was ever bound to it. */
  readonly binding: Binding | undefined;
  /** `foreign` when another program wrote it since we did: then SOPS's own guarantees hold. */
  readonly seal: 'whole' | 'broken' | 'foreign' | 'none';
}

/** The bytes of a file; undefined when there is none. */
export async function readBytes(file: string, signal: AbortSignal): Promise<Buffer | undefined> {
  try {
    return await readFile(file, { signal });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Reads an encrypted file of secrets without any key. `SECRETS_INVALID`, with the place, when it is none that we can open. */
export function readSecrets({ shown }: Pick<SecretsTarget, 'shown'>, bytes: Buffer): ReadSecrets {
  const file = parseSopsText(shown, bytes);
  const { metadata } = file;
  const not = (message: string, hint?: string) =>
    new Fault('SECRETS_INVALID', `${shown} ${message}`, hint === undefined ? {} : { hint });
  if (metadata === undefined) {
    throw not(
      'is not encrypted: it has no block `sops`',
      'Encrypt it with `sops encrypt --in-place`, and change what was in it when others could read it.',
    );
  }
  if (metadata.macOnlyEncrypted) {
    throw not(
      'has mac_only_encrypted, which is not supported: what binds it to its environment would not be protected',
    );
  }
  if (metadata.stanzas.length === 0 && metadata.hasKeyGroups)
    throw not('has key groups, which are not supported');
  if (metadata.stanzas.length === 0 && metadata.services.length === 0)
    throw not('is for nobody: it has no recipients');
  const isEncryptedAt = encryptionRule(metadata.rules);
  if (typeof isEncryptedAt === 'string') throw not(isEncryptedAt);
  const binding = bindingOf(file);
  return { bytes, file, metadata, isEncryptedAt, binding, seal: sealState(file, metadata, binding) };
}

function sealState(
  file: SopsText,
  metadata: SopsMetadata,
  binding: Binding | undefined,
): ReadSecrets['seal'] {
  if (binding === undefined) return 'none';
  if (binding.sealed !== metadata.lastModified) return 'foreign';
  return sealOf(file) === binding.seal ? 'whole' : 'broken';
}

/** `SECRETS_INVALID` for a file that is another environment's. */
export function assertBoundTo({ binding }: ReadSecrets, { shown, environment }: SecretsTarget): void {
  if (binding === undefined || binding.environment === environment) return;
  throw new Fault(
    'SECRETS_INVALID',
    `${shown} has the secrets of ${binding.environment}, not of ${environment}`,
    {
      hint: `A file of secrets belongs to one environment: take ${environment}'s own, or begin it with \`launch secrets init --env ${environment}\`.`,
    },
  );
}

/** `SECRETS_INVALID` for a file that was never bound to an environment. */
export function assertBound({ binding }: ReadSecrets, { shown, environment }: SecretsTarget): void {
  if (binding !== undefined) return;
  throw new Fault(
    'SECRETS_INVALID',
    `${shown} is not bound to an environment: it has no block \`${BINDING_KEY}\``,
    {
      hint: `When these are ${environment}'s secrets, run \`launch secrets init --env ${environment}\`, which binds it.`,
    },
  );
}

/** `SECRETS_INVALID` for a file whose text was changed by somebody who did not write it anew. */
export function assertSealed({ binding, seal }: ReadSecrets, { shown, environment }: SecretsTarget): void {
  if (seal !== 'broken') return;
  throw new Fault(
    'SECRETS_INVALID',
    `${shown} was changed after it was sealed as revision ${binding?.revision}`,
    {
      details: ['Values, names, comments or recipients are not as they were written.'],
      hint: `Take it from git as it was. When it was \`sops updatekeys\`, look at what changed and run \`launch secrets updatekeys --env ${environment}\`, which seals it anew.`,
    },
  );
}
