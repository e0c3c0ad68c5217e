import type { BundleRecord } from '../catalogue/record.ts';
import type { Bundle } from '../converge/bundle.ts';

/** A record is read often, and whole: more files than this make up most of it. About 100 bytes each. */
const MANY = 1000;

/** What of a bundle is in an image's record: enough to say later which of its files differ. */
export function recordedBundle({
  digest,
  size,
  files,
}: Pick<Bundle, 'digest' | 'size' | 'files'>): BundleRecord {
  const named = Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256]));
  return { digest, size, ...(files.length > MANY ? {} : { files: named }) };
}
