/**
 * Does several things side by side: the first that fails aborts the signal of the others, and nothing is still at
 * work when this ends. Gives all results, or throws what the first failure threw.
 */
export async function together<T extends readonly unknown[]>(
  signal: AbortSignal,
  works: { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> },
): Promise<T> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const running = works.map((work) => work(both));
  for (const one of running) one.catch((error: unknown) => failed.abort(error));
  await Promise.allSettled(running);
  if (failed.signal.aborted) throw failed.signal.reason;
  return (await Promise.all(running)) as unknown as T;
}
