import { firstLine, NO_SPOT_ROLE } from './aws-errors.ts';
import type { AwsCall, Told } from './aws-fault.ts';

const DENIED = /^(UnauthorizedOperation|AccessDenied(Exception)?)$/;
const BLOCKED = /^(Blocked|PendingVerification)$/;

const ASK_FOR_IT =
  '`bake doctor --platform ec2` says what else is missing, and `bake policy` prints the least policy that has it.';

/** That AWS knows who asks, or says that it does not, and refuses; nothing for errors about something else. */
export function denial(name: string, message: string, call: AwsCall): Told | undefined {
  const { action, region, identity } = call;
  const said = firstLine(message);
  const denied = (what: string, hint: string): Told => ({ code: 'CLOUD_DENIED', what, hint });
  if (name === 'AuthFailure') return authFailure(said, call);
  if (name === NO_SPOT_ROLE) {
    return denied(
      `the account has no role for spare capacity, AWSServiceRoleForEC2Spot, and ${identity.who} may not make it`,
      'Make it once: `aws iam create-service-linked-role --aws-service-name spot.amazonaws.com`.',
    );
  }
  if (name === 'OptInRequired') {
    return denied(
      `the account has no subscription for ${action} in ${region}: ${said}`,
      'Subscribe where AWS says so, with this account; then run the command again.',
    );
  }
  if (BLOCKED.test(name)) {
    return denied(`AWS refuses ${action} in ${region}: ${said}`, 'Ask AWS, or who administers the account.');
  }
  if (!DENIED.test(name)) return undefined;
  const { what, reason } = notAllowed(message, call);
  if (reason === undefined) return denied(what, ASK_FOR_IT);
  return denied(
    `${what}: ${reason}`,
    'No policy that is added lifts that: ask who administers the account or its organization.',
  );
}

/** One code for credentials and for what is not shared: the message tells them apart. */
function authFailure(said: string, { action, region, identity }: AwsCall): Told {
  if (/validate the provided access credentials/.test(said)) {
    return {
      code: 'CLOUD_LOCKED',
      what: `AWS does not accept ${identity.credentials} in ${region}: ${said}`,
      hint: `${identity.renew} AWS says the same where the account has not enabled a region.`,
    };
  }
  const hint = /authorized for images/.test(said)
    ? 'The AMI is not shared with this account, or is gone: look at `ami.share` of its template, and at who owns it.'
    : 'What another account owns has to be shared with this one, and the region to be enabled.';
  return { code: 'CLOUD_DENIED', what: `AWS refuses ${action} in ${region}: ${said}`, hint };
}

/** AWS names action, resource and reason in its message, where it says more than that it is not allowed. */
function notAllowed(message: string, { action, region, identity }: AwsCall) {
  const said = /perform: (\S+) on resource: (\S+)/.exec(message);
  const where =
    said === null ? `${action} in ${region}` : `${said[1]} on ${said[2]?.replace(/[.,;]$/, '')} in ${region}`;
  const [, deny, without] =
    /with (an explicit deny(?: in an? [a-z-]+(?: [a-z-]+)*)?)|because (no (?!identity-based )[a-z -]+ allows)/.exec(
      message,
    ) ?? [];
  const reason = deny ?? (without === undefined ? undefined : `${without} it`);
  return { what: `${identity.who} may not do ${where}`, reason };
}
