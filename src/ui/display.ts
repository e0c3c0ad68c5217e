import type { Reporter } from '../core/events.ts';

/** A reporter that a person looks at: the rest of what a verb says on stderr goes through it too. */
export interface Display extends Reporter {
  /** One line of our own that belongs to no image. */
  say(message: string): void;
  /** How far work has come that belongs to no image's stages, from 0 to 100; a hundred times a second is not too often. */
  progress(what: string, percent: number): void;
  /** The failure that a verb ends with; `log` is the path of the run's full log. */
  fault(error: unknown, log?: string): void;
  /** Leaves the terminal to a program for a while. */
  suspend<T>(work: () => Promise<T>): Promise<T>;
  /** Gives the terminal back at once: for the exit that does not wait. */
  abandon(): void;
}

/** Where a display writes: stderr, or a test's array. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}
