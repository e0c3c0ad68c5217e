import type { ReadyBase } from '../bases/base.ts';
import { Fault } from '../core/fault.ts';
import type { Mastered } from '../forms/form.ts';
import { sealTree } from '../seal/seal-tree.ts';
import type { Tree } from '../tree/capture.ts';
import { assertHealthy } from './assert-healthy.ts';
import type { Bake } from './bake.ts';
import { instanceBase } from './bake-instance.ts';
import type { BakeMachine } from './bake-machine.ts';
import { driftOf } from './launch/drift-of.ts';
import type { FormAround, Shipping, Verified } from './ship-form.ts';

const MAX_PATHS = 20;

/** The AMI that AWS makes of the instance that was baked in. */
export function shipInstance(bake: Bake, base: ReadyBase, started: BakeMachine): Shipping {
  const { id: run, template } = bake;
  const { ami: vendor } = base;
  if (vendor === undefined || started.image === undefined)
    throw new Error(`${template.name}: it was not baked in an instance`);
  const makeImage = started.image;
  const { id: _id, region, ...disks } = vendor;
  return {
    async master(tree, { scope, log, signal }) {
      const spec = {
        bake: run,
        template: template.name,
        tags: template.ami.tags ?? {},
        description: `${template.name}, baked by Kiln: ${tree.digest}`,
        within: template.instance['image-timeout'],
        note: (message: string) => log.note(message),
      };
      const made = await makeImage(spec, scope, signal);
      const { id, account, snapshots, architecture } = made;
      log.note(`the AMI is ${id} in ${region}`);
      const ref = { kind: 'ami', region, id, snapshots } as const;
      const mastered: Mastered = {
        ref,
        async publish(name, version) {
          await made.name(`${name}@${version}`, tree.digest, new AbortController().signal);
          return { ...ref, ...(account === undefined ? {} : { account }), architecture };
        },
        keep: made.keep,
      };
      return { mastered, verify: (around) => verifyAmi(ref, tree, around) };
    },
  };

  /**
   * An instance of it passes the same checks, and has the tree's files: what it writes when it first starts is what
   * sealing takes from it, or what every machine changes by running.
   */
  async function verifyAmi(
    { id }: { readonly id: `ami-${string}` },
    tree: Tree,
    { scope, log, signal }: FormAround,
  ): Promise<Verified> {
    const { machines } = await bake.ec2(region);
    const common = { bake: run, template: template.name, purpose: 'verify', init: 'systemd' } as const;
    const from = instanceBase(bake, { ...disks, id });
    const note = (message: string) => log.note(message);
    const machine = await machines.start({ ...common, asImage: true, base: from, note }, scope, signal);
    bake.onMachine(machine);
    const health = await assertHealthy(machine, template, { log, signal });
    const running = await machines.snapshot(machine, signal);
    const changes = await bake.reading(signal, async () => {
      const manifest = await tree.manifest();
      const paths = new Set(manifest.map(({ path }) => path));
      const options = { epoch: base.epoch, inBase: (path: string) => paths.has(path) };
      return await driftOf(sealTree(running, options), manifest, template.state, signal);
    });
    if (changes.length > 0) throw mismatch(id, changes);
    return { health, machine };
  }
}

function mismatch(id: string, changes: Awaited<ReturnType<typeof driftOf>>): Fault {
  const paths = changes.length === 1 ? 'one path' : `${changes.length} paths`;
  return new Fault('VERIFY_MISMATCH', `an instance of ${id} differs from the tree in ${paths}`, {
    details: changes.slice(0, MAX_PATHS).map(({ path, kind, what }) => `${path}: ${kind} ${what.join(', ')}`),
    hint: 'What a first start or a service writes belongs under `state:` in the template.',
  });
}
