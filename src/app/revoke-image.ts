import { withAllBasedOn } from '../catalogue/based-on.ts';
import type { ImageRecord } from '../catalogue/record.ts';
import type { Revocation } from '../catalogue/revocation.ts';
import type { Catalogue } from '../catalogue/store.ts';
import type { Digest } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import { operator } from '../core/operator.ts';
import { askPlatforms } from './launch/ask-platforms.ts';
import type { JoinedPlatforms } from './launch/join-launchers.ts';
import { nodeOf } from './launch/node.ts';

/** What `bake revoke` came to. */
export interface RevokedImage extends Revocation {
  /** It was revoked before, by whom and why that says; nothing was changed. */
  readonly already: boolean;
  /** The images that cannot be launched any more because of it, without itself, bases first: `app@3`. */
  readonly basedOn: readonly string[];
  /** What runs of it and of those. */
  readonly instances: readonly RevokedInstance[];
  /** Platforms that could not be asked what they run. */
  readonly silent: readonly { readonly platform: string; readonly why: string; readonly mayRun: boolean }[];
  /** Images whose record is damaged, so that nobody knows whether they are based on it. */
  readonly damaged: readonly string[];
}

/** An instance of a revoked image. */
export interface RevokedInstance {
  readonly environment: string;
  readonly template: string;
  /** `web-1` */
  readonly node: string;
  /** `kiln-prod-web-1-…`: what the platform calls it. */
  readonly name: string;
  readonly platform: string;
  readonly image: string;
  readonly running: boolean;
}

export interface RevokePorts {
  readonly catalogue: Catalogue;
  readonly platforms: JoinedPlatforms;
  /** How far work has come, from 0 to 100. */
  readonly progress: (what: string, percent: number) => void;
}

/**
 * Marks an image, `web@7`, as not to be launched any more, and then says what runs of it and of what is based on it.
 * `USAGE` without a reason; what cannot be asked after it is revoked is told, and never thrown.
 */
export async function revokeImage(
  ref: string,
  reason: string,
  { catalogue, platforms, progress }: RevokePorts,
  signal: AbortSignal,
): Promise<RevokedImage> {
  if (reason.trim() === '') {
    throw new Fault(
      'USAGE',
      'revoking an image needs a reason, which everybody sees who wants to launch it',
      {
        hint: `Say why: \`bake revoke ${ref} --reason "CVE-2026-1234 in nginx"\`.`,
      },
    );
  }
  const why = { reason: reason.trim(), by: operator() };
  const { revocation, already } = await catalogue.revoke(ref, why, new Date());
  progress(`${revocation.image} is revoked; looking for what is based on it`, 0);
  const { affected, damaged } = await affectedBy(catalogue, await catalogue.get(ref), signal);
  progress(`${revocation.image} is revoked; looking for what runs of it`, 50);
  const { instances, silent } = await askPlatforms(platforms, signal);
  const digests = new Set<Digest>(affected.map(({ digest }) => digest));
  return {
    ...revocation,
    already,
    basedOn: affected.map(({ name }) => name).filter((name) => name !== revocation.image),
    instances: instances
      .filter(({ digest }) => digests.has(digest))
      .map((instance) => {
        const { environment, template, name, platform, image, running } = instance;
        return { environment, template, node: nodeOf(instance), name, platform, image, running };
      }),
    silent: silent.map(({ platform, fault, mayRun }) => ({ platform, why: fault.message, mayRun })),
    damaged,
  };
}

type Affected = Pick<ImageRecord, 'name' | 'digest' | 'base'>;

async function affectedBy(catalogue: Catalogue, of: ImageRecord, signal: AbortSignal) {
  const images: Affected[] = [];
  const damaged: string[] = [];
  for await (const listed of catalogue.list()) {
    signal.throwIfAborted();
    if (listed.kind === 'damaged') damaged.push(`${listed.template}@${listed.version}`);
    else images.push({ name: listed.record.name, digest: listed.record.digest, base: listed.record.base });
  }
  return { affected: withAllBasedOn(images, of), damaged };
}
