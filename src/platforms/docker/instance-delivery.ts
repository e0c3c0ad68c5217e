import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { TarInput } from '../../core/tar/member.ts';
import { readTar } from '../../core/tar/reader.ts';
import { writeTar } from '../../core/tar/writer.ts';
import { ask } from './engine.ts';
import { feed } from './feed.ts';

/** What an instance has when it has all: it is delivered last. */
export const LAST_FILE = 'kiln/environment.json';

/** Folders of a delivery that the instance's entry makes, with the modes that they need there. */
const MADE_BY_ENTRY: ReadonlySet<string> = new Set(['', 'credentials', 'credentials/@system', 'kiln']);

/** The standard input of a container that is yet to be started; disposing closes the connection. */
export async function openStdin(
  container: Docker.Container,
  signal: AbortSignal,
): Promise<Duplex & Disposable> {
  const opening = container.attach({
    stream: true,
    stdin: true,
    hijack: true,
  }) as Promise<unknown> as Promise<Duplex>;
  // A connection that breaks shows in the container, which refuses to start without its data.
  const opened = opening.then((stream) => stream.on('error', () => {}));
  try {
    const stream = await ask('hand an instance its data', signal, () => opened);
    return Object.assign(stream, { [Symbol.dispose]: () => void stream.destroy() });
  } catch (error) {
    opened.then(
      (stream) => stream.destroy(),
      () => {},
    );
    throw error;
  }
}

/** Streams a delivery into a started container, and ends its standard input; throws what the delivery throws. */
export async function deliver(
  delivery: AsyncIterable<Uint8Array>,
  stdin: Duplex,
  signal: AbortSignal,
): Promise<void> {
  const onAbort = () => void stdin.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await feed(stdin, writeTar(inOrder(delivery)));
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  signal.throwIfAborted();
}

async function* inOrder(delivery: AsyncIterable<Uint8Array>): AsyncGenerator<TarInput> {
  let last: TarInput | undefined;
  for await (const member of readTar(delivery)) {
    if (member.path === LAST_FILE) last = { ...member, body: await bytesOf(member.body) };
    else if (member.type !== 'directory' || !MADE_BY_ENTRY.has(member.path)) yield member;
  }
  if (last !== undefined) yield last;
}

async function bytesOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}
