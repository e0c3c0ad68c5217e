/**
 * Does the same with each of many things, at most so many at once, and gives the results in the things' order. When
 * one fails nothing more is begun, what is at work is waited for, and the first failure is thrown.
 */
export async function sideBySide<T, R>(
  things: readonly T[],
  most: number,
  work: (thing: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const waiting = things.entries();
  async function takeTurns(): Promise<void> {
    for (const [index, thing] of waiting) {
      try {
        results[index] = await work(thing);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, most) }, takeTurns));
  if (failures.length > 0) throw failures[0];
  return results;
}
