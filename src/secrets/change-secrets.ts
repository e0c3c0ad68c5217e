import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { SopsRule, SopsStanza } from '../config/sops-metadata.ts';
import { Fault } from '../core/fault.ts';
import { kilnHome } from '../core/home.ts';
import { withLock } from '../core/lock.ts';
import { writeNamedFile } from '../core/named-file.ts';
import { withDeadline } from '../core/wait.ts';
import { BINDING_KEY } from './binding.ts';
import type { Identities } from './identities.ts';
import { type OpenFile, unlockFile } from './open-file.ts';
import { noSecrets } from './open-secrets.ts';
import {
  assertBound,
  assertBoundTo,
  assertSealed,
  type ReadSecrets,
  readBytes,
  readSecrets,
  type SecretsTarget,
} from './read-secrets.ts';
import { sealSecrets } from './seal-secrets.ts';

/** Somebody who edits keeps others waiting. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** What becomes of a file: a text whose values are encrypted. */
export interface Change {
  readonly text: string;
  /** Another one than the file had. */
  readonly dataKey?: Buffer;
  /** Writes SOPS's block anew. */
  readonly block?: { readonly stanzas: readonly SopsStanza[]; readonly rule: SopsRule };
}

/** How a file is changed. */
export interface ChangeOptions {
  readonly target: SecretsTarget;
  readonly identities: Identities;
  /** Takes a file whose seal is broken, but whose MAC holds. */
  readonly anySeal?: boolean;
  /** Takes a file that is bound to no environment. */
  readonly unbound?: boolean;
  /** Hears once of a process that has the file, by its id. */
  readonly onWait?: ((owner: number) => void) | undefined;
}

/** A file as it is after a change. */
export interface Changed {
  readonly opened: OpenFile;
  /** False when the change was none. */
  readonly isChanged: boolean;
}

/**
 * Opens a file of secrets, changes it and writes it as the next revision, whole or not at all; nothing is written
 * when the change is none. One at a time, and `SECRETS_INVALID` when a program that knows no lock was faster. Gives
 * the file as it is now.
 */
export async function changeSecrets(
  options: ChangeOptions,
  change: (opened: OpenFile) => Promise<Change | undefined>,
  signal: AbortSignal,
): Promise<Changed> {
  const { target, identities, anySeal, unbound } = options;
  return await withSecretsLock(options, signal, async () => {
    const bytes = await readBytes(target.file, signal);
    if (bytes === undefined) throw noSecrets(target.shown, target.environment);
    const read = readSecrets(target, bytes);
    assertBoundTo(read, target);
    if (anySeal !== true) assertSealed(read, target);
    const opened = await unlockFile(read, target, identities, signal);
    if (unbound !== true) assertBound(read, target);
    assertBindable(read, target);
    const changed = await change(opened);
    if (changed === undefined) return { opened, isChanged: false };
    const sealed = sealSecrets(changed.text, {
      target,
      revision: (read.binding?.revision ?? 0) + 1,
      dataKey: changed.dataKey ?? opened.dataKey,
      now: new Date(),
      ...(changed.block === undefined ? {} : { block: { ...changed.block, version: read.metadata.version } }),
    });
    await writeSecrets(target, bytes, sealed.bytes, signal);
    return { opened: sealed, isChanged: true };
  });
}

/** Does something while no other process changes the same file. */
export async function withSecretsLock<T>(
  { target, onWait }: Pick<ChangeOptions, 'target' | 'onWait'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const real = await realpath(target.file).catch(() => target.file);
  const name = createHash('sha256').update(real).digest('hex').slice(0, 32);
  using waiting = withDeadline(
    signal,
    LONGEST_WAIT_MS,
    () =>
      new Fault(
        'TIMEOUT',
        `another process has had ${target.shown} for ${LONGEST_WAIT_MS / 60_000} minutes`,
        {
          hint: 'Perhaps an editor is still open.',
        },
      ),
  );
  return await withLock(join(kilnHome(), 'secrets', `${name}.lock`), waiting.signal, work, onWait);
}

/** Writes a file in place of the bytes that were read; undefined for one that was not there. */
export async function writeSecrets(
  { file, shown }: SecretsTarget,
  before: Buffer | undefined,
  after: Buffer,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  // A link stays one.
  const real = await realpath(file).catch(() => file);
  const now = await readBytes(real, signal);
  if (now === undefined ? before !== undefined : before === undefined || !now.equals(before)) {
    throw new Fault(
      'SECRETS_INVALID',
      `${shown} was changed by another program in the meantime; nothing was written`,
      {
        hint: 'Look at the change and try again.',
      },
    );
  }
  await writeNamedFile(real, after, `change of ${shown}`);
}

/** The block that binds a file must stay readable without a key. */
export function assertBindable({ isEncryptedAt, metadata }: ReadSecrets, { shown }: SecretsTarget): void {
  if (!isEncryptedAt([BINDING_KEY, 'environment'])) return;
  const [rule] = metadata.rules;
  throw new Fault(
    'SECRETS_INVALID',
    `${shown} encrypts every key, by its ${rule?.key}: it cannot be bound to an environment`,
    {
      hint: `Let its rule leave \`${BINDING_KEY}\` out, or use the default unencrypted_suffix \`_unencrypted\`.`,
    },
  );
}
