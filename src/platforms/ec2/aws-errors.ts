import { Fault } from '../../core/fault.ts';

// Of "Error codes for the Amazon EC2 API" and "Common Errors" in AWS's reference.
export const THROTTLED =
  /^(RequestLimitExceeded|Throttling(Exception)?|ThrottledException|RequestThrottled(Exception)?|TooManyRequestsException|SnapshotCreationPerVolumeRateExceeded|EC2ThrottledException)$/;
export const NO_CAPACITY =
  /^(Insufficient\w*Capacity|InsufficientCapacityOnHost|SpotMaxPriceTooLow|Unsupported|Server\.InsufficientInstanceCapacity)$/;
export const NO_SPOT_ROLE = 'AuthFailure.ServiceLinkedRoleCreationNotPermitted';

/** The name by which AWS tells an error, `InvalidInstanceID.NotFound`; empty for what is none of its. */
export function awsCode(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** That AWS has no capacity or refuses spot: another type, zone or market may have it. */
export function isWithoutCapacity(error: unknown): boolean {
  const name = error instanceof Fault ? awsCode(error.cause) : awsCode(error);
  return NO_CAPACITY.test(name) || /^MaxSpotInstanceCountExceeded$/.test(name);
}

/** That the account has never used spare capacity: it lacks the role that AWS needs for it, and we may not make it. */
export function isWithoutSpotRole(error: unknown): error is Fault {
  return error instanceof Fault && awsCode(error.cause) === NO_SPOT_ROLE;
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

/** What AWS said, of an error that was told already. */
export function awsWords(error: unknown): string {
  const { cause } = error instanceof Fault ? error : { cause: error };
  return firstLine(cause instanceof Error ? cause.message : String(cause));
}

/** AWS's own words, without what is for machines: the rest of its lines, and the encoded reason of a denial. */
export function firstLine(message: string): string {
  const line = (message.split('\n')[0] ?? '').replace(/\s*Encoded authorization failure message:.*/, '');
  return line.slice(0, 500).replace(/\.$/, '');
}
