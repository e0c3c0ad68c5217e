import type { Aws } from './aws.ts';

/** A page of a list as AWS gives it. */
interface Page {
  readonly NextToken?: string | undefined;
}

/** Asks for all pages of a list, one after another, and gives what is in them. */
export async function everyPage<P extends Page, Item>(
  aws: Aws,
  action: string,
  ask: (NextToken: string | undefined, abortSignal: AbortSignal) => Promise<P>,
  itemsOf: (page: P) => readonly Item[] | undefined,
  signal: AbortSignal,
): Promise<Item[]> {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const page = await aws.ask(action, (abortSignal) => ask(token, abortSignal), signal);
    for (const item of itemsOf(page) ?? []) items.push(item);
    token = page.NextToken || undefined;
  } while (token !== undefined);
  return items;
}
