import { previous } from '../../app/launch/choices.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { LaunchFlags } from '../launch-flags.ts';
import { launchAnswer } from './launch-answer.ts';

/** `launch rollback NAME… --env ENV`: launches the image that was healthy there before the one that runs. */
export async function rollback(
  names: readonly string[],
  flags: LaunchFlags,
  context: VerbContext,
): Promise<Answer> {
  const choose = previous({ override: flags.override });
  return await launchAnswer({ names, flags, action: 'rollback', choose }, context);
}
