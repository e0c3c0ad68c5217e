import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from '../../../src/tree/spool.ts';

/** A spool in the folder of temporary files; it has no name there, and needs no removal. */
export async function newSpool(): Promise<Spool> {
  return await Spool.create(join(tmpdir(), `kiln-spool-${randomUUID()}`));
}
