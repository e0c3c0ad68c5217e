import { assertSecretName, setSecret } from '../../app/secrets/set-secret.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { SecretsFlags } from '../launch-flags.ts';
import { readSecret } from './secrets-input.ts';
import { secretsRequest } from './secrets-request.ts';

/** `launch secrets set NAME --env ENV`: the value comes from stdin, or is asked for without echo; it is never an argument. */
export async function secretsSet(
  name: string,
  flags: SecretsFlags & { readonly raw?: boolean },
  context: VerbContext,
): Promise<Answer> {
  assertSecretName(name);
  const value = await readSecret(name, flags, context.signal);
  const set = await setSecret({ ...secretsRequest(flags, context), name, value }, context.signal);
  const line = set.changed
    ? `✔ ${name} is set in ${set.file}, revision ${set.revision}`
    : `✔ ${name} has that value already in ${set.file}`;
  return { lines: [line], json: { name, ...set } };
}
