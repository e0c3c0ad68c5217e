import { Fault } from '../../core/fault.ts';

/** What was asked of AWS, where and as whom. */
export interface AwsCall {
  /** As IAM writes it: `ec2:RunInstances`. */
  readonly action: string;
  readonly region: string;
  /** The profile of the shared configuration that is used. */
  readonly profile: string;
}

/** An error as the SDK throws it. */
interface AwsError extends Error {
  readonly code?: string;
  readonly $metadata?: {
    readonly requestId?: string;
    readonly attempts?: number;
    readonly httpStatusCode?: number;
  };
}

// Of "Error codes for the Amazon EC2 API" and "Common Errors" in AWS's reference.
const LOCKED =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken(Exception)?|RequestExpired|AuthFailure|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|IncompleteSignature)$/;
const DENIED = /^(UnauthorizedOperation|AccessDenied(Exception)?|OptInRequired|Blocked)$/;
const THROTTLED =
  /^(RequestLimitExceeded|Throttling(Exception)?|ThrottledException|RequestThrottled(Exception)?|TooManyRequestsException|SnapshotCreationPerVolumeRateExceeded|EC2ThrottledException)$/;
const NO_CAPACITY =
  /^(Insufficient\w*Capacity|InsufficientCapacityOnHost|SpotMaxPriceTooLow|Unsupported|Server\.InsufficientInstanceCapacity)$/;
const QUOTA = /(LimitExceeded|QuotaExceeded(Exception)?|SpotInstanceCountExceeded|ServiceQuotaExceeded\w*)$/;
const NETWORK =
  /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|TimeoutError|NetworkingError)$/;

/** The name by which AWS tells an error, `InvalidInstanceID.NotFound`; empty for what is none of its. */
export function awsCode(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** That AWS has no capacity or refuses spot: another type, zone or market may have it. */
export function isWithoutCapacity(error: unknown): boolean {
  const name = error instanceof Fault ? awsCode(error.cause) : awsCode(error);
  return NO_CAPACITY.test(name) || /^MaxSpotInstanceCountExceeded$/.test(name);
}

/** That a thing is not, or not yet, or no more known to AWS. */
export function isNotFound(error: unknown): boolean {
  const name = error instanceof Fault ? awsCode(error.cause) : awsCode(error);
  return /\.Unknown$|NotFound(Exception)?$/.test(name);
}

/** That a request was turned away before anything came of it: by throttling, or as nobody was reached. */
export function isWithoutEffect(error: unknown): boolean {
  const { code = '' } = error as { readonly code?: string };
  return THROTTLED.test(awsCode(error)) || /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/.test(code);
}

/** Passes over one error of AWS's, by its name. */
export function unless(code: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Fault) || awsCode(error.cause) !== code) throw error;
  };
}

/** Passes over that a thing is not there. */
export function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}

/** What the SDK threw, as a person can act on it; what is a `Fault` already, or no error of AWS's, is given back. */
export function awsFault(thrown: unknown, call: AwsCall): unknown {
  if (thrown instanceof Fault || !(thrown instanceof Error)) return thrown;
  const error = thrown as AwsError;
  const { name, message } = error;
  const { action, region, profile } = call;
  const details = evidence(error);
  const fault = (code: Fault['code'], what: string, hint: string) =>
    new Fault(code, what, { hint, details, cause: error });
  if (LOCKED.test(name)) {
    return fault(
      'CLOUD_LOCKED',
      `AWS does not accept the credentials of the profile ${profile}: ${firstLine(message)}`,
      `Log in again: \`aws sso login --profile ${profile}\`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    );
  }
  if (DENIED.test(name)) return fault('CLOUD_DENIED', denied(message, call), DENIED_HINT);
  if (THROTTLED.test(name)) {
    return fault(
      'CLOUD_FAILED',
      `AWS takes no more requests for ${action} in ${region} at the moment`,
      'Run the command again later, or with fewer at once; AWS can raise the limit for an account.',
    );
  }
  if (NO_CAPACITY.test(name)) {
    return fault(
      'CLOUD_FULL',
      `AWS has no capacity for ${action} in ${region}: ${firstLine(message)}`,
      'Take another instance type, or a subnet in another zone.',
    );
  }
  if (QUOTA.test(name)) {
    return fault(
      'CLOUD_FULL',
      `a quota of the account does not let ${action} pass in ${region}: ${firstLine(message)}`,
      'Ask for more under Service Quotas, or remove what is not needed: `bake gc --platform ec2` and `bake prune`.',
    );
  }
  if (NETWORK.test(error.code ?? '') || NETWORK.test(name)) {
    return fault(
      'CLOUD_UNREACHABLE',
      `AWS cannot be reached for ${action} in ${region}: ${firstLine(message)}`,
      'Look at the network, a proxy and AWS_ENDPOINT_URL.',
    );
  }
  // What is not of AWS is a bug of ours.
  if (error.$metadata === undefined) return error;
  return new Fault('CLOUD_FAILED', `${action} failed in ${region}: ${firstLine(message)}`, {
    details,
    cause: error,
  });
}

const DENIED_HINT =
  '`bake doctor --platform ec2` says what else is missing, and `bake policy` prints the least policy that has it.';

/** AWS names action and resource in its message, where it says more than that it is not allowed. */
function denied(message: string, { action, region, profile }: AwsCall): string {
  const said = /perform: (\S+) on resource: (\S+)/.exec(message);
  const where =
    said === null ? `${action} in ${region}` : `${said[1]} on ${said[2]?.replace(/[.,;]$/, '')} in ${region}`;
  return `the profile ${profile} may not do ${where}`;
}

function evidence({ name, $metadata }: AwsError): string[] {
  const attempts = $metadata?.attempts ?? 1;
  const tried = attempts > 1 ? `, after ${attempts} attempts` : '';
  const request = $metadata?.requestId === undefined ? '' : `, request ${$metadata.requestId}`;
  return [`${name}${tried}${request}`];
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').slice(0, 500).replace(/\.$/, '');
}
