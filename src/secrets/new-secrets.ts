import { DEFAULT_RULE, type SopsRule } from '../config/sops-metadata.ts';
import { newDataKey, wrapDataKey } from './data-key.ts';
import type { OpenFile } from './open-file.ts';
import type { SecretsTarget } from './read-secrets.ts';
import type { Recipient } from './recipients.ts';
import { sealSecrets } from './seal-secrets.ts';

/** A file of secrets with nothing in it yet, bound to its environment. */
export async function newSecrets(
  target: SecretsTarget,
  {
    recipients,
    rule = DEFAULT_RULE,
  }: { readonly recipients: readonly Recipient[]; readonly rule?: SopsRule | undefined },
  signal: AbortSignal,
): Promise<OpenFile> {
  const [dataKey, now] = [newDataKey(), new Date()];
  const stanzas = await wrapDataKey(dataKey, recipients, now, signal);
  return sealSecrets('', { target, revision: 1, dataKey, now, block: { stanzas, rule } });
}
