import { listSecrets, showSecret } from '../../app/secrets/show-secrets.ts';
import { secretsLines } from '../../ui/secrets-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { SecretsFlags } from '../launch-flags.ts';
import { secretsRequest } from './secrets-request.ts';

/** `launch secrets show [NAME] --env ENV`: names, types and sizes; with a name that one value and nothing else. */
export async function secretsShow(
  name: string | undefined,
  flags: SecretsFlags,
  context: VerbContext,
): Promise<Answer> {
  const request = secretsRequest(flags, context);
  if (name === undefined) {
    const listed = await listSecrets(request, context.signal);
    return { lines: secretsLines(listed), json: listed };
  }
  const value = (await showSecret({ ...request, name }, context.signal)).reveal();
  return { lines: [], json: { environment: flags.env, name, value }, raw: value };
}
