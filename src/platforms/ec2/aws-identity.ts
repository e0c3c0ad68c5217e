/** Whose credentials AWS is asked with, for people. */
export interface AwsIdentity {
  /** `the profile golden` */
  readonly who: string;
  /** `the credentials of the profile golden` */
  readonly credentials: string;
  /** What to do where AWS does not accept them; a sentence. */
  readonly renew: string;
}

/** Of the first of the SDK's providers, `defaultProvider`: variables with keys count where no profile is named. */
export function awsIdentity(env: Readonly<Record<string, string | undefined>>): AwsIdentity {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = env;
  if (!AWS_PROFILE && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
    const credentials = 'the credentials of AWS_ACCESS_KEY_ID';
    const renew =
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN of temporary ones, anew; or unset them, and set AWS_PROFILE.';
    return { who: credentials, credentials, renew };
  }
  const profile = AWS_PROFILE || 'default';
  const who = `the profile ${profile}`;
  const renew = `Log in again: \`aws sso login --profile ${profile}\`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  return { who, credentials: `the credentials of ${who}`, renew };
}
