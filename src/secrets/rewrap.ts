import { DEFAULT_RULE } from '../config/sops-metadata.ts';
import { Fault } from '../core/fault.ts';
import type { Change } from './change-secrets.ts';
import { newDataKey, wrapDataKey } from './data-key.ts';
import type { OpenFile } from './open-file.ts';
import { isSame, type Recipient } from './recipients.ts';
import { reencryptedText } from './reencrypted-text.ts';

/** Who can open a file that could not before, and who no longer can. */
export interface RecipientChange {
  readonly added: readonly Recipient[];
  readonly removed: readonly Recipient[];
}

/** Compares a file's recipients with those that it should have. */
export function compareRecipients({ metadata }: OpenFile, wanted: readonly Recipient[]): RecipientChange {
  const { stanzas } = metadata;
  return {
    added: wanted.filter((one) => !stanzas.some((other) => isSame(one, other))),
    removed: stanzas
      .filter((one) => !wanted.some((other) => isSame(one, other)))
      .map(({ kind, id }) => ({ kind, id })),
  };
}

/** The same file for other recipients, under the same data key. */
export async function rewrapped(
  opened: OpenFile,
  recipients: readonly Recipient[],
  signal: AbortSignal,
): Promise<Change> {
  const stanzas = await wrapDataKey(opened.dataKey, recipients, new Date(), signal);
  return { text: opened.file.text, block: { stanzas, rule: ruleOf(opened) } };
}

/** The same file under a new data key: every value and comment is encrypted anew. */
export async function rotated(
  opened: OpenFile,
  recipients: readonly Recipient[],
  signal: AbortSignal,
): Promise<Change> {
  const dataKey = newDataKey();
  const stanzas = await wrapDataKey(dataKey, recipients, new Date(), signal);
  return { text: reencryptedText(opened, dataKey), dataKey, block: { stanzas, rule: ruleOf(opened) } };
}

/** `SECRETS_INVALID` for a file that others than age and OpenPGP keys open: we cannot encrypt for those. */
export function assertOurKinds({ metadata }: OpenFile, shown: string): void {
  if (metadata.services.length === 0) return;
  throw new Fault(
    'SECRETS_INVALID',
    `${shown} is also for keys of ${metadata.services.join(', ')}, which are not supported: they would be lost`,
    {
      hint: 'Do this with sops itself.',
    },
  );
}

function ruleOf({ metadata }: OpenFile) {
  return metadata.rules[0] ?? DEFAULT_RULE;
}
