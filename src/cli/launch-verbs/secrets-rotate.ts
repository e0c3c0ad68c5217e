import { rotateSecrets } from '../../app/secrets/rotate-secrets.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { SecretsFlags } from '../launch-flags.ts';
import { secretsRequest } from './secrets-request.ts';

/** `launch secrets rotate --env ENV`: everything encrypted anew, with a new data key. */
export async function secretsRotate(flags: SecretsFlags, context: VerbContext): Promise<Answer> {
  const rotated = await rotateSecrets(secretsRequest(flags, context), context.signal);
  return { lines: [`✔ ${rotated.file} has a new data key, revision ${rotated.revision}`], json: rotated };
}
