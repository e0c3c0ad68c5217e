import type { BakeKey, ImageRecord } from '../catalogue/record.ts';
import type { Catalogue } from '../catalogue/store.ts';
import { Fault } from '../core/fault.ts';
import { newBakeId } from '../core/ids.ts';
import { Scope } from '../core/scope.ts';
import { baseContext, openBakery } from './bakery.ts';
import { openWorkspace } from './open-workspace.ts';
import { planBake } from './plan-bake.ts';

/** What a bake would do, and from which digests. */
export interface PlannedImage {
  readonly template: string;
  readonly machine: string;
  readonly init: string;
  readonly forms: readonly string[];
  readonly base: { readonly name: string; readonly source: string; readonly digest: string };
  readonly bundle: { readonly digest: string; readonly size: number; readonly files: number };
  readonly steps: readonly string[];
  readonly checks: readonly string[];
  readonly key: BakeKey;
  /** The newest image of the template, and which parts of the bake key are others now; empty when none is. */
  readonly since?: { readonly name: string; readonly changed: readonly string[] };
  /** Why its newest image cannot be compared with. */
  readonly sinceUnknown?: string;
}

/** Resolves everything that a bake of the template would use, and compares it with its newest image. */
export async function planImage(
  request: { readonly workspace: string; readonly name: string },
  signal: AbortSignal,
): Promise<PlannedImage> {
  const { workspace, templates } = await openWorkspace(request.workspace, [request.name], signal);
  const [template] = templates;
  if (template === undefined) throw new Error('the workspace gave no template');
  const bakery = openBakery(signal);
  await using scope = new Scope();
  const silent = { output: () => {}, note: () => {} };
  const around = { ...bakery, id: newBakeId(), root: workspace.root };
  const context = baseContext(around, scope, silent, signal);
  const plan = await planBake(workspace, template, bakery.catalogue, context);
  const since = await sinceLatest(bakery.catalogue, template.name, plan.key);
  return {
    template: template.name,
    machine: template.machine,
    init: template.container.init,
    forms: template.forms,
    base: { name: plan.base.name, source: plan.base.source, digest: plan.base.digest },
    bundle: { digest: plan.bundle.digest, size: plan.bundle.size, files: plan.bundle.files.length },
    steps: template.converge.map(stepTitle),
    checks: Object.entries(template.checks).flatMap(([kind, of]) =>
      Object.keys(of ?? {}).map((name) => `${kind} ${name}`),
    ),
    key: plan.key,
    ...since,
  };
}

/** A bake needs no record of the one before: neither does its plan. */
async function sinceLatest(
  catalogue: Pick<Catalogue, 'latest'>,
  template: string,
  key: BakeKey,
): Promise<Pick<PlannedImage, 'since' | 'sinceUnknown'>> {
  try {
    const latest = await catalogue.latest(template);
    return latest === undefined ? {} : { since: { name: latest.name, changed: changedParts(latest, key) } };
  } catch (error) {
    if (error instanceof Fault && error.code === 'RECORD_DAMAGED') return { sinceUnknown: error.message };
    throw error;
  }
}

function changedParts({ bakeKey }: ImageRecord, { parts }: BakeKey): string[] {
  const names = Object.keys(parts) as (keyof BakeKey['parts'])[];
  return names.filter((name) => bakeKey.parts[name] !== parts[name]);
}

function stepTitle(step: object): string {
  const [tool, settings] = Object.entries(step).find(([key]) => key !== 'timeout') ?? ['', {}];
  const { manifest, playbook, script } = settings as Record<string, string>;
  return `${tool} ${manifest ?? playbook ?? script ?? ''}`.trim();
}
