import { Fault } from '../core/fault.ts';
import type { CloudCaller } from '../platforms/cloud-caller.ts';

/**
 * What is in one account is not to be found as another, which is no sign that it is gone: `CLOUD_DENIED`. Where nobody
 * has noted the account any will do. `what` is for people: `the AMI of web@7`.
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
  const { identity } = caller;
  if (own === undefined) {
    throw new Fault(
      'CLOUD_DENIED',
      `${what} is in the account ${account}, and nobody tells as whose AWS is asked (${identity})`,
      {
        hint: 'Let this host reach STS, which tells it, or set AWS_ACCOUNT_ID.',
      },
    );
  }
  throw new Fault(
    'CLOUD_DENIED',
    `${what} is in the account ${account}, but AWS is asked as ${own} (${identity})`,
    {
      hint: `Run the command with credentials of ${account}: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    },
  );
}
