/** Something that a killed process has left on this host. */
export interface Leftover {
  /** `temporary files`, `virtual machine` */
  readonly what: string;
  /** A path, by which a person finds it. */
  readonly where: string;
  /** Why it has to stay, where it has to. */
  readonly keep?: string;
  remove(signal: AbortSignal): Promise<void>;
}
