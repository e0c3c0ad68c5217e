const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** How long ago an ISO time was, in its largest unit: `3 d`, `4 h`, `12 min`, `5 s`. */
export function formatAge(iso: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(iso)) / 1000));
  const [unit, length] = UNITS.find(([, of]) => seconds >= of) ?? ['s', 1];
  return `${Math.floor(seconds / length)} ${unit}`;
}
