/**
 * What `read` makes of each item, in their order, with so many begun before they are asked for. One that fails is
 * thrown when its turn comes; those that nobody asks for any more are let go, whatever becomes of them.
 */
export async function* readAhead<T, R>(
  items: Iterable<T>,
  count: number,
  read: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  for (const item of items) {
    const reading = read(item);
    reading.catch(() => {});
    begun.push(reading);
    if (begun.length > count) yield begun.shift() as Promise<R>;
  }
  yield* begun;
}
