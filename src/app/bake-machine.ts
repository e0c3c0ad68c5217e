import { join } from 'node:path';
import type { ReadyBase } from '../bases/base.ts';
import type { Digest } from '../core/digest.ts';
import type { StageLog } from '../core/events.ts';
import { Fault } from '../core/fault.ts';
import type { Scope } from '../core/scope.ts';
import type { InstanceImage, InstanceImageSpec } from '../platforms/ec2/create-image.ts';
import type { Machine } from '../platforms/platform.ts';
import type { TreeSource } from '../tree/source.ts';
import type { Bake } from './bake.ts';
import { startBakeInstance } from './bake-instance.ts';
import { type Checkpoint, checkpointName } from './checkpoints/checkpoint.ts';

/** The machine that a bake converges in, whatever kind it is. */
export interface BakeMachine {
  readonly machine: Machine;
  /** Shuts it down in order and gives its file tree. */
  snapshot(signal: AbortSignal): Promise<TreeSource>;
  /** Seals it from inside, where it is itself what becomes the image, and gives the sealed tree of what runs on. */
  sealed?(signal: AbortSignal): Promise<TreeSource>;
  /** Ends it, once it is sealed, and has the platform make an image of it; nobody enters it any more. */
  image?(spec: InstanceImageSpec, scope: Scope, signal: AbortSignal): Promise<InstanceImage>;
  /** Keeps its files as they are now; `at` as a checkpoint has it. */
  checkpoint(at: string, signal: AbortSignal): Promise<Digest>;
  /** What those are of no use without, besides the base. */
  readonly over?: Digest;
}

/** Starts a clean machine of the kind that the template asks for, of the base or of what a checkpoint has kept. */
export async function startBakeMachine(
  bake: Bake,
  base: ReadyBase,
  resumed: Checkpoint | undefined,
  { scope, log, signal }: { readonly scope: Scope; readonly log: StageLog; readonly signal: AbortSignal },
): Promise<BakeMachine> {
  const { id, template, docker, qemu, cold, home } = bake;
  const common = {
    bake: id,
    template: template.name,
    purpose: 'bake',
    init: template.container.init,
    asImage: false,
    note: (message: string) => log.note(message),
  };
  if (template.machine === 'vm') {
    const platform = await qemu();
    const disk = await base.disk(template.disk.size);
    if (resumed !== undefined && resumed.state.over !== disk.digest) throw otherDisk(resumed);
    const from = resumed === undefined ? {} : { from: join(home, resumed.state.at) };
    const vm = { ...template.vm, disk, cold, ...from };
    const machine = await platform.start({ ...common, base: vm }, scope, signal);
    return {
      machine,
      over: disk.digest,
      snapshot: (both) => platform.snapshot(machine, both),
      checkpoint: (at, both) => platform.checkpoint(machine, join(home, at), both),
    };
  }
  if (template.machine === 'instance') return await startBakeInstance(bake, base, common, scope, signal);
  if (base.image === undefined) throw new Error(`${template.name}: a container cannot start from a disk`);
  const { platform } = docker;
  const from = resumed?.state.digest;
  const machine = await platform.start({ ...common, base: from ?? base.image }, scope, signal);
  return {
    machine,
    ...(from === undefined ? {} : { over: from }),
    snapshot: (both) => platform.snapshot(machine, both),
    checkpoint: (at, both) => platform.checkpoint(machine, at, both),
  };
}

function otherDisk(resumed: Checkpoint): Fault {
  const { template } = resumed;
  const message = `${template} cannot go on from ${checkpointName(resumed)}: it lies over another disk of the base`;
  return new Fault('USAGE', message, {
    hint: `Its size or the tools that make it have changed. Bake it whole: \`bake image ${template} --checkpoints\`.`,
  });
}
