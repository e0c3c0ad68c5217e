import { formatBytes } from './bytes.ts';
import { factLines } from './fact-lines.ts';

/** A plan as `bake plan` shows it; sizes in bytes. */
export interface PlanView {
  readonly template: string;
  readonly machine: string;
  readonly init: string;
  readonly forms: readonly string[];
  readonly base: { readonly name: string; readonly source: string; readonly digest: string };
  readonly bundle: { readonly digest: string; readonly size: number; readonly files: number };
  /** `puppet provisioners/puppet/web.pp` */
  readonly steps: readonly string[];
  /** `service nginx` */
  readonly checks: readonly string[];
  readonly key: { readonly digest: string };
  /** The template's newest image, and the parts of the bake key that are others now. */
  readonly since?: { readonly name: string; readonly changed: readonly string[] };
  /** Why its newest image cannot be compared with. */
  readonly sinceUnknown?: string;
}

/** What would be done, in the order in which it would be. */
export function planLines(plan: PlanView): string[] {
  const { base, bundle } = plan;
  return factLines([
    ['template', plan.template],
    ['base', `${base.name} (${base.source})  ${base.digest}`],
    ['machine', `${plan.machine}, init ${plan.init}`],
    ['bundle', `${bundle.files} files, ${formatBytes(bundle.size)}  ${bundle.digest}`],
    ...plan.steps.map((step) => ['converge', step] as const),
    ...plan.checks.map((check) => ['check', check] as const),
    ['forms', plan.forms.join(', ')],
    ['bake key', plan.key.digest],
    ['since', sinceText(plan)],
  ]);
}

function sinceText({ since, sinceUnknown }: PlanView): string {
  if (sinceUnknown !== undefined) return `unknown: ${sinceUnknown}`;
  if (since === undefined) return 'nothing: this would be its first image';
  if (since.changed.length === 0) return `${since.name}: nothing that goes in has changed`;
  return `${since.name}: another ${since.changed.join(', ')}`;
}
