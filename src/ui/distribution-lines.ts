import { cleanLine } from './clean-line.ts';
import { formatTable } from './table.ts';

/** Where an image's AMI is, and what is missing. */
export interface DistributionView {
  readonly image: string;
  readonly regions: readonly {
    readonly region: string;
    readonly id?: string;
    readonly state: 'original' | 'there' | 'copied' | 'gone' | 'failed';
    readonly changed: readonly string[];
    readonly undeclared?: true;
    readonly error?: unknown;
  }[];
}

type RegionView = DistributionView['regions'][number];

/** A line for each region, and whether that is all. */
export function distributionLines({ image, regions }: DistributionView): string[] {
  const failed = regions.filter(({ state }) => state === 'failed').length;
  const rows = regions.map((one) => [one.region, one.id ?? '-', whatCame(one)]);
  return [
    ...formatTable(['REGION', 'AMI', 'WHAT'], rows),
    failed === 0
      ? `✔ ${image} is where it is declared: ${count(regions.length)}`
      : `✘ ${image} is not all that is declared in ${failed} of ${count(regions.length)}; bake distribute ${image} tries again`,
  ].map(cleanLine);
}

/** The same below a bake's summary, where it matters only what is new and what is missing. */
export function distributedLines({ image, regions }: DistributionView): string[] {
  const failed = regions.filter(({ state }) => state === 'failed');
  const there = regions.filter(({ id, state }) => id !== undefined && state !== 'failed');
  return [
    ...(there.length === 0
      ? []
      : [`  AMI in ${there.map(({ region, id }) => `${region} ${id}`).join(' · ')}`]),
    ...failed.map((one) => `  ✘ ${one.region}: ${whatCame(one)}`),
    ...(failed.length === 0 ? [] : [`  it is published: bake distribute ${image} does the rest`]),
  ].map(cleanLine);
}

const STATES = {
  original: 'made there',
  there: 'copied before',
  copied: 'copied',
  gone: 'its copy is there no more',
  failed: 'failed',
} as const;

function whatCame({ state, changed, undeclared, error }: RegionView): string {
  const why = error === undefined ? '' : `: ${error instanceof Error ? error.message : String(error)}`;
  const not = undeclared === undefined ? [] : ['not declared any more'];
  return [`${STATES[state]}${why}`, ...changed, ...not].join('; ');
}

function count(regions: number): string {
  return regions === 1 ? '1 region' : `${regions} regions`;
}
