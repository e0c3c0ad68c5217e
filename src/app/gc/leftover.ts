/** Something that a killed process has left. */
export interface Leftover {
  /** `temporary files`, `virtual machine` */
  readonly what: string;
  /** A path, or a name on an engine, by which a person finds it. */
  readonly where: string;
  /** Why it has to stay, where it has to. */
  readonly keep?: string | undefined;
  /** What is in the way of it, where that is a failure. */
  readonly error?: unknown;
  /** `remove` puts it right, and nothing goes: an instance serves again. */
  readonly restores?: true;
  /** `remove` sets it aside beside where it lies, and it is not lost. */
  readonly aside?: true;
  /** Milliseconds until its removal is given up, where it takes longer than most. */
  readonly deadlineMs?: number;
  /** Gives why it stays after all, where that comes out only now. */
  remove(signal: AbortSignal): Promise<void> | Promise<string | undefined>;
}
