import type { AwsProxy, ProxyCall } from './aws-proxy.ts';

/** A call by its place among those of its action in its region. */
export interface CallMoment {
  readonly action: string;
  readonly region: string;
  /** From 1. */
  readonly nth: number;
}

/** Where among these calls something may end: each of them, but of those that are repeated, as blocks and questions are, the first two and the last. */
export function momentsOf(calls: readonly ProxyCall[]): CallMoment[] {
  const counts = new Map<string, number>();
  const all = calls.map(({ action, region }) => {
    const key = `${action} ${region}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    return { action, region, nth };
  });
  return all.filter(({ action, region, nth }) => nth <= 2 || nth === counts.get(`${action} ${region}`));
}

export function momentText({ action, region, nth }: CallMoment): string {
  return `${action} ${nth} in ${region}`;
}

/** Calls this once when AWS has done what the call of that moment asked for, and before anybody hears its answer. */
export function onMoment(proxy: AwsProxy, moment: CallMoment, then: () => void | Promise<void>): void {
  let seen = 0;
  proxy.onCall(async ({ action, region }, when) => {
    if (when === 'before' || action !== moment.action || region !== moment.region) return;
    if (++seen === moment.nth) await then();
  });
}
