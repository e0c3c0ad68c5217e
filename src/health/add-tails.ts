import { Fault } from '../core/fault.ts';
import type { Machine } from '../platforms/platform.ts';
import { gather } from './gather.ts';
import type { Facts, Tail } from './kind.ts';
import type { Judgement } from './plan-checks.ts';
import type { CheckResult } from './result.ts';

/** Adds to each failed check what its kind wants shown of it, such as the unit's journal; one exec, or none. */
export async function addTails(
  machine: Machine,
  judgements: readonly Judgement[],
  signal: AbortSignal,
): Promise<readonly Judgement[]> {
  const fragments = judgements.flatMap(({ tail, results }) =>
    tail !== undefined && results.some((result) => isExplained(result, tail)) ? [tail] : [],
  );
  if (fragments.length === 0) return judgements;
  try {
    const facts = await gather(machine, fragments, signal);
    return judgements.map((judgement) => withTail(judgement, facts));
  } catch (error) {
    // The verdict stands without it.
    if (error instanceof Fault && !signal.aborted) return judgements;
    throw error;
  }
}

function isExplained({ outcome, attribute }: CheckResult, tail: Tail): boolean {
  return outcome === 'failed' && attribute === tail.attribute;
}

function withTail(judgement: Judgement, facts: Facts): Judgement {
  const { tail, results } = judgement;
  if (tail === undefined) return judgement;
  const lines = (facts.get(tail.key) ?? '').split('\n').filter((line) => line.trim() !== '');
  const shown = lines.map((line) => `${tail.name}: ${line.slice(0, 500)}`);
  return {
    ...judgement,
    results: results.map((result) =>
      isExplained(result, tail) ? { ...result, evidence: [...(result.evidence ?? []), ...shown] } : result,
    ),
  };
}
