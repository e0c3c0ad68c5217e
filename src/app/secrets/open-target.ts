import type { SecretsTarget } from '../../secrets/read-secrets.ts';
import { type OpenedEnvironment, openEnvironment } from '../launch/open-environment.ts';
import { secretsTargetOf } from '../launch/secrets-target.ts';

/** Which file of secrets is meant. */
export interface SecretsRequest {
  /** A folder in the workspace. */
  readonly workspace: string;
  readonly environment: string;
  /** A folder of environments that comes before the workspace's. */
  readonly environments?: string | undefined;
  /** Hears of another process that has the file, by its id. */
  readonly onWait?: ((owner: number) => void) | undefined;
}

/** Finds an environment's file of secrets, which need not be there. `ENVIRONMENT_UNKNOWN`. */
export async function openTarget(
  { workspace, environment: name, environments }: SecretsRequest,
  signal: AbortSignal,
): Promise<{ readonly environment: OpenedEnvironment; readonly target: SecretsTarget }> {
  const environment = await openEnvironment(workspace, name, { environments }, signal);
  return { environment, target: secretsTargetOf(environment) };
}
