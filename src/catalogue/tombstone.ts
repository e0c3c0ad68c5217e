import { readFile, stat } from 'node:fs/promises';
import type { Digest } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import type { AmiCopy } from './ami-copies.ts';
import { checkForms } from './check-record.ts';
import type { ImageForm } from './record.ts';

/** The format of a tombstone, with its version. */
export const PRUNED_KIND = 'kiln.pruned/v1';

/** What the file of a tombstone ends in. */
export const PRUNED = 'pruned';

/** What an image consists of besides its record: its forms, and what is told of its tree. */
export type ImagePart = 'oci' | 'disk' | 'ami' | 'tree';

/** What is left of an image that was pruned: its number is never given again, and histories can still name it. */
export interface Tombstone {
  /** `web@3` */
  readonly image: string;
  readonly template: string;
  readonly version: number;
  /** Its content. */
  readonly digest: Digest;
  /** ISO 8601, UTC, as `at` is: when it was baked, and when it was pruned. */
  readonly created: string;
  readonly at: string;
  /** `alice@build-1` */
  readonly by: string;
  /** By which what is pending is found. */
  readonly forms: readonly ImageForm[];
  /** Those of its AMI, lost ones too; absent where it has none. */
  readonly copies?: readonly AmiCopy[];
  /** What is not removed yet; empty when nothing is left of it. */
  readonly pending: readonly ImagePart[];
}

/** A tombstone's text. */
export function tombstoneText(tombstone: Tombstone): string {
  return `${JSON.stringify({ kind: PRUNED_KIND, ...tombstone })}\n`;
}

/** The tombstone in a file; nothing when there is no such file, `RECORD_DAMAGED` when it cannot be read. */
export async function readTombstone(file: string, image: string): Promise<Tombstone | undefined> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as Partial<Record<string, unknown>> | null;
    if (value?.['kind'] !== PRUNED_KIND) throw new SyntaxError(`it is no ${PRUNED_KIND}`);
    if (value['image'] !== image) throw new SyntaxError(`it says that it is ${String(value['image'])}`);
    const texts = ['template', 'digest', 'created', 'at', 'by'].every(
      (key) => typeof value[key] === 'string',
    );
    const lists = Array.isArray(value['pending']) && Array.isArray(value['forms']);
    if (!texts || !lists || typeof value['version'] !== 'number') throw new SyntaxError('it is not whole');
    const wrong = checkForms(value['forms'] as readonly ImageForm[]);
    if (wrong !== undefined) throw new SyntaxError(wrong);
    const { kind: _, ...tombstone } = value;
    return tombstone as unknown as Tombstone;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault(
      'RECORD_DAMAGED',
      `what is left of ${image}, which was pruned, cannot be read: ${(error as Error).message}`,
      {
        hint: 'Restore the file from a backup. Removing it would let its number be given again.',
        details: [file],
        cause: error,
      },
    );
  }
}

/** The fault for an image that was pruned; nothing when there is no such file. */
export async function prunedFault(file: string, image: string, template: string): Promise<Fault | undefined> {
  const found = await readTombstone(file, image).catch(async () => {
    const at = await stat(file).then(({ mtime }) => mtime.toISOString());
    return { at, by: 'somebody' };
  });
  if (found === undefined) return undefined;
  const { at, by } = found;
  return new Fault('IMAGE_UNKNOWN', `${image} was pruned by ${by} on ${at.slice(0, 10)}`, {
    hint: `\`bake list ${template}\` shows what there is; \`bake image ${template}\` makes a new one.`,
  });
}
