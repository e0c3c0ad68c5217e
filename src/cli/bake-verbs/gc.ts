import { allSearches, collectGarbage } from '../../app/gc/collect-garbage.ts';
import { Fault } from '../../core/fault.ts';
import { faultJson } from '../../ui/fault-json.ts';
import { garbageLines } from '../../ui/garbage-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';

export interface GcFlags {
  readonly dryRun?: boolean;
  /** Only what is left there. */
  readonly platform?: 'ec2';
  /** Runs of other hosts that are over. */
  readonly run?: readonly string[];
}

/** `bake gc`: removes what killed bakes and launches have left on this host and in clouds, and says of each thing what became of it. */
export async function gc(
  { dryRun = false, platform, run = [] }: GcFlags,
  { signal }: VerbContext,
): Promise<Answer> {
  if (run.length > 0 && platform === undefined)
    throw new Fault('USAGE', '--run is of runs that left something at a platform: add --platform ec2');
  const collected = await collectGarbage({ dryRun }, await allSearches(platform, run), signal);
  return {
    lines: garbageLines(collected),
    json: collected.map(({ error, ...rest }) =>
      error === undefined ? rest : { ...rest, error: faultJson(error) },
    ),
    failures: collected.flatMap(({ error }) => (error === undefined ? [] : [{ error }])),
  };
}
