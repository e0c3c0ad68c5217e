import { parseYaml } from './parse-yaml.ts';
import type { Problem } from './problem.ts';
import { property } from './property.ts';
import { problemOf, readSource } from './read-source.ts';
import type { RealRoot } from './real-root.ts';

/** The names of the secrets of a file, which SOPS leaves readable. */
export interface SecretNames {
  readonly names: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Reads which secrets a file of SOPS has, without opening it. Nothing that is written in it gets into a problem: what
 * is wrong may be that it is not encrypted.
 */
export async function readSecretNames(
  root: RealRoot,
  path: string,
  signal: AbortSignal,
): Promise<SecretNames> {
  const source = await readSource(root, path, signal);
  if (!('text' in source)) return { names: [], problems: [source] };
  const { content, problems } = parseYaml(source);
  const [first] = problems;
  if (first !== undefined || content === undefined) {
    const what = first?.code === 'empty-file' ? first.message : 'the file is not valid YAML here';
    const { line, column } = first ?? { line: 1, column: 1 };
    return { names: [], problems: [{ ...problemOf(source.file, 'yaml-syntax', what), line, column }] };
  }
  const sops = property(content.raw, 'sops');
  if (sops === null || typeof sops !== 'object') {
    const hint = 'whoever could read the file knows what is in it: make a new one, and new secrets';
    return {
      names: [],
      problems: [problemOf(source.file, 'wrong-value', 'the file is not encrypted by SOPS', hint)],
    };
  }
  const { sops: _, ...secrets } = content.raw as Readonly<Record<string, unknown>>;
  return { names: namesIn(secrets), problems: [] };
}

/** As a launch names them: `db.password` for what is nested; null is no secret. */
function namesIn(value: unknown, path: readonly string[] = []): string[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [path.join('.')];
  return Object.entries(value).flatMap(([key, part]) => namesIn(part, [...path, key]));
}
