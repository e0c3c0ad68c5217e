import { StringDecoder } from 'node:string_decoder';
import { Fault } from '../core/fault.ts';
import type { ExecOptions } from './platform.ts';

/** A program's output beyond this is no report any more, and would only fill memory. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** All that a program prints on one stream, as text; each whole line is told as it comes. `ENGINE_FAILED` beyond 64 MiB. */
export async function collectOutput(
  stream: AsyncIterable<Uint8Array>,
  name: 'stdout' | 'stderr',
  onLine: ExecOptions['onLine'],
): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let bytes = 0;
  let rest = '';
  const pieces: string[] = [];
  const take = (text: string) => {
    pieces.push(text);
    if (onLine === undefined) return;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line, name);
  };
  for await (const piece of stream) {
    bytes += piece.length;
    if (bytes > MAX_OUTPUT_BYTES)
      throw new Fault('ENGINE_FAILED', `a program printed more than ${MAX_OUTPUT_BYTES} bytes`);
    take(decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length)));
  }
  take(decoder.end());
  if (rest !== '') onLine?.(rest, name);
  return pieces.join('');
}
