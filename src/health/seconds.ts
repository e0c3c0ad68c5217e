/** Milliseconds for a person: `4.2 s`. */
export function seconds(ms: number): string {
  const rounded = Math.round(ms / 100) / 10;
  return `${rounded} s`;
}
