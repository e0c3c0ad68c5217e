import type { InstalledPackage, Inventory, ListeningPort, UnitFile, User } from './inventory.ts';
import { compareVersions } from './package-version.ts';

/** What people ask when an image was made anew, less its files. */
export interface InventoryDiff {
  readonly packages: {
    readonly upgraded: readonly VersionChange[];
    readonly downgraded: readonly VersionChange[];
    readonly added: readonly InstalledPackage[];
    readonly removed: readonly InstalledPackage[];
  };
  readonly services: Changes<UnitFile>;
  readonly users: Changes<User>;
  /** `changed` is another process on the same port. */
  readonly ports: Changes<ListeningPort>;
}

export interface VersionChange {
  readonly name: string;
  readonly arch: string;
  readonly from: string;
  readonly to: string;
}

export interface Changes<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly { readonly before: T; readonly after: T }[];
}

/** What changed from one inventory to the other, each list in the inventory's own order. */
export function diffInventories(before: Inventory, after: Inventory): InventoryDiff {
  return {
    packages: diffPackages(before.packages, after.packages),
    services: diffBy(before.services, after.services, ({ unit }) => unit),
    users: diffBy(before.users, after.users, ({ name }) => name),
    ports: diffPorts(before.ports, after.ports),
  };
}

function diffPackages(
  before: readonly InstalledPackage[],
  after: readonly InstalledPackage[],
): InventoryDiff['packages'] {
  const severalArchs = new Set([...namesTwice(before), ...namesTwice(after)]);
  // A package that goes from amd64 to all is the same one, unless two of its name can stand side by side.
  const key = ({ name, arch }: InstalledPackage) => (severalArchs.has(name) ? `${name}:${arch}` : name);
  const { added, removed, changed } = diffBy(before, after, key);
  const moved = changed
    .filter((change) => change.before.version !== change.after.version)
    .map((change) => ({
      order: compareVersions(change.before.version, change.after.version),
      change: {
        name: change.after.name,
        arch: change.after.arch,
        from: change.before.version,
        to: change.after.version,
      },
    }));
  return {
    upgraded: moved.filter(({ order }) => order <= 0).map(({ change }) => change),
    downgraded: moved.filter(({ order }) => order > 0).map(({ change }) => change),
    added,
    removed,
  };
}

function diffPorts(
  before: readonly ListeningPort[],
  after: readonly ListeningPort[],
): Changes<ListeningPort> {
  const { added, removed, changed } = diffBy(
    before,
    after,
    (port) => `${port.protocol} ${port.address} ${port.port}`,
  );
  // A process that could not be seen on one side says nothing about what listens.
  const seen = changed.filter(
    (change) => change.before.process !== undefined && change.after.process !== undefined,
  );
  return { added, removed, changed: seen };
}

function namesTwice(packages: readonly InstalledPackage[]): string[] {
  const seen = new Set<string>();
  return packages.flatMap(({ name }) => (seen.size === seen.add(name).size ? [name] : []));
}

function diffBy<T extends object>(
  before: readonly T[],
  after: readonly T[],
  key: (item: T) => string,
): Changes<T> {
  const olds = new Map(before.map((item) => [key(item), item]));
  const news = new Map(after.map((item) => [key(item), item]));
  return {
    added: [...news].filter(([name]) => !olds.has(name)).map(([, item]) => item),
    removed: [...olds].filter(([name]) => !news.has(name)).map(([, item]) => item),
    changed: [...news].flatMap(([name, item]) => {
      const old = olds.get(name);
      return old === undefined || same(old, item) ? [] : [{ before: old, after: item }];
    }),
  };
}

function same(before: object, after: object): boolean {
  const [olds, news] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return olds.size === news.size && [...olds].every(([name, value]) => news.get(name) === value);
}
