import { readWords, type Words, wordsOf } from '../instance-words.ts';
import type { InstanceIdentity, InstanceSpec, PublishedPort } from '../launcher.ts';

/** What a container's labels say of an instance. */
export type Labelled = InstanceIdentity & Pick<InstanceSpec, 'publish'>;

/** The labels by which an instance is known. */
export function labelsOf(spec: Labelled): Record<string, string> {
  return { ...wordsOf(spec), 'kiln.publish': JSON.stringify(spec.publish) };
}

/** What labels say; nothing when they are not an instance's. */
export function readLabels(labels: Words): Labelled | undefined {
  const identity = readWords(labels, 'sha256:');
  const publish = readPorts(labels['kiln.publish'] ?? '');
  return identity === undefined || publish === undefined ? undefined : { ...identity, publish };
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
