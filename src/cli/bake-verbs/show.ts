import { openCatalogue } from '../../app/open-catalogue.ts';
import { showImage } from '../../app/show-image.ts';
import { showLines } from '../../ui/show-lines.ts';
import type { Answer } from '../answer.ts';

/** `bake show IMAGE`: the record as it is written with `--json`, its revocation, its confirmations and the copies of its AMI. */
export async function show(ref: string): Promise<Answer> {
  const { record, manifestFile, revoked, confirmations, copies } = await showImage(openCatalogue(), ref);
  const shown = {
    ...record,
    ...(revoked === undefined ? {} : { revoked }),
    ...(confirmations.length === 0 ? {} : { confirmations }),
    ...(copies.length === 0 ? {} : { copies }),
  };
  return { lines: showLines(shown, manifestFile), json: shown };
}
