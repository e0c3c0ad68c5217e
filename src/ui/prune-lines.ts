import { formatAge } from './age.ts';
import { formatBytes } from './bytes.ts';
import { cleanLine } from './clean-line.ts';
import { formatTable } from './table.ts';

/** What `bake prune` would remove, or has; sizes in bytes, times as ISO. */
export interface PruneView {
  readonly remove: readonly {
    readonly name: string;
    readonly created: string;
    readonly bytes: number;
    /** Of files on this host that go; nothing of an engine is in it. */
    readonly files: number;
    readonly forms: readonly string[];
    readonly why: string;
    readonly revoked?: true;
    readonly amis?: readonly { readonly region: string; readonly id: string }[];
  }[];
  readonly held: readonly {
    readonly name: string;
    readonly created: string;
    readonly why: readonly string[];
  }[];
  readonly kept: number;
  readonly unlimited: readonly string[];
  readonly unknown: readonly string[];
  readonly silent: readonly { readonly platform: string; readonly why: string; readonly mayRun: boolean }[];
  readonly unread: readonly { readonly environment: string; readonly lines: number }[];
  readonly damaged: readonly string[];
  readonly done?: {
    readonly images: readonly { readonly name: string; readonly parts: readonly PartView[] }[];
    readonly damaged: readonly { readonly message: string }[];
  };
}

interface PartView {
  readonly part: string;
  readonly state: 'removed' | 'shared' | 'pending';
  readonly why?: string;
  readonly freed: number;
}

/** How each part is called. */
const PARTS: Readonly<Record<string, string>> = {
  oci: 'its container image',
  disk: 'its disk',
  ami: 'its AMI',
  tree: 'its manifest',
};

/** What goes and why, what stays against the rules and why, and what came of it. */
export function pruneLines(prune: PruneView, now: Date): string[] {
  const { remove, held, done } = prune;
  return [
    ...(remove.length === 0 ? [] : goes(prune, now)),
    ...remove.flatMap(amiLine),
    ...(held.length === 0 ? [] : stays(held, now)),
    ...notes(prune),
    ...(done === undefined ? [wouldGo(prune)] : whatWasDone(prune, done)),
  ].map(cleanLine);
}

function goes({ remove, done }: PruneView, now: Date): string[] {
  const rows = remove.map(({ name, created, bytes, files, why, revoked }) => [
    name,
    formatAge(created, now),
    formatBytes(bytes),
    files === 0 ? '-' : formatBytes(files),
    `${why}${revoked ? '; revoked' : ''}`,
  ]);
  const heading = [done === undefined ? 'WOULD GO' : 'GONE', 'AGE', 'SIZE', 'FILES', 'WHY'];
  return formatTable(heading, rows, ['left', 'right', 'right', 'right']);
}

function amiLine({ name, amis = [] }: PruneView['remove'][number]): string[] {
  if (amis.length === 0) return [];
  return [
    `with ${name}: ${amis.map(({ region, id }) => `${id} in ${region}`).join(', ')}, with their snapshots`,
  ];
}

function stays(held: PruneView['held'], now: Date): string[] {
  const rows = held.map(({ name, created, why }) => [name, formatAge(created, now), why.join('; ')]);
  return formatTable(['STAYS ALL THE SAME', 'AGE', 'WHY'], rows, ['left', 'right']);
}

function notes({ unlimited, unknown, silent, unread, damaged }: PruneView): string[] {
  return [
    ...(unlimited.length === 0
      ? []
      : [`without \`keep:\`, so nothing of it is pruned: ${unlimited.join(', ')}`]),
    ...(unknown.length === 0
      ? []
      : [`no template of this workspace, so nothing of it is pruned: ${unknown.join(', ')}`]),
    ...silent.map(({ platform, why, mayRun }) =>
      mayRun
        ? `! ${platform} cannot be asked what it runs, so nothing is pruned that may run there: ${why}`
        : `! ${platform} cannot be asked, and nothing says that it runs anything: ${why}`,
    ),
    ...unread.map(
      ({ environment, lines }) =>
        `! the history of ${environment} has ${lines === 1 ? '1 line that cannot' : `${lines} lines that cannot`} be read: where a rollback leads is told by the others`,
    ),
    ...(damaged.length === 0
      ? []
      : [
          `! nothing is pruned as long as a record is damaged, as it may be of an image that is based on it: ${damaged.join(', ')}; see bake list`,
        ]),
  ];
}

function nothingToPrune(kept: number): string {
  return kept === 0 ? 'nothing to prune' : `nothing to prune: the rules keep ${images(kept)}`;
}

function wouldGo({ remove, kept }: PruneView): string {
  if (remove.length === 0) return nothingToPrune(kept);
  const engine = remove.some(({ forms }) => forms.includes('oci')) ? `, ${ENGINE}` : '';
  const files = remove.reduce((sum, one) => sum + one.files, 0);
  return `${images(remove.length)} would go, ${formatBytes(files)} of files${engine}; nothing was changed: bake prune --yes does it`;
}

const ENGINE = 'and what the engine frees, which nobody can say as its images share layers';

function whatWasDone({ remove, kept }: PruneView, done: NonNullable<PruneView['done']>): string[] {
  const now = new Set(remove.map(({ name }) => name));
  const parts = done.images.flatMap(({ name, parts: own }) => own.map((part) => ({ name, ...part })));
  const before = done.images.filter(({ name }) => !now.has(name)).map(({ name }) => name);
  const freed = parts.reduce((sum, one) => sum + one.freed, 0);
  const containers = parts.filter(({ part, state }) => part === 'oci' && state === 'removed').length;
  return [
    ...parts.flatMap(({ name, part, state, why }) => {
      const what = `${name}: ${PARTS[part] ?? part}`;
      if (state === 'pending')
        return [`! ${what} could not be removed, and the next prune tries again: ${why}`];
      if (state === 'removed' && why !== undefined) return [`- ${what} did not have to be removed: ${why}`];
      return state === 'shared' ? [`- ${what} stays, as it is that of ${why} too`] : [];
    }),
    ...done.damaged.map(({ message }) => `! ${message}`),
    ...(before.length === 0 ? [] : [`left by an earlier prune: ${before.join(', ')}`]),
    remove.length === 0 && done.images.length === 0
      ? nothingToPrune(kept)
      : `✔ ${images(remove.length)} pruned, ${formatBytes(freed)} of files freed${
          containers === 0
            ? ''
            : `, ${containers} removed from the engine (what that frees nobody can say, as its images share layers)`
        }`,
  ];
}

function images(count: number): string {
  return count === 1 ? '1 image' : `${count} images`;
}
