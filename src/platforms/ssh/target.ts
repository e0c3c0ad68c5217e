/** Where and as whom a machine is entered, and who must answer there. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The private key's file. */
  readonly identity: string;
  /** The public line of the only host key that is believed: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** A shell command that the connection goes through, with `%h` and `%p`; what is in it must be quoted already. */
  readonly proxyCommand?: string;
  /** The user is not root, and programs are run by `sudo -n`. */
  readonly sudo?: boolean;
}
