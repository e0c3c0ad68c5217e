import { openCatalogue } from '../../app/open-catalogue.ts';
import { showImage } from '../../app/show-image.ts';
import { showLines } from '../../ui/show-lines.ts';
import type { Answer } from '../answer.ts';

/** `bake show IMAGE`: the record, as it is written with `--json`. */
export async function show(ref: string): Promise<Answer> {
  const { record, manifestFile } = await showImage(openCatalogue(), ref);
  return { lines: showLines(record, manifestFile), json: record };
}
