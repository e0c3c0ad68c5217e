import { changeSecrets } from '../../secrets/change-secrets.ts';
import { findIdentities } from '../../secrets/identities.ts';
import { assertOurKinds, rotated } from '../../secrets/rewrap.ts';
import { type ChangedSecrets, changedSecrets } from './changed-secrets.ts';
import { openTarget, type SecretsRequest } from './open-target.ts';

/** What came of a rotation. */
export interface RotatedSecrets extends ChangedSecrets {
  readonly recipients: readonly string[];
}

/** Encrypts all of an environment's secrets anew, under a new data key, for the recipients that the file has. */
export async function rotateSecrets(request: SecretsRequest, signal: AbortSignal): Promise<RotatedSecrets> {
  const { target } = await openTarget(request, signal);
  const { onWait } = request;
  const changed = await changeSecrets(
    { target, identities: await findIdentities(), onWait },
    async (file) => {
      assertOurKinds(file, target.shown);
      return await rotated(file, file.metadata.stanzas, signal);
    },
    signal,
  );
  return {
    ...changedSecrets(target, changed),
    recipients: changed.opened.metadata.stanzas.map(({ id }) => id),
  };
}
