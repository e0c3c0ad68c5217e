import { baseImageOf } from '../../catalogue/find-revocation.ts';
import type { ToldLaunches } from '../../catalogue/launch-history.ts';
import { imageBefore, lastHealthy } from '../../catalogue/launch-questions.ts';
import type { Digest } from '../../core/digest.ts';
import { formIdOf } from '../../core/form-id.ts';
import type { Instance } from '../../platforms/launcher.ts';
import type { AskedPlatforms, SilentPlatform } from '../launch/ask-platforms.ts';
import type { ReadRecord } from './read-records.ts';

/** What is known of who needs an image. */
export interface Needs extends AskedPlatforms {
  readonly records: readonly ReadRecord[];
  /** The names of records that cannot be read. */
  readonly damaged: readonly string[];
  /** By environment. */
  readonly histories: ReadonlyMap<string, ToldLaunches>;
  readonly declared: ReadonlySet<string>;
  readonly inUse: ReadonlyMap<string, string>;
  /** What refers to AMIs of images, by the images' names. */
  readonly amis: ReadonlyMap<string, readonly string[]>;
}

/** Why images must stay, whatever the rules of their templates say; by name, each reason once. */
export type Reasons = ReadonlyMap<string, ReadonlySet<string>>;

const FORM_OF = { docker: 'oci', qemu: 'disk', ec2: 'ami' } as const;
const KNOWN_FORMS: ReadonlySet<string> = new Set(Object.values(FORM_OF));

/** Who needs which image, its base not asked for yet. */
export function needed(needs: Needs): Reasons {
  const { records, instances, silent, damaged, inUse, amis } = needs;
  const reasons = new Map<string, Set<string>>();
  const add = (name: string, why: string) => {
    const known = reasons.get(name);
    if (known === undefined) reasons.set(name, new Set([why]));
    else known.add(why);
  };
  const find = finder(records);

  for (const instance of instances)
    for (const { name } of find(instance))
      add(name, `${instance.running ? 'runs' : 'is stopped'} in ${instance.environment}`);
  for (const [environment, told] of needs.histories)
    for (const [image, why] of launchedThere(environment, told, needs))
      for (const { name } of find(image)) add(name, why);
  for (const [name, why] of inUse) add(name, why);
  for (const [name, whys] of amis) for (const why of whys) add(name, why);
  for (const { name, forms } of records) {
    for (const { platform } of mayRun(silent, forms))
      add(name, `${platform} cannot be asked, and may run it`);
    // Nobody could say how it is removed.
    const other = forms.find(({ kind }) => !KNOWN_FORMS.has(kind));
    if (other !== undefined) add(name, `it has a form of a newer kiln: ${other.kind}`);
    const [first] = damaged;
    if (first !== undefined) add(name, `the record of ${first} is damaged, and may be based on it`);
  }
  return reasons;
}

/**
 * Takes from what the rules let go what something needs, and what anything that stays is based on. Gives the reasons
 * of what stays against the rules.
 */
export function holdBack(
  records: readonly ReadRecord[],
  letGo: ReadonlySet<string>,
  reasons: Reasons,
): Map<string, string[]> {
  const held = new Map<string, string[]>();
  const hold = (name: string, why: string) => {
    if (!letGo.has(name)) return false;
    const known = held.get(name);
    if (known === undefined) held.set(name, [why]);
    else known.push(why);
    return known === undefined;
  };
  for (const [name, whys] of reasons) for (const why of whys) hold(name, why);
  const staying = records.filter(({ name }) => !letGo.has(name) || held.has(name));
  const byName = new Map(records.map((record) => [record.name, record]));
  for (let next = staying.pop(); next !== undefined; next = staying.pop()) {
    const base = baseImageOf(next.base);
    const record = base === undefined ? undefined : byName.get(base);
    if (record !== undefined && hold(record.name, `base of ${next.name}`)) staying.push(record);
  }
  return held;
}

/**
 * What an environment launched last and where a rollback of it leads, by its history: also where what runs there now
 * came from elsewhere. One that was stopped and is declared no more has neither.
 */
function launchedThere(
  environment: string,
  { launches }: ToldLaunches,
  { instances, declared }: Needs,
): [Pick<Instance, 'image' | 'digest'>, string][] {
  const found: [Pick<Instance, 'image' | 'digest'>, string][] = [];
  for (const template of new Set(launches.map((launch) => launch.template))) {
    const own = launches.filter((launch) => launch.template === template);
    const isHere = (one: Instance) => one.environment === environment && one.template === template;
    const here = instances.filter(isHere);
    const ended = own.at(-1)?.action === 'stop' && own.at(-1)?.result === 'stopped';
    if (ended && here.length === 0 && !declared.has(environment)) continue;
    const last = lastHealthy(own, template);
    if (last !== undefined) found.push([last, `was launched last in ${environment}`]);
    for (const current of new Set<Digest | undefined>([undefined, ...here.map(({ digest }) => digest)])) {
      const before = imageBefore(own, template, current);
      if (before !== undefined) found.push([before, `rollback target of ${environment}`]);
    }
  }
  return found;
}

/** Silent platforms that may run an image of these forms. */
function mayRun(silent: readonly SilentPlatform[], forms: ReadRecord['forms']): SilentPlatform[] {
  return silent.filter((one) => one.mayRun && forms.some(({ kind }) => kind === FORM_OF[one.platform]));
}

/** Finds the record of an image that runs or ran: by name and content, or else all of that content or those bytes. */
function finder(records: readonly ReadRecord[]) {
  const byName = new Map(records.map((record) => [record.name, record]));
  const byDigest = new Map<string, ReadRecord[]>();
  for (const record of records)
    for (const digest of new Set([record.digest, ...record.forms.map(formIdOf)]))
      (byDigest.get(digest) ?? byDigest.set(digest, []).get(digest))?.push(record);
  return ({
    image,
    digest,
    form,
    runs,
  }: Pick<Instance, 'image' | 'digest'> & Partial<Instance>): readonly ReadRecord[] => {
    const named = byName.get(image);
    if (named?.digest === digest && (runs === undefined || named.forms.some((one) => formIdOf(one) === runs)))
      return [named];
    const digests = [digest, form, runs].filter((one) => one !== undefined);
    return digests.flatMap((one) => byDigest.get(one) ?? []);
  };
}
