import type { z } from 'zod';
import type { Digest } from '../core/digest.ts';
import { parseYaml } from './parse-yaml.ts';
import type { Problem, ProblemDetails } from './problem.ts';
import { readSource } from './read-source.ts';
import type { RealRoot } from './real-root.ts';
import type { Position, Source } from './source.ts';
import { checkSchema } from './zod-problems.ts';

export type Path = readonly PropertyKey[];

/** A file that is YAML, whether its schema accepts it or not. */
export interface Written {
  /** The plain value as it is written, before defaults and schema filled it in. */
  readonly raw: unknown;
  /** Relative to the workspace's root, also when it is in another folder. */
  readonly file: string;
  /** Of the file's own bytes, without the defaults that were applied. */
  readonly bytesDigest: Digest;
  /** Where a path of the value is written: the value, or the key that holds it, or the nearest above it. */
  positionOf(path: Path, target?: 'value' | 'key'): Position;
  /** A problem that points at a path of the value. */
  problemAt(path: Path, details: ProblemDetails): Problem;
}

/** A file that its schema accepts. */
export interface Loaded<T> extends Written {
  readonly value: T;
}

/** What became of a file, and everything that is wrong with it by itself. */
export interface LoadedFile<T> {
  readonly written: Written | undefined;
  readonly loaded: Loaded<T> | undefined;
  readonly problems: readonly Problem[];
}

export interface FileOptions {
  readonly signal: AbortSignal;
  /** Says what is wrong with the text itself; it is not read as YAML then. */
  readonly refuse?: (source: Source) => readonly Problem[];
  /** Changes the plain value before the schema sees it. */
  readonly prepare?: (raw: unknown) => unknown;
}

/** Reads, parses and checks one YAML file of the workspace or of another folder; `path` is relative to that. */
export async function loadFile<T>(
  root: RealRoot,
  path: string,
  schema: z.ZodType<T>,
  options: FileOptions,
): Promise<LoadedFile<T>> {
  const source = await readSource(root, path, options.signal);
  if (!('text' in source)) return { written: undefined, loaded: undefined, problems: [source] };
  const refused = options.refuse?.(source) ?? [];
  if (refused.length > 0) return { written: undefined, loaded: undefined, problems: refused };
  const { content, problems } = parseYaml(source);
  if (content === undefined) return { written: undefined, loaded: undefined, problems };
  const { raw, locate } = content;
  const written: Written = {
    raw,
    file: source.file,
    bytesDigest: source.bytesDigest,
    positionOf: (path, target) => source.positionAt(locate(path, target)),
    problemAt: (path, details) => source.problemAt(locate(path), details),
  };
  const checked = checkSchema(schema, options.prepare?.(raw) ?? raw, source, locate);
  return 'problems' in checked
    ? { written, loaded: undefined, problems: [...problems, ...checked.problems] }
    : { written, loaded: { ...written, value: checked.value }, problems };
}
