import type { Reporter, Stage, StageLog } from '../core/events.ts';

/** Runs the stages of one bake or launch: tells the reporter how each goes, and keeps its time. */
export interface Stages<S extends Stage> {
  run<T>(stage: S, work: (log: StageLog) => Promise<T>): Promise<T>;
  /** Says why a stage has nothing to do. */
  skip(stage: S, reason: string): void;
  /** Milliseconds of each stage that ended well, in the order in which they began. */
  readonly times: readonly { readonly stage: S; readonly ms: number }[];
}

export function stagesOf<S extends Stage>(image: string, reporter: Reporter): Stages<S> {
  const failed = new Map<unknown, S>();
  const begun: { readonly stage: S; ms?: number }[] = [];
  return {
    get times() {
      return begun.flatMap(({ stage, ms }) => (ms === undefined ? [] : [{ stage, ms }]));
    },
    skip: (stage, reason) => reporter.emit({ type: 'stage-skipped', image, stage, reason }),
    async run(stage, work) {
      const started = performance.now();
      const elapsed = () => Math.round(performance.now() - started);
      const own: (typeof begun)[number] = { stage };
      begun.push(own);
      reporter.emit({ type: 'stage-started', image, stage });
      try {
        const result = await work({
          output: (line) => reporter.emit({ type: 'output', image, stage, line }),
          note: (message) => reporter.emit({ type: 'note', image, stage, message }),
        });
        const ms = elapsed();
        own.ms = ms;
        reporter.emit({ type: 'stage-done', image, stage, ms });
        return result;
      } catch (error) {
        const first = failed.get(error);
        if (first !== undefined) {
          const reason = `given up together with ${first}`;
          reporter.emit({ type: 'stage-skipped', image, stage, reason });
          throw error;
        }
        failed.set(error, stage);
        const message = error instanceof Error ? error.message : String(error);
        reporter.emit({ type: 'stage-failed', image, stage, ms: elapsed(), message });
        throw error;
      }
    },
  };
}
