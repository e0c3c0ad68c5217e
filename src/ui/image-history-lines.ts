import { shortDigest } from '../core/digest.ts';
import { formatBytes, formatGrowth } from './bytes.ts';
import { cleanLine } from './clean-line.ts';
import { type ResumedView, resumedText } from './resumed-text.ts';
import { type RevocationView, revocationText } from './revocation-lines.ts';
import { wrapText } from './text-width.ts';

/** A template's images as `bake history` shows them; sizes in bytes. */
export interface ImageHistoryView {
  /** Newest first. */
  readonly images: readonly ImageView[];
  readonly damaged: readonly {
    readonly version: number;
    readonly name: string;
    readonly file: string;
    readonly reason: string;
  }[];
  readonly damagedLaunches: readonly { readonly environment: string; readonly lines: number }[];
  readonly more: number;
}

interface ImageView {
  readonly name: string;
  readonly version: number;
  readonly created: string;
  readonly digest: string;
  readonly bytes: number;
  readonly since?: {
    readonly name: string;
    readonly bytes: number;
    readonly lines: readonly string[];
    readonly why: readonly string[];
  };
  readonly confirmed?: { readonly times: number; readonly last: string };
  readonly launched: readonly {
    readonly environment: string;
    readonly at: string;
    readonly state: 'newest' | 'replaced' | 'stopped';
  }[];
  readonly revoked?: RevocationView;
  readonly unverified?: boolean;
  readonly resumed?: ResumedView | undefined;
}

/** As narrow as lines get: what is narrower still, the terminal breaks. */
const NARROWEST = 30;

/** A few lines for each image, the newest first, none wider than `columns`. */
export function imageHistoryLines(
  { images, damaged, damagedLaunches, more }: ImageHistoryView,
  { columns = Number.POSITIVE_INFINITY }: { readonly columns?: number } = {},
): string[] {
  const isFirst = ({ version }: ImageView) => more === 0 && damaged.every((other) => other.version > version);
  const blocks = [
    ...images.map((image) => ({ version: image.version, lines: imageLines(image, isFirst(image)) })),
    ...damaged.map(({ version, reason, file }) => ({
      version,
      lines: [`✗ ${reason}${file === '' ? '' : ` (${file})`}`],
    })),
  ].sort((a, b) => b.version - a.version);
  return [
    ...blocks.flatMap(({ lines }) => lines),
    ...damagedLaunches.map(
      ({ environment, lines }) =>
        `✗ ${lines} ${lines === 1 ? 'line' : 'lines'} of the history of ${environment} cannot be read`,
    ),
    ...(more === 0 ? [] : [`… and ${more} older; --limit shows more`]),
  ].flatMap((line) => wrapped(cleanLine(line), columns));
}

function imageLines(image: ImageView, first: boolean): string[] {
  const { name, created, digest, bytes, since, confirmed, launched, revoked, unverified, resumed } = image;
  const growth = since === undefined ? '' : ` (${formatGrowth(bytes, since.bytes)})`;
  return [
    `${name}  ${minute(created)}  ${shortDigest(digest)}  ${formatBytes(bytes)}${growth}`,
    ...sinceLines(image, first),
    ...(launched.length === 0 ? [] : [`  ${launched.map(launchedText).join(' · ')}`]),
    ...(confirmed === undefined
      ? []
      : [`  confirmed ${times(confirmed.times)}, last ${minute(confirmed.last)}`]),
    ...(revoked === undefined ? [] : [`  ✗ revoked ${revocationText(revoked, name)}`]),
    ...(unverified === true
      ? ['  ! never started before it was published: only a first environment takes it']
      : []),
    ...(resumed === undefined ? [] : [`  ! ${resumedText(resumed)}`]),
  ];
}

function sinceLines({ since, version }: ImageView, first: boolean): string[] {
  if (since === undefined && first && version > 1) return ['  the oldest that is left'];
  if (since === undefined) return [first ? '  the first image' : '  none before it can be read'];
  return [`  since ${since.name}: ${since.lines.join(' · ')}`, `  because: ${since.why.join(', ')}`];
}

const STATES = { newest: 'last launched in', replaced: 'was in', stopped: 'was stopped in' } as const;

/** `last launched in prod 2026-11-25` */
function launchedText({ environment, at, state }: ImageView['launched'][number]): string {
  return `${STATES[state]} ${environment} ${at.slice(0, 10)}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** `2026-11-22 22:13Z` */
function minute(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')}Z`;
}

/** A line that is broken goes on below its own beginning, further in. */
function wrapped(line: string, columns: number): string[] {
  if (columns === Number.POSITIVE_INFINITY) return [line];
  const [, indent = '', text = ''] = /^( *)(.*)$/s.exec(line) ?? [];
  const further = `${indent}    `;
  const room = Math.max(columns, NARROWEST);
  const [first = '', ...rest] = wrapText(text, room - indent.length);
  if (rest.length === 0) return [line];
  const others = wrapText(text.slice(first.length).trimStart(), room - further.length);
  return [indent + first, ...others.map((other) => further + other)];
}
