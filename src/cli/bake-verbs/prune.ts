import { openPrune } from '../../app/prune/open-prune.ts';
import { pruneImages } from '../../app/prune/prune-images.ts';
import { faultJson } from '../../ui/fault-json.ts';
import { pruneLines } from '../../ui/prune-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';

/** `bake prune [NAME…] [--yes]`: removes images that no rule keeps and nothing needs; exits 1 when something of them is left. */
export async function prune(
  names: readonly string[],
  act: boolean,
  { workspace, signal, display }: VerbContext,
): Promise<Answer> {
  const ports = openPrune(
    workspace,
    {
      progress: (what, percent) => display.progress(what, percent),
      say: (message) => display.say(message),
    },
    signal,
  );
  const found = await pruneImages({ workspace, names, act }, ports, signal);
  const { done } = found;
  const left = done?.images.some(({ parts }) => parts.some(({ state }) => state === 'pending')) ?? false;
  return {
    lines: pruneLines(found, new Date()),
    json: done === undefined ? found : { ...found, done: { ...done, damaged: done.damaged.map(faultJson) } },
    exitCode: left || (done?.damaged.length ?? 0) > 0 ? 1 : 0,
  };
}
