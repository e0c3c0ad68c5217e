import type { Display } from '../ui/display.ts';

/** What a verb comes to; `run-verb.ts` prints it. */
export interface Answer {
  /** For people, on stdout. */
  readonly lines: readonly string[];
  /** For programs, on stdout with `--json`. */
  readonly json: unknown;
  /** The one secret that was asked for: it alone goes to stdout, as it is; with `--json`, `json` does, as it is. */
  readonly raw?: string;
  /** What failed of several things, where the others did not; shown on stderr. */
  readonly failures?: readonly Failure[];
  /** 0 unless something failed or this says otherwise. */
  readonly exitCode?: number;
}

export interface Failure {
  readonly error: unknown;
  /** The full log of what failed. */
  readonly log?: string;
  /** Instead of the one that an expected failure has by its code. */
  readonly exitCode?: number;
}

/** Opens an interactive program on the terminal and waits until it is left. */
export type Interact = (argv: readonly string[]) => Promise<void>;

/** What a verb is given besides its arguments. */
export interface VerbContext {
  readonly workspace: string;
  readonly signal: AbortSignal;
  readonly display: Display;
  /** Not there when nobody sits at a terminal. */
  readonly interact?: Interact;
}

/** The options that every verb has. */
export interface CommonOptions {
  readonly workspace?: string;
  readonly progress?: 'auto' | 'tty' | 'plain' | 'json';
  readonly json?: boolean;
}
