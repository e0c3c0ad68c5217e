import { readFile } from 'node:fs/promises';
import type { LaunchHistory } from '../../catalogue/launch-history.ts';
import { type Digest, digestOf } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Secret } from '../../core/secret.ts';
import { findIdentities } from '../../secrets/identities.ts';
import { openSecrets } from '../../secrets/open-secrets.ts';
import type { OpenedEnvironment } from './open-environment.ts';

/** An environment's secrets as a launch hands them out. */
export interface EnvironmentSecrets {
  readonly values: ReadonlyMap<string, Secret>;
  /** Absent when the environment has no file of secrets. */
  readonly file?: {
    /** Of the encrypted bytes. */
    readonly digest: Digest;
    readonly revision: number;
  };
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
  const { name, secretsFile: file, shownSecretsFile: shown } = environment;
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (bytes === undefined) return { values: new Map(), overridden: [] };
  const identities = await findIdentities();
  const [{ revision, values }, newest] = await Promise.all([
    openSecrets({ file, shown, environment: name }, identities, signal),
    history.highestSecretsRevision(name),
  ]);
  const opened = { values, file: { digest: digestOf(bytes), revision } };
  if (newest === undefined || revision >= newest) return { ...opened, overridden: [] };
  const message = `${shown} is revision ${revision}, but ${name} was launched with revision ${newest} before: an older file was put back`;
  if (override !== undefined) return { ...opened, overridden: [message] };
  throw new Fault('SECRETS_INVALID', message, {
    hint: 'Take the newest file, or set a secret anew, which makes a new revision; `--override REASON` launches it all the same.',
  });
}
