import { openCatalogue } from '../../app/open-catalogue.ts';
import { showImage } from '../../app/show-image.ts';
import { showLines } from '../../ui/show-lines.ts';
import type { Answer } from '../answer.ts';

/** `bake show IMAGE`: the record as it is written with `--json`, and its revocation. */
export async function show(ref: string): Promise<Answer> {
  const { record, manifestFile, revoked } = await showImage(openCatalogue(), ref);
  const shown = revoked === undefined ? record : { ...record, revoked };
  return { lines: showLines(shown, manifestFile), json: shown };
}
