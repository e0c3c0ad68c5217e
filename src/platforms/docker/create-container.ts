import type Docker from 'dockerode';
import type { Scope } from '../../core/scope.ts';
import { shellJoin } from '../../core/shell-quote.ts';
import { ask, type Engine, statusOf } from './engine.ts';
import { intendOn } from './engine-name.ts';
import { hostOption } from './machine.ts';

/** Label of everything that a bake makes on an engine: the bake's id. */
export const BAKE_LABEL = 'kiln.bake';

export interface CreatedContainer {
  readonly container: Docker.Container;
  /** Removes it before the scope does; when that fails, it is left to the scope. */
  readonly remove: () => Promise<void>;
  /** The scope no longer removes it. */
  readonly keep: () => void;
}

/**
 * Creates a container and registers its removal with the scope.
 *
 * An abort is not kept waiting by the engine, which may still be making the container then: so the removal is
 * registered before the engine has answered, and waits for the answer.
 */
export async function createContainer(
  engine: Engine,
  options: Docker.ContainerCreateOptions & { readonly name: string; readonly Image: string },
  scope: Scope,
  signal: AbortSignal,
): Promise<CreatedContainer> {
  const { name, Image } = options;
  const intent = await intendOn(engine, scope, { kind: 'container', name }, signal);
  signal.throwIfAborted();
  const creating = engine.docker.createContainer(options);
  const remove = async () => {
    const made = await creating.catch(() => undefined);
    if (made !== undefined) await removeContainer(engine, made.id);
    intent.settle();
  };
  const remedy = shellJoin(['docker', ...hostOption(engine), 'rm', '-f', '-v', name]);
  const forget = scope.defer(`container ${name}`, remove, remedy);
  creating.then(intent.made, forget);
  const container = await ask(`create a container from ${Image}`, signal, () => creating);
  return {
    container,
    remove: () => remove().then(forget, () => {}),
    keep() {
      forget();
      intent.settle();
    },
  };
}

/** Removes a container with its anonymous volumes, and waits until the engine knows it no more. */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  const container = engine.docker.getContainer(id);
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (statusOf(error) === 404) return;
    // Another is at it.
    if (statusOf(error) !== 409) throw error;
    await container.wait({ condition: 'removed' }).catch((gone: unknown) => {
      if (statusOf(gone) !== 404) throw gone;
    });
  }
}
