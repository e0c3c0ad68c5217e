import { Fault } from '../../core/fault.ts';
import { denial } from './aws-denials.ts';
import { firstLine, NO_CAPACITY, THROTTLED } from './aws-errors.ts';
import type { AwsIdentity } from './aws-identity.ts';
import { whereToLook } from './where-to-look.ts';

/** What was asked of AWS, where and as whom. */
export interface AwsCall {
  /** As IAM writes it: `ec2:RunInstances`. */
  readonly action: string;
  readonly region: string;
  readonly identity: AwsIdentity;
}

/** What a person is told of an error. */
export interface Told {
  readonly code: Fault['code'];
  readonly what: string;
  readonly hint?: string | undefined;
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

const LOCKED =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken(Exception)?|RequestExpired|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|IncompleteSignature)$/;
const QUOTA = /(LimitExceeded|QuotaExceeded(Exception)?|SpotInstanceCountExceeded|ServiceQuotaExceeded\w*)$/;
const NETWORK =
  /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|TimeoutError|NetworkingError)$/;

/** What the SDK threw, as a person can act on it; what is a `Fault` already, or no error of AWS's, is given back. */
export function awsFault(thrown: unknown, call: AwsCall): unknown {
  if (thrown instanceof Fault || !(thrown instanceof Error)) return thrown;
  const error = thrown as AwsError;
  const told = tell(error, call);
  if (told === undefined) return error;
  const { code, what, hint } = told;
  const said = firstLine(error.message);
  return new Fault(code, what, {
    ...(hint === undefined ? {} : { hint }),
    details: [...(said === '' || what.includes(said) ? [] : [said]), evidence(error)],
    cause: error,
  });
}

function tell({ name, code, message, $metadata }: AwsError, call: AwsCall): Told | undefined {
  const { action, region, identity } = call;
  const said = firstLine(message);
  if (LOCKED.test(name)) {
    return {
      code: 'CLOUD_LOCKED',
      what: `AWS does not accept ${identity.credentials}: ${said}`,
      hint: identity.renew,
    };
  }
  const denied = denial(name, message, call);
  if (denied !== undefined) return denied;
  if (THROTTLED.test(name)) {
    return {
      code: 'CLOUD_FAILED',
      what: `AWS takes no more requests for ${action} in ${region} at the moment`,
      hint: 'Run the command again later, or with fewer at once; AWS can raise the limit for an account.',
    };
  }
  if (NO_CAPACITY.test(name)) {
    return {
      code: 'CLOUD_FULL',
      what: `AWS has no capacity for ${action} in ${region}: ${said}`,
      hint: 'Take another instance type, or a subnet in another zone.',
    };
  }
  if (QUOTA.test(name)) {
    return {
      code: 'CLOUD_FULL',
      what: `a quota of the account does not let ${action} pass in ${region}: ${said}`,
      hint: 'Ask for more under Service Quotas, or remove what is not needed: `bake gc --platform ec2` and `bake prune`.',
    };
  }
  if (NETWORK.test(code ?? '') || NETWORK.test(name)) {
    const network = 'Look at the network, a proxy and AWS_ENDPOINT_URL.';
    const isUnknown = code === 'ENOTFOUND' && message.includes(`.${region}.`);
    return {
      code: 'CLOUD_UNREACHABLE',
      what: `AWS cannot be reached for ${action} in ${region}: ${said}`,
      hint: isUnknown
        ? `The region ${region} may be misspelt, or closed to the account. Else: ${network}`
        : network,
    };
  }
  // What is not of AWS is a bug of ours.
  if ($metadata === undefined) return undefined;
  return {
    code: 'CLOUD_FAILED',
    what: `${action} failed in ${region}: ${said}`,
    hint: whereToLook(name, message),
  };
}

function evidence({ name, $metadata }: AwsError): string {
  const attempts = $metadata?.attempts ?? 1;
  const tried = attempts > 1 ? `, after ${attempts} attempts` : '';
  const request = $metadata?.requestId === undefined ? '' : `, request ${$metadata.requestId}`;
  return `${name}${tried}${request}`;
}
