import { launchHistory } from '../../app/launch/history.ts';
import { historyLines } from '../../ui/history-lines.ts';
import type { Answer } from '../answer.ts';
import type { EnvironmentFlags } from '../launch-flags.ts';

/** `launch history --env ENV`: every launch of it, the newest last. */
export async function history({ env }: EnvironmentFlags): Promise<Answer> {
  const found = await launchHistory(env);
  return { lines: historyLines(found), json: found };
}
