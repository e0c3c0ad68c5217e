import { access, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import { removeEmptyFolder } from '../../core/empty-folder.ts';
import { listsOf, removeTreeLists } from '../tree-lists.ts';
import { type DeadRun, openOf } from './dead-run.ts';
import type { GcFacts } from './gc-facts.ts';
import type { Leftover } from './leftover.ts';

const RESERVED = '.reserved';
const UNKNOWN = 'it does not say whose it is, and a run that lives may have reserved it';

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
    if (!name.endsWith(RESERVED)) continue;
    const where = join(folder, name);
    const holder = () => holderOf(run, where, template, facts);
    const held = await holder();
    if (held === 'another') continue;
    const version = name.slice(0, -RESERVED.length);
    found.push({
      what: 'version without a record',
      where,
      keep: held === 'unknown' ? UNKNOWN : whyTaken(run, `kiln/${template}:${version}`),
      async remove() {
        // Another gc may have removed it since, and a living bake have reserved the number.
        const now = await holder();
        if (now === 'this run') await rm(where, { force: true });
        return now === 'unknown' ? UNKNOWN : undefined;
      },
    });
  }
  return found;
}

/** Whoever took the number would want the name, which is another image's as long as it was not taken off. */
function whyTaken(run: DeadRun, name: string): string | undefined {
  const intended = openOf(run, 'name').some((one) => one.name === name);
  return intended && run.stayed() > 0 ? `the name ${name} may still be there` : undefined;
}

/** One that was cut off while it was written does not say whose it is. */
async function holderOf(
  run: DeadRun,
  file: string,
  template: string,
  facts: GcFacts,
): Promise<'this run' | 'another' | 'unknown'> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return 'another';
  const holder = bakeIn(text);
  if (holder !== undefined) return holder === run.run ? 'this run' : 'another';
  return (await isHeld(facts, (one) => one.template === template)) ? 'unknown' : 'this run';
}

async function treeFiles(tree: Digest, facts: GcFacts): Promise<Leftover[]> {
  const files = listsOf(facts.home, tree);
  const there = await Promise.all(files.map(isThere));
  const { damaged } = await facts.records();
  // A living one first: its record is there before it lets go.
  const taken = async (when?: 'now') =>
    (await isHeld(facts, (one) => one.tree === tree)) || (await facts.records(when)).trees.has(tree);
  const folder = dirname(files[0]);
  if (await taken()) return [];
  if (!there.includes(true)) return await emptyFolder(folder);
  return [
    {
      what: 'lists of an image without a record',
      where: folder,
      keep:
        damaged === undefined
          ? undefined
          : `the record of ${damaged} is damaged, and may be the one that names it`,
      remove: () => removeTreeLists(facts.home, tree, () => taken('now')),
    },
  ];
}

/** It was killed before it had written anything there. */
async function emptyFolder(folder: string): Promise<Leftover[]> {
  const inside = await readdir(folder).catch(() => undefined);
  if (inside?.length !== 0) return [];
  return [{ what: 'empty folder', where: folder, remove: () => removeEmptyFolder(folder) }];
}

/** Whether a living run publishes something of the kind. */
async function isHeld(
  facts: GcFacts,
  is: (one: { readonly template: string; readonly tree: string }) => boolean,
): Promise<boolean> {
  return (await facts.held()).some((held) => held.kind === 'publish' && is(held));
}

/** The bake that a reservation is of; it holds that alone, or the record already. */
function bakeIn(text: string): string | undefined {
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
