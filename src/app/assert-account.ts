import { Fault } from '../core/fault.ts';
import type { CloudCaller } from '../platforms/cloud-caller.ts';

/**
 * What is in one account is not to be found as another, which is no sign that it is gone: `CLOUD_DENIED`; or another
 * `CLOUD_…` fault where the cloud does not say who asks. Where nobody has noted the account any will do. `what` is for
 * people: `the AMI ami-0123…`.
 */
export async function assertAccount(
  what: string,
  account: string | undefined,
  caller: CloudCaller,
  signal: AbortSignal,
): Promise<void> {
  if (account === undefined) return;
  const own = await caller.account(signal);
  if (own === account) return;
  throw new Fault(
    'CLOUD_DENIED',
    `${what} is in the account ${account}, but AWS is asked as ${own} (${caller.identity})`,
    {
      hint: `Run the command with credentials of ${account}: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    },
  );
}
