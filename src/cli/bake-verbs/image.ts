import { bakeImages } from '../../app/bake-images.ts';
import type { BakeOutcome } from '../../app/bake-one.ts';
import { isWhole } from '../../app/distribute/distribution.ts';
import { allReporters } from '../../ui/all-reporters.ts';
import { distributedLines } from '../../ui/distribution-lines.ts';
import { faultJson } from '../../ui/fault-json.ts';
import { logFile } from '../../ui/log-file.ts';
import { paintFor } from '../../ui/paint.ts';
import { type SummaryInput, summaryLines } from '../../ui/summary.ts';
import type { Answer, Failure, VerbContext } from '../answer.ts';
import type { ImageFlags } from '../image-flags.ts';
import { distributionFailures, distributionJson } from './distribution-answer.ts';

type Baked = Extract<BakeOutcome, { record: unknown }>;

/** `bake image NAME…`: bakes them side by side and answers with each one's summary or failure. */
export async function image(
  names: readonly string[],
  flags: ImageFlags,
  context: VerbContext,
): Promise<Answer> {
  const { workspace, signal, display, interact } = context;
  const logged = logFile({ onTrouble: (message) => display.say(message) });
  const reporter = allReporters([logged, display]);
  try {
    const outcomes = await bakeImages(
      {
        workspace,
        names,
        onError: onErrorHere(flags.onError, context),
        ...(flags.forms === undefined ? {} : { forms: [...flags.forms] }),
        verify: flags.verify,
        cold: flags.cold ?? false,
        checkpoints: flags.checkpoints ?? false,
        ...(flags.from === undefined ? {} : { from: flags.from }),
        ...(flags.machine === undefined ? {} : { machine: flags.machine }),
      },
      interact === undefined ? { reporter } : { reporter, interact },
      signal,
    );
    return answer(outcomes, signal);
  } finally {
    await logged.close();
  }
}

function answer(outcomes: readonly BakeOutcome[], signal: AbortSignal): Answer {
  const paint = paintFor(process.stdout, process.env);
  return {
    lines: outcomes.flatMap((outcome) =>
      'record' in outcome
        ? [...summaryLines(summaryOf(outcome), paint), ...distributed(outcome.distribution)]
        : [],
    ),
    json: outcomes.map((outcome) => {
      if ('error' in outcome) return { ...outcome, error: faultJson(outcome.error) };
      const { log: _, distribution, ...baked } = outcome;
      return distribution === undefined ? baked : { ...baked, distribution: distributionJson(distribution) };
    }),
    failures: outcomes.flatMap((outcome) => failuresOf(outcome, signal)),
  };
}

function distributed(distribution: Baked['distribution']): string[] {
  return distribution === undefined ? [] : distributedLines(distribution);
}

function failuresOf(outcome: BakeOutcome, signal: AbortSignal): Failure[] {
  if ('error' in outcome) return [outcome];
  const { distribution, log } = outcome;
  if (distribution === undefined || isWhole(distribution)) return [];
  return distributionFailures(distribution, signal).map((failure) => ({ ...failure, log }));
}

function summaryOf({ record, totalMs, since, revoked }: Baked): SummaryInput {
  return {
    name: record.name,
    digest: record.digest,
    bytes: record.bytes,
    totalMs,
    stages: record.stages,
    ...(since === undefined ? {} : { since, bytesBefore: since.bytes }),
    ...(revoked === undefined ? {} : { revoked }),
  };
}

/** A shell needs somebody who sits there: else the machine is kept, which is what comes nearest. */
function onErrorHere(
  wanted: ImageFlags['onError'],
  { interact, display }: VerbContext,
): ImageFlags['onError'] {
  if (wanted !== 'shell' || interact !== undefined) return wanted;
  display.say('--on-error shell needs a terminal: a machine whose bake fails is kept instead');
  return 'keep';
}
