import type { Intention } from '../../src/core/intention.ts';
import { Scope } from '../../src/core/scope.ts';

/** A scope that tells what is intended, in its order among all else that is told to the same list. */
export class WatchedScope extends Scope {
  readonly #told: string[];

  constructor(told: string[]) {
    super();
    this.#told = told;
  }

  override intend(intention: Intention) {
    this.#told.push(`intend ${intention.kind} ${'id' in intention ? intention.id : ''}`);
    return super.intend(intention);
  }
}
