import type { ReadyBase } from '../bases/base.ts';
import { Fault } from '../core/fault.ts';
import { together } from '../core/together.ts';
import { amiForm } from '../forms/ami/ami-form.ts';
import { assertSameTree } from './assert-same-tree.ts';
import type { Bake } from './bake.ts';
import type { BakedDisk } from './baked-disk.ts';
import type { FormAround, Shipping, Verified } from './ship-form.ts';

/** The AMI: the disk's very bytes in a snapshot of AWS. */
export function shipAmi(bake: Bake, base: ReadyBase, disk: BakedDisk): Shipping {
  const { template, work } = bake;
  return {
    async master(tree, { scope, log, signal }) {
      const { region, volume, encrypted, tags, 'kms-key': key } = template.ami;
      const { amis } = await bake.ec2(region);
      const form = amiForm({ store: amis, work });
      const masteredDisk = await disk.master(tree, { scope, log, signal });
      const spec = {
        bake: bake.id,
        template: template.name,
        disk: { file: masteredDisk.ref.file, format: 'qcow2' as const },
        architecture: base.architecture,
        ...(volume === undefined ? {} : { volume }),
        ...(encrypted === undefined ? {} : { encrypted }),
        ...(key === undefined ? {} : { key }),
        ...(tags === undefined ? {} : { tags }),
        onPercent: inTenths((percent) => log.output(`${percent} % of the disk is written to ${amis.region}`)),
      };
      const mastered = await form.master(tree, spec, scope, signal);
      log.note(`the AMI is ${mastered.ref.id} in ${amis.region}`);
      return {
        mastered: {
          ...mastered,
          async publish(name, version) {
            const published = await mastered.publish(name, version);
            if (!template.forms.includes('disk')) await masteredDisk.discard();
            return published;
          },
        },
        /** Its disk, read back from AWS, is the one that was written, has the tree's digest, and boots. */
        async verify({ scope, log, signal }) {
          const [booted] = await together(signal, [
            (both) => bootDisk(disk, { scope, log, signal: both }),
            (both) => assertSameTree(bake, 'ami', () => form.readTree(mastered.ref, scope, both), tree, both),
          ]);
          return booted;
        },
      };
    },
  };

  /** The very bytes of the AMI as a virtual machine of this host, where it has any; no instance is started. */
  async function bootDisk(disk: BakedDisk, { scope, log, signal }: FormAround): Promise<Verified> {
    try {
      const { health, machine } = await disk.boot({ scope, log, signal });
      log.note('the AMI was booted as a virtual machine here, and not as an instance');
      // The disk form gives it back, where that is shipped too.
      return { startedAs: 'vm', health, ...(template.forms.includes('disk') ? {} : { machine }) };
    } catch (error) {
      // A disk that is shipped has to boot.
      if (template.forms.includes('disk')) throw error;
      if (!(error instanceof Fault) || error.code !== 'HOST_TOOL_MISSING') throw error;
      log.note(`the AMI was verified by its content alone and not booted: ${error.message}`);
      return {};
    }
  }
}

/** Passes on every tenth per cent. */
function inTenths(hear: (percent: number) => void): (percent: number) => void {
  let last = 0;
  return (percent) => {
    const tenth = Math.floor(percent / 10) * 10;
    if (tenth > last) hear(tenth);
    last = Math.max(last, tenth);
  };
}
