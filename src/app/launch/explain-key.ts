import type { Catalogue } from '../../catalogue/store.ts';
import { suggestion } from '../../config/nearest.ts';
import { short } from '../../config/printable.ts';
import { Fault } from '../../core/fault.ts';
import { joinKey, splitKey } from '../../environments/data-key.ts';
import { dataFault, type Place } from '../../environments/data-problem.ts';
import type { LookupContext } from '../../environments/hierarchy.ts';
import { knownKeys, type Lookup, lookups } from '../../environments/lookup.ts';
import { readLevels } from '../../environments/read-levels.ts';
import { askerOf } from './asker.ts';
import { type OpenedEnvironment, openEnvironment } from './open-environment.ts';
import { secretNames } from './secret-names.ts';

export interface ExplainRequest {
  /** The workspace's folder, or one in it. */
  readonly workspace: string;
  readonly environment: string;
  /** A folder of environments that comes before those of the workspace file. */
  readonly environments?: string;
  /** A key of data, dotted ones too, or the name of a secret. */
  readonly key: string;
  readonly role?: string;
  readonly node?: string;
}

/** Why a key has the value that it has. */
export interface ExplainedKey {
  readonly key: string;
  readonly asker: LookupContext;
  /** Absent for what is only a secret. */
  readonly lookup?: Lookup;
  /** What images have where no level has the key, newest image of each template. */
  readonly defaults: readonly { readonly image: string; readonly value: unknown }[];
  /** Where the secret of this name is; what it is, is not looked at. */
  readonly secret?: Place;
  /** What is wrong with the key's data, or that there is no value in it for a dotted key. */
  readonly fault?: Fault;
}

/** Explains a key for one who asks; `USAGE` for a key that is not there, with the nearest that is. */
export async function explainKey(
  { workspace, environment: name, environments, key, ...said }: ExplainRequest,
  catalogue: Pick<Catalogue, 'latest'>,
  signal: AbortSignal,
): Promise<ExplainedKey> {
  const [root] = splitKey(key);
  const options = environments === undefined ? {} : { environments };
  const environment = await openEnvironment(workspace, name, options, signal);
  const asker = askerOf(environment, said);
  const [levels, secrets] = await Promise.all([
    readLevels(environment.hierarchy, asker, signal),
    secretNames(environment, signal),
  ]);
  const at = secrets.get(key);
  const secret = at === undefined ? {} : { secret: { file: environment.shownSecretsFile, ...at } };
  const keys = knownKeys(levels);
  if (keys.includes(root)) {
    const lookup = lookups(levels)(key);
    const fault = dataFault(lookup.problems, name) ?? withoutPart(lookup, name);
    const defaults: ExplainedKey['defaults'] = [];
    return { key, asker, lookup, defaults, ...secret, ...(fault === undefined ? {} : { fault }) };
  }
  const defaults = await defaultsOf(root, environment, asker, catalogue);
  if (defaults.length === 0 && at === undefined)
    throw unknownKey(key, name, [...keys.map((one) => joinKey([one])), ...secrets.keys()]);
  return { key, asker, defaults, ...secret };
}

/** The templates' own values of a key, of those images that have the asker's role. */
async function defaultsOf(
  key: string,
  { config }: OpenedEnvironment,
  { role }: LookupContext,
  catalogue: Pick<Catalogue, 'latest'>,
): Promise<ExplainedKey['defaults']> {
  const templates = Object.entries(config.images)
    .filter(([template, image]) => role === undefined || (image.role ?? template) === role)
    .map(([template]) => template);
  const records = await Promise.all(templates.map((template) => catalogue.latest(template)));
  return records.flatMap((record) => {
    const declared = record?.runtime?.data;
    if (record === undefined || declared === undefined || !Object.hasOwn(declared, key)) return [];
    const value = declared[key]?.default;
    return value === undefined ? [] : [{ image: record.name, value }];
  });
}

function withoutPart({ key, result }: Lookup, environment: string): Fault | undefined {
  if (result !== undefined) return undefined;
  return new Fault('USAGE', `what ${environment} takes has no \`${short(key)}\` in it`, {
    hint: `\`launch explain ${splitKey(key)[0]} --env ${environment}\` shows the whole.`,
  });
}

function unknownKey(key: string, environment: string, keys: readonly string[]): Fault {
  const hint = suggestion(key, keys, 'the keys are') ?? 'none of its files has any key';
  return new Fault('USAGE', `no level of ${environment} has the key \`${short(key)}\``, {
    hint: `${hint.charAt(0).toUpperCase()}${hint.slice(1)}`,
  });
}
