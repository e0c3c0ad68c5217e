import { initSecrets } from '../../app/secrets/init-secrets.ts';
import { initLines } from '../../ui/secrets-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { SecretsFlags } from '../launch-flags.ts';
import { secretsRequest } from './secrets-request.ts';

/** `launch secrets init --env ENV [--recipient KEY…]`: the rule, the key and the empty file, as far as they are not there. */
export async function secretsInit(
  flags: SecretsFlags & { readonly recipient?: readonly string[] },
  context: VerbContext,
): Promise<Answer> {
  const request = { ...secretsRequest(flags, context), recipients: flags.recipient ?? [] };
  const made = await initSecrets(request, context.signal);
  return { lines: initLines(made), json: made };
}
