import { StringDecoder } from 'node:string_decoder';
import { Fault } from '../../core/fault.ts';
import { Secret } from '../../core/secret.ts';

/** What is longer is no secret, and is not read to its end. */
const MOST_BYTES = 1024 * 1024;

/**
 * Reads one secret: asked for without echo when somebody sits at a terminal, else all of stdin. The newline at its end
 * is dropped unless it is to be kept. `USAGE` for what is no text.
 */
export async function readSecret(
  name: string,
  { raw = false }: { raw?: boolean },
  signal: AbortSignal,
): Promise<Secret> {
  if (process.stdin.isTTY === true) return new Secret(await askHidden(`value of ${name}: `, signal));
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stop = () => process.stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES)
        throw new Fault('USAGE', `the value of \`${name}\` is larger than 1 MiB, which no secret is`);
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  signal.throwIfAborted();
  const text = decode(name, Buffer.concat(chunks));
  return new Secret(raw ? text : text.replace(/\r?\n$/, ''));
}

function decode(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Fault('USAGE', `the value of \`${name}\` is not UTF-8 text`, {
      hint: 'Encode it with `base64`, and decode it where it is used.',
    });
  }
}

/** Reads a line from the terminal that nobody sees. */
async function askHidden(prompt: string, signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = process;
  signal.throwIfAborted();
  stderr.write(prompt);
  stdin.setRawMode(true);
  try {
    return await new Promise<string>((resolve, reject) => {
      const decoder = new StringDecoder('utf8');
      let line: string[] = [];
      const onAbort = () => settle(() => reject(signal.reason));
      const onData = (chunk: Buffer) => {
        for (const [at, character] of [...decoder.write(chunk)].entries()) {
          if (character === '\r' || character === '\n') {
            const isAll = at + 1 >= [...chunk.toString()].length;
            return settle(() => (isAll ? resolve(line.join('')) : reject(severalLines())));
          }
          if (character === '\u0003') return void process.kill(process.pid, 'SIGINT');
          if (character === '\u0004') return settle(() => resolve(line.join('')));
          if (character === '\u007f' || character === '\b') line = line.slice(0, -1);
          else if (character === '\u0015') line = [];
          else line.push(character);
        }
      };
      const settle = (end: () => void) => {
        stdin.off('data', onData);
        signal.removeEventListener('abort', onAbort);
        end();
      };
      stdin.on('data', onData);
      signal.addEventListener('abort', onAbort, { once: true });
      stdin.resume();
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

function severalLines(): Fault {
  return new Fault('USAGE', 'several lines were pasted, and only one can be asked for', {
    hint: 'Pipe them in: `launch secrets set NAME --env ENV < FILE`.',
  });
}
