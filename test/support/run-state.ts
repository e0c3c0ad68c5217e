import type { Kind } from './kinds.ts';

/** One test as it ended. Times are milliseconds. */
export interface TestOutcome {
  readonly file: string;
  readonly suite: string;
  readonly test: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  /** Why it was skipped. */
  readonly reason?: string;
}

/** What the runner and the suites of one process tell each other; a test file run by itself sees the defaults. */
export const runState = {
  kind: 'unit' as Kind,
  /** The file that is being loaded or run. */
  file: '',
  /** The test that is running, for what goes wrong outside its promise. */
  current: undefined as string | undefined,
  /** Suites that were made and not yet run, by name. */
  waiting: new Set<string>(),
  outcomes: [] as TestOutcome[],
};
