/** What `bake check` came to. Times in milliseconds or ISO UTC. */
export interface CheckView {
  /** `web@7` */
  readonly image: string;
  readonly form: string;
  readonly started: string;
  readonly healthy: boolean;
  /** Why it is not healthy, in one sentence. */
  readonly reason?: string;
  readonly waited: number;
  readonly rounds: number;
  readonly results: readonly ResultView[];
}

/** One attribute of one check. */
export interface ResultView {
  /** `service nginx` */
  readonly check: string;
  readonly attribute: string;
  readonly outcome: 'passed' | 'failed' | 'unsupported' | 'skipped';
  readonly expected: string;
  readonly actual: string;
  /** The unit's last journal lines, a command's output, how http was asked. */
  readonly evidence?: readonly string[];
  readonly title?: string;
  readonly attempts?: number;
  readonly waited?: number;
}

/** `service nginx: running` */
export function nameOf({ check, attribute, title }: ResultView): string {
  return `${check}: ${attribute}${title === undefined ? '' : ` (${title})`}`;
}

/** Why it is not healthy where no check says so by itself: what held did not hold for long enough, or nothing could be asked. */
export function verdictReason({ healthy, reason, results }: CheckView): string | undefined {
  if (healthy || results.some(({ outcome }) => outcome === 'failed')) return undefined;
  return reason ?? 'it is not healthy';
}

/** Why nothing is claimed of what is neither good nor bad. */
export function whySkipped({ outcome, actual }: ResultView): string {
  return outcome === 'unsupported' ? `unsupported: ${actual}` : actual;
}
