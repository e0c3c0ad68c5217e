import { Fault } from '../../core/fault.ts';
import type { Instance } from '../launcher.ts';
import type { Found } from './read-instances.ts';

/** An instance that has ended, or of which AWS knows nothing any more. */
export function lost(
  { name, template, environment }: Instance,
  now: Pick<Found, 'state' | 'reason'> | undefined,
): Fault {
  const how = now === undefined || now.state === 'terminated' ? 'is gone' : 'has ended';
  return new Fault('MACHINE_LOST', `${name} ${how}`, {
    details: now?.reason === undefined ? [] : [`AWS says: ${now.reason}`],
    hint: `Launch it anew: \`launch ${template} --env ${environment}\`.`,
  });
}
