import { createInterface } from 'node:readline/promises';
import { editSecrets } from '../../app/secrets/edit-secrets.ts';
import { editorCommand } from '../../app/secrets/editor-command.ts';
import { Fault } from '../../core/fault.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { SecretsFlags } from '../launch-flags.ts';
import { secretsRequest } from './secrets-request.ts';

/** `launch secrets edit --env ENV`: all secrets as one decrypted file in memory, in the user's editor. */
export async function secretsEdit(flags: SecretsFlags, context: VerbContext): Promise<Answer> {
  const { interact, signal, display } = context;
  if (interact === undefined) {
    throw new Fault('USAGE', 'editing needs a terminal', {
      hint: `Set one secret at a time: \`launch secrets set NAME --env ${flags.env} < FILE\`.`,
    });
  }
  const editor = editorCommand(process.env);
  const edited = await editSecrets(
    secretsRequest(flags, context),
    {
      open: (file) => interact([...editor, file]),
      again: async ({ message, hint }) => {
        display.say(`✗ ${message}${hint === undefined ? '' : ` ${hint}`}`);
        return await ask('edit it again? [Y/n] ', signal);
      },
    },
    signal,
  );
  const line = edited.changed
    ? `✔ ${edited.file}, revision ${edited.revision}`
    : `✔ nothing was changed in ${edited.file}`;
  return { lines: [line], json: edited };
}

async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    return !/^\s*n/i.test(await asking.question(question, { signal }));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    asking.close();
  }
}
