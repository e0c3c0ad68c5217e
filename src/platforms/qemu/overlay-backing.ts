import { open } from 'node:fs/promises';

const MAGIC = 0x514649fb;
const HEADER_BYTES = 20;
const LONGEST_NAME = 1023;

/**
 * The file that a qcow2 says it stands on; nothing when it stands alone, or is none. By the header as QEMU's
 * docs/interop/qcow2.txt has it: a running machine's disk is not opened for it.
 */
export async function overlayBacking(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await handle.read(header, 0, HEADER_BYTES, 0);
    if (bytesRead < HEADER_BYTES || header.readUInt32BE(0) !== MAGIC) return undefined;
    const offset = Number(header.readBigUInt64BE(8));
    const length = header.readUInt32BE(16);
    if (offset === 0 || length === 0 || length > LONGEST_NAME) return undefined;
    const name = Buffer.alloc(length);
    await handle.read(name, 0, length, offset);
    return name.toString('utf8');
  } finally {
    await handle.close();
  }
}
