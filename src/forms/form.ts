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
  /** Makes the form; its removal, names included, is registered with the scope until it is kept. */
  master(tree: Tree, spec: Spec, scope: Scope, signal: AbortSignal): Promise<Mastered>;
  /** The form's tree as it would be launched. */
  readTree(ref: FormRef, scope: Scope, signal: AbortSignal): Promise<TreeSource>;
}

export interface Mastered {
  readonly ref: FormRef;
  /** Gives it a name, `kiln/web:7`, and returns that. */
  name(template: string, tag: string): Promise<string>;
  /** It is published: the scope no longer removes it. */
  keep(): void;
}
