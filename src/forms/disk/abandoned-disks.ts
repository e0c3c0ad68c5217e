import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn } from '../../core/names-in.ts';
import { ownerLives } from '../../core/process-owner.ts';
import { removeAbandoned } from './image-files.ts';
import { markOf, ownersIn, readMark } from './image-mark.ts';

/** A disk that was moved to where images are by processes that were all killed before its record was written, or just after. */
export interface AbandonedDisk {
  /** Absolute. */
  readonly file: string;
  /** The file that says that it is only being made. */
  readonly mark: string;
  /** Removes it with its kernel and initrd, unless it has become another image's meanwhile. */
  remove(): Promise<void>;
  /** It is an image's: it stays, and nothing says any more that it is only being made. */
  keep(): Promise<void>;
}

/** Finds them in a `$KILN_HOME`. */
export async function abandonedDisks(home: string, lives = ownerLives): Promise<AbandonedDisk[]> {
  const found: AbandonedDisk[] = [];
  for (const tree of await namesIn(join(home, 'images'))) {
    for (const name of await namesIn(join(home, 'images', tree))) {
      if (!name.endsWith(MARK)) continue;
      const file = join(home, 'images', tree, name.slice(0, -MARK.length));
      const mark = await readMark(file).catch(() => undefined);
      if (mark === undefined || (await anyLives(mark, lives))) continue;
      found.push({
        file,
        mark: markOf(file),
        remove: () => removeAbandoned(file, mark),
        keep: () => rm(markOf(file), { force: true }),
      });
    }
  }
  return found;
}

/** In a line the id of what was made comes before its process. */
async function anyLives(mark: string, lives: typeof ownerLives): Promise<boolean> {
  const alive = await Promise.all(ownersIn(mark).map((owner) => lives(owner.slice(owner.indexOf(' ') + 1))));
  return alive.includes(true);
}

const MARK = markOf('');
