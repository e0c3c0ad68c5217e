import type { ResourceType, Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { ENVIRONMENT_WORD } from '../instance-words.ts';

/** Everything that Kiln makes carries this tag from its creation on; nothing without it is ever removed. */
export const BAKE_TAG = 'kiln.bake';

/** Of a published image: `web@7`. */
export const IMAGE_TAG = 'kiln.image';

/** What belongs to an environment carries its name as this tag. */
export const ENVIRONMENT_TAG = ENVIRONMENT_WORD;

/** What a thing is tagged with: names to values, AWS's own length of 256 characters for a value. */
export type Tags = Readonly<Record<string, string>>;

export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagSpecifications(types: readonly ResourceType[], tags: Tags): TagSpecification[] {
  return types.map((ResourceType) => ({ ResourceType, Tags: tagList(tags) }));
}

/** The tags of something, as AWS lists them. */
export function tagsOf(list: readonly Tag[] = []): Tags {
  return Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]));
}
