import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes a source into a program's stdin and ends it; a program that closes it early is no error, a failing source is. */
export async function feed(input: Writable, source: string | AsyncIterable<Uint8Array>): Promise<void> {
  if (typeof source === 'string') {
    input.end(source);
    return;
  }
  for await (const piece of source) {
    if (!input.writable) return;
    if (!input.write(piece)) await drained(input);
  }
  input.end();
}

async function drained(input: Writable): Promise<void> {
  const settled = new AbortController();
  const wait = (event: string) => once(input, event, { signal: settled.signal });
  await Promise.race([wait('drain'), wait('close')]).catch(() => {});
  settled.abort();
}
