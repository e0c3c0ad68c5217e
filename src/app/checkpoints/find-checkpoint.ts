import { timeSpan } from '../../catalogue/time-span.ts';
import type { StageLog } from '../../core/events.ts';
import { Fault } from '../../core/fault.ts';
import type { Bake } from '../bake.ts';
import type { BakePlan } from '../plan-bake.ts';
import {
  type Checkpoint,
  checkpointName,
  type MachineKind,
  type StepOrigin,
  savedBy,
  stepOrigins,
} from './checkpoint.ts';
import { readCheckpoints } from './checkpoint-files.ts';
import { stateIsThere } from './checkpoint-state.ts';

/**
 * The checkpoint that the bake is to go on from; nothing when it begins from its base. `USAGE` when there is none after
 * that step, when another base or other definitions of steps have led to it, and when its state is gone.
 */
export async function findCheckpoint(
  { from, template, home, docker }: Bake,
  plan: BakePlan,
  log: StageLog,
  signal: AbortSignal,
): Promise<Checkpoint | undefined> {
  if (from === undefined) return undefined;
  const { name, container, converge } = template;
  const machine: MachineKind = template.machine === 'vm' ? 'vm' : 'container';
  const saved = await readCheckpoints(home, name);
  const found = saved.find((one) => one.machine === machine && one.step === from);
  if (found === undefined) throw notSaved(name, from, machine, saved);
  const origins = stepOrigins(converge, plan.bundle);
  const now = { base: plan.base.digest, init: container.init, steps: origins };
  const { refused, noted } = compareOrigins(found, now);
  if (refused.length > 0) throw outdated(found, refused);
  if (!(await stateIsThere(machine, found.state, { home, images: docker.images }, signal))) throw gone(found);
  for (const message of noted) log.note(message);
  const last = converge.length === from ? 'nothing is left to converge' : `goes on with step ${from + 1}`;
  log.note(`resumes ${savedText(found)}: ${last}; all steps are run again in prove`);
  return found;
}

/** What a checkpoint hangs on, as it is now. */
export interface Origins {
  readonly base: Checkpoint['base'];
  readonly init: Checkpoint['init'];
  readonly steps: readonly StepOrigin[];
}

/** What keeps a bake from going on from a checkpoint, and what a person should know who does. */
export function compareOrigins(
  found: Pick<Checkpoint, 'base' | 'init' | 'steps'>,
  now: Origins,
): { readonly refused: readonly string[]; readonly noted: readonly string[] } {
  const steps = found.steps.map((before, index) => ({ before, index, after: now.steps[index] }));
  return {
    refused: [
      ...(found.base === now.base ? [] : ['its base was another']),
      ...(found.init === now.init ? [] : [`init was ${found.init} and is ${now.init}`]),
      ...steps
        .filter(({ before, after }) => before.definition !== after?.definition)
        .map(({ before, after, index }) =>
          before.step === after?.step || after === undefined
            ? `step ${index + 1}, ${before.step}, is defined otherwise now`
            : `step ${index + 1} was ${before.step} and is ${after.step}`,
        ),
    ],
    noted: steps
      .filter(({ before, after }) => before.files !== after?.files)
      .map(
        ({ before, index }) =>
          `files of step ${index + 1}, ${before.step}, have changed since: what they do is only seen by prove`,
      ),
  };
}

function notSaved(name: string, step: number, machine: MachineKind, saved: readonly Checkpoint[]): Fault {
  const kind = machine === 'vm' ? 'a virtual machine' : 'a container';
  return new Fault('USAGE', `${name} has no checkpoint ${checkpointName({ step })} of ${kind}`, {
    details: saved.length === 0 ? ['none is saved'] : saved.map((one) => `there is ${savedText(one)}`),
    hint: `A bake saves them as it goes: \`bake image ${name} --checkpoints\`.`,
  });
}

function outdated(found: Checkpoint, refused: readonly string[]): Fault {
  const { template } = found;
  return new Fault('USAGE', `${template} cannot go on from ${checkpointName(found)}: ${refused[0]}`, {
    details: refused.length > 1 ? refused : [],
    hint: `Bake it whole: \`bake image ${template} --checkpoints\`.`,
  });
}

function gone(found: Checkpoint): Fault {
  const { template, state } = found;
  return new Fault(
    'USAGE',
    `${checkpointName(found)} of ${template} is no longer there as it was saved: ${state.at}`,
    {
      hint: `Bake it whole: \`bake image ${template} --checkpoints\`.`,
    },
  );
}

/** `converge:2 of a container, saved 3 min ago by bake 3h2k9x4p-7qf0m2` */
function savedText(one: Checkpoint): string {
  const kind = one.machine === 'vm' ? 'a virtual machine' : 'a container';
  const ago = timeSpan(Math.max(0, Date.now() - Date.parse(one.saved)));
  return `${checkpointName(one)} of ${kind}, saved ${ago} ago by bake ${savedBy(one)}`;
}
