import { updateKeys } from '../../app/secrets/update-keys.ts';
import { updatedKeysLines } from '../../ui/secrets-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { SecretsFlags } from '../launch-flags.ts';
import { secretsRequest } from './secrets-request.ts';

/** `launch secrets updatekeys --env ENV`: encrypts for the recipients that `.sops.yaml` names now. */
export async function secretsUpdatekeys(flags: SecretsFlags, context: VerbContext): Promise<Answer> {
  const updated = await updateKeys(secretsRequest(flags, context), context.signal);
  return { lines: updatedKeysLines(updated), json: updated };
}
