import { diffImages } from '../../app/diff-images.ts';
import { openCatalogue } from '../../app/open-catalogue.ts';
import { diffLines } from '../../ui/diff-lines.ts';
import type { Answer } from '../answer.ts';

/** `bake diff BEFORE AFTER`: packages, services, users, ports and files that differ. */
export async function diff(before: string, after: string): Promise<Answer> {
  const found = await diffImages(before, after, openCatalogue());
  return { lines: diffLines(found), json: found };
}
