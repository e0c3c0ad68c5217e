import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { Scope } from '../core/scope.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { isInMemory, TMPFS } from '../core/tmpfs.ts';

/** File systems that are in memory: tmpfs, and ramfs as statfs(2) has it. */
const IN_MEMORY = new Set([TMPFS, 0x858458f6]);

/**
 * A new folder that lies in memory alone and that only the user can enter; it is registered with the scope. `places`
 * are tried in turn. `HOST_TOOL_MISSING` when none of them is in memory.
 */
export async function folderInMemory(
  scope: Scope,
  places: readonly (string | undefined)[] = [process.env['XDG_RUNTIME_DIR'], '/dev/shm'],
): Promise<string> {
  for (const place of places) {
    if (place === undefined || place === '' || !(await isInMemory(place, IN_MEMORY))) continue;
    const folder = join(place, `kiln-secrets-${randomUUID()}`);
    const intent = scope.intend({ kind: 'path', path: folder });
    const made = await mkdir(folder, { mode: 0o700 }).then(
      () => true,
      () => false,
    );
    if (!made) continue;
    // A second Ctrl-C waits for no scope.
    const atExit = () => rmSync(folder, { recursive: true, force: true });
    process.once('exit', atExit);
    const remove = async () => {
      await rm(folder, { recursive: true, force: true });
      process.off('exit', atExit);
      intent.settle();
    };
    scope.defer('the decrypted file', remove, `rm -r ${shellQuote(folder)}`);
    return folder;
  }
  throw new Fault('HOST_TOOL_MISSING', 'there is no folder in memory to decrypt secrets into', {
    hint: 'Set XDG_RUNTIME_DIR to a folder on a tmpfs, or set secrets one by one with `launch secrets set`.',
  });
}
