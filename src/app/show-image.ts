import type { ImageRecord } from '../catalogue/record.ts';
import type { Catalogue } from '../catalogue/store.ts';

/** An image's record, and where it stands among its template's. */
export interface ShownImage {
  readonly record: ImageRecord;
  readonly isLatest: boolean;
  /** The content manifest's file on this machine. */
  readonly manifestFile: string;
}

/** Finds the image that `ref` names: `web`, `web@latest`, `web@7`. */
export async function showImage(catalogue: Catalogue, ref: string): Promise<ShownImage> {
  const record = await catalogue.get(ref);
  const newest = (await catalogue.versions(record.template)).at(-1);
  return {
    record,
    isLatest: newest === record.version,
    manifestFile: catalogue.manifestPath(record.digest),
  };
}
