import type { Digest } from './digest.ts';

/** What AWS calls an image of one region: `ami-0123456789abcdef0`. */
export type AmiId = `ami-${string}`;

/** What a platform knows the form of an image by that it runs. */
export type FormId = Digest | AmiId;

/** The id of a form as records have them, and as platforms do. */
export function formIdOf(
  form:
    | { readonly kind: 'oci' | 'disk'; readonly digest: Digest }
    | { readonly kind: 'ami'; readonly id: AmiId },
): FormId {
  return form.kind === 'ami' ? form.id : form.digest;
}
