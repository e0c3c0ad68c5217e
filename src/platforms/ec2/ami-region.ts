import { type Slots, slots } from '../../core/slots.ts';
import type { AmiRegion } from '../ami-region.ts';
import { amiUsers } from './ami-users.ts';
import type { Aws } from './aws.ts';
import { copyAmi, MOST_COPIES } from './copy-ami.ts';
import { deprecateAmi } from './deprecate-ami.ts';
import { amiState, findAmi } from './find-ami.ts';
import { removeAmi } from './remove-ami.ts';
import { shareAmi } from './share-ami.ts';

/** AMIs of an account, region by region; to each no more copies are made at once than AWS takes. */
export function amiRegions(): (aws: Aws) => AmiRegion {
  const copying = new Map<string, Slots>();
  return (aws) => {
    const free = copying.get(aws.region) ?? slots(MOST_COPIES);
    copying.set(aws.region, free);
    return amiRegion(aws, free);
  };
}

function amiRegion(aws: Aws, free: Slots): AmiRegion {
  return {
    region: aws.region,
    identity: aws.identity.who,
    account: (signal) => aws.account(signal),
    find: (id, signal) => findAmi(aws, id, signal),
    stateOf: (id, signal) => amiState(aws, id, signal),
    copy: (spec, scope, signal) =>
      free(Math.max(1, spec.source.snapshots.length), signal, () => copyAmi(aws, spec, scope, signal)),
    share: (ami, shares, signal) => shareAmi(aws, ami, shares, signal),
    deprecate: (ami, at, signal) => deprecateAmi(aws, ami, at, signal),
    users: (ids, signal) => amiUsers(aws, ids, signal),
    remove: (ami, signal) => removeAmi(aws, ami, signal),
  };
}
