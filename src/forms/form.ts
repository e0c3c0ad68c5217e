import type { Digest } from '../core/digest.ts';
import type { AmiId } from '../core/form-id.ts';
import type { Scope } from '../core/scope.ts';
import type { Tree } from '../tree/capture.ts';
import type { TreeSource } from '../tree/source.ts';

/** Where one form of an image is. */
export type FormRef = OciRef | DiskRef | AmiRef;

export interface OciRef {
  readonly kind: 'oci';
  /** The image id: of the config, and through it of every layer. */
  readonly digest: Digest;
}

export interface DiskRef {
  readonly kind: 'disk';
  /** Of the file's bytes. */
  readonly digest: Digest;
  /** Absolute. */
  readonly file: string;
}

export interface AmiRef {
  readonly kind: 'ami';
  readonly region: string;
  readonly id: AmiId;
  /** Of its disks, the root's first. */
  readonly snapshots: readonly string[];
  /** Of the bytes that were written as its disk; absent where it was made of an instance. */
  readonly digest?: Digest;
}

/** A form as its record has it, by which it is found again. */
export type PublishedForm = PublishedOci | PublishedDisk | PublishedAmi;

export interface PublishedOci {
  readonly kind: 'oci';
  readonly digest: Digest;
  /** `kiln/web:7` */
  readonly tag: string;
}

export interface PublishedDisk {
  readonly kind: 'disk';
  readonly digest: Digest;
  /** Relative to `$KILN_HOME`, as the kernel's and the initrd's are. */
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  /** What starts it without its loader: the kernel and the initrd that are in its tree, as files beside it. */
  readonly boot: {
    readonly kernel: { readonly file: string; readonly digest: Digest };
    readonly initrd: { readonly file: string; readonly digest: Digest };
    /** The kernel's command line. */
    readonly options: string;
  };
}

export interface PublishedAmi {
  readonly kind: 'ami';
  /** Where it was made; copies in other regions are not part of the record. */
  readonly region: string;
  /** Whose it is: 12 digits; absent where nobody told. */
  readonly account?: string;
  /** Of this region alone. */
  readonly id: AmiId;
  /** Of its disks, the root's first; they go with it. */
  readonly snapshots: readonly string[];
  /** As AWS has it: `x86_64`, `arm64`. */
  readonly architecture: string;
  /** Of the bytes that were written as its disk; absent where it was made of an instance. */
  readonly digest?: Digest;
}

/** How an image is shipped: made from a tree, and read back as the very same tree. */
export interface Form<Spec, Ref extends FormRef = FormRef> {
  readonly kind: Ref['kind'];
  /** Makes the form; its removal, names included, is registered with the scope until it is kept. */
  master(tree: Tree, spec: Spec, scope: Scope, signal: AbortSignal): Promise<Mastered<Ref>>;
  /** The form's tree as it would be launched. */
  readTree(ref: Ref, scope: Scope, signal: AbortSignal): Promise<TreeSource>;
}

export interface Mastered<Ref extends FormRef = FormRef> {
  readonly ref: Ref;
  /** Gives it the names of a version, and says how it is found by them. */
  publish(template: string, version: number): Promise<PublishedForm>;
  /** It is published: the scope no longer removes it. */
  keep(): void;
}
