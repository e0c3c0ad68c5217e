/** How an environment's instances are entered. */
export interface Ec2Access {
  /** What ssh connects to. */
  readonly address: 'private' | 'public' | 'instance-id';
  readonly user: string;
  readonly port: number;
  /** The private key's file; absolute. */
  readonly identity: string;
  /** A shell command that the connection goes through, with `%h` and `%p`. */
  readonly proxyCommand?: string;
}
