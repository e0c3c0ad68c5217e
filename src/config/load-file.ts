import type { z } from 'zod';
import type { Digest } from '../core/digest.ts';
import { parseYaml } from './parse-yaml.ts';
import type { Problem, ProblemDetails } from './problem.ts';
import { readSource } from './read-source.ts';
import type { RealRoot } from './real-root.ts';
import type { Position } from './source.ts';
import { checkSchema } from './zod-problems.ts';

export type Path = readonly PropertyKey[];

/** A file that its schema accepts. */
export interface Loaded<T> {
  readonly value: T;
  /** What is written, before the schema filled it in. */
  readonly raw: unknown;
  /** Relative to the workspace's root. */
  readonly file: string;
  /** Of the file's own bytes, without the defaults that were applied. */
  readonly bytesDigest: Digest;
  /** Where a path of the value is written: the value, or the key that holds it, or the nearest above it. */
  positionOf(path: Path, target?: 'value' | 'key'): Position;
  /** A problem that points at a path of the value. */
  problemAt(path: Path, details: ProblemDetails): Problem;
}

/** What became of a file: what could be loaded of it, and everything that is wrong with it. */
export interface LoadedFile<T> {
  readonly loaded: Loaded<T> | undefined;
  readonly problems: readonly Problem[];
}

export interface FileOptions {
  readonly signal: AbortSignal;
  /** Changes the plain value before the schema sees it. */
  readonly prepare?: (raw: unknown) => unknown;
}

/** Reads, parses and checks one YAML file of the workspace. */
export async function loadFile<T>(
  root: RealRoot,
  file: string,
  schema: z.ZodType<T>,
  options: FileOptions,
): Promise<LoadedFile<T>> {
  const source = await readSource(root, file, options.signal);
  if (!('text' in source)) return { loaded: undefined, problems: [source] };
  const { content, problems } = parseYaml(source);
  if (content === undefined) return { loaded: undefined, problems };
  const { raw, locate } = content;
  const checked = checkSchema(schema, options.prepare?.(raw) ?? raw, source, locate);
  if ('problems' in checked) return { loaded: undefined, problems: [...problems, ...checked.problems] };
  const loaded: Loaded<T> = {
    value: checked.value,
    raw,
    file,
    bytesDigest: source.bytesDigest,
    positionOf: (path, target) => source.positionAt(locate(path, target)),
    problemAt: (path, details) => source.problemAt(locate(path), details),
  };
  return { loaded, problems };
}
