import type { AmiUser } from '../../platforms/ami-region.ts';
import { assertAccount } from '../assert-account.ts';
import type { AmiRegions } from '../distribute/distribute-ports.ts';
import type { PlacedAmis } from './amis-of.ts';

/** Who would miss one of these AMIs. `CLOUD_DENIED` as another account than theirs, which sees nobody. */
export async function usersOf(
  { region, account, amis }: PlacedAmis,
  regions: AmiRegions,
  signal: AbortSignal,
): Promise<readonly AmiUser[]> {
  const at = await regions(region);
  const ids = amis.map(({ id }) => id);
  await assertAccount(`the AMI ${ids[0]}`, account, at, signal);
  return await at.users(ids, signal);
}
