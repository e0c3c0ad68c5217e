import type { ReadyBase } from '../bases/base.ts';
import { BAKED_ON } from '../config/instance-type.ts';
import { Fault } from '../core/fault.ts';
import type { Scope } from '../core/scope.ts';
import type { InstanceBase } from '../platforms/ec2/instance-base.ts';
import type { MachineSpec } from '../platforms/platform.ts';
import { compiledPython, endMachine, sealMachine } from '../seal/seal-machine.ts';
import { sealTree } from '../seal/seal-tree.ts';
import { sealedInside } from '../seal/sealed-inside.ts';
import type { Bake } from './bake.ts';
import type { BakeMachine } from './bake-machine.ts';

/** Starts a clean instance of a vendor's AMI; what it becomes is sealed in it, as it is itself what is made an image of. */
export async function startBakeInstance(
  bake: Bake,
  base: ReadyBase,
  common: Omit<MachineSpec, 'base'>,
  scope: Scope,
  signal: AbortSignal,
): Promise<BakeMachine> {
  const { template, checkpoints, from } = bake;
  if (checkpoints || from !== undefined) {
    throw new Fault('USAGE', `${template.name} is baked in an instance, which keeps no checkpoints`, {
      hint: 'Bake it without --checkpoints and --from.',
    });
  }
  if (base.ami === undefined) throw new Error(`${template.name}: an instance starts from an AMI`);
  const { machines } = await bake.ec2(base.ami.region);
  const machine = await machines.start({ ...common, base: instanceBase(bake, base.ami) }, scope, signal);
  const compiled = await compiledPython(machine, signal);
  const options = { epoch: base.epoch, inBase: (path: string) => compiled.has(path) };
  return {
    machine,
    snapshot: (both) => machines.snapshot(machine, both),
    async sealed(both) {
      await sealMachine(machine, options, both);
      return sealTree(sealedInside(await machines.snapshot(machine, both), options), options);
    },
    async image(spec, all, both) {
      await endMachine(machine, { ...options, powerOff: !machines.isSpot(machine) }, both);
      return await machines.image(machine, spec, all, both);
    },
    checkpoint: (at, both) => machines.checkpoint(machine, at, both),
  };
}

/** What a template says of its instances, which are started from an AMI. */
export function instanceBase({ template }: Bake, ami: InstanceBase['ami']): InstanceBase {
  const { instance } = template;
  return {
    ami,
    type: instance.type ?? BAKED_ON,
    spot: instance.spot,
    volume: instance.volume,
    key: template.ami['kms-key'],
    subnet: instance.subnet,
    profile: instance.profile,
    user: instance.user,
    address: instance.address,
    from: instance.from,
    proxyCommand: instance['proxy-command'],
    startTimeout: instance['start-timeout'],
  };
}
