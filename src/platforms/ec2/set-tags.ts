import type { Aws } from './aws.ts';
import { type Tags, tagList } from './tags.ts';
import { onceKnown } from './until.ts';

/** Tags things that are there, and waits for those that AWS does not know yet. */
export async function setTags(
  aws: Aws,
  ids: readonly string[],
  tags: Tags,
  signal: AbortSignal,
): Promise<void> {
  if (ids.length === 0) return;
  const { CreateTagsCommand } = await import('@aws-sdk/client-ec2');
  const command = new CreateTagsCommand({ Resources: [...ids], Tags: tagList(tags) });
  await onceKnown(() => aws.make(command, signal), signal);
}
