/** Something that a killed process has left on this host. */
export interface Leftover {
  /** `temporary files`, `virtual machine` */
  readonly what: string;
  /** A path, by which a person finds it. */
  readonly where: string;
  /** Why it has to stay, where it has to. */
  readonly keep?: string;
  /** `remove` sets it aside beside where it lies, and it is not lost. */
  readonly aside?: true;
  remove(signal: AbortSignal): Promise<void>;
}
