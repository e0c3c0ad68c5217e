interface Version {
  readonly numbers: readonly [number, number, number];
  readonly prerelease: readonly string[];
}

const NUMBER = '(0|[1-9]\\d*)';
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?$`);
const COMPARISON = /^(==|=|!=|!|>=|<=|>|<)?\s*([0-9][^\s|<>=!]*)\s*/;

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '==': (order) => order === 0,
  '!': (order) => order !== 0,
  '!=': (order) => order !== 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
};

/**
 * A test for versions of the form 1.2.3, 1.2.3-rc.1, 1.2.3+build, ordered by https://semver.org.
 *
 * The subset: `= == ! != > >= < <=` before a full version, spaces for and, `||` for or. Wildcards, `~` and `^`
 * throw an Error, as does a constraint that cannot be read. The test throws for a version that is none.
 */
export function semverConstraint(text: string): (version: string) => boolean {
  const alternatives = text.split('||').map(readComparisons);
  return (version) => {
    const read = readVersion(version);
    return alternatives.some((all) => all.every((holds) => holds(read)));
  };
}

function readComparisons(text: string): ((version: Version) => boolean)[] {
  const comparisons: ((version: Version) => boolean)[] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const [whole, operator = '=', version] = COMPARISON.exec(rest) ?? [];
    const holds = OPERATORS[operator];
    if (whole === undefined || version === undefined || holds === undefined) {
      throw new Error(
        `"${text.trim()}" is no constraint such as ">=1.2.0 <2.0.0"; wildcards, ~ and ^ are not supported`,
      );
    }
    const limit = readVersion(version);
    comparisons.push((actual) => holds(compare(actual, limit)));
    rest = rest.slice(whole.length);
  }
  if (comparisons.length === 0) throw new Error('a version constraint is empty');
  return comparisons;
}

function readVersion(text: string): Version {
  const [, major, minor, patch, prerelease] = VERSION.exec(text) ?? [];
  if (major === undefined) throw new Error(`"${text}" is no version of the form 1.2.3`);
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    prerelease: prerelease === undefined ? [] : prerelease.split('.'),
  };
}

function compare(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  // A release is newer than its own prereleases.
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return b.prerelease.length - a.prerelease.length;
  for (const [index, part] of a.prerelease.entries()) {
    const other = b.prerelease[index];
    if (other === undefined) return 1;
    const order = comparePart(part, other);
    if (order !== 0) return order;
  }
  return a.prerelease.length - b.prerelease.length;
}

function comparePart(a: string, b: string): number {
  const numeric = [a, b].map((part) => /^\d+$/.test(part));
  if (numeric[0] && numeric[1]) return Number(a) - Number(b);
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
