/** As whom a cloud is asked. */
export interface CloudCaller {
  /** For people: `the profile golden`. */
  readonly identity: string;
  /** The account, 12 digits; nothing where nobody tells. It is found out once. */
  account(signal: AbortSignal): Promise<string | undefined>;
}
