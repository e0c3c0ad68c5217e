import { createHash } from 'node:crypto';

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

/** The digest of some bytes, or of a string's UTF-8. */
export function digestOf(bytes: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The first 12 hex digits: what is shown to people. What is no digest, as an AMI’s id, is shown whole. */
export function shortDigest(digest: string): string {
  if (digest.startsWith('ami-')) return digest;
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** JSON with object keys sorted at every depth, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}
