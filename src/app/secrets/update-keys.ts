import { changeSecrets } from '../../secrets/change-secrets.ts';
import { findIdentities } from '../../secrets/identities.ts';
import { assertOurKinds, compareRecipients, rewrapped, rotated } from '../../secrets/rewrap.ts';
import { requireRule } from '../../secrets/sops-config.ts';
import { type ChangedSecrets, changedSecrets } from './changed-secrets.ts';
import { openTarget, type SecretsRequest } from './open-target.ts';

/** What came of encrypting a file for the recipients that `.sops.yaml` names now. */
export interface UpdatedKeys extends ChangedSecrets {
  readonly added: readonly string[];
  /** They keep what they could read before: the data key is another one then, but the secrets are not. */
  readonly removed: readonly string[];
  readonly recipients: readonly string[];
  /** Another program or person had changed the file without sealing it. */
  readonly resealed: boolean;
}

/**
 * Encrypts an environment's secrets for the recipients of `.sops.yaml`; with a new data key when one of the file's is
 * no longer among them.
 */
export async function updateKeys(request: SecretsRequest, signal: AbortSignal): Promise<UpdatedKeys> {
  const { target } = await openTarget(request, signal);
  const { recipients } = await requireRule(target, signal);
  const { onWait } = request;
  let change: ReturnType<typeof compareRecipients> = { added: [], removed: [] };
  let resealed = false;
  const changed = await changeSecrets(
    {
      target,
      identities: await findIdentities(),
      anySeal: true,
      onWait,
    },
    async (file) => {
      assertOurKinds(file, target.shown);
      change = compareRecipients(file, recipients);
      resealed = file.seal === 'broken';
      if (change.removed.length > 0) return await rotated(file, recipients, signal);
      return change.added.length > 0 || resealed ? await rewrapped(file, recipients, signal) : undefined;
    },
    signal,
  );
  return {
    ...changedSecrets(target, changed),
    added: change.added.map(({ id }) => id),
    removed: change.removed.map(({ id }) => id),
    recipients: recipients.map(({ id }) => id),
    resealed,
  };
}
