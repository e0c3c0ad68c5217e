import type { OciImageForm } from '../../catalogue/record.ts';
import type { EngineImages } from './prune-ports.ts';

/**
 * Takes an image's name off in an engine, and removes it there unless somebody else needs it: another image of the
 * catalogue that is the very same one, or whoever gave it a name of his own. Gives who that is.
 */
export async function removeContainerImage(
  { digest, tag }: OciImageForm,
  others: readonly OciImageForm[],
  images: EngineImages,
  signal: AbortSignal,
): Promise<string | undefined> {
  // By its id: its name may be another image's by now.
  const image = await images.inspect(digest, signal);
  if (image === undefined) return undefined;
  const [other] = others;
  if (other !== undefined) {
    // An engine removes an image with its last name.
    for (const { tag: name } of others)
      if (!image.tags.includes(name)) await images.tag(digest, ...splitName(name));
    if (image.tags.includes(tag)) await images.untag(tag);
    return other.tag;
  }
  const [repository] = splitName(tag);
  for (const name of [tag, `${repository}:latest`]) if (image.tags.includes(name)) await images.untag(name);
  await images.removeNameless(digest);
  return (await images.inspect(digest, signal))?.tags[0];
}

/** `kiln/web:7` as repository and tag. */
function splitName(name: string): [string, string] {
  const at = name.lastIndexOf(':');
  return [name.slice(0, at), name.slice(at + 1)];
}
