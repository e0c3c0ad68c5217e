import type { Digest } from '../core/digest.ts';
import type { Scope } from '../core/scope.ts';
import type { Tree } from '../tree/capture.ts';
import type { TreeSource } from '../tree/source.ts';

/** Where one form of an image is. */
export type FormRef =
  /** `digest` is the image id: of the config, and through it of every layer. */
  { readonly kind: 'oci'; readonly digest: Digest };

/** How an image is shipped: made from a tree, and read back as the very same tree. */
export interface Form<Spec> {
  readonly kind: FormRef['kind'];
  /**
   * Makes the form. Its removal is registered with the scope (unless it was there before), to be taken off by
   * `adopt` once the image is published.
   */
  master(tree: Tree, spec: Spec, scope: Scope, signal: AbortSignal): Promise<Mastered>;
  /** The form's tree as it would be launched. */
  readTree(ref: FormRef, has: (path: string) => boolean, scope: Scope, signal: AbortSignal): Promise<TreeSource>;
}

export interface Mastered {
  readonly ref: FormRef;
  /** Makes the form outlive the scope, and gives it its published name; the returned function takes the name off again. */
  adopt(name: string, version: number): Promise<() => Promise<void>>;
}
