import { readFile } from 'node:fs/promises';
import { appendLine } from './append-line.ts';

/** The format of a confirmation's line, with its version. */
export const CONFIRMATION_KIND = 'kiln.confirmation/v1';

/** What the file of an image's confirmations ends in. */
export const CONFIRMED = 'confirmed';

/** That a bake from clean came to an image's very content once more. */
export interface Confirmation {
  /** The bake that did. */
  readonly bake: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Adds a confirmation to a file that only grows, and waits until it is on disk; `DISK_FULL`. */
export async function writeConfirmation(file: string, { bake, at }: Confirmation): Promise<void> {
  await appendLine(file, JSON.stringify({ kind: CONFIRMATION_KIND, bake, at }));
}

/** All of an image's confirmations, oldest first; a line that cannot be read is none. */
export async function readConfirmations(file: string): Promise<readonly Confirmation[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap(confirmationIn);
}

function confirmationIn(line: string): Confirmation[] {
  try {
    const { kind, bake, at } = JSON.parse(line) as Partial<Record<string, unknown>>;
    return kind === CONFIRMATION_KIND && typeof bake === 'string' && isTime(at) ? [{ bake, at }] : [];
  } catch {
    return [];
  }
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
