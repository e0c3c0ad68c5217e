import type { Digest } from '../core/digest.ts';
import type { AmiCopy, CopyNote } from './ami-copies.ts';
import type { Confirmation } from './confirmation.ts';
import type { ImageForm, ImageRecord, RecordDraft } from './record.ts';
import type { FoundImage } from './record-files.ts';
import type { Revocation } from './revocation.ts';

/** Where records live. An image without a record does not exist. */
export interface Catalogue {
  /** Templates that have an image, or a record that was set aside; sorted. */
  templates(): Promise<string[]>;
  /** A template's versions in ascending order, from names alone: no record is read. */
  versions(template: string): Promise<number[]>;
  /**
   * Records newest first, template by template, each read as it is asked for: stop when you have enough.
   * A damaged one, or one that was set aside, comes as its fault, and the rest go on.
   */
  list(template?: string): AsyncIterable<ListedImage>;
  /** The record of `web`, `web@latest` or `web@7`; `USAGE`, `IMAGE_UNKNOWN` or `RECORD_DAMAGED`. */
  get(ref: string): Promise<ImageRecord>;
  /**
   * The record with the highest version; nothing when the template has no image yet. `RECORD_DAMAGED` when it is
   * damaged: the one before it must not be launched unasked, so somebody sets it aside first, or bakes a newer one.
   */
  latest(template: string): Promise<ImageRecord | undefined>;
  /**
   * Takes the template's next version, calls `prepare` with it, and writes the record so that it is whole or absent.
   *
   * `prepare` gives the forms their names by this version and says which they are; when it throws, the version is
   * free again and nothing was published. Versions only grow, and no two processes ever get the same. Two
   * publishing at once may finish in either order: what follows `latest` is done afterwards, when
   * `versions` says that this one is the highest.
   */
  publish(
    draft: RecordDraft,
    prepare: (version: number) => Promise<readonly ImageForm[]>,
  ): Promise<ImageRecord>;
  /**
   * Sets a record aside whose bytes are no whole record: its file is renamed to `VERSION.damaged` in one step, and its
   * number stays taken. Gives that file; nothing where the record is whole, gone, of a newer kiln or cannot be read at
   * all. A bake that publishes does so with the record before its own.
   */
  setAside(template: string, version: number): Promise<string | undefined>;
  /**
   * Marks `web@7` as not to be launched any more, for ever. One that is marked already stays as it is, and who did it
   * is told. `USAGE` for a name without a version, `IMAGE_UNKNOWN`, `DISK_FULL`.
   */
  revoke(
    ref: string,
    why: { readonly reason: string; readonly by: string },
    at: Date,
  ): Promise<{ readonly revocation: Revocation; readonly already: boolean }>;
  /** Why an image must not be launched: itself, an image of the same bytes or one that it is based on was revoked. */
  revocationOf(record: ImageRecord): Promise<Revocation | undefined>;
  /** Notes that a bake came to the image's very content once more; `DISK_FULL`. */
  confirm(record: ImageRecord, confirmation: Confirmation): Promise<void>;
  /** When bakes came to the image's content once more, oldest first. */
  confirmations(record: ImageRecord): Promise<readonly Confirmation[]>;
  /** Notes that the image's AMI was copied to a region, or that a copy is there no more; `DISK_FULL`. */
  noteCopy(record: CopiedImage, note: CopyNote): Promise<void>;
  /** All copies that were made of the image's AMI, lost ones too, oldest first. */
  copies(record: CopiedImage): Promise<readonly AmiCopy[]>;
  /** The file of a tree's content manifest on this machine, whether it is there or not. */
  manifestPath(digest: Digest): string;
  /** The file that says which paths of a tree are packages', whether it is there or not. */
  packageFilesPath(digest: Digest): string;
}

/** By which an image's copies are found. */
export type CopiedImage = Pick<ImageRecord, 'template' | 'version'>;

/**
 * A record with its revocation and the time of its last confirmation, where there are such, or its fault; and how many
 * versions of its template are older.
 */
export type ListedImage = { readonly older: number } & (
  | {
      readonly kind: 'image';
      readonly record: ImageRecord;
      readonly revoked?: Revocation;
      /** ISO 8601, UTC. */
      readonly confirmed?: string;
    }
  | (Extract<FoundImage, { kind: 'damaged' }> & { readonly template: string; readonly version: number })
);
