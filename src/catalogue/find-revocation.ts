import type { Digest } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import { parseRef } from './parse-ref.ts';
import type { ImageRecord } from './record.ts';
import type { RecordFiles } from './record-files.ts';
import { type Revocation, readRevocation } from './revocation.ts';

/** What the file of a revocation ends in, after the version that it is of. */
export const REVOKED = 'revoked';

/** What a search goes through. */
export type RevokedAmong = Pick<RecordFiles, 'fileOf' | 'names' | 'read'>;

/** An image, or one that it is based on, whose record may be gone. */
interface Ancestor {
  readonly name: string;
  readonly template: string;
  readonly digest: Digest;
  readonly base?: ImageRecord['base'];
}

/**
 * Looks for the revocation of images: an image is revoked when it was, when other bytes like its own were, and when
 * one that it is based on is. What was read is remembered, so each search is for one answer.
 */
export function revocationFinder({ fileOf, names, read }: RevokedAmong) {
  const known = new Map<string, Promise<readonly Revocation[]>>();

  async function of(record: ImageRecord): Promise<Revocation | undefined> {
    const seen = new Set<string>();
    let image: Ancestor | undefined = record;
    while (image !== undefined && !seen.has(image.name)) {
      seen.add(image.name);
      const { name, template, digest }: Ancestor = image;
      const revoked = (await revokedOf(template)).find((one) => one.image === name || one.digest === digest);
      if (revoked !== undefined) return revoked;
      image = await baseOf(image);
    }
    return undefined;
  }

  function revokedOf(template: string): Promise<readonly Revocation[]> {
    const reading = known.get(template) ?? readRevoked(template);
    known.set(template, reading);
    return reading;
  }

  async function readRevoked(template: string): Promise<readonly Revocation[]> {
    const versions = names(template).get(REVOKED) ?? [];
    const found = await Promise.all(
      versions.map((version) => readRevocation(fileOf(template, version, REVOKED), `${template}@${version}`)),
    );
    return found.filter((revocation) => revocation !== undefined);
  }

  async function baseOf({ base }: Ancestor): Promise<Ancestor | undefined> {
    const name = base === undefined ? undefined : baseImageOf(base);
    if (base === undefined || name === undefined) return undefined;
    const { template, version } = parseRef(name);
    const record = version === 'latest' ? undefined : await read(template, version).catch(unlessDamaged);
    return record ?? { name, template, digest: base.digest };
  }

  return { of };
}

/** One that cannot be read is told of where it is asked for; it is revoked by its name and bytes like one that is gone. */
function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof Fault) || error.code !== 'RECORD_DAMAGED') throw error;
}

/** Which image a base is, `hardened@4`; nothing when it is none. Records of older kilns say it in the base's source only. */
export function baseImageOf({ image, source }: ImageRecord['base']): string | undefined {
  return image ?? /^bake (\S+@[1-9][0-9]*)$/.exec(source)?.[1];
}
