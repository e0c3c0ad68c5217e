import { Fault } from '../../src/core/fault.ts';
import type { AmiId } from '../../src/core/form-id.ts';
import type { AmiRegion, AmiShares, AmiUser, RegionalAmi } from '../../src/platforms/ami-region.ts';
import { makeOwned } from '../../src/platforms/ec2/owned.ts';

const OWNER = '111122223333';
const AT_ONCE = { first: 1, longest: 1, within: 20 };

/** What can be made to happen in a region. */
export interface FakeAmiRegion {
  readonly amis: Map<AmiId, RegionalAmi>;
  /** All that was asked and done, in order: `copy ami-1`, `share ami-2`. */
  readonly calls: string[];
  readonly shares: Map<AmiId, AmiShares>;
  users: readonly AmiUser[];
  /** Every call throws it. */
  broken?: Fault;
  /** Why it takes no copy at first, which is told. */
  full?: string;
  /** Runs while a copy is on its way, after its id is known. */
  onWait: (id: AmiId, signal: AbortSignal) => Promise<void>;
}

/** A fake of ours: regions of an account that are maps in memory. */
export function fakeAmiRegions() {
  const regions = new Map<string, FakeAmiRegion>();
  let count = 0;
  let account = OWNER;

  function at(region: string): FakeAmiRegion {
    const known = regions.get(region);
    if (known !== undefined) return known;
    const made = { amis: new Map(), calls: [], shares: new Map(), users: [], onWait: async () => {} };
    regions.set(region, made);
    return made;
  }

  function add(region: string, changes: Partial<RegionalAmi> = {}): RegionalAmi {
    count++;
    const id: AmiId = `ami-${count}`;
    const snapshots = [`snap-${count}`];
    const ami = { id, name: 'kiln/web/1', description: '', state: 'available', snapshots, tags: {} };
    const whole = { ...ami, ...changes };
    at(region).amis.set(whole.id, whole);
    return whole;
  }

  async function open(region: string): Promise<AmiRegion> {
    const world = at(region);
    const call = (what: string) => {
      world.calls.push(what);
      if (world.broken !== undefined) throw world.broken;
    };
    return {
      region,
      identity: 'the profile default',
      account: async () => account,
      async find(id) {
        call(`find ${id}`);
        return account === OWNER ? world.amis.get(id) : undefined;
      },
      async stateOf(id) {
        call(`state of ${id}`);
        return world.amis.get(id)?.state;
      },
      async copy({ source, run, tags: others, note }, scope, signal) {
        if (world.full !== undefined) note?.(world.full);
        const tags = { ...others, 'kiln.bake': run };
        const making = {
          label: `copy of ${source.id} in ${region}`,
          intent: scope.intend({ kind: 'cloud', region, bake: run }),
          async make() {
            call(`copy ${source.id}`);
            return add(region, { state: 'pending', tags, name: source.name }).id;
          },
          async find() {
            call(`look for what ${run} has made`);
            return [...world.amis.values()].flatMap(({ id, tags }) =>
              tags['kiln.bake'] === run ? [id] : [],
            );
          },
          remove: async (id: AmiId) => void world.amis.delete(id),
        };
        const { id, keep } = await makeOwned(making, scope, signal, AT_ONCE);
        const intent = scope.intend({ kind: 'ami', region, id });
        await world.onWait(id, signal);
        signal.throwIfAborted();
        const copy = { ...(world.amis.get(id) as RegionalAmi), state: 'available' };
        world.amis.set(id, copy);
        const kept = () => {
          keep();
          intent.settle();
        };
        return { ...copy, keep: kept };
      },
      async share({ id }, shares) {
        call(`share ${id}`);
        const same = JSON.stringify(world.shares.get(id)) === JSON.stringify(shares);
        world.shares.set(id, shares);
        return same ? [] : shares.accounts.map((account) => `${account} may launch it`);
      },
      async deprecate({ id }, time) {
        call(`deprecate ${id} ${time.toISOString()}`);
        return true;
      },
      async users(ids) {
        call('users');
        return world.users.filter(({ ami }) => ids.includes(ami));
      },
      async remove({ id, snapshots }) {
        call(`remove ${[id, ...snapshots].join(' ')}`);
        return { found: world.amis.delete(id) };
      },
    };
  }

  /** From now on it is asked as another account, which sees all AMIs and has none of them. */
  function askAs(other: string): void {
    account = other;
  }

  return { at, add, open, askAs };
}

/** As AWS tells that it has troubles of its own in a region. */
export function outage(region: string): Fault {
  return new Fault('CLOUD_FAILED', `ec2:DescribeImages failed in ${region}: InternalError`);
}
