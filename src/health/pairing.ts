/**
 * Whether each of `wanted` tests can have an element of its own that passes it (a maximum bipartite matching
 * by augmenting paths); returns the indices of those that must go without.
 */
export function unpaired<Element>(
  wanted: readonly ((element: Element) => boolean)[],
  elements: readonly Element[],
): number[] {
  const takenBy = new Map<number, number>();

  const find = (test: number, visited: Set<number>): boolean =>
    elements.some((element, index) => {
      if (visited.has(index) || !wanted[test]?.(element)) return false;
      visited.add(index);
      const holder = takenBy.get(index);
      if (holder !== undefined && !find(holder, visited)) return false;
      takenBy.set(index, test);
      return true;
    });

  return [...wanted.keys()].filter((test) => !find(test, new Set()));
}
