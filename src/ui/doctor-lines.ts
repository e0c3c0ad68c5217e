import { cleanLine } from './clean-line.ts';
import { textWidth } from './text-width.ts';

/** One tool or service of this host. */
export interface FindingView {
  readonly name: string;
  readonly state: 'there' | 'missing' | 'unusable';
  /** A bake cannot do without it. */
  readonly needed: boolean;
  /** Its version, its address, or what is wrong with it. */
  readonly about: string;
  /** What it is for: `bases from Debian`. */
  readonly purpose: string;
  /** The command that installs or starts it. */
  readonly remedy?: string;
}

/** One line for each, and under what is missing the command that helps. */
export function doctorLines(findings: readonly FindingView[]): string[] {
  const width = Math.max(0, ...findings.map(({ name }) => textWidth(name)));
  return findings.flatMap(({ name, state, needed, about, purpose, remedy }) => {
    const icon = state === 'there' ? '✔' : needed ? '✗' : '-';
    const text = [about, `for ${purpose}`].filter((part) => part !== '').join(', ');
    const line = cleanLine(`${icon} ${name}${' '.repeat(width - textWidth(name))}  ${text}`);
    return state === 'there' || remedy === undefined
      ? [line]
      : [line, `${' '.repeat(width + 4)}${cleanLine(remedy)}`];
  });
}
