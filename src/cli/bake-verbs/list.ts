import { listImages } from '../../app/list-images.ts';
import { openCatalogue } from '../../app/open-catalogue.ts';
import { listLines } from '../../ui/list-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';

/** `bake list [NAME]`: the newest images, of one template or of all; a name that no template has is a mistake. */
export async function list(
  template: string | undefined,
  limit: number,
  { workspace: folder, signal }: VerbContext,
): Promise<Answer> {
  const catalogue = openCatalogue();
  const listed = await listImages(catalogue, template === undefined ? { limit } : { template, limit });
  if (template !== undefined && listed.images.length + listed.damaged.length === 0) {
    // Reading a workspace takes as long as all the rest: only where nothing was found.
    const { assertTemplateKnown } = await import('../../app/assert-template-known.ts');
    await assertTemplateKnown(template, { folder, catalogue }, signal);
  }
  return { lines: listLines(listed), json: listed };
}
