import { openRevoke } from '../../app/open-revoke.ts';
import { revokeImage } from '../../app/revoke-image.ts';
import type { Display } from '../../ui/display.ts';
import { revokedLines } from '../../ui/revoked-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';

/** `bake revoke IMAGE --reason REASON`: marks an image as not to be launched any more, and says what runs of it. */
export async function revoke(
  ref: string,
  reason: string,
  { workspace, signal, display }: VerbContext,
): Promise<Answer> {
  const progress: Display['progress'] = (what, percent) => display.progress(what, percent);
  const ports = { ...openRevoke(workspace, signal), progress };
  const revoked = await revokeImage(ref, reason, ports, signal);
  return { lines: revokedLines(revoked), json: revoked };
}
