import type { LaunchAction } from '../../catalogue/launch-entry.ts';
import type { ImageRecord } from '../../catalogue/record.ts';
import { suggestion } from '../../config/nearest.ts';
import type { Reporter } from '../../core/events.ts';
import { Fault } from '../../core/fault.ts';
import { newBakeId } from '../../core/ids.ts';
import type { Instance } from '../../platforms/launcher.ts';
import type { ChosenImage } from './choose-image.ts';
import { openEnvironmentSecrets } from './environment-secrets.ts';
import { type ImageOutcome, launchImage } from './launch-image.ts';
import { withLaunchLock } from './launch-lock.ts';
import type { LaunchPorts } from './launch-ports.ts';
import { noteLaunch } from './note-launch.ts';
import { type OpenedEnvironment, openEnvironment } from './open-environment.ts';
import { type PlannedImage, planImage } from './plan-image.ts';
import { retireUndeclared } from './retire-undeclared.ts';
import { whyReplace, whyReplaceDrifted } from './why-replace.ts';
import { isWithAll } from './with-all.ts';

export interface LaunchRequest {
  /** The workspace's folder, or one in it. */
  readonly workspace: string;
  readonly environment: string;
  /** Templates; when empty all that the environment declares, less what is `on-request` and does not run there. */
  readonly names: readonly string[];
  /** A folder of environments that comes before those of the workspace file. */
  readonly environments?: string | undefined;
  /** Why a refusal is to be passed over. */
  readonly override?: string;
  readonly action: LaunchAction;
}

/** Which image of a template is launched; `found` is what the environment has of it now. */
export type Choose = (
  template: string,
  found: readonly Instance[],
  around: { readonly environment: OpenedEnvironment; readonly ports: LaunchPorts },
  signal: AbortSignal,
) => Promise<ChosenImage>;

/** What a launch is given to work with, and to speak through. */
export interface LaunchAround {
  readonly ports: LaunchPorts;
  readonly reporter: Reporter;
  /** Something that belongs to no instance. */
  readonly say: (message: string) => void;
}

/** What became of one template in an environment. */
export interface LaunchOutcome extends ImageOutcome {
  readonly environment: string;
  readonly template: string;
  /** Absent when none could be chosen, and for a template that is not declared any more. */
  readonly record?: Pick<ImageRecord, 'name' | 'digest'>;
  /** Why this image: `newest`, `staging runs it`, … */
  readonly reason?: string;
  /** The image that served before, where it is another. */
  readonly previous?: string;
  /** What was refused, and let pass by `--override`. */
  readonly overridden: readonly string[];
}

/**
 * Launches images in an environment: everything is chosen, checked and resolved before any instance is touched; then
 * the images are launched side by side, the places of each one after another. One launch at a time in an environment.
 */
export async function launchEnvironment(
  request: LaunchRequest,
  choose: Choose,
  around: LaunchAround,
  signal: AbortSignal,
): Promise<LaunchOutcome[]> {
  const { environments } = request;
  const environment = await openEnvironment(request.workspace, request.environment, { environments }, signal);
  assertDeclared(environment, request.names);
  const { ports, reporter, say } = around;
  const lock = { home: ports.home, environment: environment.name, other: 'another launch' };
  return await withLaunchLock(lock, say, signal, () =>
    launchImages(request, { environment, ports, choose }, reporter, signal),
  );
}

interface Opened {
  readonly environment: OpenedEnvironment;
  readonly ports: LaunchPorts;
  readonly choose: Choose;
}

async function launchImages(
  request: LaunchRequest,
  { environment, ports, choose }: Opened,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<LaunchOutcome[]> {
  const instances = await ports.launcher.list(environment.name, signal);
  const foundOf = (template: string) => instances.filter((instance) => instance.template === template);
  const declared = Object.entries(environment.config.images);
  const wanted = declared.filter(([template, image]) =>
    request.names.length > 0 ? request.names.includes(template) : isWithAll(image, foundOf(template)),
  );
  let opened: ReturnType<typeof openEnvironmentSecrets> | undefined;
  const openSecrets = () => {
    opened ??= openEnvironmentSecrets(environment, ports.history, request.override, signal);
    return opened;
  };
  const plans = await Promise.allSettled(
    wanted.map(async ([template, image]) => {
      const chosen = await choose(template, foundOf(template), { environment, ports }, signal);
      return await planImage({ template, image, chosen }, environment, ports, openSecrets, signal);
    }),
  );
  const refused = plans.flatMap((plan, index) =>
    plan.status === 'fulfilled' ? [] : [refusal(environment.name, wanted[index]?.[0] ?? '', plan.reason)],
  );
  signal.throwIfAborted();
  if (refused.length > 0) return refused;

  const id = newBakeId();
  const outcomes = await Promise.all(
    plans.flatMap((plan) => (plan.status === 'fulfilled' ? [launchOne(plan.value)] : [])),
  );
  const isWhole = request.names.length === 0 && request.action === 'launch';
  if (!isWhole || outcomes.some(({ failure }) => failure !== undefined)) return outcomes;
  const undeclared = instances.filter(({ template }) => !declared.some(([name]) => name === template));
  return [...outcomes, ...(await retireUndeclared(id, environment.name, undeclared, ports, signal))];

  async function launchOne(plan: PlannedImage): Promise<LaunchOutcome> {
    const { template, chosen, overridden } = plan;
    const found = foundOf(template);
    const served = found.find((instance) => instance.serving)?.image;
    const previous = served === undefined || served === chosen.record.name ? {} : { previous: served };
    const noted = noteLaunch(ports.history, { ...request, id, plan, ...previous });
    const outcome = await launchImage(
      {
        id,
        plan,
        found,
        onChange: noted.begin,
        why: (place, spec) =>
          request.action === 'replace'
            ? whyReplaceDrifted(place, plan, ports, signal)
            : whyReplace(place, spec, plan, ports, signal),
      },
      { ports, reporter },
      signal,
    );
    await noted.end(outcome);
    const { record, reason } = chosen;
    return { environment: environment.name, template, record, reason, ...previous, overridden, ...outcome };
  }
}

function assertDeclared({ name, config }: OpenedEnvironment, names: readonly string[]): void {
  const declared = Object.keys(config.images);
  const unknown = names.find((template) => !declared.includes(template));
  if (unknown === undefined) return;
  const meant = suggestion(unknown, declared, `${name} declares`) ?? `${name} declares none`;
  const hint = /[?]$/.test(meant) ? meant : `${meant}.`;
  throw new Fault('TEMPLATE_UNKNOWN', `${name} does not declare the image ${unknown}`, {
    hint: `${hint} \`images:\` in its environment.yaml says what it runs.`,
  });
}

function refusal(environment: string, template: string, error: unknown): LaunchOutcome {
  return { environment, template, overridden: [], places: [], failure: { error } };
}
