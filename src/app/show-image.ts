import type { AmiCopy } from '../catalogue/ami-copies.ts';
import type { Confirmation } from '../catalogue/confirmation.ts';
import type { ImageRecord } from '../catalogue/record.ts';
import type { Revocation } from '../catalogue/revocation.ts';
import type { Catalogue } from '../catalogue/store.ts';

/** An image's record, and what is known of it besides. */
export interface ShownImage {
  readonly record: ImageRecord;
  /** The content manifest's file on this machine. */
  readonly manifestFile: string;
  /** Bakes from clean that came to this very content once more, oldest first. */
  readonly confirmations: readonly Confirmation[];
  /** Of its AMI, in other regions; those that were lost are told as such. */
  readonly copies: readonly AmiCopy[];
  /** Why it must not be launched; of the image that was revoked, which may be one that it is based on. */
  readonly revoked?: Revocation;
}

/** Finds the image that `ref` names: `web`, `web@latest`, `web@7`. */
export async function showImage(catalogue: Catalogue, ref: string): Promise<ShownImage> {
  const record = await catalogue.get(ref);
  const [revoked, confirmations, copies] = await Promise.all([
    catalogue.revocationOf(record),
    catalogue.confirmations(record),
    catalogue.copies(record),
  ]);
  return {
    record,
    confirmations,
    copies,
    manifestFile: catalogue.manifestPath(record.digest),
    ...(revoked === undefined ? {} : { revoked }),
  };
}
