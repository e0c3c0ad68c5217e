import { parametersPath } from '../../config/ec2.ts';
import { Fault } from '../../core/fault.ts';
import type { Secret } from '../../core/secret.ts';
import { ENVIRONMENT_WORD } from '../../platforms/instance-words.ts';
import type { ParameterOwner, ParameterStore, StoredParameter } from '../../platforms/parameter-store.ts';
import { findIdentities } from '../../secrets/identities.ts';
import { openSecrets } from '../../secrets/open-secrets.ts';
import { openTarget, type SecretsRequest } from './open-target.ts';

/** What Parameter Store lets a name be made of, and a value be as long as, in its standard tier. */
const NAME = /^[A-Za-z0-9_.-]+$/;
const MOST_BYTES = 4096;

export interface PushRequest extends SecretsRequest {
  /** Also removes what is there and is no secret of the environment any more. */
  readonly prune: boolean;
}

/** What became of an environment's secrets in Parameter Store, by their names. */
export interface PushedSecrets {
  readonly environment: string;
  readonly region: string;
  /** `/kiln/prod` */
  readonly path: string;
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: readonly string[];
  /** No secrets of the environment any more, and there still. */
  readonly left: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Writes an environment's secrets to Parameter Store, each as a SecureString below the environment's path, for images that
 * fetch them there themselves; only those that are new or others now. `CONFIG_INVALID` for an environment that is not at
 * AWS, `SECRETS_INVALID` for what Parameter Store does not take, and for parameters that are there and are not the
 * environment's by their tag; then nothing is written.
 */
export async function pushSecrets(
  request: PushRequest,
  open: (region: string) => Promise<ParameterStore>,
  signal: AbortSignal,
): Promise<PushedSecrets> {
  const { environment: opened, target } = await openTarget(request, signal);
  const { name: environment, config } = opened;
  if (config.ec2 === undefined) {
    throw new Fault('CONFIG_INVALID', `${environment} says nothing of AWS, where its secrets would go`, {
      hint: 'Say where with `ec2:` in its environment.yaml.',
    });
  }
  const { region, 'kms-key': kmsKey } = config.ec2;
  const path = parametersPath(environment, config.ec2);
  const { values } = await openSecrets(target, await findIdentities(), signal);
  assertTaken(values, target.shown);
  const store = await open(region);
  const there = await store.list(path, signal);
  const owner = { environment, ...(kmsKey === undefined ? {} : { kmsKey }) };
  const created = [...values.keys()].filter((name) => !there.has(name));
  const unchanged = [...values].flatMap(([name, value]) =>
    isSame(there.get(name), value, kmsKey) ? [name] : [],
  );
  const updated = [...values.keys()].filter((name) => there.has(name) && !unchanged.includes(name));
  await assertOurs(store, path, updated, owner, signal);
  for (const [name, value] of values) {
    if (created.includes(name)) await store.create(path, name, value, owner, signal);
    if (updated.includes(name)) await store.update(path, name, value, owner, signal);
  }
  const left: string[] = [];
  const removed: string[] = [];
  for (const name of [...there.keys()].filter((one) => !values.has(one)).sort()) {
    const isGone = request.prune && (await store.remove(path, name, owner, signal));
    (isGone ? removed : left).push(name);
  }
  return { environment, region, path, created, updated, unchanged, left, removed };
}

function isSame(known: StoredParameter | undefined, value: Secret, kmsKey: string | undefined): boolean {
  if (known === undefined) return false;
  const sameKey = kmsKey === undefined || known.kmsKey === kmsKey;
  return known.encrypted && sameKey && known.value.reveal() === value.reveal();
}

/** Somebody else may have written them for something else. */
async function assertOurs(
  store: ParameterStore,
  path: string,
  names: readonly string[],
  owner: ParameterOwner,
  signal: AbortSignal,
): Promise<void> {
  const foreign: string[] = [];
  for (const name of names) if (!(await store.isOf(path, name, owner, signal))) foreign.push(name);
  if (foreign.length === 0) return;
  throw new Fault('SECRETS_INVALID', `Parameter Store has parameters that are not of ${owner.environment}`, {
    details: foreign.map((name) => `${path}/${name} has no tag ${ENVIRONMENT_WORD}=${owner.environment}`),
    hint: 'Nothing was written. Remove them if nothing else reads them, or say another path with `parameters:`.',
  });
}

/** All at once, before anything is written. */
function assertTaken(values: ReadonlyMap<string, Secret>, shown: string): void {
  const problems = [...values].flatMap(([name, value]) => {
    const bytes = Buffer.byteLength(value.reveal());
    if (!NAME.test(name)) return [`${name}: a name there is letters, digits, \`_\`, \`.\` and \`-\``];
    if (bytes === 0) return [`${name} is empty`];
    return bytes > MOST_BYTES ? [`${name} has ${bytes} bytes, and ${MOST_BYTES} are the most`] : [];
  });
  if (problems.length === 0) return;
  throw new Fault('SECRETS_INVALID', `Parameter Store does not take all secrets of ${shown}`, {
    details: problems,
    hint: 'Nothing was written. A launch hands instances their secrets by ssh, whatever their names and sizes.',
  });
}
