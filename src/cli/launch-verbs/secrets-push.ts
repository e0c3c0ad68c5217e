import { openPush } from '../../app/secrets/open-push.ts';
import { pushSecrets } from '../../app/secrets/push-secrets.ts';
import { pushedLines } from '../../ui/secrets-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { SecretsFlags } from '../launch-flags.ts';
import { secretsRequest } from './secrets-request.ts';

/** `launch secrets push --env ENV`: into Parameter Store, for images that fetch their secrets themselves. */
export async function secretsPush(
  flags: SecretsFlags & { readonly prune?: boolean },
  context: VerbContext,
): Promise<Answer> {
  const request = { ...secretsRequest(flags, context), prune: flags.prune === true };
  const pushed = await pushSecrets(request, openPush, context.signal);
  return { lines: pushedLines(pushed), json: pushed };
}
