import { cleanLine } from './clean-line.ts';
import { textWidth } from './text-width.ts';

/** Labels and what they stand for, one pair a line, all texts from the same column. */
export function factLines(facts: readonly (readonly [label: string, text: string])[]): string[] {
  const width = Math.max(0, ...facts.map(([label]) => textWidth(label)));
  return facts.map(([label, text]) => cleanLine(`${label}${' '.repeat(width - textWidth(label))}  ${text}`));
}
