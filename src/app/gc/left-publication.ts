import { access, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { manifestFile, packageFilesFile } from '../../catalogue/image-files.ts';
import type { Digest } from '../../core/digest.ts';
import { withImageFolder } from '../../forms/disk/image-files.ts';
import { type DeadRun, openOf } from './dead-run.ts';
import type { GcFacts } from './gc-facts.ts';
import type { Leftover } from './leftover.ts';

/** What a bake that was killed while it published has left in `$KILN_HOME`: its version, and what goes with its tree. */
export async function leftPublication(run: DeadRun, facts: GcFacts): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const { template, tree } of openOf(run, 'publish')) {
    found.push(...(await reservations(run, template, facts)), ...(await treeFiles(tree as Digest, facts)));
  }
  return found;
}

async function reservations(run: DeadRun, template: string, facts: GcFacts): Promise<Leftover[]> {
  const folder = join(facts.home, 'records', template);
  const found: Leftover[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.endsWith('.reserved')) continue;
    const file = join(folder, name);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const holder = holderOf(text);
    // It was cut off while it was written; who lives and publishes this template may have it.
    const torn = holder === undefined && !(await isHeld(facts, (one) => one.template === template));
    if (holder !== run.run && !torn) continue;
    found.push({ what: 'version without a record', where: file, remove: () => rm(file, { force: true }) });
  }
  return found;
}

async function treeFiles(tree: Digest, facts: GcFacts): Promise<Leftover[]> {
  const files = [manifestFile(tree), packageFilesFile(tree)].map((file) => join(facts.home, file));
  const there = await Promise.all(files.map(isThere));
  const { damaged } = await facts.records();
  // A living one first: its record is there before it lets go.
  const taken = async (when?: 'now') =>
    (await isHeld(facts, (one) => one.tree === tree)) || (await facts.records(when)).trees.has(tree);
  if (!there.includes(true) || (await taken())) return [];
  const folder = dirname(files[0] ?? '');
  return [
    {
      what: 'lists of an image without a record',
      where: folder,
      keep:
        damaged === undefined
          ? undefined
          : `the record of ${damaged} is damaged, and may be the one that names it`,
      async remove() {
        await withImageFolder(folder, async () => {
          if (await taken('now')) return;
          for (const file of files) await rm(file, { force: true });
        });
        // There may be a disk in it.
        await rmdir(folder).catch(() => {});
      },
    },
  ];
}

/** Whether a living run publishes something of the kind. */
async function isHeld(
  facts: GcFacts,
  is: (one: { readonly template: string; readonly tree: string }) => boolean,
): Promise<boolean> {
  return (await facts.held()).some((held) => held.kind === 'publish' && is(held));
}

/** The bake that a reservation is of; it holds that alone, or the record already. */
function holderOf(text: string): string | undefined {
  try {
    const { bake } = JSON.parse(text) as { bake?: unknown };
    return typeof bake === 'string' ? bake : undefined;
  } catch {
    return undefined;
  }
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  return names.sort();
}
