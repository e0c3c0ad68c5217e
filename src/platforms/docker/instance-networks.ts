import type Docker from 'dockerode';
import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import { shellJoin } from '../../core/shell-quote.ts';
import { sleep } from '../../core/wait.ts';
import { ENVIRONMENT_WORD } from '../instance-words.ts';
import { askToTheEnd } from './ask-to-the-end.ts';
import { ask, type Engine, statusOf } from './engine.ts';
import { intendOn } from './engine-name.ts';
import { hostOption } from './machine.ts';

const MOST_TRIES = 50;

/** The two networks of an environment. */
export interface NetworkNames {
  /** Who is on it serves: its ports are bound, and others find it by its name. */
  readonly serving: string;
  /** Who is on it is reached from this host alone: the engine binds no ports for an internal network. */
  readonly waiting: string;
}

/** With a dot, as no environment has one in its name. */
export function networksOf(environment: string): NetworkNames {
  return { serving: `kiln-${environment}`, waiting: `kiln-${environment}.waiting` };
}

/**
 * Makes those of an environment's networks that are not there. The scope removes what was made, once nothing is
 * on it, unless it is kept.
 */
export async function makeNetworks(
  engine: Engine,
  environment: string,
  scope: Scope,
  signal: AbortSignal,
): Promise<{ keep(): void }> {
  const { serving, waiting } = networksOf(environment);
  const intent = await intendOn(engine, scope, { kind: 'networks', environment }, signal);
  const kept: (() => void)[] = [];
  for (const name of [serving, waiting]) {
    if ((await networksNamed(engine, name, signal)).length > 0) continue;
    const remedy = shellJoin(['docker', ...hostOption(engine), 'network', 'rm', name]);
    const remove = (cleanup: AbortSignal) => removeUnusedNetworks(engine, environment, cleanup);
    kept.push(scope.defer(`network ${name}`, remove, remedy));
    await makeNetwork(engine, environment, name, signal);
  }
  intent.made();
  return {
    keep() {
      for (const keep of kept) keep();
      intent.settle();
    },
  };
}

/** Makes the network on which an environment's instances serve, if it is not there. */
export async function makeServingNetwork(
  engine: Engine,
  environment: string,
  signal: AbortSignal,
): Promise<void> {
  await makeNetwork(engine, environment, networksOf(environment).serving, signal);
}

/**
 * An engine may know two networks by one name, and then starts nothing on either; older ones look whether a name is
 * taken without holding it. So whoever finds two after making one takes its own back, and looks again.
 */
async function makeNetwork(
  engine: Engine,
  environment: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const options = {
    Name: name,
    Driver: 'bridge',
    CheckDuplicate: true,
    Internal: name === networksOf(environment).waiting,
    Labels: { [ENVIRONMENT_WORD]: environment },
  };
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const found = await networksNamed(engine, name, signal);
    if (found.length === 1) return;
    // Of two, one is about to be taken back.
    const made = found.length === 0 ? await createNetwork(engine, options, signal) : undefined;
    if (made !== undefined) {
      if ((await networksNamed(engine, name, signal)).length === 1) return;
      await removeNetwork(engine, made, name, signal);
    }
    await sleep(50 + 200 * Math.random(), signal);
  }
  throw new Fault('ENGINE_FAILED', `the Docker engine has more than one network called ${name}`, {
    hint: `Remove them by their ids, as \`docker network ls --filter name=${name}\` shows them.`,
  });
}

/** Its id, or nothing when the engine says that the name is taken. */
async function createNetwork(
  engine: Engine,
  options: Docker.NetworkCreateOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  return await askToTheEnd(`make the network ${options.Name}`, signal, async () => {
    try {
      return (await engine.docker.createNetwork(options)).id;
    } catch (error) {
      if (statusOf(error) === 409) return undefined;
      throw error;
    }
  });
}

/** Removes an environment's networks if it has no instance any more. */
export async function removeUnusedNetworks(
  engine: Engine,
  environment: string,
  signal: AbortSignal,
): Promise<void> {
  const filters = { label: [`${ENVIRONMENT_WORD}=${environment}`] };
  const what = `look for what ${environment} runs`;
  const left = await ask(what, signal, () => engine.docker.listContainers({ all: true, filters }));
  if (left.length > 0) return;
  const networks = await ask(what, signal, () => engine.docker.listNetworks({ filters }));
  for (const { Id, Name } of networks) await removeNetwork(engine, Id, Name, signal);
}

async function networksNamed(engine: Engine, name: string, signal: AbortSignal) {
  const filters = { name: [name] };
  const found = await ask(`look for the network ${name}`, signal, () =>
    engine.docker.listNetworks({ filters }),
  );
  // The filter takes part of a name for it.
  return found.filter(({ Name }) => Name === name);
}

async function removeNetwork(engine: Engine, id: string, name: string, signal: AbortSignal): Promise<void> {
  await askToTheEnd(`remove the network ${name}`, signal, async () => {
    try {
      await engine.docker.getNetwork(id).remove();
    } catch (error) {
      // It is gone, or another has come to use it.
      if (statusOf(error) !== 404 && statusOf(error) !== 403) throw error;
    }
  });
}
