/** The options of `bake nightly` as commander gives them. */
export interface NightlyFlags {
  readonly only?: readonly string[];
  readonly jobs?: number;
  /** `2/3` */
  readonly shard?: string;
  /** `20h` */
  readonly ifOlderThan?: string;
  /** A folder. */
  readonly report?: string;
}
