import { parseYaml } from '../../../src/config/parse-yaml.ts';
import { sourceOf } from '../../../src/config/source.ts';
import type { DataFile, Hierarchy } from '../../../src/environments/hierarchy.ts';

/** Who asks in most tests. */
export const WEB_1 = { env: 'prod', role: 'web', node: 'web-1' };

/** The levels that most tests have, highest first. */
export const LEVELS: Readonly<Record<string, readonly string[]>> = {
  node: ['%{env}/nodes/%{node}.yaml'],
  role: ['%{env}/%{role}.yaml'],
  environment: ['%{env}/data.yaml'],
  common: ['common.yaml'],
};

/** A hierarchy of YAML texts, by path; it remembers every path that was read. */
export function hierarchyOf(
  files: Readonly<Record<string, string>>,
  levels: Readonly<Record<string, readonly string[]>> = LEVELS,
): Hierarchy & { readonly reads: readonly string[] } {
  const datas = new Map(Object.entries(files).map(([path, text]) => [path, dataFile(path, text)]));
  return hierarchyOfData(datas, levels);
}

/** The same of files that were made otherwise. */
export function hierarchyOfData(
  files: ReadonlyMap<string, DataFile>,
  levels: Readonly<Record<string, readonly string[]>>,
): Hierarchy & { readonly reads: readonly string[] } {
  const reads: string[] = [];
  let line = 2;
  return {
    file: 'environments/hiera.yaml',
    reads,
    levels: Object.entries(levels).map(([name, paths]) => ({
      name,
      datadir: '.',
      paths: paths.map((text) => ({ text, at: { line: ++line, column: 25 } })),
    })),
    async read(path) {
      reads.push(path);
      return files.get(path);
    },
  };
}

function dataFile(path: string, text: string): DataFile {
  const file = `environments/${path}`;
  const source = sourceOf(file, Buffer.from(text));
  const { content, problems } = parseYaml(source);
  if (content === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  const { raw, locate } = content;
  return {
    file,
    value: raw as Record<string, unknown>,
    positionOf: (at, target) => source.positionAt(locate(at, target)),
  };
}
