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

/** Instances that nobody enters, and what they are reached by. */
export interface ClosedAccess {
  readonly address: 'private' | 'public';
}

export function isEntered(how: Ec2Access | ClosedAccess): how is Ec2Access {
  return 'identity' in how;
}
