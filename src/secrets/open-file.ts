import type { SopsLeaf } from '../config/sops-walk.ts';
import { Fault } from '../core/fault.ts';
import { BINDING_KEY } from './binding.ts';
import { decryptValue, isEncrypted, type Plain, pathBinding } from './cipher.ts';
import { unwrapDataKey } from './data-key.ts';
import type { Identities } from './identities.ts';
import { macOf } from './mac.ts';
import type { ReadSecrets, SecretsTarget } from './read-secrets.ts';

/** A value with its name: `api_token`, `db.password`, `hosts.0`. */
export interface NamedValue {
  readonly name: string;
  readonly leaf: SopsLeaf;
  readonly value: Plain;
}

/** A file of secrets that was opened, and whose MAC holds. */
export interface OpenFile extends ReadSecrets {
  readonly dataKey: Buffer;
  /** One for each of the file's leaves; absent for null. */
  readonly plain: readonly (Plain | undefined)[];
}

/** Opens a file with the user's keys. `SECRETS_LOCKED` without the right one, `SECRETS_INVALID` when anything in it was changed. */
export async function unlockFile(
  read: ReadSecrets,
  target: SecretsTarget,
  identities: Identities,
  signal: AbortSignal,
): Promise<OpenFile> {
  const dataKey = await unwrapDataKey(read.metadata, target, identities, signal);
  return openWith(read, target, dataKey);
}

/** The same with the data key itself. */
export function openWith(
  read: ReadSecrets,
  { shown }: Pick<SecretsTarget, 'shown'>,
  dataKey: Buffer,
): OpenFile {
  const plain = plainValues(read, dataKey);
  const { mac, lastModified } = read.metadata;
  const written = decryptValue(mac, dataKey, lastModified);
  if (written?.type !== 'str' || written.text !== macOf(plain)) {
    throw new Fault(
      'SECRETS_INVALID',
      `${shown} was changed by somebody without its keys: its MAC does not hold`,
      {
        hint: 'Take it from git as it was; a merge of two changes cannot be made line by line, set the values of one again.',
      },
    );
  }
  return { ...read, dataKey, plain };
}

/** The values of a file whose MAC nobody has looked at yet, one for each of its leaves. */
export function plainValues(read: ReadSecrets, dataKey: Buffer): (Plain | undefined)[] {
  return read.file.leaves.map((leaf) => plainOf(leaf, read, dataKey));
}

function plainOf(leaf: SopsLeaf, { file, isEncryptedAt }: ReadSecrets, dataKey: Buffer): Plain | undefined {
  const { scalar, keys, start } = leaf;
  if (scalar === undefined) return undefined;
  if (!isEncryptedAt(keys)) return leaf.isComment ? { type: 'comment', text: scalar.text } : scalar;
  const value = scalar.type === 'str' ? decryptValue(scalar.text, dataKey, pathBinding(keys)) : undefined;
  if (value !== undefined) return value;
  const isOurs = scalar.type === 'str' && isEncrypted(scalar.text);
  const what = isOurs
    ? 'cannot be decrypted: it was changed, moved here from another name, or encrypted with another key'
    : 'is not encrypted';
  throw file.faultAt(start, `\`${nameOf(leaf)}\` ${what}`);
}

/** A value's name. */
export function nameOf({ path }: Pick<SopsLeaf, 'path'>): string {
  return path.join('.');
}

/** All values of a file but the block that binds it; `SECRETS_INVALID` for two of one name, as of `a.b` and of `b` in `a`. */
export function namedValues({ file, plain }: OpenFile): NamedValue[] {
  const found = new Map<string, NamedValue>();
  for (const [at, leaf] of file.leaves.entries()) {
    const value = plain[at];
    if (value === undefined || value.type === 'comment' || leaf.path[0] === BINDING_KEY) continue;
    const name = nameOf(leaf);
    if (found.has(name)) throw file.faultAt(leaf.start, `two secrets are called \`${name}\``);
    found.set(name, { name, leaf, value });
  }
  return [...found.values()];
}
