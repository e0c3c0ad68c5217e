import { openCatalogue } from '../../app/open-catalogue.ts';
import { revokeImage } from '../../app/revoke-image.ts';
import { revocationLines } from '../../ui/revocation-lines.ts';
import type { Answer } from '../answer.ts';

/** `bake revoke IMAGE --reason REASON`: marks an image as not to be launched any more. */
export async function revoke(ref: string, reason: string): Promise<Answer> {
  const revoked = await revokeImage(openCatalogue(), ref, reason);
  return { lines: revocationLines(revoked), json: revoked };
}
