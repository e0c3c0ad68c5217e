import { availableParallelism } from 'node:os';
import { loadEnvironments } from '../../config/environments.ts';
import { findWorkspace } from '../../config/find-workspace.ts';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { FormId } from '../../core/form-id.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import type { Instance, PublishedPort } from '../../platforms/launcher.ts';
import type { PlatformName } from '../../platforms/platform.ts';
import { promoted } from './choices.ts';
import { compareWithRecord } from './drift.ts';
import { pathsDiffer } from './drift-from-image.ts';
import { runtimeOf } from './image-runtime.ts';
import { healthNow } from './instance-health.ts';
import type { LaunchPorts } from './launch-ports.ts';
import { nodeOf } from './node.ts';
import { type OpenedEnvironment, openEnvironment } from './open-environment.ts';
import { recordOf } from './record-of.ts';
import { isWithAll } from './with-all.ts';

export interface StatusRequest {
  readonly workspace: string;
  /** All environments when absent. */
  readonly environment?: string;
  readonly environments?: string;
}

/** What runs in some environments, and what the next launch would bring. */
export interface Status {
  readonly instances: readonly InstanceStatus[];
  readonly next: readonly NextImage[];
  /** Environments whose files are not right, so that nobody can say what comes next there. */
  readonly broken: readonly { readonly environment: string; readonly why: string }[];
}

export interface InstanceStatus {
  readonly environment: string;
  /** `web-1` */
  readonly node: string;
  /** `kiln-prod-web-1-…`: what the platform calls it. */
  readonly name: string;
  readonly platform: PlatformName;
  readonly image: string;
  /** Of the content: the same wherever the image runs. */
  readonly digest: Digest;
  /** Of what the platform runs: the container image's id, the digest of the disk's file. */
  readonly form: FormId;
  /** ISO time. */
  readonly startedAt: string;
  readonly publish: readonly PublishedPort[];
  /** At a cloud: its id there, and its public address, else the private one. */
  readonly cloud?: NonNullable<Instance['cloud']>;
  readonly health: 'healthy' | 'unhealthy' | 'stopped' | 'unknown';
  readonly drift: 'no' | 'yes' | 'unknown';
  /** Why it is not healthy, has drifted, is not known, or must not run any more. */
  readonly why: readonly string[];
  /** What else is to be known of its image: that it may not go everywhere. */
  readonly notes: readonly string[];
}

/** What an environment declares and a launch of all takes along, and what the next launch of it would take. */
export interface NextImage {
  readonly environment: string;
  readonly template: string;
  /** `web@8`; absent when there is none that may go there. */
  readonly image?: string;
  readonly state: 'current' | 'waiting' | 'refused';
  /** Why it is refused. */
  readonly why?: string;
}

/**
 * Whether all that runs is healthy, as its image and not revoked, and every environment's files are right. Drift that an
 * environment lets nobody read is told, and counts for nothing.
 */
export function isWell({ instances, broken }: Pick<Status, 'instances' | 'broken'>): boolean {
  const good = ({ health, drift, why }: InstanceStatus) =>
    health === 'healthy' && drift !== 'yes' && why.length === 0;
  return broken.length === 0 && instances.every(good);
}

/** Looks at every instance, as many side by side as there are processors, and at what waits to be launched. */
export async function status(
  request: StatusRequest,
  ports: LaunchPorts,
  signal: AbortSignal,
): Promise<Status> {
  const all = await openAll(request, signal);
  const opened = inPromotionOrder(all.opened);
  const rank = new Map(opened.map(({ name }, index) => [name, index]));
  const rankOf = ({ environment }: Instance) => rank.get(environment) ?? opened.length;
  const found = await ports.launcher.list(request.environment, signal);
  const instances = found.toSorted((a, b) => rankOf(a) - rankOf(b));
  const [states, next] = await Promise.all([
    sideBySide(instances, availableParallelism(), (instance) => statusOf(instance, ports, signal)),
    Promise.all(opened.flatMap((environment) => nextImages(environment, instances, ports, signal))),
  ]);
  return { instances: states, next, broken: all.broken };
}

interface OpenedAll {
  readonly opened: readonly OpenedEnvironment[];
  readonly broken: Status['broken'];
}

/** One environment, or all of the workspace; outside of a workspace there is still what runs. */
async function openAll(
  { workspace, environment, environments }: StatusRequest,
  signal: AbortSignal,
): Promise<OpenedAll> {
  const options = environments === undefined ? {} : { environments };
  const open = (name: string) => openEnvironment(workspace, name, options, signal);
  if (environment !== undefined) return { opened: [await open(environment)], broken: [] };
  const root = await findWorkspace(workspace).catch(ifFault('WORKSPACE_NOT_FOUND', () => undefined));
  if (root === undefined) return { opened: [], broken: [] };
  const first = environments === undefined ? {} : { first: environments };
  const { names } = await loadEnvironments(root, first, signal);
  const found = await Promise.all(
    names.map((name) =>
      open(name).catch(ifFault('CONFIG_INVALID', ({ message }) => ({ environment: name, why: message }))),
    ),
  );
  return {
    opened: found.filter((one) => 'config' in one),
    broken: found.filter((one) => 'why' in one),
  };
}

/** Makes something of a fault of one code; every other error goes on. */
function ifFault<T>(code: Fault['code'], then: (fault: Fault) => T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Fault && error.code === code) return then(error);
    throw error;
  };
}

/** Each environment behind the one that its images come from, by name where none is. */
function inPromotionOrder(environments: readonly OpenedEnvironment[]): OpenedEnvironment[] {
  const afterOf = new Map(environments.map(({ name, config }) => [name, config.after]));
  const depth = (name: string): number => {
    const after = afterOf.get(name);
    return after === undefined ? 0 : 1 + depth(after);
  };
  return environments.toSorted((a, b) => depth(a.name) - depth(b.name) || (a.name < b.name ? -1 : 1));
}

async function statusOf(
  instance: Instance,
  ports: LaunchPorts,
  signal: AbortSignal,
): Promise<InstanceStatus> {
  const { environment, name, platform, image, digest, form, startedAt, cloud } = instance;
  const publish = instance.serving ? instance.publish : [];
  const common = {
    environment,
    node: nodeOf(instance),
    name,
    platform,
    image,
    digest,
    form,
    startedAt,
    publish,
    ...(cloud === undefined ? {} : { cloud }),
    notes: [],
  };
  if (!instance.running) return { ...common, health: 'stopped', drift: 'unknown', why: ['it has ended'] };
  const record = await recordOf(instance, ports.catalogue);
  if ('why' in record) return { ...common, health: 'unknown', drift: 'unknown', why: [record.why] };
  const [health, drift, revocation] = await Promise.all([
    healthNow(ports.launcher, instance, runtimeOf(record), signal),
    compareWithRecord(instance, record, ports, signal),
    ports.catalogue.revocationOf(record),
  ]);
  const revoked = revocation === undefined ? undefined : `${image} is revoked: ${revocation.reason}`;
  const unverified = record.unverified ? `${image} was never started before it was published` : undefined;
  const resumed = record.resumed ? `${image} was baked from a checkpoint` : undefined;
  const drifted = drift.state === 'drifted' ? pathsDiffer(drift.changes.length) : drift.why;
  // That its environment lets nobody read it is no trouble of the instance.
  const isClosed = health.note !== undefined;
  return {
    ...common,
    health: health.healthy ? 'healthy' : 'unhealthy',
    drift: drift.state === 'same' ? 'no' : drift.state === 'drifted' ? 'yes' : 'unknown',
    why: [health.why, isClosed ? undefined : drifted, revoked].filter((reason) => reason !== undefined),
    notes: [unverified, resumed, health.note, isClosed ? drifted : undefined].filter(
      (note) => note !== undefined,
    ),
  };
}

function nextImages(
  environment: OpenedEnvironment,
  instances: readonly Instance[],
  ports: LaunchPorts,
  signal: AbortSignal,
): Promise<NextImage>[] {
  const here = instances.filter((instance) => instance.environment === environment.name);
  const foundOf = (template: string) => here.filter((instance) => instance.template === template);
  const withAll = Object.entries(environment.config.images).filter(([template, image]) =>
    isWithAll(image, foundOf(template)),
  );
  return withAll.map(async ([template]): Promise<NextImage> => {
    const about = { environment: environment.name, template };
    const found = foundOf(template);
    try {
      const { record } = await promoted({})(template, found, { environment, ports }, signal);
      const current = found.length > 0 && found.every(({ digest }) => digest === record.digest);
      return { ...about, image: record.name, state: current ? 'current' : 'waiting' };
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'ENGINE_UNREACHABLE' || error.code === 'INTERRUPTED')
        throw error;
      const { message, details } = error;
      // The first of several reasons is in the message, too.
      const more = details.filter((detail) => !message.includes(detail));
      return { ...about, state: 'refused', why: [message, ...more].join('; ') };
    }
  });
}
