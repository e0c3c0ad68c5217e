import { posix } from 'node:path';
import type { Bundle } from '../../converge/bundle.ts';
import { planSteps } from '../../converge/plan-steps.ts';
import type { Step } from '../../converge/step.ts';
import { canonicalJson, type Digest, digestOf } from '../../core/digest.ts';
import type { Init } from '../../platforms/platform.ts';

/** The format of a checkpoint's file, with its version. */
export const CHECKPOINT_KIND = 'kiln.checkpoint/v1';

/** What a machine's files were after a converge step, and all that this hangs on. */
export interface Checkpoint extends CheckpointKey {
  readonly kind: typeof CHECKPOINT_KIND;
  /** ISO 8601, UTC. */
  readonly saved: string;
  /** The bakes that have worked in the machine, the one that saved it last. */
  readonly bakes: readonly [string, ...string[]];
  /** Of the base, as a bake key has it. */
  readonly base: Digest;
  readonly init: Init;
  /** Of those that have run. */
  readonly steps: readonly StepOrigin[];
  readonly state: SavedState;
}

/** A template has one checkpoint for each: the newest. */
export interface CheckpointKey {
  readonly template: string;
  readonly machine: MachineKind;
  /** After which converge step, from 1. */
  readonly step: number;
}

export type MachineKind = 'container' | 'vm';

/** Where the files are kept. */
export interface SavedState {
  /** Of a container, the name of an image of the engine; of a virtual machine, a file, relative to `$KILN_HOME`. */
  readonly at: string;
  /** The image's id, or that of the file's bytes. */
  readonly digest: Digest;
  /** What else must be there: of a container, the checkpoint that it was resumed from; of a virtual machine, its base's disk. */
  readonly over?: Digest;
}

/** What a step has run from. */
export interface StepOrigin {
  /** `puppet provisioners/puppet/web.pp` */
  readonly step: string;
  /** Of what the template says, but for how long it may take. */
  readonly definition: Digest;
  /** Of the files that it names; what it reads besides is not known. */
  readonly files: Digest;
}

/** What each of a template's steps runs from now. */
export function stepOrigins(steps: readonly Step[], { files }: Pick<Bundle, 'files'>): StepOrigin[] {
  return planSteps(steps).map(({ step, paths }, index) => {
    const { timeout: _, ...definition } = steps[index] as Step;
    const own = files.filter(({ path }) => paths.some((named) => isBelow(path, named)));
    return {
      step,
      definition: digestOf(canonicalJson(definition)),
      files: digestOf(canonicalJson(own.map(({ path, mode, sha256 }) => [path, mode, sha256]))),
    };
  });
}

/** `converge:2`, as a person names it. */
export function checkpointName({ step }: Pick<CheckpointKey, 'step'>): string {
  return `converge:${step}`;
}

/** The bake that saved it. */
export function savedBy({ bakes }: Pick<Checkpoint, 'bakes'>): string {
  return bakes.at(-1) ?? bakes[0];
}

function isBelow(path: string, named: string): boolean {
  const normal = posix.normalize(named).replace(/\/$/, '');
  return path === normal || path.startsWith(`${normal}/`);
}
