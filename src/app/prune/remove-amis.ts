import type { Tombstone } from '../../catalogue/tombstone.ts';
import { Fault } from '../../core/fault.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import { amisOf, byPlace, type PlacedAmis } from './amis-of.ts';
import type { RemoveAround, RemovedPart } from './remove-parts.ts';
import { usersOf } from './users-of.ts';

/** Regions that are worked in at once. */
const AT_ONCE = 8;
const part = 'ami';

/**
 * Removes an image's AMIs with their snapshots in every region, unless anything is of one of them now. What a region
 * refuses, or does not answer, stays pending; the others go.
 */
export async function removeAmis(
  { forms, copies = [] }: Tombstone,
  { amis, claims }: Pick<RemoveAround, 'amis' | 'claims'>,
  signal: AbortSignal,
): Promise<RemovedPart> {
  const unclear = await claims.refresh();
  if (unclear !== undefined) return { part, state: 'pending', why: unclear, freed: 0 };
  const all = amisOf(forms, copies);
  const owner = all.map(({ id }) => claims.ofAmi(id)).find((name) => name !== undefined);
  if (owner !== undefined) return { part, state: 'shared', why: owner, freed: 0 };

  const regions = await sideBySide(byPlace(all), AT_ONCE, ask);
  const used = regions.flatMap(({ users }) => users);
  if (used.length > 0) return { part, state: 'pending', why: used.join('; '), freed: 0 };
  const done = await sideBySide(regions, AT_ONCE, remove);
  const failed = done.flatMap(({ fault }) => (fault === undefined ? [] : [fault.message]));
  if (failed.length > 0) return { part, state: 'pending', why: failed.join('; '), freed: 0 };
  if (done.some(({ found }) => found)) return { part, state: 'removed', freed: 0 };
  const [ami] = all;
  return { part, state: 'removed', why: `${ami?.id} was not in ${ami?.region} any more`, freed: 0 };

  /** Since it was decided that it goes, somebody may have started something of it. */
  async function ask(place: PlacedAmis): Promise<AskedPlace> {
    const asked = { ...place, users: [] };
    try {
      const users = await usersOf(place, amis, signal);
      return { ...asked, users: users.map(({ user }) => `${user} in ${place.region} is of it`) };
    } catch (error) {
      return { ...asked, fault: faultOf(error) };
    }
  }

  async function remove({
    region,
    amis: own,
    fault,
  }: AskedPlace): Promise<{ found: boolean; fault?: Fault }> {
    if (fault !== undefined) return { found: false, fault };
    let found = false;
    try {
      const at = await amis(region);
      for (const ami of own) if ((await at.remove(ami, signal)).found) found = true;
      return { found };
    } catch (error) {
      return { found, fault: faultOf(error) };
    }
  }

  function faultOf(error: unknown): Fault {
    signal.throwIfAborted();
    if (error instanceof Fault) return error;
    throw error;
  }
}

interface AskedPlace extends PlacedAmis {
  readonly users: readonly string[];
  /** Why it gave no answer. */
  readonly fault?: Fault;
}
