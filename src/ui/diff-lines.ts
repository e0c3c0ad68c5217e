import { shortDigest } from '../core/digest.ts';
import { formatBytes, formatGrowth } from './bytes.ts';
import { cleanLine } from './clean-line.ts';

/** Two images' differences as `bake diff` shows them. */
export interface DiffView {
  readonly before: ComparedView;
  readonly after: ComparedView;
  readonly same: boolean;
  readonly why: readonly string[];
  readonly packages: {
    readonly upgraded: readonly VersionView[];
    readonly downgraded: readonly VersionView[];
    readonly added: readonly PackageView[];
    readonly removed: readonly PackageView[];
  };
  readonly services: ChangesView<{ readonly unit: string; readonly state: string }>;
  readonly users: ChangesView<{ readonly name: string; readonly uid: number }>;
  readonly ports: ChangesView<PortView>;
  readonly files?: {
    readonly outside: readonly FileView[];
    readonly byPackages: number;
    readonly byPackageManager: number;
    readonly setUid: { readonly added: readonly string[]; readonly removed: readonly string[] };
  };
  readonly filesUnknown?: string;
}

interface ComparedView {
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
}

interface VersionView {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

interface PackageView {
  readonly name: string;
  readonly version: string;
}

interface PortView {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly process?: string;
}

interface FileView {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly what: readonly string[];
}

interface ChangesView<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly { readonly before: T; readonly after: T }[];
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

/** One section for each kind of thing that differs, one line for each thing: `+` came, `-` went, `~` changed. */
export function diffLines(diff: DiffView): string[] {
  const { before, after, packages, files } = diff;
  const title = `${before.name} ${shortDigest(before.digest)} → ${after.name} ${shortDigest(after.digest)}`;
  if (diff.same) return [`${title}: the same content`];
  return [
    `${title}  ${formatBytes(after.bytes)} (${formatGrowth(after.bytes, before.bytes)})`,
    ...(diff.why.length === 0 ? [] : [`baked from another ${diff.why.join(', ')}`]),
    ...section('packages', [
      ...packages.upgraded.map(({ name, from, to }) => `~ ${name} ${from} → ${to}`),
      ...packages.downgraded.map(({ name, from, to }) => `~ ${name} ${from} → ${to} (downgraded)`),
      ...packages.added.map(({ name, version }) => `+ ${name} ${version}`),
      ...packages.removed.map(({ name, version }) => `- ${name} ${version}`),
    ]),
    ...section(
      'services',
      changes(diff.services, ({ unit, state }) => `${unit} ${state}`),
    ),
    ...section(
      'users',
      changes(diff.users, ({ name, uid }) => `${name} (${uid})`),
    ),
    ...section('listening ports', changes(diff.ports, portText)),
    ...section('files outside packages', (files?.outside ?? []).map(fileText)),
    ...section('run as their owner', [
      ...(files?.setUid.added ?? []).map((path) => `+ /${path}`),
      ...(files?.setUid.removed ?? []).map((path) => `- /${path}`),
    ]),
    ...(files === undefined
      ? []
      : section('files of packages', ownCounts(files.byPackages, files.byPackageManager))),
    ...(diff.filesUnknown === undefined ? [] : [`files: unknown, because ${diff.filesUnknown}`]),
  ].map(cleanLine);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function changes<T>({ added, removed, changed }: ChangesView<T>, text: (item: T) => string): string[] {
  return [
    ...added.map((item) => `+ ${text(item)}`),
    ...removed.map((item) => `- ${text(item)}`),
    ...changed.map(({ before, after }) => `~ ${text(before)} → ${text(after)}`),
  ];
}

function portText({ protocol, address, port, process }: PortView): string {
  return `${protocol} ${address}:${port}${process === undefined ? '' : ` ${process}`}`;
}

function fileText({ path, kind, what }: FileView): string {
  return `${SIGNS[kind]} /${path}${what.length === 0 ? '' : ` (${what.join(', ')})`}`;
}

function ownCounts(byPackages: number, byPackageManager: number): string[] {
  return [
    ...(byPackages === 0 ? [] : [`${byPackages} with the packages above`]),
    ...(byPackageManager === 0 ? [] : [`${byPackageManager} of the package manager’s own`]),
  ];
}
