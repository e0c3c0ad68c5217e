import { Fault } from '../../core/fault.ts';
import type { Intent } from '../../core/intention.ts';
import type { Scope } from '../../core/scope.ts';
import { isWithoutCapacity } from './aws-errors.ts';
import { hasMadeNothing } from './tries.ts';
import { ifLate, type Pace, until } from './until.ts';

/** For so long AWS may not list what it has made by a call whose answer was lost; in vain it is waited for as long. */
const LISTED: Pace = { first: 1000, longest: 5000, within: 15_000 };

/** Something in AWS that goes with its scope until it is kept. */
export interface Owned<Id extends string> {
  readonly id: Id;
  /** The scope no longer removes it. */
  keep(): void;
}

export interface Making<Id extends string> {
  /** For people: `snapshot of web in eu-central-1`. */
  readonly label: string;
  readonly intent: Intent;
  make(): Promise<Id>;
  /** What was made all the same where no answer came. */
  find(signal: AbortSignal): Promise<readonly Id[]>;
  /** Removes it; what is gone already is no error. */
  remove(id: Id, signal: AbortSignal): Promise<void>;
}

/**
 * Makes something whose removal is registered before it is asked for. Where AWS gave no answer, or one that does not
 * say what has become of the call, the removal looks for it first, until it is listed.
 */
export async function makeOwned<Id extends string>(
  { label, intent, make, find, remove }: Making<Id>,
  scope: Scope,
  signal: AbortSignal,
  listed = LISTED,
): Promise<Owned<Id>> {
  signal.throwIfAborted();
  let id: Id | undefined;
  const removeAll = async (cleanup: AbortSignal) => {
    const found = () => whenListed(label, () => find(cleanup), cleanup, listed);
    for (const one of id === undefined ? await found() : [id]) await remove(one, cleanup);
    intent.settle();
  };
  const forget = scope.defer(label, removeAll, 'bake gc --platform ec2');
  const keep = () => {
    forget();
    intent.settle();
  };
  try {
    id = await make();
  } catch (error) {
    if (isRefused(error)) keep();
    throw error;
  }
  return { id, keep };
}

/** What was made by a call whose answer was lost, once AWS lists it; nothing where it does not within a while. */
export async function whenListed<T>(
  what: string,
  find: () => Promise<readonly T[]>,
  signal: AbortSignal,
  pace = LISTED,
): Promise<readonly T[]> {
  const some = async () => {
    const found = await find();
    return found.length === 0 ? undefined : found;
  };
  return (await until(`${what} is listed`, some, pace, signal).catch(ifLate)) ?? [];
}

/** AWS has said no, so nothing was made; of more than one try it may have been said to another than the one that made it. */
export function isRefused(error: unknown): boolean {
  const { cause } = error instanceof Fault ? error : { cause: undefined };
  const { $metadata } = (cause ?? {}) as { $metadata?: { httpStatusCode?: number; attempts?: number } };
  const { httpStatusCode = 0, attempts = 1 } = $metadata ?? {};
  const isAnswer = attempts === 1 && httpStatusCode >= 400 && httpStatusCode < 500;
  return isAnswer || isWithoutCapacity(error) || hasMadeNothing(error);
}
