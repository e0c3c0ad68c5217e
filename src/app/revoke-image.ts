import type { Revocation } from '../catalogue/revocation.ts';
import type { Catalogue } from '../catalogue/store.ts';
import { Fault } from '../core/fault.ts';
import { operator } from '../core/operator.ts';

/** What `bake revoke` came to. */
export interface RevokedImage extends Revocation {
  /** It was revoked before, by whom and why that says; nothing was changed. */
  readonly already: boolean;
}

/** Marks an image, `web@7`, as not to be launched any more; `USAGE` without a reason. */
export async function revokeImage(catalogue: Catalogue, ref: string, reason: string): Promise<RevokedImage> {
  if (reason.trim() === '') {
    throw new Fault(
      'USAGE',
      'revoking an image needs a reason, which everybody sees who wants to launch it',
      {
        hint: `Say why: \`bake revoke ${ref} --reason "CVE-2026-1234 in nginx"\`.`,
      },
    );
  }
  const why = { reason: reason.trim(), by: operator() };
  const { revocation, already } = await catalogue.revoke(ref, why, new Date());
  return { ...revocation, already };
}
