import { imageHistory } from '../../app/compare/image-history.ts';
import { openCatalogue, openLaunches } from '../../app/open-catalogue.ts';
import { imageHistoryLines } from '../../ui/image-history-lines.ts';
import type { Answer } from '../answer.ts';

/** `bake history NAME`: its newest images, what changed in each and why, and where each was launched. */
export async function history(name: string, limit: number): Promise<Answer> {
  const found = await imageHistory(name, { limit }, openCatalogue(), openLaunches());
  const { columns } = process.stdout;
  return { lines: imageHistoryLines(found, columns === undefined ? {} : { columns }), json: found };
}
