import { Fault } from '../../core/fault.ts';
import type { Intent } from '../../core/intention.ts';
import type { Scope } from '../../core/scope.ts';

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
 * say what has become of the call, the removal looks for it first.
 */
export async function makeOwned<Id extends string>(
  { label, intent, make, find, remove }: Making<Id>,
  scope: Scope,
): Promise<Owned<Id>> {
  let id: Id | undefined;
  const removeAll = async (signal: AbortSignal) => {
    for (const one of id === undefined ? await find(signal) : [id]) await remove(one, signal);
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

/** AWS has said no, so nothing was made. */
function isRefused(error: unknown): boolean {
  const { cause } = error instanceof Fault ? error : { cause: undefined };
  const { httpStatusCode = 0 } = (cause as { $metadata?: { httpStatusCode?: number } })?.$metadata ?? {};
  return httpStatusCode >= 400 && httpStatusCode < 500;
}
