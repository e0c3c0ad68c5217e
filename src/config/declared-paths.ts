import type { Path } from './load-file.ts';
import { property } from './property.ts';
import { workspacePath } from './workspace-path.ts';

export type PathKind = 'file' | 'folder' | 'file or folder';

/** A path of the workspace that a template names, and where it names it. */
export interface DeclaredPath {
  readonly path: string;
  readonly kind: PathKind;
  readonly at: Path;
}

/** The keys of each tool that name paths. */
const PATH_KEYS: readonly [tool: string, key: string, kind: PathKind][] = [
  ['puppet', 'manifest', 'file'],
  ['puppet', 'modules', 'folder'],
  ['puppet', 'hiera', 'file'],
  ['puppet', 'data', 'file or folder'],
  ['ansible', 'playbook', 'file'],
  ['ansible', 'roles', 'folder'],
  ['ansible', 'collections', 'folder'],
  ['shell', 'script', 'file'],
];

/**
 * Every file and folder that a template's steps are made of.
 *
 * It takes the template as it is written, so that a missing file is told together with a misspelt key; what is
 * no path is left out, as the schema has its own words for it.
 */
export function declaredPaths(template: unknown): DeclaredPath[] {
  const steps = property(template, 'converge');
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: unknown, index) =>
    PATH_KEYS.flatMap(([tool, key, kind]) => {
      const at = ['converge', index, tool, key];
      const value = property(property(step, tool), key);
      if (!Array.isArray(value)) return declared(value, kind, at);
      return value.flatMap((item: unknown, position) => declared(item, kind, [...at, position]));
    }),
  );
}

function declared(value: unknown, kind: PathKind, at: Path): DeclaredPath[] {
  const path = workspacePath.safeParse(value);
  return path.success ? [{ path: path.data, kind, at }] : [];
}
