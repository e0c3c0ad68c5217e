import type Docker from 'dockerode';
import type { TarMember } from '../../core/tar/member.ts';
import { readTar } from '../../core/tar/reader.ts';
import type { TreeSource } from '../../tree/source.ts';
import { ask, engineFault } from './engine.ts';

/** A stopped container's file tree. */
export async function treeOf(container: Docker.Container, signal: AbortSignal): Promise<TreeSource> {
  const changes = await ask('list what changed in the machine', signal, () => container.changes());
  const touched = new Set(((changes ?? []) as { Path: string }[]).map(({ Path }) => Path.slice(1)));
  return { touched, read: (readSignal) => exported(container, readSignal) };
}

/** The same for a container that never ran: nothing in it differs from its image. */
export function untouchedTreeOf(container: Docker.Container): TreeSource {
  return { touched: new Set(), read: (signal) => exported(container, signal) };
}

async function* exported(container: Docker.Container, signal: AbortSignal): AsyncGenerator<TarMember> {
  const stream = (await ask('export the machine', signal, () => container.export())) as NodeJS.ReadableStream & { destroy(): void };
  const onAbort = () => stream.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    yield* readTar(stream as AsyncIterable<Buffer>);
  } catch (error) {
    signal.throwIfAborted();
    throw engineFault('export the machine', error);
  } finally {
    signal.removeEventListener('abort', onAbort);
    stream.destroy();
  }
}
