import type { ImageForm, ResumedRecord } from '../catalogue/record.ts';
import type { Revocation } from '../catalogue/revocation.ts';
import type { Catalogue, ListedImage } from '../catalogue/store.ts';
import type { Digest } from '../core/digest.ts';

/** One line of `bake list`. */
export interface ImageSummary {
  readonly name: string;
  readonly template: string;
  readonly version: number;
  readonly digest: string;
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** When a bake from clean last came to this very content once more. */
  readonly confirmed?: string;
  readonly base: string;
  readonly forms: readonly ImageForm['kind'][];
  /** The file of the form `disk`, size in bytes. */
  readonly disk?: { readonly digest: Digest; readonly size: number };
  /** None of its forms was started before it was published. */
  readonly unverified?: true;
  /** It was not baked from a clean machine. */
  readonly resumed?: ResumedRecord;
  /** Milliseconds of all stages. */
  readonly ms: number;
  /** Why it must not be launched; of the image that was revoked, which may be one that it is based on. */
  readonly revoked?: Revocation;
}

export interface ImageList {
  /** By template, newest first. */
  readonly images: readonly ImageSummary[];
  readonly damaged: readonly DamagedRecord[];
  /** How many images are there and not listed. */
  readonly more: number;
}

export interface DamagedRecord {
  readonly name: string;
  readonly file: string;
  readonly reason: string;
}

export interface ListOptions {
  readonly template?: string;
  /** How many of each template, the newest, one at least; only these are read. */
  readonly limit: number;
}

/** The newest images of one template or of all. */
export async function listImages(catalogue: Catalogue, { template, limit }: ListOptions): Promise<ImageList> {
  const templates = template === undefined ? await catalogue.templates() : [template];
  const listed = await Promise.all(templates.map((name) => newest(catalogue, name, limit)));
  const all = listed.flat();
  return {
    images: all.flatMap((item) => (item.kind === 'image' ? [summarise(item)] : [])),
    damaged: all.flatMap((item) => (item.kind === 'damaged' ? [damage(item)] : [])),
    more: listed.reduce((sum, items) => sum + (items.at(-1)?.older ?? 0), 0),
  };
}

async function newest(catalogue: Catalogue, template: string, limit: number): Promise<ListedImage[]> {
  const items: ListedImage[] = [];
  for await (const item of catalogue.list(template)) {
    if (items.push(item) >= limit) break;
  }
  return items;
}

function summarise({ record, revoked, confirmed }: Extract<ListedImage, { kind: 'image' }>): ImageSummary {
  const { name, template, version, digest, bytes, created, unverified, resumed } = record;
  const disk = record.forms.find((form) => form.kind === 'disk');
  return {
    name,
    template,
    version,
    digest,
    bytes,
    created,
    ...(confirmed === undefined ? {} : { confirmed }),
    base: record.base.name,
    forms: record.forms.map(({ kind }) => kind),
    ...(disk === undefined ? {} : { disk: { digest: disk.digest, size: disk.size } }),
    ...(unverified === undefined ? {} : { unverified }),
    ...(resumed === undefined ? {} : { resumed }),
    ms: record.stages.reduce((sum, { ms }) => sum + ms, 0),
    ...(revoked === undefined ? {} : { revoked }),
  };
}

function damage({ template, version, fault }: Extract<ListedImage, { kind: 'damaged' }>): DamagedRecord {
  return { name: `${template}@${version}`, file: fault.details[0] ?? '', reason: fault.message };
}
