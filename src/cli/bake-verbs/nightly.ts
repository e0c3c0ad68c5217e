import { nightly } from '../../app/nightly/nightly.ts';
import { type NightlyReport, wentWell } from '../../app/nightly/report.ts';
import { parseShard } from '../../app/nightly/shard.ts';
import { parseAge } from '../../config/age.ts';
import { allReporters } from '../../ui/all-reporters.ts';
import { faultJson } from '../../ui/fault-json.ts';
import { logFile } from '../../ui/log-file.ts';
import { nightlyLines } from '../../ui/nightly/nightly-lines.ts';
import type { NightlyRow, NightlyView } from '../../ui/nightly/view.ts';
import { paintFor } from '../../ui/paint.ts';
import type { Answer, Failure, VerbContext } from '../answer.ts';
import type { NightlyFlags } from '../nightly-flags.ts';
import { openReports } from './nightly-reports.ts';

/** `bake nightly`: rebuilds every template from clean, and answers with what became of each. */
export async function rebuildNightly(flags: NightlyFlags, context: VerbContext): Promise<Answer> {
  const { workspace, signal, display } = context;
  const { only, jobs, shard, ifOlderThan, report: folder } = flags;
  const asked = {
    ...(only === undefined ? {} : { only }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(shard === undefined ? {} : { shard: parseShard(shard) }),
    ...(ifOlderThan === undefined ? {} : { ifOlderThan: parseAge(ifOlderThan) }),
  };
  const say = (message: string) => display.say(message);
  // A folder that cannot be written is told now, and not after hours.
  const reports = folder === undefined ? undefined : await openReports(folder);
  const logged = logFile({ onTrouble: say });
  const reporter = allReporters([logged, display]);
  try {
    const report = await nightly({ workspace, ...asked }, { reporter, say }, signal);
    const view = viewOf(report);
    const unwritten = await reports?.write(view).then(() => [], failure);
    return {
      lines: nightlyLines(view, paintFor(process.stdout, process.env)),
      json: view,
      failures: [...failuresOf(report, signal), ...(unwritten ?? [])],
      exitCode: wentWell(report) ? 0 : 1,
    };
  } finally {
    await logged.close();
  }
}

/** A report that is not written takes nothing from the answer. */
function failure(error: unknown): Failure[] {
  return [{ error, exitCode: 1 }];
}

function viewOf({ templates, launch, prune, ...night }: NightlyReport): NightlyView {
  return {
    ...night,
    templates: templates.map(rowOf),
    ...(launch === undefined ? {} : { launch: launchView(launch) }),
    ...(prune === undefined ? {} : { prune: pruneView(prune) }),
  };
}

function rowOf(one: NightlyReport['templates'][number]): NightlyRow {
  if (one.state === 'failed') return { ...one, error: faultJson(one.error) };
  if (one.state === 'skipped' || one.missing === undefined) return one as NightlyRow;
  return {
    ...one,
    missing: one.missing.map(({ region, error }) => ({ region, error: faultJson(error) })),
  };
}

function pruneView(prune: NonNullable<NightlyReport['prune']>): NonNullable<NightlyView['prune']> {
  if (!('error' in prune)) return prune;
  return { removed: [], pending: [], damaged: [], error: faultJson(prune.error) };
}

function launchView(launch: NonNullable<NightlyReport['launch']>): NonNullable<NightlyView['launch']> {
  const { environment } = launch;
  if ('error' in launch) return { environment, images: [], error: faultJson(launch.error) };
  const images = launch.outcomes.map(({ failure, record, ...outcome }) => ({
    ...outcome,
    ...(record === undefined ? {} : { record: { name: record.name, digest: record.digest } }),
    ...(failure === undefined ? {} : { error: faultJson(failure.error) }),
  }));
  return { environment, images };
}

/** What is shown in full on stderr. Whatever failed, the night's exit code is 1; only an interruption and a bug have theirs. */
function failuresOf({ templates, launch, prune }: NightlyReport, signal: AbortSignal): Failure[] {
  if (signal.aborted) return [{ error: signal.reason }];
  const baked = templates.flatMap((one) => {
    if (one.state === 'skipped') return [];
    if (one.state !== 'failed') return (one.missing ?? []).map(({ error }) => ({ error }));
    return [one.log === undefined ? { error: one.error } : { error: one.error, log: one.log }];
  });
  const launched =
    launch === undefined
      ? []
      : 'error' in launch
        ? [{ error: launch.error }]
        : launch.outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  const pruned = prune !== undefined && 'error' in prune ? [{ error: prune.error }] : [];
  return [...baked, ...launched, ...pruned].map((failure) => ({ ...failure, exitCode: 1 }));
}
