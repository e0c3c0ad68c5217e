import type { Catalogue } from '../../catalogue/store.ts';
import { suggestion } from '../../config/nearest.ts';
import { short } from '../../config/printable.ts';
import { capitalized } from '../../core/capitalized.ts';
import { Fault } from '../../core/fault.ts';
import { joinKey, splitKey } from '../../environments/data-key.ts';
import { dataFault, type Place } from '../../environments/data-problem.ts';
import type { LookupContext } from '../../environments/hierarchy.ts';
import { knownKeys, type Lookup, lookups } from '../../environments/lookup.ts';
import { readLevels } from '../../environments/read-levels.ts';
import { peekSecrets } from '../../secrets/open-secrets.ts';
import { askerOf } from './asker.ts';
import { type OpenedEnvironment, openEnvironment } from './open-environment.ts';
import { secretsTargetOf } from './secrets-target.ts';

export interface ExplainRequest {
  /** The workspace's folder, or one in it. */
  readonly workspace: string;
  readonly environment: string;
  /** A folder of environments that comes before those of the workspace file. */
  readonly environments?: string | undefined;
  /** A key of data or the name of a secret, dotted ones too. */
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

/**
 * Explains a key for one who asks; `USAGE` for a key that is not there, with the nearest that is; `SECRETS_INVALID` for
 * a file of secrets that cannot be read or whose seal is broken; `RECORD_DAMAGED` where only a damaged record may have the key.
 */
export async function explainKey(
  { workspace, environment: name, environments, key, ...said }: ExplainRequest,
  catalogue: Pick<Catalogue, 'latest'>,
  signal: AbortSignal,
): Promise<ExplainedKey> {
  const [root] = splitKey(key);
  const environment = await openEnvironment(workspace, name, { environments }, signal);
  const asker = askerOf(environment, said);
  const target = secretsTargetOf(environment);
  const [levels, peeked] = await Promise.all([
    readLevels(environment.hierarchy, asker, signal),
    peekSecrets(target, signal),
  ]);
  const at = peeked?.names.get(key);
  const secret = at === undefined ? {} : { secret: { file: target.shown, ...at } };
  const keys = knownKeys(levels);
  if (keys.includes(root)) {
    const lookup = lookups(levels)(key);
    const missing = at === undefined ? withoutPart(lookup, name) : undefined;
    const fault = dataFault(lookup.problems, name) ?? missing;
    const defaults: ExplainedKey['defaults'] = [];
    return { key, asker, lookup, defaults, ...secret, ...(fault === undefined ? {} : { fault }) };
  }
  const { defaults, damaged } = await defaultsOf(root, environment, asker, catalogue);
  if (defaults.length === 0 && at === undefined)
    throw (
      damaged ??
      unknownKey(key, name, [...keys.map((one) => joinKey([one])), ...(peeked?.names.keys() ?? [])])
    );
  return { key, asker, defaults, ...secret };
}

/** The templates' own values of a key, of those images that have the asker's role; and why one of them is not known. */
async function defaultsOf(
  key: string,
  { config }: OpenedEnvironment,
  { role }: LookupContext,
  catalogue: Pick<Catalogue, 'latest'>,
): Promise<{ readonly defaults: ExplainedKey['defaults']; readonly damaged?: Fault }> {
  let damaged: Fault | undefined;
  const unlessDamaged = (error: unknown) => {
    if (!(error instanceof Fault) || error.code !== 'RECORD_DAMAGED') throw error;
    damaged ??= error;
    return undefined;
  };
  const templates = Object.entries(config.images)
    .filter(([template, image]) => role === undefined || (image.role ?? template) === role)
    .map(([template]) => template);
  const records = await Promise.all(
    templates.map((template) => catalogue.latest(template).catch(unlessDamaged)),
  );
  const defaults = records.flatMap((record) => {
    const declared = record?.runtime?.data;
    if (record === undefined || declared === undefined || !Object.hasOwn(declared, key)) return [];
    const value = declared[key]?.default;
    return value === undefined ? [] : [{ image: record.name, value }];
  });
  return damaged === undefined ? { defaults } : { defaults, damaged };
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
    hint: capitalized(hint),
  });
}
