import { readFile } from 'node:fs/promises';
import type { Intention } from '../../core/intention.ts';
import { withLock } from '../../core/lock.ts';
import type { OciImage } from '../../forms/oci/oci-store.ts';
import { type DeadRun, openOf } from './dead-run.ts';
import type { GcEngine } from './gc-engines.ts';
import type { GcFacts } from './gc-facts.ts';
import type { Leftover } from './leftover.ts';
import type { Lives } from './living-owners.ts';

const LATEST = /:latest$/;

interface Around {
  readonly engine: Pick<GcEngine, 'images' | 'leftovers'>;
  readonly facts: GcFacts;
  readonly lives: Lives;
}

const SOMEBODYS = 'somebody has it';

/**
 * Images that a killed run has brought into an engine, and the names that it gave them: what no record of this catalogue
 * names, nor the cache of bases, nor a living run. And `latest`, where the record was the last thing that was written.
 */
export async function leftImages(run: DeadRun, around: Around, signal: AbortSignal): Promise<Leftover[]> {
  const names = await leftNames(run, around, signal);
  const taken = names.map(({ where }) => where);
  const images = await namelessImages(run, taken, around, signal);
  return [...names, ...images, ...(await latestNames(run, around, signal))];
}

/** Each by itself: the image may be somebody's under another name, and is not touched as long as it has that. */
async function leftNames(
  run: DeadRun,
  { engine, facts, lives }: Around,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const { name, id, lock } of openOf(run, 'name')) {
    const image = LATEST.test(name) ? undefined : await engine.images.inspect(name, signal);
    if (image?.id !== id) continue;
    const keep = (await whyNameKept(name, image, facts)) ?? (await whyLocked(lock, lives));
    if (keep === SOMEBODYS) continue;
    found.push({
      what: 'name of an image without a record',
      where: name,
      keep,
      remove: (all) =>
        locked(lock, all, async () => {
          const now = await engine.images.inspect(name, all);
          if (now?.id !== id) return undefined;
          const why = await whyNameKept(name, now, facts, 'now');
          if (why === undefined) await engine.images.untag(name);
          return why === SOMEBODYS ? undefined : why;
        }),
    });
  }
  return found;
}

async function namelessImages(
  run: DeadRun,
  taken: readonly string[],
  { engine, facts, lives }: Around,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const { id, lock } of openOf(run, 'image')) {
    const image = await engine.images.inspect(id, signal);
    if (image === undefined || image.tags.some((tag) => !taken.includes(tag))) continue;
    const why = (await whyImageKept(id, facts)) ?? (await whyLocked(lock, lives));
    if (why === SOMEBODYS) continue;
    const [user] = await engine.leftovers.usersOf(id, run.run, signal);
    found.push({
      what: 'image without a record',
      where: id,
      keep: why ?? (user === undefined ? undefined : `the container ${user} is made from it`),
      remove: (all) =>
        locked(lock, all, async () => {
          if ((await whyImageKept(id, facts, 'now')) !== undefined) return;
          const now = await engine.images.inspect(id, all);
          if (now?.tags.length === 0) await engine.leftovers.removeImage(id, all);
        }),
    });
  }
  return found;
}

/** Asked again right before something is removed: a living run may have come to make the very same image. */
async function whyImageKept(id: string, facts: GcFacts, when?: 'now'): Promise<string | undefined> {
  // Living runs first: the record is there before one lets go of its image.
  const holds = (await facts.held()).some((held) => isOfImage(held, id));
  const { images, damaged } = await facts.records(when);
  if (holds || images.has(id) || (await facts.cachedBases()).has(id)) return SOMEBODYS;
  return whyDamaged(damaged);
}

/** The same of a name. An engine removes an image with its last one, so that goes only where the image may, too. */
async function whyNameKept(
  name: string,
  { id, tags }: Pick<OciImage, 'id' | 'tags'>,
  facts: GcFacts,
  when?: 'now',
): Promise<string | undefined> {
  const held = await facts.held();
  const { images, names, damaged } = await facts.records(when);
  if (held.some((one) => one.kind === 'name' && one.name === name) || names.has(name)) return SOMEBODYS;
  if ((await facts.cachedBases()).has(id)) return SOMEBODYS;
  if (damaged !== undefined) return whyDamaged(damaged);
  // What lives may yet take off the name that it has given.
  if (held.some((one) => isOfImage(one, id)) && !images.has(id))
    return 'a run that lives has made the same image';
  if (images.has(id) && tags.every((tag) => tag === name))
    return 'the image of a record has no other name left';
  return undefined;
}

function isOfImage(held: Intention, id: string): boolean {
  return (held.kind === 'image' || held.kind === 'name') && held.id === id;
}

function whyDamaged(damaged: string | undefined): string | undefined {
  if (damaged === undefined) return undefined;
  return `the record of ${damaged} is damaged, and may be the one that names it`;
}

async function whyLocked(lock: string | undefined, lives: Lives): Promise<string | undefined> {
  if (lock === undefined) return undefined;
  const owner = await readFile(lock, 'utf8').catch(() => undefined);
  return owner !== undefined && (await lives(owner)) ? 'another run is about to make the same' : undefined;
}

async function locked<T>(lock: string | undefined, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return lock === undefined ? await work() : await withLock(lock, signal, work);
}

/** It was killed after it had written the record, and before `latest` followed. */
async function latestNames(
  run: DeadRun,
  { engine: { images }, facts }: Around,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const { template } of openOf(run, 'publish')) {
    const newest = (await facts.records()).newest.get(template);
    const form = newest?.forms.find((one) => one.kind === 'oci');
    if (newest?.bake !== run.run || form === undefined) continue;
    const where = `kiln/${template}:latest`;
    if ((await images.inspect(where, signal))?.id === form.digest) continue;
    if ((await images.inspect(form.digest, signal)) === undefined) continue;
    found.push({
      what: 'name that does not follow the newest image',
      where,
      restores: true,
      remove: () => images.tag(form.digest, `kiln/${template}`, 'latest'),
    });
  }
  return found;
}
