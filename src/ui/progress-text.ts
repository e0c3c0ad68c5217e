import { cleanLine } from './clean-line.ts';

/** `web@7: converting  42 %` */
export function progressText(what: string, percent: number): string {
  return `${cleanLine(what)} ${String(Math.floor(percent)).padStart(3)} %`;
}

/** True when asked for the first time after `ms` since it was made, and since it last was. */
export function everySoOften(ms: number, now: () => number): () => boolean {
  let last = now();
  return () => {
    if (now() - last < ms) return false;
    last = now();
    return true;
  };
}
