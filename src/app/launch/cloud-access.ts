import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Ec2Config } from '../../config/ec2.ts';
import type { ClosedAccess, Ec2Access } from '../../platforms/ec2/ec2-access.ts';
import { declaredIn, type LaunchPlace } from './may-run-on.ts';

/** The regions in which any environment of the workspace has instances. */
export async function regionsOf(place: LaunchPlace, signal: AbortSignal): Promise<readonly string[]> {
  const environments = [...(await declaredIn(place, signal)).values()];
  return [...new Set(environments.flatMap((config) => config?.ec2?.region ?? []))].sort();
}

/** How an environment's instances are entered, as its file says now; nothing when it says nothing. */
export async function accessOf(
  place: LaunchPlace,
  environment: string,
  signal: AbortSignal,
): Promise<Ec2Access | ClosedAccess | undefined> {
  const ec2 = (await declaredIn(place, signal)).get(environment)?.ec2;
  return ec2 === undefined ? undefined : accessBy(ec2);
}

function accessBy({ address, ssh }: Ec2Config): Ec2Access | ClosedAccess {
  // Only a proxy command takes an id.
  if (ssh === undefined) return { address: address === 'instance-id' ? 'private' : address };
  const { user, port, identity, 'proxy-command': proxyCommand } = ssh;
  return {
    address,
    user,
    port,
    identity: identity.startsWith('~/') ? join(homedir(), identity.slice(2)) : identity,
    ...(proxyCommand === undefined ? {} : { proxyCommand }),
  };
}
