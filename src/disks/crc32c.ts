const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value >>> 0;
});

/** CRC-32C (Castagnoli, RFC 3720) as ext4 has it: carried on from a value, and never inverted. */
export function crc32c(value: number, bytes: Uint8Array): number {
  let sum = value >>> 0;
  for (let at = 0; at < bytes.length; at++) {
    sum = ((TABLE[(sum ^ (bytes[at] as number)) & 0xff] as number) ^ (sum >>> 8)) >>> 0;
  }
  return sum;
}
