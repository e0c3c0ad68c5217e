import { isUtf8 } from 'node:buffer';

const FIRST_ESCAPE = 0xdc00;

/**
 * A file name's bytes as a string that can be turned back into the very same bytes.
 *
 * UTF-8 reads as itself; any other byte b ≥ 0x80 becomes the lone surrogate U+DC00 + b, as in Python's
 * `surrogateescape` (PEP 383). A Linux file name is bytes, and an image's identity must not depend on guesses.
 */
export function decodeName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let name = '';
  for (let at = 0; at < bytes.length; ) {
    const length = validSequenceLength(bytes, at);
    name +=
      length > 0
        ? bytes.toString('utf8', at, at + length)
        : String.fromCharCode(FIRST_ESCAPE + (bytes[at] ?? 0));
    at += Math.max(length, 1);
  }
  return name;
}

/** The bytes that `decodeName` read. */
export function encodeName(name: string): Buffer {
  const escaped = /[\udc80-\udcff]/u;
  if (!escaped.test(name)) return Buffer.from(name, 'utf8');
  const parts = Array.from(name, (char) =>
    escaped.test(char) ? Buffer.from([char.charCodeAt(0) - FIRST_ESCAPE]) : Buffer.from(char, 'utf8'),
  );
  return Buffer.concat(parts);
}

function validSequenceLength(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}
