import type { SecretsTarget } from '../../secrets/read-secrets.ts';
import type { OpenedEnvironment } from './open-environment.ts';

/** An environment's file of secrets, which need not be there. */
export function secretsTargetOf({
  name,
  secretsFile,
  shownSecretsFile,
}: Pick<OpenedEnvironment, 'name' | 'secretsFile' | 'shownSecretsFile'>): SecretsTarget {
  return { file: secretsFile, shown: shownSecretsFile, environment: name };
}
