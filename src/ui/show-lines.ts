import { formatBytes } from './bytes.ts';
import { formatDuration, formatSeconds } from './duration.ts';
import { factLines } from './fact-lines.ts';
import { type ResumedView, resumedText } from './resumed-text.ts';
import { type RevocationView, revocationText } from './revocation-lines.ts';

/** What `bake show` tells of a record; sizes in bytes, times in ms. */
export interface RecordView {
  readonly name: string;
  readonly bake: string;
  readonly created: string;
  readonly digest: string;
  readonly bytes: number;
  readonly bakeKey: { readonly digest: string };
  readonly base: { readonly name: string; readonly source: string; readonly digest: string };
  readonly bundle: { readonly digest: string; readonly size: number };
  readonly tools: Readonly<Record<string, string>>;
  readonly converge: readonly StepView[];
  readonly prove: { readonly allowed: readonly { readonly resource: string; readonly reason: string }[] };
  readonly checks: {
    readonly check?: ReportView | undefined;
    readonly verify: readonly VerifiedView[];
  };
  readonly inventory: { readonly packages: readonly unknown[]; readonly services: readonly unknown[] };
  readonly stages: readonly { readonly stage: string; readonly ms: number }[];
  readonly forms: readonly FormView[];
  readonly unverified?: boolean;
  readonly resumed?: ResumedView;
  readonly revoked?: RevocationView;
  /** Bakes that came to this very content once more, oldest first. */
  readonly confirmations?: readonly { readonly bake: string; readonly at: string }[];
  /** Of its AMI, in other regions; those that were lost are there no more. */
  readonly copies?: readonly { readonly region: string; readonly id: string; readonly lost?: string }[];
}

/** What it is found by differs by kind: an engine's tag, a file of some size. */
interface FormView {
  readonly kind: string;
  readonly digest?: string;
  readonly tag?: string;
  readonly file?: string;
  readonly size?: number;
  readonly id?: string;
  readonly region?: string;
}

interface VerifiedView {
  readonly form: string;
  readonly report?: ReportView;
  readonly startedAs?: string;
}

interface ReportView {
  readonly results: readonly { readonly outcome: string }[];
}

interface StepView {
  readonly step: string;
  readonly version: string;
  readonly ms: number;
  readonly resources: readonly { readonly state: string }[];
}

/** An image's record for people: what it is, what went in, what was proven. */
export function showLines(record: RecordView, manifestFile: string): string[] {
  const { base, bundle, stages } = record;
  const total = stages.reduce((sum, { ms }) => sum + ms, 0);
  return factLines([
    ['image', record.name],
    ...(record.revoked === undefined
      ? []
      : [['revoked', revocationText(record.revoked, record.name)] as const]),
    ['digest', record.digest],
    ['size', formatBytes(record.bytes)],
    ['baked', `${record.created} in ${formatDuration(total)}, bake ${record.bake}`],
    ...confirmedFact(record.confirmations ?? []),
    ...record.forms.map((form) => ['form', formText(form)] as const),
    ...copyFacts(record.copies ?? []),
    ...(record.resumed === undefined ? [] : [['resumed', resumedText(record.resumed)] as const]),
    ['base', `${base.name} (${base.source})  ${base.digest}`],
    ['bundle', `${bundle.digest}  ${formatBytes(bundle.size)}`],
    ['bake key', record.bakeKey.digest],
    [
      'tools',
      Object.entries(record.tools)
        .map(([tool, version]) => `${tool} ${version}`)
        .join(', '),
    ],
    ...record.converge.map((step) => ['converge', stepText(step)] as const),
    ...record.prove.allowed.map(({ resource, reason }) => ['may change', `${resource}: ${reason}`] as const),
    ...(record.checks.check === undefined ? [] : [['check', outcomes(record.checks.check)] as const]),
    ...(record.unverified ? [['verify', UNVERIFIED] as const] : []),
    ...record.checks.verify.map((form) => ['verify', verifiedText(form)] as const),
    ['holds', `${record.inventory.packages.length} packages, ${record.inventory.services.length} services`],
    ['stages', stages.map(({ stage, ms }) => `${stage} ${formatSeconds(ms)}`).join(' · ')],
    ['manifest', manifestFile],
  ]);
}

const UNVERIFIED = 'it was never started before it was published, so only a first environment takes it';

function confirmedFact(confirmations: readonly { bake: string; at: string }[]): [string, string][] {
  const last = confirmations.at(-1);
  if (last === undefined) return [];
  const times = confirmations.length === 1 ? 'once' : `${confirmations.length} times`;
  return [['confirmed', `${times}, last ${last.at} by bake ${last.bake}`]];
}

function copyFacts(copies: NonNullable<RecordView['copies']>): [string, string][] {
  return copies.map(({ region, id, lost }) => [
    'copy',
    `${region}  ${id}${lost === undefined ? '' : `  there no more since ${lost}`}`,
  ]);
}

function formText({ kind, tag, file, id, region, size, digest }: FormView): string {
  const bytes = size === undefined ? undefined : formatBytes(size);
  return [kind, tag ?? file ?? id, region, bytes, digest].filter((part) => part !== undefined).join('  ');
}

function verifiedText({ form, report, startedAs }: VerifiedView): string {
  if (report === undefined) return `${form}: by its content alone, as nothing of it was started`;
  const how = startedAs === 'vm' ? ', in a virtual machine of its disk and not in an instance' : '';
  return `${form}: ${outcomes(report)}${how}`;
}

function stepText({ step, version, ms, resources }: StepView): string {
  const counts = countBy(resources.map(({ state }) => state));
  return `${step} (${version}), ${formatDuration(ms)}${counts === '' ? '' : `: ${counts}`}`;
}

function outcomes({ results }: ReportView): string {
  return countBy(results.map(({ outcome }) => outcome)) || 'no checks';
}

/** `3 changed, 41 unchanged` */
function countBy(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
}
