import type Docker from 'dockerode';
import type { TarMember } from '../../core/tar/member.ts';
import { readTar } from '../../core/tar/reader.ts';
import type { TreeSource } from '../../tree/source.ts';
import { ask, engineFault } from './engine.ts';

/** The file tree of a container, without what is mounted in it; of one that runs, as it is while it is read. */
export function treeOf(container: Docker.Container): TreeSource {
  return { read: (signal) => exported(container, signal) };
}

async function* exported(container: Docker.Container, signal: AbortSignal): AsyncGenerator<TarMember> {
  const stream = (await ask('export the machine', signal, () =>
    container.export(),
  )) as NodeJS.ReadableStream & { destroy(): void };
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
