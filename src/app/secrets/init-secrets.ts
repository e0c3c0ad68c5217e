import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { changeSecrets, withSecretsLock, writeSecrets } from '../../secrets/change-secrets.ts';
import { findIdentities, type Identities } from '../../secrets/identities.ts';
import { addIdentity } from '../../secrets/new-identity.ts';
import { newSecrets } from '../../secrets/new-secrets.ts';
import { readBytes, type SecretsTarget } from '../../secrets/read-secrets.ts';
import { isSame, once, type Recipient, recipientOf } from '../../secrets/recipients.ts';
import { addRule, findRule, type RecipientRule } from '../../secrets/sops-config.ts';
import type { OpenedEnvironment } from '../launch/open-environment.ts';
import type { ChangedSecrets } from './changed-secrets.ts';
import { openTarget, type SecretsRequest } from './open-target.ts';

/** What came of beginning a file of secrets. */
export interface InitializedSecrets extends ChangedSecrets {
  /** What became of the file. */
  readonly state: 'created' | 'bound' | 'there';
  readonly recipients: readonly string[];
  /** The `.sops.yaml` that got a rule. */
  readonly rule?: string;
  /** The key that was made, as nobody had one: where it is, and its public key. */
  readonly identity?: { readonly file: string; readonly recipient: string };
  /** None of the user's age identities is among the recipients; an OpenPGP key may be. */
  readonly locked: boolean;
}

/**
 * Begins an environment's file of secrets: the rule in `.sops.yaml` that says whom it is for, an identity when there
 * is neither a recipient nor one, and the empty file, bound to its environment; or binds one that is there. What is
 * there stays as it is.
 */
export async function initSecrets(
  request: SecretsRequest & { readonly recipients: readonly string[] },
  signal: AbortSignal,
): Promise<InitializedSecrets> {
  const asked = once(request.recipients.flatMap((text) => text.split(',')).map(askedRecipient));
  const { environment, target } = await openTarget(request, signal);
  let identities = await findIdentities(process.env, 'empty');
  const found = await findRule(target, signal);
  const isNamed = (found?.recipients.length ?? 0) > 0;
  let made: InitializedSecrets['identity'];
  if (asked.length === 0 && !isNamed && identities.age.length === 0) {
    assertNoStrangers(identities);
    const { recipient, from } = await addIdentity();
    made = { file: from, recipient };
    identities = await findIdentities();
  }
  const wanted = asked.length > 0 ? asked : isNamed ? (found?.recipients ?? []) : ownRecipients(identities);
  const rule = await ensureRule(target, environment, { found, wanted }, signal);
  const recipients = rule === undefined ? (found?.recipients ?? wanted) : wanted;
  const file = await ensureFile(request, target, { identities, recipients, rule: found?.rule }, signal);
  const ours = ownRecipients(identities);
  return {
    environment: target.environment,
    file: target.shown,
    ...file,
    changed: file.state !== 'there' || rule !== undefined,
    recipients: recipients.map(({ id }) => id),
    ...(rule === undefined ? {} : { rule }),
    ...(made === undefined ? {} : { identity: made }),
    locked:
      recipients.every(({ kind }) => kind === 'age') &&
      !recipients.some((one) => ours.some((own) => isSame(one, own))),
  };
}

function askedRecipient(text: string): Recipient {
  const recipient = recipientOf(text);
  if (typeof recipient === 'object') return recipient;
  const shown = /^AGE-SECRET/i.test(text.trim())
    ? 'what is given as --recipient'
    : `--recipient ${text.trim().slice(0, 80)}`;
  throw new Fault('USAGE', `${shown} ${recipient}`);
}

/** Another identity beside one that is not supported could surprise its owner. */
function assertNoStrangers({ passedOver }: Identities): void {
  if (passedOver.length === 0) return;
  throw new Fault('SECRETS_LOCKED', `your only identity is not supported: ${passedOver.join(', ')}`, {
    hint: 'Make one with `age-keygen`, or name a recipient with --recipient.',
  });
}

function ownRecipients({ age }: Identities): Recipient[] {
  return once(age.map(({ recipient }) => ({ kind: 'age', id: recipient })));
}

/** Adds the rule that is missing, and gives its file; a rule for this very file is never changed. */
async function ensureRule(
  target: SecretsTarget,
  environment: OpenedEnvironment,
  { found, wanted }: { readonly found: RecipientRule | undefined; readonly wanted: readonly Recipient[] },
  signal: AbortSignal,
): Promise<string | undefined> {
  const isAll = found !== undefined && found.recipients.length === wanted.length;
  if (isAll && wanted.every((one) => found.recipients.some((other) => isSame(one, other)))) return undefined;
  const isThere = (await readBytes(target.file, signal)) !== undefined;
  if (found !== undefined && (found.isOwn || isThere)) {
    throw new Fault('USAGE', `${found.where} already says whom ${target.shown} is for`, {
      details: found.recipients.map(({ id }) => `it is for: ${id}`),
      hint: `Change the recipients there, and run \`launch secrets updatekeys --env ${target.environment}\`.`,
    });
  }
  const folder = await folderForRules(target.file, environment.root);
  return await addRule(
    target,
    wanted,
    found === undefined ? { folder } : { folder, before: found.index },
    signal,
  );
}

/** The workspace, or for an environment of another checkout that checkout; else the folder of environments. */
async function folderForRules(file: string, root: string): Promise<string> {
  if (file.startsWith(`${root}/`)) return root;
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const isCheckout = await access(join(folder, '.git')).then(
      () => true,
      () => false,
    );
    if (isCheckout) return folder;
  }
  return dirname(dirname(file));
}

/** Makes the file, or binds the one that is there. */
async function ensureFile(
  { onWait }: SecretsRequest,
  target: SecretsTarget,
  {
    identities,
    recipients,
    rule,
  }: {
    readonly identities: Identities;
    readonly recipients: readonly Recipient[];
    readonly rule: RecipientRule['rule'];
  },
  signal: AbortSignal,
): Promise<Pick<InitializedSecrets, 'state' | 'revision'>> {
  const created = await withSecretsLock({ target, onWait }, signal, async () => {
    if ((await readBytes(target.file, signal)) !== undefined) return undefined;
    const made = await newSecrets(target, { recipients, rule }, signal);
    await writeSecrets(target, undefined, made.bytes, signal);
    return made;
  });
  if (created !== undefined) return { state: 'created', revision: 1 };
  const { opened, isChanged } = await changeSecrets(
    { target, identities, unbound: true, onWait },
    async ({ binding, file }) => (binding === undefined ? { text: file.text } : undefined),
    signal,
  );
  return { state: isChanged ? 'bound' : 'there', revision: opened.binding?.revision ?? 0 };
}
