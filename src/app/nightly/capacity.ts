import { availableParallelism } from 'node:os';
import type { Template } from '../../config/template.ts';
import type { Capacity } from '../in-order.ts';

const MIB = 1024 ** 2;
/** What a bake in a container is taken to need, in MiB: as much as a virtual machine has unless it says otherwise. */
const CONTAINER_MIB = 1024;
/** Of the memory that is free when the night begins, the part that bakes may take. */
const SHARE = 0.8;

/** What this machine bears: as many bakes as it has processors, or as many as are asked for, and memory for all. */
export function capacityOf(
  jobs: number | undefined,
  machine: { readonly processors: number; readonly memory: number } = {
    processors: availableParallelism(),
    memory: process.availableMemory(),
  },
): Capacity {
  return { jobs: jobs ?? machine.processors, memory: machine.memory * SHARE };
}

/** Bytes of memory that a template's bake needs: its machine, or the one that its disk or AMI is verified in. */
export function memoryOf({ machine, forms, vm }: Pick<Template, 'machine' | 'forms' | 'vm'>): number {
  const baked = machine === 'vm' ? vm.memory : CONTAINER_MIB;
  return Math.max(baked, forms.some((form) => form !== 'oci') ? vm.memory : 0) * MIB;
}
