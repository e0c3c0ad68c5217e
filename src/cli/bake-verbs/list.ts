import { listImages } from '../../app/list-images.ts';
import { openCatalogue } from '../../app/open-catalogue.ts';
import { listLines } from '../../ui/list-lines.ts';
import type { Answer } from '../answer.ts';

/** `bake list [NAME]`: the newest images, of one template or of all. */
export async function list(template: string | undefined, limit: number): Promise<Answer> {
  const listed = await listImages(openCatalogue(), template === undefined ? { limit } : { template, limit });
  return { lines: listLines(listed), json: listed };
}
