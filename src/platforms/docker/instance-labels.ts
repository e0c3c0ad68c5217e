import type { Digest } from '../../core/digest.ts';
import type { InstanceIdentity, InstanceSpec, PublishedPort } from '../launcher.ts';

/** Label of all that was made for an environment: instances and networks. */
export const ENVIRONMENT_LABEL = 'kiln.environment';
/** Label of instances alone: the launch that made it. */
export const LAUNCH_LABEL = 'kiln.launch';

/** What a container's labels say of an instance. */
export type Labelled = InstanceIdentity & Pick<InstanceSpec, 'publish'>;

/** The labels by which an instance is known. */
export function labelsOf(spec: Labelled): Record<string, string> {
  return {
    [ENVIRONMENT_LABEL]: spec.environment,
    'kiln.template': spec.template,
    'kiln.image': spec.image,
    'kiln.digest': spec.digest,
    'kiln.form': spec.form,
    'kiln.slot': String(spec.slot),
    [LAUNCH_LABEL]: spec.launch,
    'kiln.inputs': spec.inputs,
    'kiln.publish': JSON.stringify(spec.publish),
  };
}

/** What labels say; nothing when they are not an instance's. */
export function readLabels(labels: Readonly<Record<string, string>>): Labelled | undefined {
  const word = (name: string) => labels[`kiln.${name}`] ?? '';
  const slot = Number(word('slot'));
  const publish = readPorts(word('publish'));
  const words = ['environment', 'template', 'image', 'launch'].map(word);
  const digests = ['digest', 'form', 'inputs'].map(word);
  if (publish === undefined || !Number.isSafeInteger(slot) || slot < 1) return undefined;
  if (words.includes('') || !digests.every((digest) => digest.startsWith('sha256:'))) return undefined;
  return {
    environment: word('environment'),
    template: word('template'),
    image: word('image'),
    digest: word('digest') as Digest,
    form: word('form') as Digest,
    slot,
    launch: word('launch'),
    inputs: word('inputs') as Digest,
    publish,
  };
}

function readPorts(text: string): PublishedPort[] | undefined {
  try {
    const ports: unknown = JSON.parse(text);
    return Array.isArray(ports) && ports.every(isPort) ? ports : undefined;
  } catch {
    return undefined;
  }
}

function isPort(value: unknown): value is PublishedPort {
  const { hostPort, port, protocol } = (value ?? {}) as Record<string, unknown>;
  return Number.isInteger(hostPort) && Number.isInteger(port) && (protocol === 'tcp' || protocol === 'udp');
}
