import { setMaxListeners } from 'node:events';

/** Runs work that takes some of what there is so many of, as soon as they are free. */
export type Slots = <T>(count: number, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

/** So many at once and no more; who comes later waits, and nobody overtakes. What asks for more than all gets all. */
export function slots(most: number): Slots {
  let free = most;
  const waiting: { readonly count: number; readonly go: () => void }[] = [];

  function next(): void {
    for (let first = waiting[0]; first !== undefined && first.count <= free; first = waiting[0]) {
      waiting.shift();
      free -= first.count;
      first.go();
    }
  }

  async function take(count: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    let leave = () => {};
    const turn = new Promise<void>((resolve, reject) => {
      const place = { count, go: resolve };
      waiting.push(place);
      leave = () => {
        const at = waiting.indexOf(place);
        if (at < 0) return;
        waiting.splice(at, 1);
        reject(signal.reason);
        next();
      };
    });
    // Many may wait with the same one.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', leave, { once: true });
    next();
    await turn.finally(() => signal.removeEventListener('abort', leave));
  }

  return async (wanted, signal, work) => {
    const count = Math.min(wanted, most);
    await take(count, signal);
    try {
      return await work();
    } finally {
      free += count;
      next();
    }
  };
}
