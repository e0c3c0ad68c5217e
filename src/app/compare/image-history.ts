import type { LaunchHistory } from '../../catalogue/launch-history.ts';
import type { ImageRecord } from '../../catalogue/record.ts';
import type { Revocation } from '../../catalogue/revocation.ts';
import type { Catalogue, ListedImage } from '../../catalogue/store.ts';
import { nearest } from '../../config/nearest.ts';
import { Fault } from '../../core/fault.ts';
import { templateIn } from '../template-in.ts';
import { type LaunchedImages, type LaunchedWhere, launchedImages } from './launched-images.ts';
import { type SinceImage, sinceRecord } from './since-image.ts';

/** One image among its template's. */
export interface ImageOfHistory {
  readonly name: string;
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly digest: string;
  readonly bytes: number;
  /** What changed since the version before that can be read, and why; absent for the first. */
  readonly since?: SinceImage & { readonly bytes: number };
  /** Bakes from clean that came to this very content once more. */
  readonly confirmed?: { readonly times: number; readonly last: string };
  /** Environments where it was found healthy, by name. */
  readonly launched: readonly LaunchedWhere[];
  /** Why it must not be launched; of the image that was revoked, which may be one that it is based on. */
  readonly revoked?: Revocation;
  /** None of its forms was started before it was published. */
  readonly unverified?: true;
  /** It was baked from a checkpoint, or on an image that was: only dev takes it. */
  readonly resumed?: ImageRecord['resumed'];
}

export interface ImageHistory {
  readonly template: string;
  /** Newest first. */
  readonly images: readonly ImageOfHistory[];
  readonly damaged: readonly DamagedVersion[];
  /** Environments whose history of launches cannot be read as a whole, and how many of its lines. */
  readonly damagedLaunches: LaunchedImages['damaged'];
  /** How many older ones are there. */
  readonly more: number;
}

export interface DamagedVersion {
  readonly name: string;
  readonly version: number;
  readonly file: string;
  readonly reason: string;
}

/**
 * What became of a template's images, the newest `limit` of them, by their records alone: no tree is read. A record that
 * is damaged is named, and what follows it is compared with the one before it. `IMAGE_UNKNOWN`; `USAGE` for one version.
 */
export async function imageHistory(
  ref: string,
  { limit }: { readonly limit: number },
  catalogue: Catalogue,
  launches: Pick<LaunchHistory, 'environments' | 'read'>,
): Promise<ImageHistory> {
  const template = templateIn(ref, 'history');
  const [items, launched] = await Promise.all([
    newestFirst(template, limit, catalogue),
    launchedImages(template, launches),
  ]);
  if (items.length === 0) throw await unknown(template, catalogue);
  const records = items.flatMap((item) => (item.kind === 'image' ? [item.record] : []));
  const shown = items.slice(0, limit);
  return {
    template,
    images: await Promise.all(
      shown.flatMap((item) => (item.kind === 'image' ? [told(item, records, launched, catalogue)] : [])),
    ),
    damaged: shown.flatMap((item) => (item.kind === 'damaged' ? [damage(item)] : [])),
    damagedLaunches: launched.damaged,
    more: shown.at(-1)?.older ?? 0,
  };
}

/** As many as are shown, and of what comes before them as much as the last of them is compared with. */
async function newestFirst(template: string, limit: number, catalogue: Catalogue): Promise<ListedImage[]> {
  const items: ListedImage[] = [];
  for await (const item of catalogue.list(template)) {
    items.push(item);
    if (items.length > limit && item.kind === 'image') break;
  }
  return items;
}

async function told(
  { record, revoked }: Extract<ListedImage, { kind: 'image' }>,
  records: readonly ImageRecord[],
  { of }: LaunchedImages,
  catalogue: Catalogue,
): Promise<ImageOfHistory> {
  const { name, version, created, digest, bytes, unverified, resumed } = record;
  const before = records[records.indexOf(record) + 1];
  const confirmations = await catalogue.confirmations(record);
  const last = confirmations.at(-1)?.at;
  return {
    name,
    version,
    created,
    digest,
    bytes,
    ...(before === undefined ? {} : { since: { ...sinceRecord(before, record), bytes: before.bytes } }),
    ...(last === undefined ? {} : { confirmed: { times: confirmations.length, last } }),
    launched: of(record),
    ...(revoked === undefined ? {} : { revoked }),
    ...(unverified === undefined ? {} : { unverified }),
    ...(resumed === undefined ? {} : { resumed }),
  };
}

function damage({ template, version, fault }: Extract<ListedImage, { kind: 'damaged' }>): DamagedVersion {
  return { name: `${template}@${version}`, version, file: fault.details[0] ?? '', reason: fault.message };
}

async function unknown(template: string, catalogue: Catalogue): Promise<unknown> {
  const near = nearest(template, await catalogue.templates());
  if (near !== undefined) {
    return new Fault('IMAGE_UNKNOWN', `there is no image of ${template}`, {
      hint: `Did you mean \`${near}\`?`,
    });
  }
  return await catalogue.get(template).catch((error: unknown) => error);
}
