const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size for people in powers of 1000: `812 MB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  const { unit, decimals, name } = scaleOf(bytes);
  return `${(bytes / unit).toFixed(decimals)} ${name}`;
}

/** How much a size differs from an earlier one, in the unit that the size itself is shown in: `−3`, `+0.4`, `±0`. */
export function formatGrowth(bytes: number, before: number): string {
  const { unit, decimals } = scaleOf(bytes);
  const growth = ((bytes - before) / unit).toFixed(decimals);
  if (Number(growth) === 0) return '±0';
  return growth.startsWith('-') ? `−${growth.slice(1)}` : `+${growth}`;
}

/** A size that was added or taken away: `+1.2 MB`, `−300 kB`. */
export function formatSigned(bytes: number): string {
  return `${bytes < 0 ? '−' : '+'}${formatBytes(Math.abs(bytes))}`;
}

function scaleOf(bytes: number): { unit: number; decimals: number; name: string } {
  let power = 0;
  while (power < UNITS.length - 1 && Math.round(bytes / 1000 ** power) >= 1000) power += 1;
  const unit = 1000 ** power;
  return { unit, decimals: power > 0 && bytes / unit < 9.95 ? 1 : 0, name: UNITS[power] ?? 'B' };
}
