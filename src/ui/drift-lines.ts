import { shortDigest } from '../core/digest.ts';
import { cleanLine } from './clean-line.ts';

/** What `launch drift` found in an environment. */
export interface DriftView {
  readonly environment: string;
  readonly instances: readonly {
    readonly node: string;
    readonly image: string;
    readonly digest: string;
    readonly state: 'same' | 'drifted' | 'unknown' | 'stopped';
    readonly why?: string;
    readonly changes: readonly ChangeView[];
  }[];
}

interface ChangeView {
  readonly path: string;
  readonly kind: 'added' | 'changed' | 'removed';
  readonly what: readonly string[];
  readonly before?: EntryView;
  readonly after?: EntryView;
}

interface EntryView {
  readonly type: string;
  readonly mode: string;
  readonly owner: string;
  readonly target?: string;
}

const MOST_LINES = 50;
/** A folder with no more than these below it is shown whole. */
const FEW = 5;
const SIGNS = { added: '+', removed: '-', changed: '~' } as const;
const ODD = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const STATES = { same: '✔', drifted: '✗', unknown: '✗', stopped: '-' } as const;

/** One paragraph for each instance: `+` came, `-` went, `~` changed; a folder that came or went stands for all below it. */
export function driftLines({ environment, instances }: DriftView): string[] {
  if (instances.length === 0) return [`nothing runs in ${environment}`];
  return instances
    .flatMap(({ node, image, digest, state, why, changes }) => {
      const lines = linesOf(changes);
      const more = lines.length - MOST_LINES;
      return [
        `${STATES[state]} ${node}  ${image} ${shortDigest(digest)}  ${stateText(state, why, changes.length)}`,
        ...lines.slice(0, MOST_LINES).map((line) => `    ${line}`),
        ...(more > 0 ? [`    … and ${more} more; --json has all`] : []),
      ];
    })
    .map(cleanLine);
}

function stateText(state: keyof typeof STATES, why: string | undefined, count: number): string {
  if (state === 'same') return 'as its image';
  if (state === 'stopped') return 'does not run';
  if (state === 'unknown') return `unknown: ${why ?? ''}`;
  return `${count} ${count === 1 ? 'path differs' : 'paths differ'} from its image`;
}

/** A change, and how many paths came or went with it. */
interface Top {
  readonly change: ChangeView;
  below: number;
}

/** Of a folder that came or went with many below it only the folder is shown, and what runs as its owner. */
function linesOf(changes: readonly ChangeView[]): string[] {
  const tops = topsOf(changes);
  return changes.flatMap((change) => {
    const top = tops.get(change) ?? { change, below: 0 };
    const isFolded = top.below > FEW;
    if (top.change !== change && isFolded && !runsAsOwner(change)) return [];
    return [changeText(change, isFolded && top.change === change ? top.below : 0)];
  });
}

function topsOf(changes: readonly ChangeView[]): Map<ChangeView, Top> {
  const tops = new Map<ChangeView, Top>();
  const folders = { added: new Map<string, Top>(), removed: new Map<string, Top>() };
  for (const change of changes) {
    const { path, kind } = change;
    const above = kind === 'changed' ? undefined : folders[kind].get(parentOf(path));
    const top = above ?? { change, below: 0 };
    if (above !== undefined) above.below += 1;
    tops.set(change, top);
    // A folder also comes or goes by becoming something else, which is a change of its type.
    if (kind === 'changed' && !change.what.includes('type')) continue;
    if (change.before?.type === 'directory') folders.removed.set(path, top);
    if (change.after?.type === 'directory') folders.added.set(path, top);
  }
  return tops;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function changeText(change: ChangeView, below: number): string {
  const { path, kind, what, before, after } = change;
  const isFolder = (after ?? before)?.type === 'directory';
  const about = [
    ...what.map((difference) => differenceText(difference, before, after)),
    ...(runsAsOwner(change) ? ['runs as its owner'] : []),
    ...(below === 0 ? [] : [`and ${below} below it`]),
  ];
  return `${SIGNS[kind]} ${legible(path)}${isFolder ? '/' : ''}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
}

/** By setuid or setgid. */
function runsAsOwner({ kind, what, after }: ChangeView): boolean {
  const isNew = kind === 'added' || what.includes('mode');
  return isNew && after?.type === 'file' && (Number.parseInt(after.mode, 8) & 0o6000) !== 0;
}

function differenceText(difference: string, before?: EntryView, after?: EntryView): string {
  const changed = (old?: string, now?: string) => `${difference} ${old ?? '?'} → ${now ?? '?'}`;
  if (difference === 'mode') return changed(before?.mode, after?.mode);
  if (difference === 'owner') return changed(before?.owner, after?.owner);
  if (difference === 'type') return changed(before?.type, after?.type);
  if (difference === 'target') return changed(legible(before?.target ?? ''), legible(after?.target ?? ''));
  return difference === 'xattrs' ? 'capabilities' : difference;
}

/** Whoever is in the machine chose this text: what would move the cursor or hide something is shown as its number. */
function legible(text: string): string {
  return text.replace(ODD, (character) => {
    const number = character.codePointAt(0) ?? 0;
    return `\\u${number.toString(16).padStart(4, '0')}`;
  });
}
