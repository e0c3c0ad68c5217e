import { Fault } from '../../core/fault.ts';
import type { EngineName } from '../../core/intention.ts';
import { openDocker } from '../../platforms/registry.ts';

/** An engine with what gc does there. */
export type GcEngine = Awaited<ReturnType<typeof openDocker>>;

/** Engines by what ledgers call them; `ENGINE_UNREACHABLE` when one does not answer. */
export type GcEngines = (name: EngineName | 'the usual one', signal: AbortSignal) => Promise<GcEngine>;

/**
 * Connects to engines when they are first asked for. The one that everything else uses comes first, as it may be reached
 * by another address now; where it is another engine, the address in the ledger is tried.
 */
export function gcEngines(open: typeof openDocker = openDocker): GcEngines {
  const opened = new Map<string, Promise<GcEngine>>();

  async function find({ id, address }: EngineName, signal: AbortSignal): Promise<GcEngine> {
    const refusals: string[] = [];
    for (const host of [undefined, address]) {
      try {
        const engine = await open(signal, host);
        if ((await engine.leftovers.name(signal)).id === id) return engine;
        refusals.push(`${host ?? 'the engine that is used now'} is another engine`);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Fault) || error.code !== 'ENGINE_UNREACHABLE') throw error;
        refusals.push(error.message, ...error.details);
      }
    }
    throw new Fault('ENGINE_UNREACHABLE', `the container engine at ${address} does not answer`, {
      details: [...new Set(refusals)],
      hint: 'Start it, or set DOCKER_HOST to where it is reached now, and run `bake gc` again.',
    });
  }

  return (name, signal) => {
    const key = name === 'the usual one' ? name : `${name.id} ${name.address}`;
    const engine = opened.get(key) ?? (name === 'the usual one' ? open(signal) : find(name, signal));
    opened.set(key, engine);
    return engine;
  };
}
