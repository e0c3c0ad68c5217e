import { setTimeout as delay } from 'node:timers/promises';

/** What a loop of requests met. */
export interface Gap {
  /** In order, those that came. */
  readonly answers: readonly string[];
  readonly failed: number;
  /** Milliseconds: the longest time from an answer to the next one. */
  readonly longest: number;
}

const SURROUNDINGS_MS = 200;

/** Asks one after another while the work lasts, and a moment before and after. */
export async function measureGap(ask: () => Promise<string>, work: () => Promise<void>): Promise<Gap> {
  const answers: { readonly at: number; readonly text: string }[] = [];
  let failed = 0;
  let over = false;
  const asking = (async () => {
    while (!over) {
      const text = await ask().catch(() => undefined);
      if (text !== undefined) answers.push({ at: performance.now(), text });
      else {
        failed += 1;
        await delay(2);
      }
    }
  })();
  try {
    await delay(SURROUNDINGS_MS);
    await work();
    await delay(SURROUNDINGS_MS);
  } finally {
    over = true;
    await asking;
  }
  const times = answers.slice(1).map(({ at }, index) => at - (answers[index]?.at ?? at));
  return { answers: answers.map(({ text }) => text), failed, longest: Math.max(0, ...times) };
}
