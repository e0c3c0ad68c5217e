import { ENVIRONMENT_WORD } from '../instance-words.ts';
import { BAKE_LABEL, removeContainer } from './create-container.ts';
import { ask, type Engine } from './engine.ts';
import { engineName } from './engine-name.ts';
import { removeUnusedNetworks } from './instance-networks.ts';
import { removeImage } from './remove-image.ts';

/** A container that was made for a bake, a verification or to read a tree. */
export interface LeftContainer {
  readonly id: string;
  readonly name: string;
}

/** What `bake gc` asks of an engine, and removes there. */
export function engineLeftovers(engine: Engine) {
  const { docker } = engine;
  return {
    name: (signal: AbortSignal) => engineName(engine, signal),

    /** Those that carry a bake's label, and those of these names that carry any bake's. Instances are not among them. */
    async containers(
      { bake, names }: { readonly bake: string; readonly names: readonly string[] },
      signal: AbortSignal,
    ): Promise<LeftContainer[]> {
      const options = { all: true, filters: { label: [BAKE_LABEL] } };
      const all = await ask('list the containers of bakes', signal, () => docker.listContainers(options));
      return all.flatMap(({ Id, Names, Labels }) => {
        const name = (Names[0] ?? Id).replace(/^\//, '');
        if (Labels[BAKE_LABEL] !== bake && !names.includes(name)) return [];
        return [{ id: Id, name }];
      });
    },

    /** The names of the containers that an image's tree is used by, without those of a bake. */
    async usersOf(image: string, bake: string, signal: AbortSignal): Promise<string[]> {
      const options = { all: true, filters: { ancestor: [image] } };
      const all = await ask(`look for what uses ${image}`, signal, () => docker.listContainers(options));
      return all
        .filter(({ Labels }) => Labels[BAKE_LABEL] !== bake)
        .map(({ Id, Names }) => (Names[0] ?? Id).replace(/^\//, ''));
    },

    /** Removes a container with its anonymous volumes. */
    async remove({ id, name }: LeftContainer, signal: AbortSignal): Promise<void> {
      await ask(`remove the container ${name}`, signal, () => removeContainer(engine, id));
    },

    /** Removes an image that has no name and that nothing uses; one that is gone is left so. */
    async removeImage(id: string, signal: AbortSignal): Promise<void> {
      await ask(`remove the image ${id}`, signal, () => removeImage(engine, id));
    },

    /** The names of an environment's networks, as long as it has no instance. */
    async unusedNetworks(environment: string, signal: AbortSignal): Promise<string[]> {
      const filters = { label: [`${ENVIRONMENT_WORD}=${environment}`] };
      const what = `look for what ${environment} runs`;
      const left = await ask(what, signal, () => docker.listContainers({ all: true, filters }));
      if (left.length > 0) return [];
      const networks = await ask(what, signal, () => docker.listNetworks({ filters }));
      return networks.map(({ Name }) => Name).sort();
    },

    removeNetworks: (environment: string, signal: AbortSignal) =>
      removeUnusedNetworks(engine, environment, signal),
  };
}
