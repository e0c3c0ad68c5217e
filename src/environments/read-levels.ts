import { posix } from 'node:path';
import type { DataProblem } from './data-problem.ts';
import type { DataFile, Hierarchy, LookupContext } from './hierarchy.ts';
import { interpolate, type Variable, variablesIn } from './interpolate.ts';

/** One path of one level as it is for who asks. */
export interface LevelFile {
  readonly level: string;
  /** Interpolated, relative to the folder of `hiera.yaml`. */
  readonly path: string;
  /** The same as it is written. */
  readonly text: string;
  /** As people are shown it, whether it is there or not. */
  readonly file: string;
  /** Absent when there is no such file. */
  readonly data?: DataFile;
}

/** Every file of a hierarchy that could say something to who asks, highest first. */
export interface ReadLevels {
  readonly hierarchy: Hierarchy;
  readonly context: LookupContext;
  readonly files: readonly LevelFile[];
  /** Paths that cannot be interpolated. */
  readonly problems: readonly DataProblem[];
}

/** Reads all levels, each file once. */
export async function readLevels(
  hierarchy: Hierarchy,
  context: LookupContext,
  signal: AbortSignal,
): Promise<ReadLevels> {
  const problems: DataProblem[] = [];
  const wanted = hierarchy.levels.flatMap((level) =>
    level.paths.map(({ text, at }) => {
      const written = posix.join(level.datadir, text);
      const whole = interpolate(written, context);
      if (whole.problem !== undefined) problems.push({ file: hierarchy.file, ...at, ...whole.problem });
      return { level: level.name, text: written, path: whole.text, isKnown: whole.problem === undefined };
    }),
  );
  const paths = [...new Set(wanted.filter(({ isKnown }) => isKnown).map(({ path }) => path))];
  const read = await Promise.all(
    paths.map(async (path) => [path, await hierarchy.read(path, signal)] as const),
  );
  const byPath = new Map(read);
  const prefix = prefixOf(hierarchy, byPath);
  const files = wanted.map(({ isKnown, ...file }) => {
    const data = isKnown ? byPath.get(file.path) : undefined;
    return data === undefined
      ? { ...file, file: `${prefix}${file.path}` }
      : { ...file, file: data.file, data };
  });
  return { hierarchy, context, files, problems };
}

/** What people are shown before a path of the hierarchy: as for a file that is there, else as for `hiera.yaml`. */
function prefixOf({ file }: Hierarchy, read: ReadonlyMap<string, DataFile | undefined>): string {
  for (const [path, data] of read)
    if (data?.file.endsWith(`/${path}`)) return data.file.slice(0, -path.length);
  return file.slice(0, file.lastIndexOf('/') + 1);
}

/** What the paths of a hierarchy depend on. */
export function variablesOf({ levels }: Hierarchy): ReadonlySet<Variable> {
  const texts = levels.flatMap(({ datadir, paths }) => [datadir, ...paths.map(({ text }) => text)]);
  return new Set(texts.flatMap(variablesIn));
}
