import { join, posix } from 'node:path';
import { z } from 'zod';
import { NO_DATA } from './hiera.ts';
import type { DataFile } from './hierarchy.ts';
import { isThere } from './is-there.ts';
import { loadFile } from './load-file.ts';
import { short } from './printable.ts';
import type { Problem } from './problem.ts';
import { problemOf } from './read-source.ts';
import type { RealRoot } from './real-root.ts';

/** A file of data; neither `data` nor a problem when there is none. */
export interface ReadData {
  readonly data?: DataFile;
  readonly problems: readonly Problem[];
}

/** Reads a file of data from the first of some folders that has it. */
export type ReadDataFile = (
  folders: readonly RealRoot[],
  path: string,
  signal: AbortSignal,
) => Promise<ReadData>;

const schema = z.record(z.string(), z.unknown());

/** A reader that reads each file once, however many instances ask for it. */
export function createDataReader(): ReadDataFile {
  const known = new Map<string, Promise<ReadData>>();
  return (folders, path, signal) => {
    const key = [path, ...folders.map(({ real }) => real)].join('\0');
    const found = known.get(key) ?? readFirst(folders, path, signal);
    known.set(key, found);
    return found;
  };
}

async function readFirst(folders: readonly RealRoot[], path: string, signal: AbortSignal): Promise<ReadData> {
  for (const folder of folders)
    if (await isThere(join(folder.path, path))) return await readData(folder, path, signal);
  return { problems: [] };
}

async function readData(folder: RealRoot, path: string, signal: AbortSignal): Promise<ReadData> {
  const file = `${folder.shown}${path}`;
  if (path.startsWith('/') || path.split('/').includes('..'))
    return refused(problemOf(short(file, 200), 'path-outside', `the path leads out of ${folder.called}`));
  const name = posix.basename(path);
  if (NO_DATA.includes(name))
    return refused(
      problemOf(
        file,
        'wrong-name',
        `${name} is no data, but the hierarchy leads to it`,
        'give the image another `role:`',
      ),
    );
  const { loaded, problems } = await loadFile(folder, path, schema, { signal });
  // What is all comments says nothing yet, which is no mistake.
  if (problems.length === 1 && problems[0]?.code === 'empty-file')
    return { data: { file, value: {}, positionOf: () => ({ line: 1, column: 1 }) }, problems: [] };
  if (loaded === undefined || problems.length > 0) return { problems };
  if (!Object.hasOwn(loaded.value, 'sops')) return { data: loaded, problems };
  const message = 'this file is encrypted by SOPS, but data is taken as it is written';
  const hint = 'secrets belong in secrets.yaml, where an image asks for them by name';
  return refused(loaded.problemAt(['sops'], { code: 'wrong-value', message, hint }));
}

function refused(problem: Problem): ReadData {
  return { problems: [problem] };
}
