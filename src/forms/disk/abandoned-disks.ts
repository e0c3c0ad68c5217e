import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn } from '../../core/names-in.ts';
import { ownerLives } from '../../core/process-owner.ts';
import { markOf, removeImage } from './image-files.ts';

/** A disk that was moved to where images are by a process that was killed before its record was written, or just after. */
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
      const owner = await readFile(markOf(file), 'utf8').catch(() => undefined);
      if (owner === undefined || (await lives(owner.slice(owner.indexOf(' ') + 1)))) continue;
      found.push({
        file,
        mark: markOf(file),
        remove: () => removeImage(file, owner),
        keep: () => rm(markOf(file), { force: true }),
      });
    }
  }
  return found;
}

const MARK = markOf('');
