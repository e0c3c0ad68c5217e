import { cleanLine } from './clean-line.ts';
import { factLines } from './fact-lines.ts';
import { jsonText } from './json-text.ts';
import { formatTable } from './table.ts';
import { truncateText } from './text-width.ts';

/** A key's value and where it comes from, as `launch explain` shows it. */
export interface ExplainView {
  readonly key: string;
  readonly asker: { readonly env: string; readonly role?: string; readonly node?: string };
  readonly lookup?: LookupView;
  readonly defaults: readonly { readonly image: string; readonly value: unknown }[];
  readonly secret?: PlaceView;
}

interface PlaceView {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface LookupView {
  readonly strategy: { readonly strategy: string; readonly by?: PlaceView & { readonly pattern: string } };
  readonly files: readonly {
    readonly level: string;
    readonly outcome: keyof typeof OUTCOMES;
    readonly file: string;
    readonly value?: unknown;
    readonly place?: PlaceView;
  }[];
  readonly result?: {
    readonly value: unknown;
    readonly parts: readonly { readonly key: string; readonly value: unknown; readonly place: PlaceView }[];
  };
}

const OUTCOMES = {
  'no file': 'no such file',
  'no key': 'does not have it',
  'no part': 'has no such part',
  won: '✔ won',
  merged: '✔ merged',
  lost: '✗ lost',
} as const;

/** Columns of a value in a table; the whole value has a line of its own. */
const VALUE_COLUMNS = 60;

/** Who asks, the value, how it was chosen; then every file that could have had a say, highest first. */
export function explainLines({ key, asker, lookup, defaults, secret }: ExplainView): string[] {
  const who = [asker.role && `role ${asker.role}`, asker.node && `node ${asker.node}`].filter(Boolean);
  const facts: [string, string][] = [
    ['key', key],
    ['environment', [asker.env, ...who].join(', ')],
  ];
  if (lookup?.result !== undefined) facts.push(['value', jsonText(lookup.result.value)]);
  if (lookup !== undefined) facts.push(['merge', mergeText(lookup.strategy)]);
  if (lookup === undefined && defaults.length > 0) facts.push(['value', 'no level has it']);
  for (const { image, value } of defaults)
    facts.push(['default', `${jsonText(value)}, from the template of ${image}`]);
  if (secret !== undefined)
    facts.push([
      'secret',
      `${placeText(secret)}; \`launch secrets show ${key} --env ${asker.env}\` prints it`,
    ]);
  return [
    ...factLines(facts),
    ...(lookup === undefined ? [] : ['', ...fileLines(lookup), ...partLines(lookup)]),
  ];
}

function mergeText({ strategy, by }: LookupView['strategy']): string {
  if (by === undefined) return `${strategy}, as nothing else is said in lookup_options`;
  return `${strategy}, by \`${by.pattern}\` of lookup_options at ${placeText(by)}`;
}

function fileLines({ files }: LookupView): string[] {
  const rows = files.map(({ level, outcome, file, value, place }) => [
    level,
    OUTCOMES[outcome],
    place === undefined ? file : placeText(place),
    value === undefined ? '' : shown(value),
  ]);
  return formatTable(['LEVEL', 'WHAT', 'WHERE', 'VALUE'], rows.map(clean));
}

/** Where each part comes from, when they come from several files. */
function partLines({ result, files }: LookupView): string[] {
  if (result === undefined || !files.some(({ outcome }) => outcome === 'merged')) return [];
  const rows = result.parts.map(({ key, value, place }) => [key, placeText(place), shown(value)]);
  return ['', ...formatTable(['PART', 'WHERE', 'VALUE'], rows.map(clean))];
}

function clean(row: readonly string[]): string[] {
  return row.map(cleanLine);
}

function shown(value: unknown): string {
  return truncateText(jsonText(value), VALUE_COLUMNS);
}

function placeText({ file, line, column }: PlaceView): string {
  return `${file}:${line}:${column}`;
}
