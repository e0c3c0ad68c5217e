import type { StageLog } from '../core/events.ts';
import type { Scope } from '../core/scope.ts';
import type { Mastered } from '../forms/form.ts';
import type { HealthReport } from '../health/result.ts';
import type { Machine } from '../platforms/platform.ts';
import type { Tree } from '../tree/capture.ts';

/** What making and proving a form works with. */
export interface FormAround {
  readonly scope: Scope;
  readonly log: StageLog;
  readonly signal: AbortSignal;
}

/** One form that a tree is shipped as: how it is made, and how a fresh start of it is proven to hold the tree. */
export interface Shipping {
  master(tree: Tree, around: FormAround): Promise<ShippedForm>;
}

export interface ShippedForm {
  readonly mastered: Mastered;
  /** Starts it fresh: the same checks pass, and what it holds has the tree's digest. */
  verify(around: FormAround): Promise<Verified>;
  /** What follows the newest version, where the form has names for that. */
  follow?(template: string): Promise<void>;
}

export interface Verified {
  /** What the checks came to; absent where the form was not started, but only read back. */
  readonly health?: HealthReport;
  /** What was started of it, where that is no machine of its own platform: a virtual machine of the same disk. */
  readonly startedAs?: 'vm';
  /** The machine that was checked; it is of no more use. Absent where another form's was. */
  readonly machine?: Machine;
}
