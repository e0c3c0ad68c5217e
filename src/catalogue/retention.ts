/** How many images of a template are kept: a `keep:` of a template says what each means. */
export interface Keep {
  readonly last?: number;
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
}

/** An image as far as it matters how old it is. */
export interface Aged {
  readonly version: number;
  /** ISO 8601. */
  readonly created: string;
}

/** Why the rules keep an image, `last`, `daily 2026-11-25`, `weekly 2026-W48`, `monthly 2026-11`; none lets it go. */
export interface Retained<T extends Aged> {
  readonly image: T;
  readonly kept: readonly string[];
}

const PERIODS = [
  ['daily', dayOf],
  ['weekly', weekOf],
  ['monthly', monthOf],
] as const;

/**
 * Applies a template's rules to all of its images, newest first, as backup programs do: of each day, ISO week and month
 * (UTC) that has an image its newest one is kept, for the newest so many of them that have one; the newest is always.
 * What is the newest the version says, as clocks may have been wrong; an image without a time that can be read stays.
 */
export function retain<T extends Aged>(images: readonly T[], keep: Keep): Retained<T>[] {
  const newest = images.toSorted((a, b) => b.version - a.version);
  const kept = new Map<T, string[]>(newest.map((image) => [image, []]));
  const add = (image: T, why: string) => kept.get(image)?.push(why);

  for (const image of newest.slice(0, Math.max(keep.last ?? 1, 1))) add(image, 'last');
  const dated = newest.flatMap((image) => {
    const at = new Date(image.created);
    if (!Number.isNaN(at.getTime())) return [{ image, at }];
    add(image, 'nobody knows when it was baked');
    return [];
  });
  for (const [name, periodOf] of PERIODS) {
    const firsts = new Map<string, T>();
    for (const { image, at } of dated) {
      const period = periodOf(at);
      if (!firsts.has(period)) firsts.set(period, image);
    }
    const latest = [...firsts].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, keep[name] ?? 0);
    for (const [period, image] of latest) add(image, `${name} ${period}`);
  }
  return newest.map((image) => ({ image, kept: kept.get(image) ?? [] }));
}

/** `2026-11-25` */
function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** `2026-W48`: the week belongs to the year that has its Thursday (ISO 8601). */
function weekOf(at: Date): string {
  const thursday = new Date(at);
  thursday.setUTCDate(at.getUTCDate() + 4 - (at.getUTCDay() || 7));
  const year = thursday.getUTCFullYear();
  const days =
    (Date.UTC(year, thursday.getUTCMonth(), thursday.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000;
  return `${year}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`;
}

/** `2026-11` */
function monthOf(at: Date): string {
  return at.toISOString().slice(0, 7);
}
