import type Docker from 'dockerode';
import type { TarMember } from '../../core/tar/member.ts';
import { readTar } from '../../core/tar/reader.ts';
import type { TreeSource } from '../../tree/source.ts';
import { ask, engineFault } from './engine.ts';

/**
 * A container's file tree, less what the engine itself put there: it mounts over some files and makes their mount
 * points (moby's `daemon/initlayer`), so what the export says of them is not what the image has.
 *
 * @param baseHas whether the base has a path of its own: then its entry is the image's, else there is none.
 */
export async function treeOf(
  container: Docker.Container,
  baseHas: (path: string) => boolean,
  signal: AbortSignal,
): Promise<TreeSource> {
  const changes = await ask('list what changed in the machine', signal, () => container.changes());
  const touched = new Set(((changes ?? []) as { Path: string }[]).map(({ Path }) => Path.slice(1)));
  return { touched, read: (readSignal) => exported(container, baseHas, readSignal) };
}

/** The same for a container that never ran: nothing in it differs from its image. */
export function untouchedTreeOf(container: Docker.Container, baseHas: (path: string) => boolean): TreeSource {
  return { touched: new Set(), read: (signal) => exported(container, baseHas, signal) };
}

async function* exported(
  container: Docker.Container,
  baseHas: (path: string) => boolean,
  signal: AbortSignal,
): AsyncGenerator<TarMember> {
  const stream = (await ask('export the machine', signal, () => container.export())) as NodeJS.ReadableStream & { destroy(): void };
  const onAbort = () => stream.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const member of readTar(stream as AsyncIterable<Buffer>)) {
      if (isEnginesOwn(member.path) && !baseHas(member.path)) continue;
      yield member;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw engineFault('export the machine', error);
  } finally {
    signal.removeEventListener('abort', onAbort);
    stream.destroy();
  }
}

function isEnginesOwn(path: string): boolean {
  return (
    path === '.dockerenv' ||
    path === 'etc/hostname' ||
    path === 'etc/hosts' ||
    path === 'etc/resolv.conf' ||
    path === 'etc/mtab' ||
    path === 'proc' ||
    path === 'sys' ||
    path === 'dev' ||
    path.startsWith('dev/')
  );
}
