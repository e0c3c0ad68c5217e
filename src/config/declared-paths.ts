import type { Path } from './load-file.ts';
import type { Template } from './template.ts';

export type PathKind = 'file' | 'folder' | 'file or folder';

/** A path of the workspace that a template names, and where it names it. */
export interface DeclaredPath {
  readonly path: string;
  readonly kind: PathKind;
  readonly at: Path;
}

/** Every file and folder that a template's steps are made of. */
export function declaredPaths({ converge }: Template): DeclaredPath[] {
  return converge.flatMap((step, index) => {
    const one = (tool: string, key: string, path: string | undefined): DeclaredPath[] =>
      path === undefined ? [] : [{ path, kind: 'file', at: ['converge', index, tool, key] }];
    const many = (tool: string, key: string, paths: readonly string[], kind: PathKind): DeclaredPath[] =>
      paths.map((path, position) => ({ path, kind, at: ['converge', index, tool, key, position] }));

    if ('puppet' in step) {
      const { manifest, modules, hiera, data } = step.puppet;
      return [
        ...one('puppet', 'manifest', manifest),
        ...many('puppet', 'modules', modules, 'folder'),
        ...one('puppet', 'hiera', hiera),
        ...many('puppet', 'data', data, 'file or folder'),
      ];
    }
    if ('ansible' in step) {
      const { playbook, roles, collections } = step.ansible;
      return [
        ...one('ansible', 'playbook', playbook),
        ...many('ansible', 'roles', roles, 'folder'),
        ...many('ansible', 'collections', collections, 'folder'),
      ];
    }
    return one('shell', 'script', step.shell.script);
  });
}
