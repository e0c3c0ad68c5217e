import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type SopsScalar, typedScalar } from '../config/sops-scalar.ts';

/** Bytes of a data key; AES-256. */
export const DATA_KEY_BYTES = 32;
/** SOPS has always used so many, where others take 12. */
const IV_BYTES = 32;
const TAG_BYTES = 16;

const BASE64 = '[A-Za-z0-9+/]*={0,2}';
const ENCRYPTED = new RegExp(
  `^ENC\\[AES256_GCM,data:(${BASE64}),iv:(${BASE64}),tag:(${BASE64}),type:(str|int|float|bool|time|bytes|comment)\\]$`,
);

/** A decrypted value; comments are encrypted like values. */
export type Plain = SopsScalar | { readonly type: 'comment'; readonly text: string };

/** Whether a text has the form of an encrypted value. */
export function isEncrypted(text: string): boolean {
  return ENCRYPTED.test(text);
}

/** Encrypts a value with a new IV, bound to its path; like SOPS, nothing stays nothing. */
export function encryptValue({ type, text }: Plain, dataKey: Buffer, boundTo: string): string {
  if (text === '') return '';
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', dataKey, iv).setAAD(Buffer.from(boundTo));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const [data64, iv64, tag64] = [data, iv, cipher.getAuthTag()].map((bytes) => bytes.toString('base64'));
  return `ENC[AES256_GCM,data:${data64},iv:${iv64},tag:${tag64},type:${type === 'bytes' ? 'str' : type}]`;
}

/**
 * Decrypts a value; undefined when it is none, was changed, is bound to another path or another data key. Unlike SOPS
 * it takes only the one way of writing each value.
 */
export function decryptValue(encrypted: string, dataKey: Buffer, boundTo: string): Plain | undefined {
  if (encrypted === '') return { type: 'str', text: '' };
  const [, ...parts] = ENCRYPTED.exec(encrypted) ?? [];
  const type = parts.pop();
  const [data, iv, tag] = parts.map(canonicalBase64);
  if (type === undefined || data === undefined || iv === undefined || tag?.length !== TAG_BYTES)
    return undefined;
  if (iv.length === 0) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(boundTo)).setAuthTag(tag);
    const bytes = Buffer.concat([decipher.update(data), decipher.final()]);
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return type === 'comment' ? { type, text } : typedScalar(type, text);
  } catch {
    return undefined;
  }
}

/** The bytes of base64 that has no other way to be written: the last character can have bits that mean nothing. */
function canonicalBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** What a value is bound to: its path without indexes. */
export function pathBinding(keys: readonly string[]): string {
  return `${keys.join(':')}:`;
}
