import { cleanLine } from '../clean-line.ts';

/** What `bake checks suggest` proposes. */
export interface SuggestionView {
  readonly image: string;
  readonly base: string;
  readonly compared: boolean;
  /** Kind, then name, then attributes. */
  readonly checks: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly leftOut: readonly { readonly check: string; readonly why: string }[];
}

/** Words that YAML takes for something else than a text. */
const NO_TEXT = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** YAML with two blanks before it: to be pasted under `checks:` of a template, or a file of checks as it is. */
export function suggestionLines({ image, base, compared, checks, leftOut }: SuggestionView): string[] {
  const beyond = compared ? ` beyond its base ${base}` : '';
  const kinds = Object.entries(checks).filter(([, named]) => Object.keys(named).length > 0);
  return [
    `  # what ${image} has${beyond}, as a fresh machine of it showed`,
    ...(kinds.length === 0 ? ['  # nothing that is enabled, listened on or a user'] : []),
    ...kinds.flatMap(([kind, named]) => [
      `  ${kind}:`,
      ...Object.entries(named).map(([name, attributes]) => `    ${scalar(name)}: ${flow(attributes)}`),
    ]),
    ...leftOut.map(({ check, why }) => cleanLine(`  # left out: ${check} (${why})`)),
  ];
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'string') return scalar(value);
  if (value === null || typeof value !== 'object') return String(value);
  const pairs = Object.entries(value).map(([key, inner]) => `${scalar(key)}: ${flow(inner)}`);
  return `{ ${pairs.join(', ')} }`;
}

/** A text that stays one: as it is where that is plain, else in quotes, where JSON is YAML. */
function scalar(text: string): string {
  return /^[a-z/][\w/.-]*$/i.test(text) && !NO_TEXT.test(text) ? text : JSON.stringify(text);
}
