import type { Judgement } from './plan-checks.ts';
import type { Answer } from './watch.ts';

/** What a round's answers are to the probe; `all` are the last answers of every check. */
export function answersOf(judgements: readonly Judgement[], all: readonly Judgement[]): Map<string, Answer> {
  return new Map(
    judgements.map((judgement): [string, Answer] => {
      const { key, results, final, restarts, life } = judgement;
      const unanswerable = isCovered(judgement, all) ? undefined : whyUnanswerable(judgement);
      return [
        key,
        {
          failing: results.some(({ outcome }) => outcome === 'failed'),
          ...(final === undefined ? {} : { final }),
          ...(restarts === undefined ? {} : { restarts }),
          ...(life === undefined ? {} : { life }),
          ...(unanswerable === undefined ? {} : { unanswerable }),
        },
      ];
    }),
  );
}

/** A check without an answer is made up for by another that shows that something works. */
function isCovered(judgement: Judgement, all: readonly Judgement[]): boolean {
  const isUnsupported = judgement.results.some(({ outcome }) => outcome === 'unsupported');
  return !isUnsupported || all.some(({ works }) => works);
}

function whyUnanswerable({ label, results }: Judgement): string {
  const why = results.find(({ outcome }) => outcome === 'unsupported')?.actual ?? '';
  return `${label} cannot be checked (${why}), and no port, http, process or command check shows that it works`;
}
