import type { ReadyBase } from '../bases/base.ts';
import type { StageLog } from '../core/events.ts';
import type { Scope } from '../core/scope.ts';
import type { Machine } from '../platforms/platform.ts';
import type { TreeSource } from '../tree/source.ts';
import type { Bake } from './bake.ts';

/** The machine that a bake converges in, whatever kind it is. */
export interface BakeMachine {
  readonly machine: Machine;
  /** Shuts it down in order and gives its file tree. */
  snapshot(signal: AbortSignal): Promise<TreeSource>;
}

/** Starts a clean machine of the kind that the template asks for. */
export async function startBakeMachine(
  bake: Bake,
  base: ReadyBase,
  { scope, log, signal }: { readonly scope: Scope; readonly log: StageLog; readonly signal: AbortSignal },
): Promise<BakeMachine> {
  const { id, template, docker, qemu, cold } = bake;
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
    const vm = { ...template.vm, disk: await base.disk(template.disk.size), cold };
    const machine = await platform.start({ ...common, base: vm }, scope, signal);
    return { machine, snapshot: (both) => platform.snapshot(machine, both) };
  }
  if (base.image === undefined) throw new Error(`${template.name}: a container cannot start from a disk`);
  const { platform } = docker;
  const machine = await platform.start({ ...common, base: base.image }, scope, signal);
  return { machine, snapshot: (both) => platform.snapshot(machine, both) };
}
