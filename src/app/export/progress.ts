/** Turns bytes of about so many into percent for whoever shows them. */
export function progress(
  tell: (what: string, percent: number) => void,
  what: string,
  total: number,
): (bytes: number) => void {
  return (bytes) => tell(what, total > 0 ? Math.min(100, (bytes / total) * 100) : 100);
}
