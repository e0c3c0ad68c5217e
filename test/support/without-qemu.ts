import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A PATH, in this folder, with all programs of this host but QEMU. */
export async function withoutQemu(folder: string): Promise<string> {
  const path: string[] = [];
  for (const [index, from] of ['/usr/local/bin', '/usr/bin'].entries()) {
    const to = join(folder, String(index));
    await mkdir(to);
    for (const name of await readdir(from))
      if (!name.startsWith('qemu-system')) await symlink(join(from, name), join(to, name));
    path.push(to);
  }
  return path.join(':');
}
