import type { SecretsTarget } from '../../secrets/read-secrets.ts';
import { type OpenedEnvironment, openEnvironment } from '../launch/open-environment.ts';

/** Which file of secrets is meant. */
export interface SecretsRequest {
  /** A folder in the workspace. */
  readonly workspace: string;
  readonly environment: string;
  /** A folder of environments that comes before the workspace's. */
  readonly environments?: string;
  /** Hears of another process that has the file, by its id. */
  readonly onWait?: (owner: number) => void;
}

/** Finds an environment's file of secrets, which need not be there. `ENVIRONMENT_UNKNOWN`. */
export async function openTarget(
  { workspace, environment: name, environments }: SecretsRequest,
  signal: AbortSignal,
): Promise<{ readonly environment: OpenedEnvironment; readonly target: SecretsTarget }> {
  const options = environments === undefined ? {} : { environments };
  const environment = await openEnvironment(workspace, name, options, signal);
  const { secretsFile: file, shownSecretsFile: shown } = environment;
  return { environment, target: { file, shown, environment: name } };
}

/** What a change of a file came to. */
export interface ChangedSecrets {
  readonly environment: string;
  /** As people are shown it. */
  readonly file: string;
  readonly revision: number;
  /** False when all was so already and nothing was written. */
  readonly changed: boolean;
}
