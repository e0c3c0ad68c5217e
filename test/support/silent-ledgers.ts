import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes all ledgers of a `$KILN_HOME` an hour old: what was asked of a cloud right before a kill would be waited for. */
export async function saySilent(home: string): Promise<void> {
  const folder = join(home, 'ledger');
  const long = new Date(Date.now() - 3_600_000);
  for (const name of await readdir(folder).catch(() => [])) await utimes(join(folder, name), long, long);
}
