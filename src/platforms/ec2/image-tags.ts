import type { Aws } from './aws.ts';
import { BAKE_TAG, IMAGE_TAG, type Tags } from './tags.ts';

/** What an AMI and its snapshots are tagged with from the first on. */
export interface ImageTags {
  readonly bake: string;
  readonly template: string;
  /** Besides those of Kiln. */
  readonly tags: Tags;
}

/** What CreateImage tags by itself; moto fails when it is to tag snapshots there. */
export function taggedByCreateImage({ emulated }: Pick<Aws, 'emulated'>): ('image' | 'snapshot')[] {
  return emulated ? ['image'] : ['image', 'snapshot'];
}

export function tagsOfNew({ bake, template, tags }: ImageTags): Tags {
  return {
    ...tags,
    [BAKE_TAG]: bake,
    'kiln.template': template,
    'kiln.purpose': 'image',
    Name: `${template} (${bake})`,
  };
}

/** Those of a published image: `image` is `web@7`, `digest` its tree's. */
export function tagsOfPublished(image: string, digest: string, of: ImageTags): Tags {
  return { ...tagsOfNew(of), Name: image, [IMAGE_TAG]: image, 'kiln.digest': digest };
}
