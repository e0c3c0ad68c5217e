import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Digest } from '../core/digest.ts';
import { syncFolder } from '../core/durable-folder.ts';
import { createNewFile } from '../core/new-file.ts';

/** The format of a revocation, with its version. */
export const REVOCATION_KIND = 'kiln.revocation/v1';

/** That an image must not be launched any more. */
export interface Revocation {
  /** The image that was revoked: `web@7`. */
  readonly image: string;
  /** Its content; absent when the revocation cannot be read. */
  readonly digest?: Digest;
  readonly reason: string;
  /** `alice@build-1` */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/**
 * Writes a revocation, whole or not at all, and waits until it is on disk; false when there is one already, which stays
 * as it is.
 */
export async function writeRevocation(file: string, revocation: Revocation): Promise<boolean> {
  const created = await createNewFile(file, `${JSON.stringify({ kind: REVOCATION_KIND, ...revocation })}\n`);
  // Where it was there already, the one who made it may not have come so far.
  await syncFolder(dirname(file));
  return created;
}

/** The revocation in a file; nothing when there is no such file. One that cannot be read is one all the same. */
export async function readRevocation(file: string, image: string): Promise<Revocation | undefined> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as Partial<Record<string, unknown>> | null;
    const { digest, reason, by, at } = value ?? {};
    if (
      value?.['kind'] !== REVOCATION_KIND ||
      ![digest, reason, by, at].every((text) => typeof text === 'string')
    )
      throw new SyntaxError('it is no revocation');
    return { image, digest, reason, by, at } as Revocation;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    const found = await stat(file).catch(() => undefined);
    return {
      image,
      reason: `${file} cannot be read: ${(error as Error).message}`,
      by: 'somebody',
      at: (found?.mtime ?? new Date(0)).toISOString(),
    };
  }
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
