import type { VerbContext } from '../answer.ts';
import type { SecretsFlags } from '../launch-flags.ts';

/** What every verb on secrets asks for, from its options. */
export function secretsRequest({ env, environments }: SecretsFlags, { workspace, display }: VerbContext) {
  return {
    workspace,
    environment: env,
    environments,
    onWait: (owner: number) => display.say(`another process has this file (${owner}): waiting for it`),
  };
}
