import type { Secret } from '../core/secret.ts';

/** Whose a parameter is, and how it is kept. */
export interface ParameterOwner {
  readonly environment: string;
  /** What encrypts it; the account's own key when it is left out. */
  readonly kmsKey?: string;
}

/** A parameter as it is kept. */
export interface StoredParameter {
  readonly value: Secret;
  /** It was encrypted when it was written. */
  readonly encrypted: boolean;
  /** What encrypts it, in the words that it was written with. */
  readonly kmsKey?: string;
}

/** Encrypted parameters below a path, by their last names. */
export interface ParameterStore {
  /** Those right below a path. */
  list(path: string, signal: AbortSignal): Promise<ReadonlyMap<string, StoredParameter>>;
  /** Writes one that is new, which is tagged as the environment's. */
  create(
    path: string,
    name: string,
    value: Secret,
    owner: ParameterOwner,
    signal: AbortSignal,
  ): Promise<void>;
  /** Writes one that is there. */
  update(
    path: string,
    name: string,
    value: Secret,
    owner: ParameterOwner,
    signal: AbortSignal,
  ): Promise<void>;
  /** Whether its tags say that it is the environment's. */
  isOf(path: string, name: string, owner: ParameterOwner, signal: AbortSignal): Promise<boolean>;
  /** Removes one, and says so, if its tags say that it is the environment's. */
  remove(path: string, name: string, owner: ParameterOwner, signal: AbortSignal): Promise<boolean>;
}
