import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import type { InstanceIdentity, PublishedPort } from '../launcher.ts';

export const INSTANCE_FILE = 'instance.json';

/** What an instance's folder says of it; written before its QEMU is started, and never again. */
export interface InstanceFile extends InstanceIdentity {
  readonly publish: readonly PublishedPort[];
  /** The disk that its overlay stands on. */
  readonly disk: { readonly file: string; readonly format: 'qcow2' | 'raw' };
  /** ISO time. */
  readonly startedAt: string;
}

/** How an instance is written. */
export function instanceText(instance: InstanceFile): string {
  const { environment, template, image, digest, form, slot, launch, inputs } = instance;
  const identity = { environment, template, image, digest, form, slot, launch, inputs };
  const { publish, disk, startedAt } = instance;
  const { file, format } = disk;
  return `${JSON.stringify({ ...identity, publish, disk: { file, format }, startedAt }, undefined, 2)}\n`;
}

/** What an instance's folder says of it; nothing when it is none, or damaged. */
export async function readInstanceFile(folder: string): Promise<InstanceFile | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, INSTANCE_FILE), 'utf8'));
    return isInstance(value) ? value : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof SyntaxError || code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function isInstance(value: unknown): value is InstanceFile {
  const said = fields(value);
  const words = ['environment', 'template', 'image', 'launch', 'startedAt'];
  const digests = ['digest', 'form', 'inputs'];
  const { file, format } = fields(said['disk']);
  return (
    words.every((name) => typeof said[name] === 'string' && said[name] !== '') &&
    digests.every((name) => isDigest(said[name])) &&
    Number.isSafeInteger(said['slot']) &&
    Array.isArray(said['publish']) &&
    said['publish'].every(isPort) &&
    typeof file === 'string' &&
    (format === 'qcow2' || format === 'raw')
  );
}

function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && value.startsWith('sha256:');
}

function isPort(value: unknown): value is PublishedPort {
  const { host, hostPort, port, protocol } = fields(value);
  const hosted = host === undefined || typeof host === 'string';
  return (
    hosted && Number.isInteger(hostPort) && Number.isInteger(port) && /^(tcp|udp)$/.test(String(protocol))
  );
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return (value ?? {}) as Readonly<Record<string, unknown>>;
}
