import type { InstalledPackage, PackageFiles } from '../../catalogue/inventory.ts';
import { compareTrees, type TreeChange } from '../../tree/compare.ts';
import type { TreeEntry } from '../../tree/entry.ts';
import { type Growth, growthOf } from './growth.ts';
import { type Privileged, privilegedFiles } from './privileged-files.ts';
import { realPaths } from './real-paths.ts';

/** One image's tree, and what of it is packages'. */
export interface TreeWithPackages {
  readonly manifest: readonly TreeEntry[];
  readonly packageFiles: readonly PackageFiles[];
  readonly packages: readonly InstalledPackage[];
}

/** The paths that differ between two images, by who changed them. */
export interface ChangedFiles {
  /** What is configured below /etc and no package's change: written or edited by whoever made the image. */
  readonly configuration: readonly TreeChange[];
  /** None of the others; a folder that came or went together with what is in it is left out, here and above. */
  readonly outside: readonly TreeChange[];
  /** How many paths came, went or changed with a package that did. */
  readonly byPackages: number;
  /** How many paths are the package manager's own records and caches. */
  readonly byPackageManager: number;
  /** Files that run as their owner or group, of packages or not: what gained and what lost that. */
  readonly setUid: { readonly added: readonly Privileged[]; readonly removed: readonly Privileged[] };
  /** Which packages and folders the tree's size changed by, the largest first. */
  readonly growth: readonly Growth[];
}

/** What package managers keep about packages and derive from them; it changes whenever a package does. */
const MANAGERS_OWN =
  /^(var\/lib\/(dpkg|apt|ucf|pam|rpm|systemd\/deb-systemd-(user-)?helper-[a-z-]+)|var\/cache|lib\/apk|usr\/lib\/sysimage\/rpm|etc\/ld\.so\.cache)(\/|$)/;

/**
 * Compares two trees and tells a package's changes from all others.
 *
 * A change is a package's when the path belongs to a package on every side that has it, and that package is not
 * the same version on both; a link belongs to what it leads to. An edited configuration file belongs to nobody.
 * A package's other file that was edited counts as the package's when the package changed as well.
 */
export function changedFiles(before: TreeWithPackages, after: TreeWithPackages): ChangedFiles {
  const changes = compareTrees(before.manifest, after.manifest);
  const [olds, news] = [ownership(before), ownership(after)];
  const ownerOf = ({ path, after: now }: TreeChange) => (now === undefined ? olds(path) : news(path))[0];
  const moved = movedPackages(before.packages, after.packages);
  const owned = ({ path, before: old, after: now }: TreeChange) => {
    const sides = [...(old ? [olds(path)] : []), ...(now ? [news(path)] : [])];
    return sides.every((names) => names.length > 0) && sides.flat().some((name) => moved.has(name));
  };
  const [managers, rest] = partition(changes, ({ path }) => MANAGERS_OWN.test(path));
  const [packages, outside] = partition(rest, owned);
  const [configuration, others] = partition(withoutImpliedFolders(outside), ({ path }) =>
    path.startsWith('etc/'),
  );
  return {
    configuration,
    outside: others,
    byPackages: packages.length,
    byPackageManager: managers.length,
    setUid: {
      added: privilegedFiles(changes, 'after', news),
      removed: privilegedFiles(changes, 'before', olds),
    },
    growth: growthOf(changes, ownerOf),
  };
}

/** Which packages a path belongs to. A folder belongs to many. */
function ownership({ manifest, packageFiles }: TreeWithPackages): (path: string) => readonly string[] {
  const real = realPaths(manifest);
  const owners = new Map<string, string[]>();
  for (const { name, paths } of packageFiles) {
    for (const path of paths) {
      const place = real.ofParent(path);
      const names = owners.get(place);
      if (names === undefined) owners.set(place, [name]);
      else names.push(name);
    }
  }
  return (path) => owners.get(path) ?? owners.get(real.of(path)) ?? [];
}

/** Names of packages that came, went or are another version. */
function movedPackages(before: readonly InstalledPackage[], after: readonly InstalledPackage[]): Set<string> {
  const key = ({ name, version, arch }: InstalledPackage) => `${name} ${version} ${arch}`;
  const [olds, news] = [new Set(before.map(key)), new Set(after.map(key))];
  const moved = [
    ...before.filter((one) => !news.has(key(one))),
    ...after.filter((one) => !olds.has(key(one))),
  ];
  return new Set(moved.map(({ name }) => name));
}

function withoutImpliedFolders(changes: readonly TreeChange[]): TreeChange[] {
  const parents = new Set(changes.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  return changes.filter(({ path, kind, before, after }) => {
    const folder = kind !== 'changed' && (before ?? after)?.type === 'directory';
    return !(folder && parents.has(path));
  });
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}
