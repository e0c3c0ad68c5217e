import { join } from 'node:path';
import type { ImageRecord } from '../catalogue/record.ts';
import { machineProblems } from '../config/check-machines.ts';
import type { Template } from '../config/template.ts';
import type { Workspace } from '../config/workspace.ts';
import type { BakeStage, Reporter } from '../core/events.ts';
import { Fault } from '../core/fault.ts';
import { kilnHome } from '../core/home.ts';
import { newBakeId } from '../core/ids.ts';
import { shellJoin } from '../core/shell-quote.ts';
import type { Machine } from '../platforms/platform.ts';
import { bakeImage } from './bake-image.ts';
import { type BakeryPorts, openBakery } from './bakery.ts';
import { openWorkspace } from './open-workspace.ts';
import { recordedScope } from './recorded-scope.ts';
import { type SinceImage, sincePrevious } from './since-image.ts';
import { stagesOf } from './stages.ts';

export interface BakeRequest {
  /** The workspace's folder. */
  readonly workspace: string;
  readonly names: readonly string[];
  /** Instead of the templates' own. */
  readonly forms?: readonly string[];
  readonly machine?: string;
  /** Start virtual machines by a boot, never from what was kept warm. */
  readonly cold?: boolean;
  /** False publishes what was not started once. */
  readonly verify?: boolean;
  readonly onError: 'cleanup' | 'keep' | 'shell';
}

export interface BakePorts {
  readonly reporter: Reporter;
  /** Puts a person into a machine by this command, and waits until they have left; absent without a terminal. */
  readonly interact?: (command: readonly string[]) => Promise<void>;
}

export type BakeOutcome =
  | {
      readonly name: string;
      readonly record: ImageRecord;
      readonly totalMs: number;
      /** The version before it, and what differs; absent for the first. */
      readonly since?: SinceImage & { readonly bytes: number };
    }
  | { readonly name: string; readonly error: unknown };

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
  const bakery = openBakery(signal);
  if (templates.some((template) => needsEngine(template, workspace))) await bakery.docker.connect();
  const begun = new Map<string, Promise<BakeOutcome>>();
  const begin = (template: Template): Promise<BakeOutcome> => {
    const running = begun.get(template.name) ?? bakeAfterItsBase(template);
    begun.set(template.name, running);
    return running;
  };
  async function bakeAfterItsBase(template: Template): Promise<BakeOutcome> {
    const base = workspace.bases.get(template.base)?.value;
    const first = templates.find(({ name }) => base !== undefined && 'bake' in base && base.bake === name);
    const outcome = first === undefined ? undefined : await begin(first);
    if (outcome !== undefined && 'error' in outcome) {
      const error = new Fault(
        'BASE_FAILED',
        `${template.name} was not baked: its base ${outcome.name} failed`,
      );
      return { name: template.name, error };
    }
    return await bakeOne(workspace, template, bakery, request, ports, signal);
  }
  return await Promise.all(templates.map(begin));
}

/** The template with what the command line says instead; what cannot be baked so is refused here. */
function requested(value: Template, { forms, machine }: BakeRequest, { bases }: Workspace): Template {
  const { name } = value;
  const template = {
    ...value,
    ...(forms === undefined ? {} : { forms: forms as Template['forms'] }),
    ...(machine === undefined ? {} : { machine: machine as Template['machine'] }),
  };
  if (template.machine === 'instance')
    throw new Fault('USAGE', `${name} asks for a machine of kind instance, which is not there yet`);
  if (template.forms.includes('ami'))
    throw new Fault('USAGE', `${name} asks for the form ami, which is not there yet`);
  const base = bases.get(template.base)?.value;
  const [problem] = base === undefined ? [] : machineProblems(template, base);
  if (problem !== undefined) throw new Fault('USAGE', `${name}: ${problem.message}`, { hint: problem.hint });
  return template;
}

/** Whether anything of a bake is done by the container engine, which keeps the bases too. */
function needsEngine({ machine, forms, base }: Template, { bases }: Workspace): boolean {
  const source = bases.get(base)?.value;
  return machine === 'container' || forms.includes('oci') || source === undefined || !('disk' in source);
}

async function bakeOne(
  workspace: Workspace,
  template: Template,
  bakery: BakeryPorts,
  { onError, cold = false, verify = true }: BakeRequest,
  { reporter, interact }: BakePorts,
  signal: AbortSignal,
): Promise<BakeOutcome> {
  const { name } = template;
  const id = newBakeId();
  const log = join(kilnHome(), 'logs', `${id}.log`);
  const started = performance.now();
  const run = { run: id, what: `bake of ${name}` };
  const scope = recordedScope(bakery.home, run, (outcome) =>
    reporter.emit({ type: 'cleanup', image: name, outcome }),
  );
  const stages = stagesOf<BakeStage>(name, reporter);
  let machine: Machine | undefined;
  reporter.emit({ type: 'run-started', kind: 'bake', image: name, run: id, log });
  try {
    const bake = {
      ...bakery,
      id,
      workspace,
      template,
      stages,
      cold,
      verify,
      onMachine: (made: Machine) => (machine = made),
    };
    const record = await bakeImage(bake, scope, signal);
    await scope.close();
    const totalMs = Math.round(performance.now() - started);
    reporter.emit({ type: 'run-done', image: name, name: record.name, ms: totalMs });
    // The image is published: a comparison that fails takes nothing from it.
    const since = await sincePrevious(record, bakery.catalogue).catch((error: unknown) => {
      const message = `it could not be compared with the version before: ${String(error)}`;
      reporter.emit({ type: 'note', image: name, stage: 'publish', message });
      return undefined;
    });
    return { name, record, totalMs, ...(since === undefined ? {} : { since }) };
  } catch (error) {
    const wanted = machine !== undefined && onError !== 'cleanup' && !signal.aborted ? machine : undefined;
    const keeps = wanted !== undefined && (onError === 'keep' || interact === undefined);
    if (keeps) scope.keep();
    else if (wanted !== undefined) await interact?.(wanted.enter).catch(() => {});
    await scope.close();
    const enter = keeps ? { enter: shellJoin(wanted.enter) } : {};
    reporter.emit({ type: 'run-failed', image: name, error, log, ...enter });
    return { name, error };
  }
}
