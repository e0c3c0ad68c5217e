import { type Digest, digestOf } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import { Secret } from '../core/secret.ts';
import { BINDING_KEY } from './binding.ts';
import type { Identities } from './identities.ts';
import { namedValues, nameOf, unlockFile } from './open-file.ts';
import {
  assertBound,
  assertBoundTo,
  assertSealed,
  readBytes,
  readSecrets,
  type SecretsTarget,
} from './read-secrets.ts';

/** An environment's secrets. */
export interface OpenedSecrets {
  /** Of the encrypted bytes. */
  readonly digest: Digest;
  /** Grows with every change of the file; an older one than was launched with before was put back. */
  readonly revision: number;
  /** When it was written, an ISO time that SOPS's MAC covers: it tells apart what another program wrote since the revision. */
  readonly modified: string;
  /** By name: top-level keys, `a.b` for what is nested, `a.0` for a list's elements. Numbers and booleans in SOPS's form: `True`. */
  readonly values: ReadonlyMap<string, Secret>;
}

/**
 * Opens an environment's file of secrets for a launch. `FILE_MISSING`; `SECRETS_LOCKED` without the right identity;
 * `SECRETS_INVALID` for a file that is malformed, another environment's, bound to none, or changed in any byte.
 */
export async function openSecrets(
  target: SecretsTarget,
  identities: Identities,
  signal: AbortSignal,
): Promise<OpenedSecrets> {
  const { file, shown, environment } = target;
  const bytes = await readBytes(file, signal);
  if (bytes === undefined) throw noSecrets(shown, environment);
  const read = readSecrets(target, bytes);
  assertBoundTo(read, target);
  assertSealed(read, target);
  const opened = await unlockFile(read, target, identities, signal);
  assertBound(read, target);
  const values = namedValues(opened).map(({ name, value }) => [name, new Secret(value.text)] as const);
  return {
    digest: digestOf(bytes),
    revision: read.binding?.revision ?? 0,
    modified: read.metadata.lastModified,
    values: new Map(values),
  };
}

/** An environment without a file of secrets. */
export function noSecrets(shown: string, environment: string): Fault {
  return new Fault('FILE_MISSING', `${environment} has no secrets: there is no ${shown}`, {
    hint: `Begin it with \`launch secrets init --env ${environment}\`.`,
  });
}

/** What a file of secrets tells everybody; nobody has vouched for it. */
export interface PeekedSecrets {
  /** The secrets' names, in the order of the file, and where each is written. */
  readonly names: ReadonlyMap<string, { readonly line: number; readonly column: number }>;
  /** Absent when it is bound to none. */
  readonly environment: string | undefined;
  readonly revision: number | undefined;
}

/** Reads a file's names without any identity; undefined when there is no file. `SECRETS_INVALID` when it is malformed or its seal is broken. */
export async function peekSecrets(
  target: SecretsTarget,
  signal: AbortSignal,
): Promise<PeekedSecrets | undefined> {
  const bytes = await readBytes(target.file, signal);
  if (bytes === undefined) return undefined;
  const read = readSecrets(target, bytes);
  assertSealed(read, target);
  const leaves = read.file.leaves.filter(
    ({ path, scalar, isComment }) => path[0] !== BINDING_KEY && scalar !== undefined && !isComment,
  );
  return {
    names: new Map(leaves.map((leaf) => [nameOf(leaf), read.file.positionAt(leaf.keyStart)])),
    environment: read.binding?.environment,
    revision: read.binding?.revision,
  };
}
