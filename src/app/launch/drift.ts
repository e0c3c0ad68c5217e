import { availableParallelism } from 'node:os';
import type { ImageRecord } from '../../catalogue/record.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import type { Instance, Launcher } from '../../platforms/launcher.ts';
import { driftFromImage, type ImageDriftPorts } from './drift-from-image.ts';
import type { DriftChange } from './drift-of.ts';
import { nodeOf } from './node.ts';
import { notRunning } from './not-running.ts';
import { openEnvironment } from './open-environment.ts';
import { recordOf } from './record-of.ts';

/** What of an environment is compared with the images that it was launched from. */
export interface DriftRequest {
  /** The workspace's folder, or one in it. */
  readonly workspace: string;
  readonly environment: string;
  /** A folder of environments that comes before those of the workspace file. */
  readonly environments?: string | undefined;
  /** Templates (`web`) or single instances (`web-1`); all that run there when empty. */
  readonly names: readonly string[];
}

export interface DriftPorts extends ImageDriftPorts {
  readonly launcher: Pick<Launcher, 'list' | 'readTree'>;
  readonly catalogue: Pick<Catalogue, 'get' | 'copies' | 'manifestPath'>;
}

/** An environment's instances, each compared with its own image and not with the newest one. */
export interface EnvironmentDrift {
  readonly environment: string;
  readonly instances: readonly InstanceDrift[];
}

export interface InstanceDrift {
  /** `web-1` */
  readonly node: string;
  /** What the platform calls it. */
  readonly instance: string;
  /** `web@7` */
  readonly image: string;
  readonly digest: Digest;
  /** `unknown` when it cannot be said to run its image, or cannot be read. */
  readonly state: 'same' | 'drifted' | 'unknown' | 'stopped';
  /** Why it is unknown. */
  readonly why?: string;
  /** All of them, in the order of their paths. */
  readonly changes: readonly DriftChange[];
}

/**
 * Compares instances with their images, as many at once as there are processors. What one cannot be compared for is told
 * of that one; `INSTANCE_UNKNOWN` when a name is none of a running instance. An environment of which something runs need
 * not be declared, or even there, any more.
 */
export async function drift(
  { workspace, environment, environments, names }: DriftRequest,
  ports: DriftPorts,
  signal: AbortSignal,
): Promise<EnvironmentDrift> {
  const running = await ports.launcher.list(environment, signal);
  if (running.length === 0) {
    // A name that was misspelt must not pass for one where nothing has drifted.
    await openEnvironment(workspace, environment, { environments }, signal);
  }
  const wanted = named(environment, running, names);
  const instances = await sideBySide(wanted, availableParallelism(), (one) =>
    compareInstance(one, ports, signal),
  );
  return { environment, instances };
}

function named(environment: string, running: readonly Instance[], names: readonly string[]): Instance[] {
  const known = new Set(running.flatMap((instance) => [instance.template, nodeOf(instance)]));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw notRunning(environment, unknown, known);
  return running.filter(
    (instance) => names.length === 0 || names.includes(instance.template) || names.includes(nodeOf(instance)),
  );
}

async function compareInstance(
  instance: Instance,
  ports: DriftPorts,
  signal: AbortSignal,
): Promise<InstanceDrift> {
  const { name, image, digest } = instance;
  const common = { node: nodeOf(instance), instance: name, image, digest };
  if (!instance.running) return { ...common, state: 'stopped', changes: [] };
  const record = await recordOf(instance, ports.catalogue);
  if ('why' in record) return { ...common, state: 'unknown', why: record.why, changes: [] };
  return { ...common, ...(await compareWithRecord(instance, record, ports, signal)) };
}

/** Compares an instance that runs with the image of its record. */
export async function compareWithRecord(
  instance: Instance,
  record: ImageRecord,
  ports: ImageDriftPorts,
  signal: AbortSignal,
): Promise<Pick<InstanceDrift, 'state' | 'why' | 'changes'>> {
  try {
    const changes = await driftFromImage(instance, record, ports, signal);
    return { state: changes.length === 0 ? 'same' : 'drifted', changes };
  } catch (error) {
    // What ails one instance must not hide what became of the others.
    if (!(error instanceof Fault) || !OF_ONE_INSTANCE.has(error.code)) throw error;
    const why = [error.message, ...error.details].join(': ');
    return { state: 'unknown', why, changes: [] };
  }
}

const OF_ONE_INSTANCE: ReadonlySet<Fault['code']> = new Set([
  'RECORD_DAMAGED',
  'ENGINE_FAILED',
  'QEMU_FAILED',
  'MACHINE_LOST',
  'MACHINE_UNREACHABLE',
  // A virtual machine's disk is read by programs of this host, which a container's tree needs none of.
  'HOST_TOOL_MISSING',
  'HOST_TOOL_FAILED',
  'TIMEOUT',
]);
