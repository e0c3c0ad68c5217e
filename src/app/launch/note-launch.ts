import type { LaunchAction } from '../../catalogue/launch-entry.ts';
import type { LaunchHistory } from '../../catalogue/launch-history.ts';
import { exitCodeOf, Fault } from '../../core/fault.ts';
import type { ImageOutcome } from './launch-image.ts';
import type { PlannedImage } from './plan-image.ts';

/** The history's entry of one image's launch: made when the first instance is touched, ended with what it came to. */
export interface NotedLaunch {
  begin(): Promise<void>;
  end(outcome: ImageOutcome): Promise<void>;
}

export function noteLaunch(
  history: LaunchHistory,
  launch: {
    readonly id: string;
    readonly plan: PlannedImage;
    readonly environment: string;
    readonly action: LaunchAction;
    readonly previous?: string;
    readonly override?: string;
  },
): NotedLaunch {
  const { id, plan, environment, action, previous, override } = launch;
  const { template, chosen, overridden, secrets } = plan;
  const started = performance.now();
  let begun: ReturnType<LaunchHistory['begin']> | undefined;
  return {
    async begin() {
      begun ??= history.begin({
        launch: id,
        environment,
        action,
        template,
        image: chosen.record.name,
        digest: chosen.record.digest,
        platform: plan.platform,
        ...(previous === undefined ? {} : { previous }),
        ...(overridden.length === 0 ? {} : { overridden }),
        ...(override === undefined || overridden.length === 0 ? {} : { reason: override }),
        ...(secrets === undefined ? {} : { secrets }),
      });
      await begun;
    },
    async end({ failure, places }) {
      if (begun === undefined) return;
      const { end } = await begun;
      await end({
        result:
          failure === undefined ? 'healthy' : exitCodeOf(failure.error) === 130 ? 'interrupted' : 'failed',
        ms: Math.round(performance.now() - started),
        instances: places.filter(({ state }) => state !== 'removed').map(({ node }) => node),
        ...(failure === undefined ? {} : failureOf(failure.error)),
      });
    },
  };
}

function failureOf(error: unknown): { code: string; message: string } {
  return error instanceof Fault
    ? { code: error.code, message: error.message }
    : { code: 'BUG', message: String(error) };
}
