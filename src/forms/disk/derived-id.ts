import { createHash } from 'node:crypto';

/** A UUID (version 8, RFC 9562) that is always the same for the same tree and purpose. */
export function derivedUuid(digest: string, purpose: string): string {
  const bytes = createHash('sha256').update(`kiln ${purpose} ${digest}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
