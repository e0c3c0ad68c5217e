import type { Platform } from '../platform.ts';
import { commitContainer } from './commit-container.ts';
import { ask, type Engine } from './engine.ts';
import { treeOf } from './export-tree.ts';
import { startContainer } from './start-container.ts';

const SHUTDOWN_SECONDS = 30;

/** Machines that are containers of one Docker engine. */
export function dockerPlatform(engine: Engine): Platform {
  return {
    name: 'docker',
    start: (spec, scope, signal) => startContainer(engine, spec, scope, signal),
    async snapshot(machine, signal) {
      const container = engine.docker.getContainer(machine.id);
      await ask('stop the machine', signal, () => container.stop({ t: SHUTDOWN_SECONDS }));
      return treeOf(container);
    },
    checkpoint: (machine, as, signal) => commitContainer(engine, machine.id, as, signal),
  };
}
