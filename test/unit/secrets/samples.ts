import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_RULE, type SopsRule } from '../../../src/config/sops-metadata.ts';
import { parseSopsText } from '../../../src/config/sops-text.ts';
import { concealedUntilDisposed } from '../../../src/core/redaction.ts';
import { newAgeIdentity } from '../../../src/secrets/age-keys.ts';
import { newDataKey, wrapDataKey } from '../../../src/secrets/data-key.ts';
import { encryptedTextOf } from '../../../src/secrets/encrypted-text.ts';
import { encryptionRule } from '../../../src/secrets/encryption-rule.ts';
import type { Identities } from '../../../src/secrets/identities.ts';
import { unlockFile } from '../../../src/secrets/open-file.ts';
import { openSecrets } from '../../../src/secrets/open-secrets.ts';
import { readBytes, readSecrets, type SecretsTarget } from '../../../src/secrets/read-secrets.ts';
import type { Recipient } from '../../../src/secrets/recipients.ts';
import { sealSecrets } from '../../../src/secrets/seal-secrets.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** An age identity as somebody's only key. */
export async function someIdentity(): Promise<{
  readonly identities: Identities;
  readonly recipient: Recipient;
  readonly text: string;
}> {
  const identity = await newAgeIdentity('test');
  return {
    identities: { age: [identity], lookedIn: ['test'], passedOver: [] },
    recipient: { kind: 'age', id: identity.recipient },
    text: identity.secret.reveal(),
  };
}

/** Encrypts a text of plain YAML as we do, bound to an environment. */
export async function encrypted(
  plain: string,
  recipients: readonly Recipient[],
  signal: AbortSignal,
  {
    environment = 'prod',
    revision = 1,
    rule = DEFAULT_RULE,
  }: { environment?: string; revision?: number; rule?: SopsRule } = {},
): Promise<Buffer> {
  const target = { file: '', shown: 'secrets.yaml', environment };
  const dataKey = newDataKey();
  const isEncryptedAt = encryptionRule([rule]);
  if (typeof isEncryptedAt === 'string') throw new Error(isEncryptedAt);
  const text = encryptedTextOf(plain, { shown: 'plain.yaml', dataKey, isEncryptedAt });
  const stanzas = await wrapDataKey(dataKey, recipients, new Date(), signal);
  return sealSecrets(text, { target, revision, dataKey, now: new Date(), block: { stanzas, rule } }).bytes;
}

/** A folder with one environment's file of secrets. */
export async function secretsFolder(bytes?: string | Uint8Array, environment = 'prod') {
  const folder = await temporaryFolder();
  const concealed = concealedUntilDisposed();
  const file = join(folder.path, 'secrets.yaml');
  if (bytes !== undefined) await writeFile(file, bytes);
  const target: SecretsTarget = { file, shown: 'secrets.yaml', environment };
  return {
    ...folder,
    file,
    target,
    async [Symbol.asyncDispose]() {
      concealed[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** All values of a file, revealed. */
export async function revealed(
  target: SecretsTarget,
  identities: Identities,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { values } = await openSecrets(target, identities, signal);
  return Object.fromEntries([...values].map(([name, secret]) => [name, secret.reveal()]));
}

/** A file opened as for a change. */
export async function openedFile(target: SecretsTarget, identities: Identities, signal: AbortSignal) {
  const bytes = await readBytes(target.file, signal);
  return await unlockFile(readSecrets(target, bytes ?? Buffer.alloc(0)), target, identities, signal);
}

/** Sets variables of this process until it is disposed of; undefined takes one away. */
export function withVariables(values: Readonly<Record<string, string | undefined>>): Disposable {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(values)) set(name, value);
  return {
    [Symbol.dispose]() {
      for (const [name, value] of before) set(name, value);
    },
  };
}

/** A workspace with environments, and a home with a key file when an identity is given. */
export async function secretsWorkspace(names: readonly string[], identity?: string) {
  const folder = await temporaryFolder();
  const concealed = concealedUntilDisposed();
  const [root, home] = [join(folder.path, 'workspace'), join(folder.path, 'home')];
  await mkdir(join(root, 'templates'), { recursive: true });
  for (const name of names) {
    await mkdir(join(root, 'environments', name), { recursive: true });
    await writeFile(join(root, 'environments', name, 'environment.yaml'), 'platform: docker\n');
  }
  const keys = join(home, 'sops', 'age', 'keys.txt');
  if (identity !== undefined) {
    await mkdir(join(home, 'sops', 'age'), { recursive: true });
    await writeFile(keys, `${identity}\n`);
    await chmod(keys, 0o600);
  }
  const variables = withVariables({
    KILN_HOME: join(folder.path, 'kiln'),
    XDG_CONFIG_HOME: home,
    SOPS_AGE_KEY: undefined,
    SOPS_AGE_KEY_FILE: undefined,
  });
  const secretsFile = (name: string) => join(root, 'environments', name, 'secrets.yaml');
  return {
    root,
    keys,
    secretsFile,
    target: (name: string): SecretsTarget => ({
      file: secretsFile(name),
      shown: `environments/${name}/secrets.yaml`,
      environment: name,
    }),
    async [Symbol.asyncDispose]() {
      variables[Symbol.dispose]();
      concealed[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The parsed text of a file, for looking at its layout. */
export function parsed(bytes: Uint8Array) {
  return parseSopsText('secrets.yaml', bytes);
}
