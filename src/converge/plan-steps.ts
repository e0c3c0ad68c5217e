import { ansible } from './ansible.ts';
import type { Provisioner } from './provisioner.ts';
import { puppet } from './puppet.ts';
import { shell } from './shell.ts';
import type { Step } from './step.ts';

/** Each step's provisioner, in order: the one source of what a bake runs and of what `run.sh` runs. */
export function planSteps(steps: readonly Step[]): Provisioner[] {
  return steps.map((step, index) => {
    if ('puppet' in step) return puppet(step, index + 1);
    if ('ansible' in step) return ansible(step, index + 1);
    return shell(step);
  });
}
