import { Fault } from '../core/fault.ts';
import type { CloudAccess } from '../platforms/cloud-access.ts';
import { askEc2Access } from '../platforms/registry.ts';
import type { Finding } from './host.ts';

/**
 * Looks for credentials of AWS, and asks with them for each action that is ever needed whether it is allowed: one
 * finding for those that are, one for each that is not, one for those that could not be asked.
 */
export async function examineEc2(
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<CloudAccess> = askEc2Access,
): Promise<Finding[]> {
  const credentials = { name: 'AWS credentials', needed: true, purpose: 'everything in EC2' } as const;
  let access: CloudAccess;
  try {
    access = await ask(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Fault)) throw error;
    const about = [error.message, ...error.details].join('; ');
    const remedy = error.hint === undefined ? {} : { remedy: error.hint };
    return [
      { ...credentials, state: error.code === 'CLOUD_LOCKED' ? 'missing' : 'unusable', about, ...remedy },
    ];
  }
  const { identity, region, answers } = access;
  const allowed = answers.filter(({ state }) => state === 'allowed');
  const denied = answers.filter(({ state }) => state === 'denied');
  const unasked = answers.filter(({ state }) => state === 'not asked');
  return [
    { ...credentials, state: 'there', about: `${identity} in ${region}` },
    {
      name: 'AWS permissions',
      state: denied.length === 0 ? 'there' : 'unusable',
      needed: true,
      about: `${allowed.length} allowed, ${denied.length} missing, ${unasked.length} not asked`,
      purpose: 'images and instances in EC2',
      ...(denied.length === 0
        ? {}
        : { remedy: '`bake policy` prints the least policy that has all of them' }),
    },
    ...denied.map(
      ({ action, why, reason = '' }): Finding => ({
        name: action,
        state: 'missing',
        needed: true,
        about: reason,
        purpose: why,
      }),
    ),
    ...notAsked(unasked),
  ];
}

/** One line for all that have the same reason. */
function notAsked(answers: CloudAccess['answers']): Finding[] {
  const reasons = new Map<string, string[]>();
  for (const { action, reason = '' } of answers)
    reasons.set(reason, [...(reasons.get(reason) ?? []), action]);
  return [...reasons].map(([reason, actions]) => ({
    name: 'not asked',
    state: 'unusable',
    needed: false,
    about: `${actions.join(', ')}: ${reason}`,
    purpose: 'images and instances in EC2',
  }));
}
