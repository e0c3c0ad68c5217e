import { nearest } from '../../config/nearest.ts';
import { Fault } from '../../core/fault.ts';
import { Secret } from '../../core/secret.ts';
import { findIdentities } from '../../secrets/identities.ts';
import { namedValues, type OpenFile, unlockFile } from '../../secrets/open-file.ts';
import { noSecrets } from '../../secrets/open-secrets.ts';
import { assertBoundTo, assertSealed, readBytes, readSecrets } from '../../secrets/read-secrets.ts';
import { openTarget, type SecretsRequest } from './open-target.ts';

/** What a file of secrets holds, without what it says. */
export interface ShownSecrets {
  readonly environment: string;
  readonly file: string;
  /** Null when it is bound to no environment: then it opens for reading alone. */
  readonly revision: number | null;
  /** Whom it is for: age public keys and OpenPGP fingerprints. */
  readonly recipients: readonly string[];
  readonly secrets: readonly {
    readonly name: string;
    readonly type: string;
    readonly bytes: number;
    /** False for what the file's rule leaves readable. */
    readonly encrypted: boolean;
  }[];
}

/** Lists an environment's secrets by name, type and size. */
export async function listSecrets(request: SecretsRequest, signal: AbortSignal): Promise<ShownSecrets> {
  const { opened, shown } = await openForReading(request, signal);
  return {
    environment: request.environment,
    file: shown,
    revision: opened.binding?.revision ?? null,
    recipients: opened.metadata.stanzas.map(({ id }) => id),
    secrets: namedValues(opened).map(({ name, leaf, value }) => ({
      name,
      type: value.type,
      bytes: Buffer.byteLength(value.text),
      encrypted: opened.isEncryptedAt(leaf.keys),
    })),
  };
}

/** One secret of an environment. `USAGE` when there is none of that name. */
export async function showSecret(
  request: SecretsRequest & { readonly name: string },
  signal: AbortSignal,
): Promise<Secret> {
  const { opened, shown } = await openForReading(request, signal);
  const values = namedValues(opened);
  const found = values.find(({ name }) => name === request.name);
  if (found !== undefined) return new Secret(found.value.text);
  const near = nearest(
    request.name,
    values.map(({ name }) => name),
  );
  throw new Fault('USAGE', `there is no secret \`${request.name}\` in ${shown}`, {
    hint:
      near === undefined
        ? `\`launch secrets show --env ${request.environment}\` lists them.`
        : `Did you mean \`${near}\`?`,
  });
}

async function openForReading(
  request: SecretsRequest,
  signal: AbortSignal,
): Promise<{ readonly opened: OpenFile; readonly shown: string }> {
  const { target } = await openTarget(request, signal);
  const bytes = await readBytes(target.file, signal);
  if (bytes === undefined) throw noSecrets(target.shown, target.environment);
  const read = readSecrets(target, bytes);
  assertBoundTo(read, target);
  assertSealed(read, target);
  return { opened: await unlockFile(read, target, await findIdentities(), signal), shown: target.shown };
}
