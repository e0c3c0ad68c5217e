import type { IdentifiedBase } from '../bases/base.ts';
import type { BaseContext } from '../bases/base-context.ts';
import { identifyBase } from '../bases/identify-base.ts';
import type { BakeKey } from '../catalogue/record.ts';
import type { Catalogue } from '../catalogue/store.ts';
import { needsKernel } from '../config/check-machines.ts';
import type { Template } from '../config/template.ts';
import type { Workspace } from '../config/workspace.ts';
import { type Bundle, buildBundle } from '../converge/bundle.ts';
import { canonicalJson, digestOf } from '../core/digest.ts';
import { together } from '../core/together.ts';
import { kilnVersion } from '../core/version.ts';
import { planChecks } from '../health/plan-checks.ts';

/** All that a bake will be made from, each by its digest. Making a plan changes nothing. */
export interface BakePlan {
  readonly template: Template;
  readonly base: IdentifiedBase;
  readonly bundle: Bundle;
  readonly key: BakeKey;
}

/** Resolves a template's base and builds its bundle. The template must have no problems. */
export async function planBake(
  workspace: Workspace,
  template: Template,
  catalogue: Catalogue,
  context: BaseContext,
): Promise<BakePlan> {
  const source = workspace.bases.get(template.base)?.value;
  if (source === undefined) throw new Error(`${template.name}: its base was not checked`);
  planChecks(template.checks);
  const { region } = template.ami;
  const options = { bootable: needsKernel(template), ...(region === undefined ? {} : { region }) };
  const [base, bundle] = await together(context.signal, [
    (signal) => identifyBase(template.base, source, catalogue, { ...context, signal }, options),
    (signal) => buildBundle(workspace.root, template.converge, signal),
  ]);
  // How long an image is kept says nothing about what it is.
  const { checks, probe, keep: _, ami, ...rest } = template;
  // Where an image goes makes no other image.
  const { copy, share, 'deprecate-after': deprecated, ...made } = ami;
  const parts = {
    base: base.digest,
    template: digestOf(canonicalJson({ ...rest, ami: made })),
    bundle: bundle.digest,
    checks: digestOf(canonicalJson({ checks, probe })),
    machine: template.machine,
    tool: `kiln ${kilnVersion()}`,
  };
  return { template, base, bundle, key: { digest: digestOf(canonicalJson(parts)), parts } };
}
