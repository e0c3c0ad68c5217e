import type { Template } from '../config/template.ts';
import type { Workspace } from '../config/workspace.ts';
import type { BakeStage } from '../core/events.ts';
import type { Machine } from '../platforms/platform.ts';
import type { BakeryPorts } from './bakery.ts';
import type { Stages } from './stages.ts';

/** One bake's identity and surroundings. */
export interface Bake extends BakeryPorts {
  readonly id: string;
  readonly workspace: Workspace;
  readonly template: Template;
  readonly stages: Stages<BakeStage>;
  /** Never start from the memory of a machine that was kept warm. */
  readonly cold: boolean;
  /** Start each form once before it is published. */
  readonly verify: boolean;
  /** Save what the machine is after each converge step. */
  readonly checkpoints: boolean;
  /** Go on from what was saved after this step, from 1. */
  readonly from?: number;
  /** Publish nothing when the newest image is the same: confirm that one. */
  readonly ifChanged: boolean;
  /** Told as soon as there is a machine, for whoever wants to enter it when the bake fails. */
  readonly onMachine: (machine: Machine) => void;
}
