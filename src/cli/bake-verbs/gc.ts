import { allSearches, collectGarbage } from '../../app/gc/collect-garbage.ts';
import { faultJson } from '../../ui/fault-json.ts';
import { garbageLines } from '../../ui/garbage-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';

/** `bake gc`: removes what killed bakes and launches have left on this host, and says of each thing what became of it. */
export async function gc(dryRun: boolean, { signal }: VerbContext): Promise<Answer> {
  const collected = await collectGarbage({ dryRun }, await allSearches(), signal);
  return {
    lines: garbageLines(collected),
    json: collected.map(({ error, ...rest }) =>
      error === undefined ? rest : { ...rest, error: faultJson(error) },
    ),
    failures: collected.flatMap(({ error }) => (error === undefined ? [] : [{ error }])),
  };
}
