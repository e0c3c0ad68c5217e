import { setTimeout as delay } from 'node:timers/promises';

/** Sleeps, and throws the signal's reason at once when it is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}

/** A signal that aborts with the parent's reason, or with `reason` after `ms` milliseconds. */
export function withDeadline(
  parent: AbortSignal,
  ms: number,
  reason: () => unknown,
): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const onAbort = () => controller.abort(parent.reason);
  const timer = setTimeout(() => controller.abort(reason()), ms);
  if (parent.aborted) onAbort();
  parent.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      parent.removeEventListener('abort', onAbort);
    },
  };
}
