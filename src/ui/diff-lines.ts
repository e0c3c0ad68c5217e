import { shortDigest } from '../core/digest.ts';
import { formatBytes, formatGrowth, formatSigned } from './bytes.ts';
import { changelogLines } from './changelog-lines.ts';
import { cleanLine } from './clean-line.ts';
import {
  changesText,
  fileText,
  namedText,
  PORT_TEXT,
  privilegedText,
  SERVICE_TEXT,
  USER_TEXT,
} from './diff-texts.ts';
import type { CauseView, DiffView } from './diff-view.ts';

/** Lines of one section that are shown when nobody asked for all of them. */
const SHOWN = 40;
/** What a tree's size changed by: so many are told, from so many bytes. */
const GROWTHS = 5;
const NOTABLE = 100_000;

/**
 * One section for each kind of thing that differs, one line for each thing: `+` came, `-` went, `~` changed. A long
 * section is cut, unless all of it was asked for.
 */
export function diffLines(diff: DiffView, { all = false }: { readonly all?: boolean } = {}): string[] {
  const { before, after, packages, files } = diff;
  const section = (title: string, lines: readonly string[]) => sectionOf(title, lines, all);
  const title = `${before.name} ${shortDigest(before.digest)} → ${after.name} ${shortDigest(after.digest)}`;
  if (diff.same) {
    const although = section('what went in differs all the same', diff.why.flatMap(causeLines));
    return [`${title}: the same content`, ...although].map(cleanLine);
  }
  return [
    title,
    ...(diff.why.length === 0
      ? ['why: nothing that went in differs: what a step fetched, or when it ran, did']
      : section('why', diff.why.flatMap(causeLines))),
    ...section('packages', [
      ...packages.upgraded.map(({ name, from, to }) => `~ ${name} ${from} → ${to}`),
      ...packages.downgraded.map(({ name, from, to }) => `~ ${name} ${from} → ${to} (downgraded)`),
      ...packages.added.map(({ name, version }) => `+ ${name} ${version}`),
      ...packages.removed.map(({ name, version }) => `- ${name} ${version}`),
    ]),
    ...changelogLines(diff.changelogs ?? [], all ? Number.POSITIVE_INFINITY : SHOWN),
    ...section('services', changesText(diff.services, SERVICE_TEXT)),
    ...section('users', changesText(diff.users, USER_TEXT)),
    ...section('listening ports', changesText(diff.ports, PORT_TEXT)),
    ...section('set-uid and set-gid files', [
      ...(files?.setUid.added ?? []).map((file) => `+ ${privilegedText(file)}`),
      ...(files?.setUid.removed ?? []).map((file) => `- ${privilegedText(file)}`),
    ]),
    ...section('configuration files', (files?.configuration ?? []).map(fileText)),
    ...section('other files outside packages', (files?.outside ?? []).map(fileText)),
    ...section('files of packages', ownCounts(files)),
    ...(diff.filesUnknown === undefined ? [] : [`files: unknown, because ${diff.filesUnknown}`]),
    ...sizeLines(diff),
    ...section('baked with', diff.tools.map(toolText)),
  ].map(cleanLine);
}

function sectionOf(title: string, lines: readonly string[], all: boolean): string[] {
  if (lines.length === 0) return [];
  // A line that says how many more there are takes as much room as the one that it would stand for.
  const shown = all || lines.length <= SHOWN + 1 ? lines : lines.slice(0, SHOWN);
  const more = lines.length - shown.length;
  return [
    `${title}:`,
    ...shown.map((line) => `  ${line}`),
    ...(more === 0 ? [] : [`  … and ${more} more; --all shows them`]),
  ];
}

function causeLines({ text, changes = [] }: CauseView): string[] {
  return changes.length === 0 ? [text] : [`${text}:`, ...changes.map((change) => `  ${namedText(change)}`)];
}

function sizeLines({ before, after, files }: DiffView): string[] {
  if (before.bytes === after.bytes) return [];
  const growths = (files?.growth ?? []).filter(({ bytes }) => Math.abs(bytes) >= NOTABLE).slice(0, GROWTHS);
  return [
    `size: ${formatBytes(before.bytes)} → ${formatBytes(after.bytes)} (${formatGrowth(after.bytes, before.bytes)})`,
    ...growths.map(({ what, bytes }) => `  ${formatSigned(bytes)} ${what}`),
  ];
}

function toolText({ name, kind, from, to }: DiffView['tools'][number]): string {
  return kind === 'changed' ? `~ ${name} ${from} → ${to}` : `${namedText({ name, kind })} ${from ?? to}`;
}

function ownCounts(files: DiffView['files']): string[] {
  const { byPackages = 0, byPackageManager = 0 } = files ?? {};
  return [
    ...(byPackages === 0 ? [] : [`${byPackages} with the packages above`]),
    ...(byPackageManager === 0 ? [] : [`${byPackageManager} of the package manager’s own`]),
  ];
}
