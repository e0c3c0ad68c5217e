import type { RegionalAmi } from '../ami-region.ts';
import type { Aws } from './aws.ts';

/** AWS takes no time that has passed, and reads none but whole minutes. */
const SOONEST_MS = 10 * 60_000;
const MINUTE_MS = 60_000;

/** See `AmiRegion.deprecate`. */
export async function deprecateAmi(
  aws: Aws,
  { id, deprecated }: Pick<RegionalAmi, 'id' | 'deprecated'>,
  at: Date,
  signal: AbortSignal,
  now = Date.now(),
): Promise<boolean> {
  const wanted = Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS;
  const present = deprecated === undefined ? undefined : Date.parse(deprecated);
  // One that is deprecated already is no more so at another time that has passed too.
  if (present !== undefined && (Math.abs(present - wanted) <= MINUTE_MS || Math.max(present, wanted) <= now))
    return false;
  const { EnableImageDeprecationCommand } = await import('@aws-sdk/client-ec2');
  const soonest = Math.ceil((now + SOONEST_MS) / MINUTE_MS) * MINUTE_MS;
  const DeprecateAt = new Date(Math.max(wanted, soonest));
  await aws.make(new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt }), signal);
  return true;
}
