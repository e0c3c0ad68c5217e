import { Fault } from '../../core/fault.ts';
import type { Secret } from '../../core/secret.ts';
import { changeSecrets } from '../../secrets/change-secrets.ts';
import { findIdentities } from '../../secrets/identities.ts';
import { textWithValue } from '../../secrets/set-value.ts';
import { type ChangedSecrets, changedSecrets } from './changed-secrets.ts';
import { openTarget, type SecretsRequest } from './open-target.ts';

/** Names become files in an instance. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const LONGEST_NAME = 128;
const MOST_BYTES = 256 * 1024;
const RESERVED = ['sops', 'kiln_unencrypted'];

/** `USAGE` for what cannot be a secret's name. */
export function assertSecretName(name: string): void {
  if (RESERVED.includes(name.split('.')[0] ?? ''))
    throw new Fault('USAGE', `\`${name}\` is not a secret's name: the file needs it itself`);
  if (NAME.test(name) && name.length <= LONGEST_NAME) return;
  throw new Fault('USAGE', 'that is not a secret’s name', {
    hint: `A name is letters, digits, \`_\`, \`.\` and \`-\`, starts with a letter or a digit and has at most ${LONGEST_NAME}; the value comes from stdin.`,
  });
}

/** Sets one secret of an environment. `USAGE` for an empty value and one that is too long. */
export async function setSecret(
  request: SecretsRequest & { readonly name: string; readonly value: Secret },
  signal: AbortSignal,
): Promise<ChangedSecrets> {
  const { name, value } = request;
  assertSecretName(name);
  const text = value.reveal();
  if (text === '')
    throw new Fault('USAGE', `the value of \`${name}\` is empty`, {
      hint: `Pipe it in: \`launch secrets set ${name} --env ${request.environment} < FILE\`.`,
    });
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw new Fault('USAGE', `the value of \`${name}\` is larger than 256 KiB, which no secret needs`);
  const { target } = await openTarget(request, signal);
  const { onWait } = request;
  const changed = await changeSecrets(
    { target, identities: await findIdentities(), onWait },
    async (file) => {
      const edited = textWithValue(file, name, text);
      return edited === undefined ? undefined : { text: edited };
    },
    signal,
  );
  return changedSecrets(target, changed);
}
