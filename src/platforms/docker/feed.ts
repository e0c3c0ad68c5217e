import { Readable } from 'node:stream';

/** Writes into a program's standard input and ends it; one that closes it early is no error. */
export async function feed(
  stream: NodeJS.ReadWriteStream,
  source: string | AsyncIterable<Uint8Array>,
): Promise<void> {
  const pieces = typeof source === 'string' ? Readable.from([Buffer.from(source)]) : Readable.from(source);
  for await (const piece of pieces) {
    // A program that ends before it has read everything closes the stream; its exit code tells the story.
    if (!stream.writable || (stream as unknown as Readable).readableEnded) return;
    if (!stream.write(piece as Buffer)) await drained(stream);
  }
  stream.end();
}

function drained(stream: NodeJS.ReadWriteStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('end', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('end', done).on('close', done);
  });
}
