import { openDocker } from '../platforms/registry.ts';
import type { BakeryPorts } from './bakery.ts';

/** The engine, connected to once by whatever needs it first: a bake in a virtual machine may need none. */
export function lazyDocker(signal: AbortSignal): BakeryPorts['docker'] {
  let opened: ReturnType<typeof openDocker> | undefined;
  const docker = () => {
    opened ??= openDocker(signal);
    return opened;
  };
  const images = async () => (await docker()).images;
  const platform = async () => (await docker()).platform;
  return {
    connect: async () => void (await docker()),
    platform: {
      name: 'docker',
      start: async (...given) => await (await platform()).start(...given),
      snapshot: async (...given) => await (await platform()).snapshot(...given),
      checkpoint: async (...given) => await (await platform()).checkpoint(...given),
    },
    images: {
      inspect: async (...given) => await (await images()).inspect(...given),
      pull: async (...given) => await (await images()).pull(...given),
      load: async (...given) => await (await images()).load(...given),
      tag: async (...given) => await (await images()).tag(...given),
      untag: async (...given) => await (await images()).untag(...given),
      removeNameless: async (...given) => await (await images()).removeNameless(...given),
      readTree: async (...given) => await (await images()).readTree(...given),
      engineName: async (...given) => await (await images()).engineName(...given),
      engineVersion: async (...given) => await (await images()).engineVersion(...given),
    },
  };
}
