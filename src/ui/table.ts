import { textWidth } from './text-width.ts';

/** How a column's cells stand; numbers are read from the right. */
export type Align = 'left' | 'right';

/** Rows with a heading as aligned lines, two spaces between the columns and none at a line's end. */
export function formatTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly Align[] = [],
): string[] {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => textWidth(row[column] ?? ''))));
  return all.map((row) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        const gap = ' '.repeat(width - textWidth(cell));
        return align[column] === 'right' ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd(),
  );
}
