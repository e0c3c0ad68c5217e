/** One page of a list, and what asks for the next one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** A whole list that AWS gives page by page: `ask` is given the token of the page before. */
export async function allPages<T>(ask: (token: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await ask(token);
    all.push(...items);
    // The last page of some lists has an empty one.
    token = next === '' ? undefined : next;
  } while (token !== undefined);
  return all;
}
