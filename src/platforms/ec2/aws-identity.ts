/** Whose credentials AWS is asked with, for people. */
export interface AwsIdentity {
  /** `the profile golden` */
  readonly who: string;
  /** `the credentials of the profile golden` */
  readonly credentials: string;
  /** What to do where AWS does not accept them; a sentence. */
  readonly renew: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * By what the SDK's providers look at (`defaultProvider`): variables with keys count where no profile is named, and where
 * there is neither, a profile `default` before the role of whatever this runs in.
 */
export function awsIdentity(env: Env): AwsIdentity {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = env;
  if (!AWS_PROFILE && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
    const credentials = 'the credentials of AWS_ACCESS_KEY_ID';
    const renew =
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN of temporary ones, anew; or unset them, and set AWS_PROFILE.';
    return { who: credentials, credentials, renew };
  }
  if (AWS_PROFILE) return ofProfile(AWS_PROFILE);
  const profile = ofProfile('default');
  const role = roleOf(env);
  const who = `${profile.who} (or, without one, ${role})`;
  return {
    who,
    credentials: `the credentials of ${who}`,
    renew: `${profile.renew} Of a role, see that it is there and trusts this host.`,
  };
}

function ofProfile(profile: string): AwsIdentity {
  const who = `the profile ${profile}`;
  const renew = `Log in again: \`aws sso login --profile ${profile}\`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  return { who, credentials: `the credentials of ${who}`, renew };
}

function roleOf({ AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, ...env }: Env): string {
  if (AWS_WEB_IDENTITY_TOKEN_FILE) return `the role ${AWS_ROLE_ARN} by its web identity`;
  const ofContainer =
    env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] || env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  return ofContainer ? "the container's role" : "this host's role";
}
