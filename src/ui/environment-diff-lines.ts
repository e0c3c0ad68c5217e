import { cleanLine } from './clean-line.ts';
import { formatDuration } from './duration.ts';
import { jsonText } from './json-text.ts';

/** Two environments' differences as `launch env diff` shows them; times in milliseconds. */
export interface EnvironmentDiffView {
  readonly before: string;
  readonly after: string;
  readonly same: boolean;
  readonly settings: readonly ChangeView<unknown>[];
  readonly images: readonly {
    readonly template: string;
    readonly only?: 'before' | 'after';
    readonly settings: readonly ChangeView<unknown>[];
    readonly data: readonly (ChangeView<ValueView> & { readonly node?: string })[];
  }[];
  readonly secrets: {
    readonly both: readonly string[];
    readonly before: readonly string[];
    readonly after: readonly string[];
  };
}

interface ChangeView<T> {
  readonly key: string;
  readonly before?: T;
  readonly after?: T;
}

interface ValueView {
  readonly value: unknown;
  readonly place: { readonly file: string; readonly line: number; readonly column: number };
}

/** Settings that are times. */
const TIMES = new Set(['soak', 'max-age']);

/** One section for each image that differs, one line for each thing: `+` only after, `-` only before, `~` another. */
export function environmentDiffLines(diff: EnvironmentDiffView): string[] {
  const { before, after, secrets } = diff;
  if (diff.same) return [`${before} → ${after}: no difference`].map(cleanLine);
  return [
    `${before} → ${after}`,
    ...section('settings', diff.settings.map(settingText)),
    ...diff.images.flatMap(({ template, only, settings, data }) =>
      section(title(template, only, diff), [...settings.map(settingText), ...data.flatMap(dataTexts)]),
    ),
    ...section('secrets (their values are not compared)', [
      ...secrets.before.map((name) => `- ${name}`),
      ...secrets.after.map((name) => `+ ${name}`),
      ...secrets.both.map((name) => `  ${name}: in both`),
    ]),
  ].map(cleanLine);
}

function title(
  template: string,
  only: 'before' | 'after' | undefined,
  { before, after }: EnvironmentDiffView,
): string {
  return only === undefined ? template : `${template} (only in ${only === 'before' ? before : after})`;
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${heading}:`, ...lines.map((line) => `  ${line}`)];
}

function settingText({ key, before, after }: ChangeView<unknown>): string {
  const text = (value: unknown) =>
    TIMES.has(key) && typeof value === 'number' ? formatDuration(value) : plainText(value);
  return changeText(
    key,
    before === undefined ? undefined : text(before),
    after === undefined ? undefined : text(after),
  );
}

/** A value, and below it where each side has it from. */
function dataTexts({
  key,
  node,
  before,
  after,
}: ChangeView<ValueView> & { readonly node?: string }): string[] {
  const name = node === undefined ? key : `${key} (${node})`;
  const change = changeText(name, before && jsonText(before.value), after && jsonText(after.value));
  const places = [before, after].flatMap((side) => (side === undefined ? [] : [placeText(side)]));
  return [change, `    ${places.join(' → ')}`];
}

function changeText(key: string, before: string | undefined, after: string | undefined): string {
  if (before === undefined) return `+ ${key} ${after}`;
  if (after === undefined) return `- ${key} ${before}`;
  return `~ ${key} ${before} → ${after}`;
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.length === 0) return 'none';
  return Array.isArray(value) ? value.map(plainText).join(', ') : jsonText(value);
}

function placeText({ place: { file, line, column } }: ValueView): string {
  return `${file}:${line}:${column}`;
}
