import { bakeImages } from '../../app/bake-images.ts';
import type { BakeOutcome } from '../../app/bake-one.ts';
import type { Reporter } from '../../core/events.ts';
import { allReporters } from '../../ui/all-reporters.ts';
import { faultJson } from '../../ui/fault-json.ts';
import { logFile } from '../../ui/log-file.ts';
import { paintFor } from '../../ui/paint.ts';
import { type SummaryInput, summaryLines } from '../../ui/summary.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { ImageFlags } from '../image-flags.ts';

type Baked = Extract<BakeOutcome, { record: unknown }>;

/** `bake image NAME…`: bakes them side by side and answers with each one's summary or failure. */
export async function image(
  names: readonly string[],
  flags: ImageFlags,
  context: VerbContext,
): Promise<Answer> {
  const { workspace, signal, display, interact } = context;
  const logs = logPaths();
  const logged = logFile({ onTrouble: (message) => display.say(message) });
  const reporter = allReporters([logged, logs.reporter, display]);
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
    return answer(outcomes, logs.of);
  } finally {
    await logged.close();
  }
}

function answer(outcomes: readonly BakeOutcome[], logOf: (image: string) => string | undefined): Answer {
  const paint = paintFor(process.stdout, process.env);
  return {
    lines: outcomes.flatMap((outcome) =>
      'record' in outcome ? summaryLines(summaryOf(outcome), paint) : [],
    ),
    json: outcomes.map((outcome) =>
      'error' in outcome
        ? { name: outcome.name, error: faultJson(outcome.error), log: logOf(outcome.name) }
        : outcome,
    ),
    failures: outcomes.flatMap((outcome) => {
      if (!('error' in outcome)) return [];
      const log = logOf(outcome.name);
      return [log === undefined ? { error: outcome.error } : { error: outcome.error, log }];
    }),
  };
}

function summaryOf({ record, totalMs, since }: Baked): SummaryInput {
  return {
    name: record.name,
    digest: record.digest,
    bytes: record.bytes,
    totalMs,
    stages: record.stages,
    ...(since === undefined ? {} : { since, bytesBefore: since.bytes }),
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

/** Remembers where the log of each image's run is. */
function logPaths(): { reporter: Reporter; of: (image: string) => string | undefined } {
  const paths = new Map<string, string>();
  return {
    reporter: {
      emit(event) {
        if (event.type === 'run-started') paths.set(event.image, event.log);
      },
      async close() {},
    },
    of: (image) => paths.get(image),
  };
}
