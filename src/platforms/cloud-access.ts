/** What a cloud says when it is asked whether something may be done, without doing it. */
export interface AccessAnswer {
  /** As the cloud's policies write it: `ec2:RunInstances`. */
  readonly action: string;
  /** What cannot be done without it. */
  readonly why: string;
  readonly state: 'allowed' | 'denied' | 'not asked';
  /** What was denied, or why it was not asked. */
  readonly reason?: string;
}

/** Who is asked, where, and what was answered. */
export interface CloudAccess {
  readonly region: string;
  /** `the profile golden` */
  readonly identity: string;
  /** 12 digits; absent where nobody tells. */
  readonly account?: string | undefined;
  readonly answers: readonly AccessAnswer[];
}
