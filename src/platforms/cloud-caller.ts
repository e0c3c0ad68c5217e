/** As whom a cloud is asked. */
export interface CloudCaller {
  /** For people: `the profile golden`. */
  readonly identity: string;
  /** The account, 12 digits, asked for once; `CLOUD_…` faults. */
  account(signal: AbortSignal): Promise<string>;
}
