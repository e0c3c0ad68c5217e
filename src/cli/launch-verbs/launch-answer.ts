import { type Choose, launchEnvironment } from '../../app/launch/launch-environment.ts';
import { openLaunchPorts } from '../../app/launch/launch-ports.ts';
import { allReporters } from '../../ui/all-reporters.ts';
import { faultJson } from '../../ui/fault-json.ts';
import { launchLines } from '../../ui/launch-lines.ts';
import { logFile } from '../../ui/log-file.ts';
import { paintFor } from '../../ui/paint.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { LaunchFlags } from '../launch-flags.ts';

interface LaunchWork {
  readonly names: readonly string[];
  readonly flags: LaunchFlags;
  readonly action: 'launch' | 'rollback' | 'replace';
  readonly choose: Choose;
}

/** Launches with progress and logs, and answers with what became of each image. */
export async function launchAnswer(
  { names, flags, action, choose }: LaunchWork,
  { workspace, signal, display }: VerbContext,
): Promise<Answer> {
  const { env, environments, override } = flags;
  const logged = logFile({ onTrouble: (message) => display.say(message) });
  const reporter = allReporters([logged, display]);
  try {
    const outcomes = await launchEnvironment(
      {
        workspace,
        environment: env,
        environments,
        names,
        action,
        ...(override === undefined ? {} : { override }),
      },
      choose,
      {
        ports: openLaunchPorts({ workspace, environments }, signal),
        reporter,
        say: (message) => display.say(message),
      },
      signal,
    );
    return {
      lines: launchLines(outcomes, paintFor(process.stdout, process.env)),
      json: outcomes.map(({ failure, record, ...outcome }) => ({
        ...outcome,
        ...(record === undefined ? {} : { image: record.name, digest: record.digest }),
        ...(failure === undefined ? {} : { error: faultJson(failure.error), log: failure.log }),
      })),
      failures: outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
    };
  } finally {
    await logged.close();
  }
}
