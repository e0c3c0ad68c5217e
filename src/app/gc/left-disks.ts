import { relative } from 'node:path';
import type { Catalogue } from '../../catalogue/store.ts';
import { abandonedDisks } from '../../forms/disk/abandoned-disks.ts';
import type { Leftover } from './leftover.ts';
import type { Lives } from './living-owners.ts';

/** Disks that were moved to where images are by bakes that were killed before they had written a record of them. */
export async function leftDisks(
  home: string,
  catalogue: Pick<Catalogue, 'list'>,
  lives?: Lives,
): Promise<Leftover[]> {
  const disks = await abandonedDisks(home, lives);
  if (disks.length === 0) return [];
  const { files, damaged } = await recordedDisks(catalogue);
  const why = `the record of ${damaged} is damaged, and may be the one that names it`;
  return disks.map(({ file, mark, remove, keep }) => {
    // It was killed between the record and its last step.
    if (files.has(relative(home, file))) return { what: 'mark of a disk', where: mark, remove: keep };
    return { what: 'disk', where: file, remove, ...(damaged === undefined ? {} : { keep: why }) };
  });
}

async function recordedDisks({
  list,
}: Pick<Catalogue, 'list'>): Promise<{ readonly files: ReadonlySet<string>; readonly damaged?: string }> {
  const files = new Set<string>();
  let damaged: string | undefined;
  for await (const listed of list()) {
    if (listed.kind === 'damaged') damaged = `${listed.template}@${listed.version}`;
    else for (const form of listed.record.forms) if (form.kind === 'disk') files.add(form.file);
  }
  return damaged === undefined ? { files } : { files, damaged };
}
