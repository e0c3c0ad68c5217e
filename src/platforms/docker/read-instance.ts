import type Docker from 'dockerode';
import type { Digest } from '../../core/digest.ts';
import { ENVIRONMENT_WORD, LAUNCH_WORD } from '../instance-words.ts';
import type { Instance } from '../launcher.ts';
import { ask, type Engine, statusOf } from './engine.ts';
import { type Labelled, readLabels } from './instance-labels.ts';
import { networksOf } from './instance-networks.ts';

/** A container that carries an instance's labels, as the engine knows it now. */
export interface InstanceNow {
  readonly instance: Instance;
  readonly networks: readonly string[];
}

/** All instances of one environment, or of all, by environment, template, slot and start. */
export async function listInstances(
  engine: Engine,
  environment: string | undefined,
  signal: AbortSignal,
): Promise<Instance[]> {
  const label = [
    environment === undefined ? ENVIRONMENT_WORD : `${ENVIRONMENT_WORD}=${environment}`,
    LAUNCH_WORD,
  ];
  const options = { all: true, filters: { label } };
  const found = await ask('list the instances', signal, () => engine.docker.listContainers(options));
  const read = await Promise.all(found.map(({ Id }) => readInstance(engine, Id, signal)));
  return read.flatMap((now) => (now === undefined ? [] : [now.instance])).sort(inOrder);
}

/** One instance; nothing when it is gone, or is none. */
export async function readInstance(
  engine: Engine,
  id: string,
  signal: AbortSignal,
): Promise<InstanceNow | undefined> {
  const container = await ask('inspect an instance', signal, async () => {
    try {
      return await engine.docker.getContainer(id).inspect();
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
  const labelled = container === undefined ? undefined : readLabels(container.Config.Labels);
  if (container === undefined || labelled === undefined) return undefined;
  const instance = instanceOf(container, labelled);
  return { instance, networks: Object.keys(container.NetworkSettings.Networks) };
}

function instanceOf(
  { Id, Name, Image, Created, State, NetworkSettings }: Docker.ContainerInspectInfo,
  labelled: Labelled,
): Instance {
  const { Networks, Ports } = NetworkSettings;
  const { serving, waiting } = networksOf(labelled.environment);
  // An engine says that a container is on a network, too, where it came only half way there, as a port was taken.
  const bound = labelled.publish.every(
    ({ port, protocol }) => (Ports[`${port}/${protocol}`] ?? []).length > 0,
  );
  return {
    ...labelled,
    id: Id,
    platform: 'docker',
    name: Name.replace(/^\//, ''),
    running: State.Running,
    serving: State.Running && serving in Networks && !(waiting in Networks) && bound,
    // The engine's word for never.
    startedAt: State.StartedAt.startsWith('0001-') ? Created : State.StartedAt,
    runs: Image as Digest,
  };
}

function inOrder(a: Instance, b: Instance): number {
  const key = ({ environment, template, slot, startedAt }: Instance) =>
    [environment, template, String(slot).padStart(6, '0'), startedAt].join('\0');
  return key(a) < key(b) ? -1 : 1;
}
