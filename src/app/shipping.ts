import type { ReadyBase } from '../bases/base.ts';
import type { Bake } from './bake.ts';
import type { BakeMachine } from './bake-machine.ts';
import { bakedDisk } from './baked-disk.ts';
import { shipAmi } from './ship-ami.ts';
import { shipDisk } from './ship-disk.ts';
import type { Shipping } from './ship-form.ts';
import { shipInstance } from './ship-instance.ts';
import { shipOci } from './ship-oci.ts';

/** How the template's forms are shipped, in the order in which it names them. */
export function shippings(bake: Bake, base: ReadyBase, started: BakeMachine): Shipping[] {
  if (bake.template.machine === 'instance') return [shipInstance(bake, base, started)];
  const disk = bakedDisk(bake, base);
  return bake.template.forms.map((form) => {
    if (form === 'oci') return shipOci(bake, base);
    return form === 'disk' ? shipDisk(bake, disk) : shipAmi(bake, base, disk);
  });
}
