import type { EngineName, Intent, Intention } from '../../core/intention.ts';
import { UNRECORDED } from '../../core/intention.ts';
import type { Scope } from '../../core/scope.ts';
import { ask, type Engine } from './engine.ts';
import { addressOf } from './find-engine.ts';

/** An intention of something on an engine. */
type OnEngine = Extract<Intention, { engine: EngineName }>;
/** The same before the engine is known: each kind by itself. */
type Unplaced<I> = I extends OnEngine ? Omit<I, 'engine'> : never;

const names = new WeakMap<Engine, Promise<EngineName>>();

/** What an engine is called in a ledger; it is asked once. */
export async function engineName(engine: Engine, signal: AbortSignal): Promise<EngineName> {
  const known = names.get(engine);
  if (known !== undefined) return await known;
  const asked = ask('ask the engine for its id', signal, () => engine.docker.info()).then(
    ({ ID }: { ID?: string }) => ({ id: ID ?? '', address: addressOf(engine.address) }),
  );
  names.set(engine, asked);
  asked.catch(() => names.delete(engine));
  return await asked;
}

/** Writes down what is about to be made on an engine, where the scope has a ledger. */
export async function intendOn(
  engine: Engine,
  scope: Scope,
  intention: Unplaced<OnEngine>,
  signal: AbortSignal,
): Promise<Intent> {
  if (!scope.recorded) return UNRECORDED;
  return scope.intend({ ...intention, engine: await engineName(engine, signal) });
}
