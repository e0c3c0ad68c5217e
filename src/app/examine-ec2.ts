import { Fault } from '../core/fault.ts';
import { sideBySide } from '../core/side-by-side.ts';
import type { CloudAccess } from '../platforms/cloud-access.ts';
import type { Use } from '../platforms/ec2/permissions.ts';
import { askEc2Access } from '../platforms/registry.ts';
import type { Finding } from './host.ts';
import { type NamedRegion, namedRegions } from './named-regions.ts';

/** Regions that are asked at once. */
const AT_ONCE = 4;
const PURPOSE = 'images and instances in EC2';

type Ask = (region: string | undefined, uses: readonly Use[], signal: AbortSignal) => Promise<CloudAccess>;

/**
 * Looks for credentials of AWS, and asks with them for each action that is needed whether it is allowed: in the region that
 * is configured, and in those that the workspace names for what is to be done there. A region that does not answer
 * leaves the others. Whoever only bakes or only launches says so by `uses`.
 */
export async function examineEc2(
  workspace: string,
  signal: AbortSignal,
  { uses = ['bake', 'launch'], ask = askEc2Access }: { uses?: readonly Use[]; ask?: Ask } = {},
): Promise<Finding[]> {
  const named = withUses(await namedRegions(workspace, signal), uses);
  const first = await orFault(ask(undefined, uses, signal), signal);
  // Of no credentials, and of no region at all, nothing more is to be said.
  if (first instanceof Fault && (first.code === 'CLOUD_LOCKED' || named.length === 0))
    return [unanswered('AWS credentials', first, 'everything in EC2')];
  const others = named.filter(({ region }) => first instanceof Fault || region !== first.region);
  const asked = await sideBySide(others, AT_ONCE, async (one) => ({
    one,
    access: await orFault(ask(one.region, one.uses, signal), signal),
  }));
  const accesses = [...(first instanceof Fault ? [] : [{ access: first, purpose: PURPOSE }])];
  const silent =
    first instanceof Fault && first.code !== 'CONFIG_INVALID'
      ? [unanswered('AWS in the configured region', first, PURPOSE)]
      : [];
  for (const { one, access } of asked) {
    const purpose = one.by.join(', ');
    if (access instanceof Fault) silent.push(unanswered(`AWS in ${one.region}`, access, purpose));
    else accesses.push({ access, purpose });
  }
  return [
    ...accesses.slice(0, 1).map(credentials),
    ...accesses.map(permissions),
    ...silent,
    ...denied(accesses),
    ...notAsked(accesses),
  ];
}

/** Regions with what is to be done there of this; whoever bakes also copies. */
function withUses(named: readonly NamedRegion[], wanted: readonly Use[]): NamedRegion[] {
  const isWanted = (use: Use) => wanted.includes(use === 'copy' ? 'bake' : use);
  return named.flatMap((one) => {
    const uses = one.uses.filter(isWanted);
    return uses.length === 0 ? [] : [{ ...one, uses }];
  });
}

interface Asked {
  readonly access: CloudAccess;
  readonly purpose: string;
}

async function orFault(asked: Promise<CloudAccess>, signal: AbortSignal): Promise<CloudAccess | Fault> {
  try {
    return await asked;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Fault)) throw error;
    return error;
  }
}

function unanswered(name: string, { code, message, details, hint }: Fault, purpose: string): Finding {
  return {
    ...{ name, purpose, needed: true, about: [message, ...details].join('; ') },
    state: code === 'CLOUD_LOCKED' ? 'missing' : 'unusable',
    ...(hint === undefined ? {} : { remedy: hint }),
  };
}

function credentials({ access: { identity, account, region } }: Asked): Finding {
  const about = `${identity}${account === undefined ? '' : `, account ${account},`} in ${region}`;
  return { name: 'AWS credentials', needed: true, state: 'there', about, purpose: 'everything in EC2' };
}

function permissions({ access: { region, answers }, purpose }: Asked): Finding {
  const count = (wanted: string) => answers.filter(({ state }) => state === wanted).length;
  const about = `in ${region}: ${count('allowed')} allowed, ${count('denied')} missing, ${count('not asked')} not asked`;
  const finding = { name: 'AWS permissions', needed: true, about, purpose };
  if (count('denied') === 0) return { ...finding, state: 'there' };
  const remedy = '`bake policy` prints the least policy that has all of them';
  return { ...finding, state: 'unusable', remedy };
}

/** One for each action in each region; AWS's reason names both. */
function denied(asked: readonly Asked[]): Finding[] {
  return asked.flatMap(({ access: { answers } }) =>
    answers.flatMap(({ action, state, why, reason = '' }): Finding[] =>
      state === 'denied'
        ? [{ name: action, state: 'missing', needed: true, about: reason, purpose: why }]
        : [],
    ),
  );
}

/** One for all that have the same reason; how many in which region the permissions say. */
function notAsked(asked: readonly Asked[]): Finding[] {
  const reasons = new Map<string, Set<string>>();
  for (const { action, state, reason = '' } of asked.flatMap(({ access }) => access.answers))
    if (state === 'not asked') reasons.set(reason, (reasons.get(reason) ?? new Set()).add(action));
  return [...reasons].map(([reason, actions]) => ({
    ...{ name: 'not asked', state: 'unusable', needed: false, purpose: PURPOSE },
    about: `${[...actions].join(', ')}: ${reason}`,
  }));
}
