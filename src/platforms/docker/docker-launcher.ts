import { Fault } from '../../core/fault.ts';
import type { Instance, Launcher } from '../launcher.ts';
import { removeContainer } from './create-container.ts';
import { ask, type Engine, statusOf } from './engine.ts';
import { treeOf } from './export-tree.ts';
import { removeUnusedNetworks } from './instance-networks.ts';
import { launchContainer } from './launch-container.ts';
import { machineOf } from './machine.ts';
import { publishInstance, withdrawInstance } from './publish-instance.ts';
import { listInstances, readInstance } from './read-instance.ts';

const SHUTDOWN_SECONDS = 30;
const REMOVE_TIMEOUT_MS = (SHUTDOWN_SECONDS + 30) * 1000;

/** Instances that are containers of one Docker engine, known by their labels. */
export function dockerLauncher(engine: Engine): Launcher {
  const containerOf = ({ id }: Instance) => engine.docker.getContainer(id);

  async function remove(instance: Instance, signal: AbortSignal): Promise<void> {
    await ask(`stop ${instance.name}`, signal, async () => {
      try {
        await containerOf(instance).stop({ t: SHUTDOWN_SECONDS });
      } catch (error) {
        // It has stopped, or is gone.
        if (statusOf(error) !== 304 && statusOf(error) !== 404) throw error;
      }
    });
    await ask(`remove ${instance.name}`, signal, () => removeContainer(engine, instance.id));
    await removeUnusedNetworks(engine, instance.environment, signal);
  }

  return {
    platform: 'docker',
    launch: (spec, scope, signal) => launchContainer(engine, spec, scope, signal),
    list: (environment, signal) => listInstances(engine, environment, signal),
    publish: (instance, signal) => publishInstance(engine, instance, signal),
    withdraw: (instance, signal) => withdrawInstance(engine, instance, signal),
    remove,
    async enter(instance, init, signal) {
      const now = await readInstance(engine, instance.id, signal);
      if (now?.instance.running !== true) {
        throw new Fault('MACHINE_LOST', `${instance.name} ${now === undefined ? 'is gone' : 'has ended'}`, {
          hint: `Launch it anew: \`launch ${instance.template} --env ${instance.environment}\`.`,
        });
      }
      const removeIt = () => remove(instance, AbortSignal.timeout(REMOVE_TIMEOUT_MS));
      return await machineOf(engine, containerOf(instance), init, removeIt, signal);
    },
    readTree: (instance) => treeOf(containerOf(instance)),
  };
}
