import type { LaunchHistory } from '../../catalogue/launch-history.ts';
import { isOlderSecrets, type SecretsVersion } from '../../catalogue/secrets-version.ts';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Secret } from '../../core/secret.ts';
import { findIdentities } from '../../secrets/identities.ts';
import { type OpenedSecrets, openSecrets } from '../../secrets/open-secrets.ts';
import type { OpenedEnvironment } from './open-environment.ts';
import { secretsTargetOf } from './secrets-target.ts';

/** An environment's secrets as a launch hands them out. */
export interface EnvironmentSecrets {
  readonly values: ReadonlyMap<string, Secret>;
  /** Absent when the environment has no file of secrets; the digest is of its encrypted bytes. */
  readonly file?: { readonly digest: Digest; readonly version: SecretsVersion };
  /** What was refused, and let pass by `--override`. */
  readonly overridden: readonly string[];
}

/**
 * Opens an environment's secrets. `SECRETS_LOCKED` without the right identity; `SECRETS_INVALID` for a file that was
 * tampered with, is another environment's, or is older than one that was launched with before.
 */
export async function openEnvironmentSecrets(
  environment: OpenedEnvironment,
  history: LaunchHistory,
  override: string | undefined,
  signal: AbortSignal,
): Promise<EnvironmentSecrets> {
  const { name, shownSecretsFile: shown } = environment;
  const [opened, newest] = await Promise.all([open(environment, signal), history.newestSecrets(name)]);
  if (opened === undefined) return { values: new Map(), overridden: [] };
  const { digest, values, revision, modified } = opened;
  const version = { revision, modified };
  const secrets = { values, file: { digest, version } };
  if (newest === undefined || !isOlderSecrets(version, newest)) return { ...secrets, overridden: [] };
  const message = `${shown} is ${shownVersion(version)}, but ${name} was launched with ${shownVersion(newest)} before: an older file was put back`;
  if (override !== undefined) return { ...secrets, overridden: [message] };
  throw new Fault('SECRETS_INVALID', message, {
    hint: 'Take the newest file, or set a secret anew, which makes a new revision; `--override REASON` launches it all the same.',
  });
}

async function open(environment: OpenedEnvironment, signal: AbortSignal): Promise<OpenedSecrets | undefined> {
  return await openSecrets(secretsTargetOf(environment), await findIdentities(), signal).catch(
    (error: unknown) => {
      if (error instanceof Fault && error.code === 'FILE_MISSING') return undefined;
      throw error;
    },
  );
}

function shownVersion({ revision, modified }: SecretsVersion): string {
  return `revision ${revision}${modified === undefined ? '' : ` of ${modified}`}`;
}
