import { openChecks } from '../../app/check/open-checks.ts';
import { suggestChecks } from '../../app/check/suggest-checks.ts';
import { allReporters } from '../../ui/all-reporters.ts';
import { suggestionLines } from '../../ui/check/suggestion-lines.ts';
import { logFile } from '../../ui/log-file.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { CheckFlags } from '../check-flags.ts';

/** `bake checks suggest IMAGE`: checks for what a fresh machine of it has, as YAML to paste. */
export async function suggest(
  image: string,
  { form }: Pick<CheckFlags, 'form'>,
  { signal, display }: VerbContext,
): Promise<Answer> {
  const say = (message: string) => display.say(message);
  const logged = logFile({ onTrouble: say });
  try {
    const ports = { ...openChecks(signal), reporter: allReporters([logged, display]), say };
    const suggested = await suggestChecks({ image, ...(form === undefined ? {} : { form }) }, ports, signal);
    return { lines: suggestionLines({ ...suggested, checks: { ...suggested.checks } }), json: suggested };
  } finally {
    await logged.close();
  }
}
