import type { CleanupOutcome } from './scope.ts';

/** The stages of a bake, in their order. */
export const BAKE_STAGES = [
  'resolve',
  'start',
  'converge',
  'prove',
  'check',
  'seal',
  'snapshot',
  'master',
  'verify',
  'publish',
  'distribute',
] as const;
export type BakeStage = (typeof BAKE_STAGES)[number];

/** The stages of putting an instance in another's place, in their order. */
export const LAUNCH_STAGES = ['start', 'check', 'swap', 'confirm', 'retire'] as const;
export type LaunchStage = (typeof LAUNCH_STAGES)[number];

export type Stage = BakeStage | LaunchStage;

/**
 * What a verb tells about its progress; `image` is the template's name in a bake, the instance's in a launch. Times
 * are milliseconds.
 */
export type Event =
  | {
      readonly type: 'run-started';
      readonly kind: 'bake' | 'launch' | 'check';
      readonly image: string;
      /** The id of the bake, launch or check. */
      readonly run: string;
      readonly log: string;
    }
  | { readonly type: 'stage-started'; readonly image: string; readonly stage: Stage }
  | { readonly type: 'stage-skipped'; readonly image: string; readonly stage: Stage; readonly reason: string }
  | { readonly type: 'output'; readonly image: string; readonly stage: Stage; readonly line: string }
  | { readonly type: 'note'; readonly image: string; readonly stage: Stage; readonly message: string }
  | { readonly type: 'stage-done'; readonly image: string; readonly stage: Stage; readonly ms: number }
  | {
      readonly type: 'stage-failed';
      readonly image: string;
      readonly stage: Stage;
      readonly ms: number;
      readonly message: string;
    }
  | { readonly type: 'cleanup'; readonly image: string; readonly outcome: CleanupOutcome }
  | { readonly type: 'run-done'; readonly image: string; readonly name: string; readonly ms: number }
  /** `enter` is the command by which a person enters the machine, where it was kept. */
  | {
      readonly type: 'run-failed';
      readonly image: string;
      readonly error: unknown;
      readonly log: string;
      readonly enter?: string;
    };

/** Where events go: a terminal, plain lines, JSON lines, a log file, a test's array. */
export interface Reporter {
  emit(event: Event): void;
  /** Waits until everything emitted has been shown or written. */
  close(): Promise<void>;
}

/** How one stage speaks while it runs: `output` is the tool's own line, `note` is ours and is always shown. */
export interface StageLog {
  output(line: string): void;
  note(message: string): void;
}
