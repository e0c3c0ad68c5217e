import type { EC2Client } from '@aws-sdk/client-ec2';
import type { AwsSettings } from './aws.ts';

/** What it is asked for is only noted and compared: an STS that nobody reaches must not hold a bake up. */
const ATTEMPTS = 3;
const CONNECT_MS = 3_000;
const WITHIN_MS = 15_000;

/**
 * The account that a client asks as, 12 digits: as its credentials have it, else as STS tells anybody. Nothing where
 * neither does, as in a network without STS; credentials that are not accepted are told by what is asked next.
 */
export async function callerAccount(
  { config }: Pick<EC2Client, 'config'>,
  settings: AwsSettings,
): Promise<string | undefined> {
  try {
    const { accountId } = await config.credentials();
    return accountId ?? (await accountBySts(settings));
  } catch {
    return undefined;
  }
}

async function accountBySts(settings: AwsSettings): Promise<string | undefined> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const requestHandler = { ...settings.requestHandler, connectionTimeout: CONNECT_MS };
  const sts = new STSClient({ ...settings, maxAttempts: ATTEMPTS, requestHandler });
  try {
    const abortSignal = AbortSignal.timeout(WITHIN_MS);
    return (await sts.send(new GetCallerIdentityCommand({}), { abortSignal })).Account;
  } finally {
    sts.destroy();
  }
}
