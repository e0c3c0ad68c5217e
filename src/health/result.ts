/** One attribute of one check, as last seen. */
export interface CheckResult {
  /** `service nginx` */
  readonly check: string;
  /** `running`, `status`, `stdout`, …; goss's names. */
  readonly attribute: string;
  /** `unsupported`: this machine cannot answer, and nothing is claimed. */
  readonly outcome: 'passed' | 'failed' | 'unsupported' | 'skipped';
  readonly expected: string;
  readonly actual: string;
  /** For what failed: the unit's last journal lines, exit status, a command's output; for http also how it was asked. */
  readonly evidence?: readonly string[];
  /** What the template calls this check. */
  readonly title?: string;
  /** Rounds until it held for good; all rounds for what failed. */
  readonly attempts?: number;
  /** Milliseconds until it held for good; the whole wait for what failed. */
  readonly waited?: number;
}

/** The probe's verdict over all checks. */
export interface HealthReport {
  readonly healthy: boolean;
  readonly results: readonly CheckResult[];
  /** Milliseconds from the first round to the verdict. */
  readonly waited: number;
  /** Rounds asked. */
  readonly rounds: number;
  /** Why it is not healthy, in one sentence. */
  readonly reason?: string;
}
