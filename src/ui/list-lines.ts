import { shortDigest } from '../core/digest.ts';
import { formatBytes } from './bytes.ts';
import { cleanLine } from './clean-line.ts';
import { formatDuration } from './duration.ts';
import { type ResumedView, resumedText } from './resumed-text.ts';
import { type RevocationView, revocationText } from './revocation-lines.ts';
import { formatTable } from './table.ts';

/** The catalogue as `bake list` shows it. */
export interface ListView {
  readonly images: readonly {
    readonly name: string;
    readonly digest: string;
    readonly bytes: number;
    readonly created: string;
    /** When a bake last came to this very content once more. */
    readonly confirmed?: string;
    readonly base: string;
    readonly forms: readonly string[];
    /** The file of the form `disk`. */
    readonly disk?: { readonly digest: string; readonly size: number };
    /** Where the form `ami` was made. */
    readonly ami?: { readonly id: string; readonly region: string };
    readonly unverified?: boolean;
    readonly resumed?: ResumedView;
    readonly ms: number;
    readonly revoked?: RevocationView;
  }[];
  readonly damaged: readonly {
    readonly name: string;
    readonly file: string;
    readonly reason: string;
    /** What to do. */
    readonly hint?: string;
  }[];
  readonly more: number;
}

/** One line for each image, then those that are revoked, were not verified or not baked from a clean machine, what cannot be read and how many are not shown. */
export function listLines({ images, damaged, more }: ListView): string[] {
  if (images.length + damaged.length + more === 0) return ['no image yet: bake image NAME makes one'];
  const anyConfirmed = images.some(({ confirmed }) => confirmed !== undefined);
  const rows = images.map(({ name, digest, bytes, created, confirmed, base, forms, disk, ami, ms }) => [
    name,
    shortDigest(digest),
    formatBytes(bytes),
    minute(created),
    ...(anyConfirmed ? [confirmed === undefined ? '' : minute(confirmed)] : []),
    base,
    formsText(forms, disk, ami),
    formatDuration(ms),
  ]);
  const seen = anyConfirmed ? (['CONFIRMED'] as const) : [];
  const heading = ['IMAGE', 'DIGEST', 'SIZE', 'BAKED', ...seen, 'BASE', 'FORMS', 'TOOK'];
  const sides = [
    'left',
    'left',
    'right',
    'left',
    ...seen.map(() => 'left' as const),
    'left',
    'left',
    'right',
  ] as const;
  return [
    ...(rows.length === 0 ? [] : formatTable(heading, rows, sides)),
    ...images.flatMap(({ name, revoked }) =>
      revoked === undefined ? [] : [cleanLine(`✗ ${name} is revoked, ${revocationText(revoked, name)}`)],
    ),
    ...images.flatMap(({ name, unverified }) =>
      unverified
        ? [
            cleanLine(
              `! ${name} was never started before it was published: only a first environment takes it`,
            ),
          ]
        : [],
    ),
    ...images.flatMap(({ name, resumed }) =>
      resumed === undefined ? [] : [cleanLine(`! ${name} was ${resumedText(resumed)}`)],
    ),
    ...damaged.flatMap(({ name, file, reason, hint }) => [
      cleanLine(`✗ ${name}: ${reason}${file === '' ? '' : ` (${file})`}`),
      ...(hint === undefined ? [] : [cleanLine(`  ${hint}`)]),
    ]),
    ...(more === 0 ? [] : [`… and ${more} older; --limit shows more`]),
  ];
}

type ListedImage = ListView['images'][number];

/** `oci,disk`, and what the disk's file is and where the AMI: `e3b0c44298fc 231 MB ami-0123456789abcdef0 eu-central-1`. */
function formsText(forms: readonly string[], disk: ListedImage['disk'], ami: ListedImage['ami']): string {
  return [
    forms.join(','),
    ...(disk === undefined ? [] : [shortDigest(disk.digest), formatBytes(disk.size)]),
    ...(ami === undefined ? [] : [ami.id, ami.region]),
  ].join(' ');
}

/** `2026-11-22 22:13Z` */
function minute(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')}Z`;
}
