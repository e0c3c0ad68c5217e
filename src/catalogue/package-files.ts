import type { PackageFiles } from './inventory.ts';

/** Each package's paths, less the configuration files that no longer are the package's. */
export function readPackageFiles(sections: ReadonlyMap<string, readonly string[]>): PackageFiles[] {
  const edited = new Set(
    (sections.get('edited') ?? []).flatMap((line) => /^(.*): FAILED/.exec(line)?.[1] ?? []),
  );
  const byName = new Map<string, Set<string>>();
  const pathsOf = (name: string) => {
    const paths = byName.get(name) ?? new Set();
    byName.set(name, paths);
    return paths;
  };
  dpkgFiles(sections.get('dpkg-files') ?? [], pathsOf);
  rpmFiles(sections.get('rpm-files') ?? [], pathsOf);
  apkFiles(sections.get('apk') ?? [], pathsOf);
  applyDiversions(sections.get('diversions') ?? [], byName);
  return [...byName]
    .map(([name, paths]) => ({ name, paths: [...paths].filter((path) => !edited.has(path)).sort(order) }))
    .sort((a, b) => order(a.name, b.name));
}

/** `tail -n +1` over dpkg's lists: `==> nginx.list <==`, the paths, an empty line. */
function dpkgFiles(lines: readonly string[], pathsOf: (name: string) => Set<string>): void {
  let paths: Set<string> | undefined;
  for (const line of lines) {
    const name = /^==> (?:\.\/)?([^:]*)(?::.*)?\.list <==$/.exec(line)?.[1];
    if (name !== undefined) paths = pathsOf(name);
    else if (line.startsWith('/') && line !== '/.') paths?.add(line);
  }
}

/** `=NAME` and its paths. */
function rpmFiles(lines: readonly string[], pathsOf: (name: string) => Set<string>): void {
  let paths: Set<string> | undefined;
  for (const line of lines) {
    if (line.startsWith('=')) paths = pathsOf(line.slice(1));
    else if (line.startsWith('/')) paths?.add(line);
  }
}

function apkFiles(lines: readonly string[], pathsOf: (name: string) => Set<string>): void {
  let paths: Set<string> | undefined;
  let folder = '';
  for (const line of lines) {
    const text = line.slice(2);
    if (line.startsWith('P:')) paths = pathsOf(text);
    else if (line.startsWith('R:')) paths?.add(`${folder}/${text}`);
    else if (line.startsWith('F:')) {
      folder = text === '' ? '' : `/${text}`;
      if (folder !== '') paths?.add(folder);
    }
  }
}

/** dpkg's diversions, three lines each: what others put at the first path lies at the second, for the sake of the third. */
function applyDiversions(lines: readonly string[], byName: ReadonlyMap<string, Set<string>>): void {
  for (let index = 0; index + 2 < lines.length; index += 3) {
    const [from, to, by] = lines.slice(index, index + 3);
    if (from === undefined || to === undefined) continue;
    for (const [name, paths] of byName) {
      if (name === by || !paths.delete(from)) continue;
      paths.add(to);
    }
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
