import { Fault } from '../core/fault.ts';

/**
 * Joins folders for a setting that separates them by colons; throws CONFIG_INVALID for a path that it cannot hold.
 *
 * Puppet and Ansible also replace `$name` and a leading `~` in such settings, and neither can be escaped.
 */
export function joinPaths(paths: readonly string[], always: readonly string[]): string {
  for (const path of paths) refuseExpanded(path, /:|\$[\w{]|^~/);
  return [...paths, ...always].join(':');
}

/** A single path for such a setting; throws CONFIG_INVALID for one that the tool would change. */
export function settingPath(path: string): string {
  refuseExpanded(path, /\$[\w{]|^~/);
  return path;
}

function refuseExpanded(path: string, pattern: RegExp): void {
  const found = pattern.exec(path);
  if (found === null) return;
  throw new Fault(
    'CONFIG_INVALID',
    `${path}: the tool would not take this path as it is, because of '${found[0]}'`,
    {
      hint: 'Rename the folder.',
    },
  );
}
