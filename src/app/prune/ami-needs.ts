import { Fault } from '../../core/fault.ts';
import { together } from '../../core/together.ts';
import { amisOf, byPlace } from './amis-of.ts';
import type { PrunePorts } from './prune-ports.ts';
import type { ReadRecord } from './read-records.ts';
import { usersOf } from './users-of.ts';

/** Why images must stay for what refers to their AMIs, by name; each region is asked once as each account. */
export async function amiNeeds(
  records: readonly ReadRecord[],
  { catalogue, amis }: Pick<PrunePorts, 'catalogue' | 'amis'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const all = [];
  for (const record of records) {
    if (!record.forms.some(({ kind }) => kind === 'ami')) continue;
    const own = amisOf(record.forms, await catalogue.copies(record));
    all.push(...own.map((ami) => ({ ...ami, name: record.name })));
  }
  const needs = new Map<string, string[]>();
  const add = (name: string, why: string) => void needs.set(name, [...(needs.get(name) ?? []), why]);
  await together(
    signal,
    byPlace(all).map((place) => async (both: AbortSignal) => {
      const { region, amis: own } = place;
      try {
        const users = await usersOf(place, amis, both);
        for (const { ami, user } of users)
          for (const { id, name } of own) if (id === ami) add(name, `${user} in ${region} is of it`);
      } catch (error) {
        both.throwIfAborted();
        if (!(error instanceof Fault)) throw error;
        for (const name of new Set(own.map((one) => one.name)))
          add(name, `nobody can say what is of it in ${region}: ${error.message}`);
      }
    }),
  );
  return needs;
}
