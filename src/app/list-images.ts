import type { ImageForm, ResumedRecord } from '../catalogue/record.ts';
import type { Revocation } from '../catalogue/revocation.ts';
import type { Catalogue, ListedImage } from '../catalogue/store.ts';
import type { Digest } from '../core/digest.ts';
import type { AmiId } from '../core/form-id.ts';
import { templateIn } from './template-in.ts';

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
  /** Where the form `ami` was made. */
  readonly ami?: { readonly id: AmiId; readonly region: string };
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
  /** What to do, one sentence. */
  readonly hint?: string;
}

export interface ListOptions {
  readonly template?: string;
  /** How many of each template, the newest, one at least; only these are read. */
  readonly limit: number;
}

/** The newest images of one template or of all; `USAGE` for what is no template's name. */
export async function listImages(catalogue: Catalogue, { template, limit }: ListOptions): Promise<ImageList> {
  const templates = template === undefined ? await catalogue.templates() : [templateIn(template, 'list')];
  const listed = await Promise.all(templates.map((name) => newest(catalogue, name, limit)));
  return {
    images: listed.flatMap(({ images }) => images),
    damaged: listed.flatMap(({ damaged }) => damaged),
    more: listed.reduce((sum, { more }) => sum + more, 0),
  };
}

/** Keeps no record for longer than its line takes: together they are large. */
async function newest(catalogue: Catalogue, template: string, limit: number): Promise<ImageList> {
  const images: ImageSummary[] = [];
  const damaged: DamagedRecord[] = [];
  for await (const item of catalogue.list(template)) {
    if (item.kind === 'image') images.push(summarise(item));
    else damaged.push(damage(item));
    if (images.length + damaged.length >= limit) return { images, damaged, more: item.older };
  }
  return { images, damaged, more: 0 };
}

function summarise({ record, revoked, confirmed }: Extract<ListedImage, { kind: 'image' }>): ImageSummary {
  const { name, template, version, digest, bytes, created, unverified, resumed } = record;
  const disk = record.forms.find((form) => form.kind === 'disk');
  const ami = record.forms.find((form) => form.kind === 'ami');
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
    ...(ami === undefined ? {} : { ami: { id: ami.id, region: ami.region } }),
    ...(unverified === undefined ? {} : { unverified }),
    ...(resumed === undefined ? {} : { resumed }),
    ms: record.stages.reduce((sum, { ms }) => sum + ms, 0),
    ...(revoked === undefined ? {} : { revoked }),
  };
}

function damage({ template, version, fault }: Extract<ListedImage, { kind: 'damaged' }>): DamagedRecord {
  const { details, message, hint } = fault;
  const damaged = { name: `${template}@${version}`, file: details[0] ?? '', reason: message };
  return hint === undefined ? damaged : { ...damaged, hint };
}
