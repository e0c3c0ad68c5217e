import { allSearches, collectGarbage } from '../../app/gc/collect-garbage.ts';
import { faultJson } from '../../ui/fault-json.ts';
import { garbageLines } from '../../ui/garbage-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';

export interface GcFlags {
  readonly dryRun?: boolean;
  /** Only what is left there. */
  readonly platform?: 'ec2';
}

/** `bake gc`: removes what killed bakes and launches have left on this host and in clouds, and says of each thing what became of it. */
export async function gc({ dryRun = false, platform }: GcFlags, { signal }: VerbContext): Promise<Answer> {
  const collected = await collectGarbage({ dryRun }, await allSearches(platform), signal);
  return {
    lines: garbageLines(collected),
    json: collected.map(({ error, ...rest }) =>
      error === undefined ? rest : { ...rest, error: faultJson(error) },
    ),
    failures: collected.flatMap(({ error }) => (error === undefined ? [] : [{ error }])),
  };
}
