import type { Changed } from '../../secrets/change-secrets.ts';
import type { SecretsTarget } from '../../secrets/read-secrets.ts';

/** What a change of a file came to. */
export interface ChangedSecrets {
  readonly environment: string;
  /** As people are shown it. */
  readonly file: string;
  readonly revision: number;
  /** False when all was so already and nothing was written. */
  readonly changed: boolean;
}

/** Tells what a change came to. */
export function changedSecrets(
  { environment, shown }: SecretsTarget,
  { opened, isChanged }: Changed,
): ChangedSecrets {
  return { environment, file: shown, revision: opened.binding?.revision ?? 0, changed: isChanged };
}
