import { Fault } from '../../core/fault.ts';
import type { Aws, AwsSettings } from './aws.ts';

/** Who notes an account does without it: an STS that nobody reaches must not hold a bake up. */
const ATTEMPTS = 3;
const CONNECT_MS = 3_000;
const WITHIN_MS = 15_000;

/** The account that AWS is asked as, 12 digits: as STS tells anybody. */
export async function callerAccount(settings: AwsSettings): Promise<string> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const requestHandler = { ...settings.requestHandler, connectionTimeout: CONNECT_MS };
  const sts = new STSClient({ ...settings, maxAttempts: ATTEMPTS, requestHandler });
  try {
    const abortSignal = AbortSignal.timeout(WITHIN_MS);
    const { Account } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal });
    if (Account === undefined) throw new Error('GetCallerIdentity gave no account');
    return Account;
  } finally {
    sts.destroy();
  }
}

/**
 * The same to be noted; nothing where STS does not tell, as in a network without it. What is wrong with the credentials
 * is told by what is asked next.
 */
export async function accountToNote(
  aws: Pick<Aws, 'account'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await aws.account(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
