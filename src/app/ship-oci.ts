import type { ReadyBase } from '../bases/base.ts';
import { Fault } from '../core/fault.ts';
import { together } from '../core/together.ts';
import { type MasteredOci, ociForm } from '../forms/oci/oci-form.ts';
import type { Tree } from '../tree/capture.ts';
import { assertHealthy } from './assert-healthy.ts';
import { assertSameTree } from './assert-same-tree.ts';
import type { Bake } from './bake.ts';
import { runConfig } from './run-config.ts';
import type { FormAround, Shipping, Verified } from './ship-form.ts';

/** The container image: the base's layers, untouched, and one more. */
export function shipOci(bake: Bake, base: ReadyBase): Shipping {
  const { docker, template } = bake;
  const form = ociForm(docker.images, bake.id);
  return {
    async master(tree, { scope, signal }) {
      const { layers: baseLayers, architecture, epoch } = base;
      const run = runConfig(base.run, template, tree.digest);
      const spec = { bake: bake.id, baseLayers, architecture, epoch, run };
      const mastered = await form.master(tree, spec, scope, signal);
      return {
        mastered: {
          ...mastered,
          async publish(name, version) {
            await assertNameIsFree(bake, `kiln/${name}:${version}`, mastered);
            return await mastered.publish(name, version);
          },
        },
        verify: (around) => verifyOci(bake, mastered, tree, around),
        follow: async (name) => void (await mastered.name(name, 'latest')),
      };
    },
  };

  /**
   * A fresh container of it passes the same checks, and its tree, read back from one that never ran, is the tree's digest.
   * The tree is read while the services are watched to stay up.
   */
  async function verifyOci(
    { id, onMachine }: Bake,
    { ref }: MasteredOci,
    tree: Tree,
    { scope, log, signal }: FormAround,
  ): Promise<Verified> {
    const { init } = template.container;
    const common = { bake: id, template: template.name, purpose: 'verify', init, asImage: true };
    const machine = await docker.platform.start({ ...common, base: ref.digest }, scope, signal);
    // The one that was baked in goes while this one is checked.
    onMachine(machine);
    const [health] = await together(signal, [
      (both) => assertHealthy(machine, template, { log, signal: both }),
      (both) => assertSameTree(bake, 'oci', () => form.readTree(ref, scope, both), tree, both),
    ]);
    return { health, machine };
  }
}

/** An engine may serve several catalogues; a name that another one gave away is never taken from its image. */
async function assertNameIsFree({ docker }: Bake, name: string, { ref }: MasteredOci): Promise<void> {
  const taken = await docker.images.inspect(name, new AbortController().signal);
  if (taken === undefined || taken.id === ref.digest) return;
  throw new Fault(
    'ENGINE_FAILED',
    `the engine already has another image called ${name}, which this catalogue does not know`,
    {
      hint: `Work with the catalogue that it is from ($KILN_HOME), or take the name off: \`docker rmi ${name}\`.`,
    },
  );
}
