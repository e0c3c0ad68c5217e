/** One thing with a name that came, went or is another. */
export interface NamedChange {
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed';
}

/** Compares two sets of named values, in the order of their names. */
export function namedChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): NamedChange[] {
  const [olds, news] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const names = [...new Set([...olds.keys(), ...news.keys()])].sort();
  return names.flatMap((name): NamedChange[] => {
    if (!olds.has(name)) return [{ name, kind: 'added' }];
    if (!news.has(name)) return [{ name, kind: 'removed' }];
    return olds.get(name) === news.get(name) ? [] : [{ name, kind: 'changed' }];
  });
}
