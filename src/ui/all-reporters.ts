import type { Reporter } from '../core/events.ts';

/** One reporter that tells every event to all of these. */
export function allReporters(reporters: readonly Reporter[]): Reporter {
  return {
    emit(event) {
      for (const reporter of reporters) reporter.emit(event);
    },
    async close() {
      await Promise.all(reporters.map((reporter) => reporter.close()));
    },
  };
}
