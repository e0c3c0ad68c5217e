const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** Milliseconds for people, rounded down, in the two largest units that say something: `3 d 4 h`, `12 min`, `0 s`. */
export function timeSpan(ms: number): string {
  const first = UNITS.findIndex(([, length]) => ms >= length);
  let rest = ms;
  const parts = UNITS.slice(first, first < 0 ? undefined : first + 2).flatMap(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count > 0 ? [`${count} ${unit}`] : [];
  });
  return parts.length === 0 ? '0 s' : parts.join(' ');
}
