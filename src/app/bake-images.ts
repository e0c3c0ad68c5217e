import type { Template } from '../config/template.ts';
import type { Workspace } from '../config/workspace.ts';
import { Fault } from '../core/fault.ts';
import { keepHeapSmall } from '../core/small-heap.ts';
import { type BakeOptions, type BakeOutcome, type BakePorts, bakeOne } from './bake-one.ts';
import { assertBakeable, needsEngine, parentOf } from './bakeable.ts';
import { openBakery } from './bakery.ts';
import { inOrder } from './in-order.ts';
import { openWorkspace } from './open-workspace.ts';

export interface BakeRequest extends BakeOptions {
  /** The workspace's folder. */
  readonly workspace: string;
  readonly names: readonly string[];
  /** Instead of the templates' own. */
  readonly forms?: readonly string[];
  readonly machine?: string;
}

/** From so many images on at once, memory counts for more than processor time. */
const MANY = 10;

/** Who names the images that are to be baked decides how many at once. */
const ALL_AT_ONCE = { jobs: Number.POSITIVE_INFINITY, memory: Number.POSITIVE_INFINITY };

/**
 * Bakes templates side by side, each after the ones that its base is the image of. All of them are checked
 * before any is begun; then one that fails leaves the others at work. Ends with an outcome for each.
 */
export async function bakeImages(
  request: BakeRequest,
  ports: BakePorts,
  signal: AbortSignal,
): Promise<BakeOutcome[]> {
  const { workspace, templates: written } = await openWorkspace(request.workspace, request.names, signal);
  const templates = written.map((template) => requested(template, request, workspace));
  const problem = request.from === undefined ? undefined : fromProblem(templates, request.from);
  if (problem !== undefined) throw problem;
  if (templates.length >= MANY) keepHeapSmall();
  const bakery = openBakery(signal);
  if (templates.some((template) => needsEngine(template, workspace))) await bakery.docker.connect();
  const jobs = templates.map((template) => ({
    name: template.name,
    after: parentOf(template, workspace),
    template,
    memory: 0,
    expected: 0,
  }));
  return await inOrder(jobs, ALL_AT_ONCE, async ({ name, template }, base: BakeOutcome | undefined) => {
    if (base === undefined || 'record' in base)
      return await bakeOne({ workspace, template, bakery }, request, ports, signal);
    return { name, error: new Fault('BASE_FAILED', `${name} was not baked: its base ${base.name} failed`) };
  });
}

/** Why templates cannot be baked from that step on, whatever is saved. */
function fromProblem(templates: readonly Template[], from: number): Fault | undefined {
  const [template] = templates;
  if (template === undefined || templates.length > 1) {
    return new Fault('USAGE', '--from goes with one image: each has checkpoints of its own', {
      hint: 'Bake the others without it, in a command of their own.',
    });
  }
  const steps = template.converge.length;
  if (from <= steps) return undefined;
  const has = steps === 1 ? 'one converge step' : `${steps} converge steps`;
  return new Fault('USAGE', `there is no step converge:${from}: ${template.name} has ${has}`);
}

/** The template with what the command line says instead; what cannot be baked so is refused here. */
function requested(written: Template, { forms, machine }: BakeRequest, workspace: Workspace): Template {
  const template = {
    ...written,
    ...(forms === undefined ? {} : { forms: forms as Template['forms'] }),
    ...(machine === undefined ? {} : { machine: machine as Template['machine'] }),
  };
  assertBakeable(template, workspace);
  return template;
}
