import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { kilnHome } from '../../core/home.ts';
import { newBakeId } from '../../core/ids.ts';
import { changeSecrets } from '../../secrets/change-secrets.ts';
import { decryptedText } from '../../secrets/decrypted-text.ts';
import { encryptedTextOf, withOwnBlock } from '../../secrets/encrypted-text.ts';
import { findIdentities } from '../../secrets/identities.ts';
import { knownValues } from '../../secrets/known-values.ts';
import type { OpenFile } from '../../secrets/open-file.ts';
import { folderInMemory } from '../../secrets/tmpfs.ts';
import { recordedScope } from '../recorded-scope.ts';
import { type ChangedSecrets, changedSecrets } from './changed-secrets.ts';
import { openTarget, type SecretsRequest } from './open-target.ts';

/** How a person edits. */
export interface Editor {
  /** Opens a file and waits until it is left. */
  open(file: string): Promise<void>;
  /** Tells what is wrong with the edited text; whether it is to be edited again. */
  again(fault: Fault): Promise<boolean>;
}

/**
 * Lets a person edit all secrets of an environment as one decrypted file in memory. It is gone at any end, and what is
 * not valid is kept nowhere.
 */
export async function editSecrets(
  request: SecretsRequest,
  editor: Editor,
  signal: AbortSignal,
): Promise<ChangedSecrets> {
  const { target } = await openTarget(request, signal);
  const identities = await findIdentities();
  const { onWait } = request;
  const changed = await changeSecrets(
    { target, identities, onWait },
    async (file) => {
      const text = await edit(file, basename(target.file), editor, signal);
      return text === undefined ? undefined : { text };
    },
    signal,
  );
  return changedSecrets(target, changed);
}

/** The text as it was left, encrypted; undefined when nothing was changed. */
async function edit(
  opened: OpenFile,
  name: string,
  editor: Editor,
  signal: AbortSignal,
): Promise<string | undefined> {
  await using scope = recordedScope(kilnHome(), { run: newBakeId(), what: `edit of ${name}` });
  const folder = await folderInMemory(scope);
  const file = join(folder, name);
  const before = decryptedText(opened);
  await writeFile(file, before, { mode: 0o600, flag: 'wx' });
  const known = knownValues(opened);
  const { dataKey, isEncryptedAt } = opened;
  for (;;) {
    await editor.open(file);
    signal.throwIfAborted();
    const after = await readEdited(file);
    if (after === before) return undefined;
    try {
      return withOwnBlock(encryptedTextOf(after, { shown: name, dataKey, isEncryptedAt, known }), opened);
    } catch (error) {
      if (!(error instanceof Fault) || !(await editor.again(error))) throw error;
    }
  }
}

async function readEdited(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    if (!(cause instanceof TypeError))
      throw new Fault('SECRETS_INVALID', 'the edited file is gone; nothing was changed', { cause });
    throw new Fault('SECRETS_INVALID', 'the edited file is not UTF-8 text; nothing was changed');
  }
}
