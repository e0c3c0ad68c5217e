import { Fault } from '../core/fault.ts';
import { redact, redactAll } from '../core/redaction.ts';
import { jsonText } from '../ui/json-text.ts';

/** A reader that went away, and a terminal that did. */
const GONE = new Set(['EPIPE', 'EIO']);

/** From now on a reader of stdout or stderr that goes away, as `head` does, is no error. */
export function allowReadersToLeave(): void {
  // what goes wrong with stdout is told by the write; of stderr nobody could be told
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/**
 * Writes text for people or JSON for programs to stdout and waits until it is out: without any secret, unless `raw` is
 * the one that was asked for. That one gets a newline on a terminal only.
 */
export async function printAnswer(
  { lines, json, raw }: { lines: readonly string[]; json: unknown; raw?: string },
  asJson: boolean,
): Promise<void> {
  const people = raw === undefined ? redact(lines.map((line) => `${line}\n`).join('')) : rawText(raw);
  const text = asJson ? `${jsonText(raw === undefined ? redactAll(json) : json, 2)}\n` : people;
  if (text === '') return;
  const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    process.stdout.write(text, resolve);
  });
  if (!error || GONE.has(error.code ?? '')) return;
  if (error.code !== 'ENOSPC') throw error;
  throw new Fault('DISK_FULL', 'the answer could not be written to stdout', { cause: error });
}

function rawText(raw: string): string {
  return process.stdout.isTTY && !raw.endsWith('\n') ? `${raw}\n` : raw;
}
