import { formatDuration } from '../duration.ts';
import type { FaultJson } from '../fault-json.ts';
import type { LaunchView } from '../launch-lines.ts';

/** A nightly rebuild as people and programs are told of it. Times in ms or ISO UTC, sizes in bytes. */
export interface NightlyView {
  readonly started: string;
  readonly ms: number;
  /** How many were baked at once at most. */
  readonly jobs: number;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly templates: readonly NightlyRow[];
  readonly launch?: {
    readonly environment: string;
    readonly images: readonly LaunchedRow[];
    /** What kept anything from being launched. */
    readonly error?: FaultJson;
  };
  /** What was pruned in the end. */
  readonly prune?: PruneView;
}

/** Names of images: removed, still to be removed, and those whose damaged record was in the way. */
export interface PruneView {
  readonly removed: readonly string[];
  readonly pending: readonly string[];
  readonly damaged: readonly string[];
  readonly error?: FaultJson;
}

export type LaunchedRow = Omit<LaunchView, 'failure'> & { readonly error?: FaultJson };

/** What became of one template. */
export interface NightlyRow {
  readonly template: string;
  readonly state: 'published' | 'unchanged' | 'failed' | 'skipped';
  readonly ms: number;
  /** `web@8`, of what was published or confirmed. */
  readonly image?: string;
  readonly digest?: string;
  readonly bytes?: number;
  /** What changed since the image before, and which part of what went in did. */
  readonly since?: {
    readonly name: string;
    readonly lines: readonly string[];
    readonly why: readonly string[];
    readonly bytes: number;
  };
  /** Regions in which its AMI is not all that is declared, and why. */
  readonly missing?: readonly { readonly region: string; readonly error: FaultJson }[];
  readonly error?: FaultJson;
  /** Why it was skipped. */
  readonly why?: string;
  readonly log?: string;
}

const STATES = ['published', 'unchanged', 'failed', 'skipped'] as const;

/** `2 published, 3 unchanged, 1 failed`; what there is none of is left out. */
export function countedStates(rows: readonly NightlyRow[]): string {
  const counts = STATES.map((state) => ({ state, count: rows.filter((row) => row.state === state).length }));
  const present = counts.filter(({ count }) => count > 0);
  return present.map(({ state, count }) => `${count} ${state}`).join(', ') || 'no template';
}

/** `Nightly rebuild of 2026-11-26, shard 1 of 3` */
export function titleOf({ started, shard }: NightlyView): string {
  const part = shard === undefined ? '' : `, shard ${shard.index} of ${shard.count}`;
  return `Nightly rebuild of ${started.slice(0, 10)}${part}`;
}

/** `1 min 47 s of baking, up to 2 at once`: all the time that was baked, of which some ran side by side. */
export function workText({ templates, jobs }: NightlyView): string {
  const baked = templates.reduce((sum, { ms }) => sum + ms, 0);
  return `${formatDuration(baked)} of baking, up to ${jobs} at once`;
}

/** What was launched, by its image where there is one, and what its instances came to. */
export function launchedText({ template, record, places }: LaunchedRow): { image: string; nodes: string } {
  return {
    image: record?.name ?? template,
    nodes: places.map(({ node, state }) => `${node} ${state}`).join(', '),
  };
}

/** What is to be said of a template, in lines: what changed and why, that nothing did, how it failed, why it was skipped. */
export function tellings(row: NightlyRow): string[] {
  const { state, error, why } = row;
  if (state === 'failed') return error === undefined ? [] : [error.message];
  if (state === 'skipped') return why === undefined ? [] : [why];
  return [...changes(row), ...missingTellings(row)];
}

function changes({ state, image, since }: NightlyRow): string[] {
  if (state === 'unchanged') return [`the same as ${image}, which is confirmed`];
  if (since === undefined) return ['the first image'];
  return [`since ${since.name}: ${since.lines.join(' · ')}`, `because: ${since.why.join(', ')}`];
}

/** Where its AMI is not all that is declared, and what does the rest; no line when it is. */
export function missingTellings({ image, missing = [] }: NightlyRow): string[] {
  const lines = missing.map(({ region, error }) => `✘ ${region}: ${error.message}`);
  return lines.length === 0 ? [] : [...lines, `bake distribute ${image} does the rest`];
}

/** What is to be said of a prune, in lines. */
export function pruneTellings({ removed, pending, damaged, error }: PruneView): string[] {
  if (error !== undefined) return [`nothing was pruned: ${error.message}`];
  if (damaged.length > 0) return [`nothing was pruned, as ${damaged.join(', ')} cannot be read`];
  return [
    removed.length === 0 ? 'nothing to prune' : `pruned: ${removed.join(', ')}`,
    ...(pending.length === 0 ? [] : [`not all of it is removed yet: ${pending.join(', ')}`]),
  ];
}
