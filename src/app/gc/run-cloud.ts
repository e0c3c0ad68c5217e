import type { CloudLeftovers } from '../../platforms/cloud-leftovers.ts';
import { assertAccount } from '../assert-account.ts';
import type { DeadRun } from './dead-run.ts';
import type { GcClouds } from './gc-clouds.ts';

/** The cloud that a run was at work in, beginning with a region; `CLOUD_DENIED` as another account than the run's. */
export type RunCloud = (region: string, signal: AbortSignal) => Promise<CloudLeftovers>;

/** The account is asked for once; what is in the way is the same error each time. */
export function runCloud({ what, accounts }: DeadRun, clouds: GcClouds): RunCloud {
  let asserted: Promise<void> | undefined;
  return async (region, signal) => {
    const cloud = await clouds(region);
    const assertAccounts = async () => {
      for (const account of accounts) await assertAccount(`what the ${what} made`, account, cloud, signal);
    };
    asserted ??= assertAccounts();
    await asserted;
    return cloud;
  };
}
