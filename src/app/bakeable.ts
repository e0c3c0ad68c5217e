import { machineProblems } from '../config/check-machines.ts';
import type { Template } from '../config/template.ts';
import type { Workspace } from '../config/workspace.ts';
import { Fault } from '../core/fault.ts';

/** `USAGE` for a template that cannot be baked as it is, by its machine, forms and base taken together. */
export function assertBakeable(template: Template, { bases }: Workspace): void {
  const { name } = template;
  const base = bases.get(template.base)?.value;
  const [problem] = base === undefined ? [] : machineProblems(template, base);
  if (problem !== undefined) throw new Fault('USAGE', `${name}: ${problem.message}`, { hint: problem.hint });
}

/** Whether anything of a bake is done by the container engine, which keeps the bases too. */
export function needsEngine({ machine, forms, base }: Template, { bases }: Workspace): boolean {
  const source = bases.get(base)?.value;
  return (
    machine === 'container' ||
    forms.includes('oci') ||
    source === undefined ||
    !('disk' in source || 'ami' in source)
  );
}

/** The template whose image a template's base is. */
export function parentOf({ base }: Pick<Template, 'base'>, { bases }: Workspace): string | undefined {
  const source = bases.get(base)?.value;
  return source !== undefined && 'bake' in source ? source.bake : undefined;
}
