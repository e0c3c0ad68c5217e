import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { OciImage } from '../forms/oci/oci-store.ts';
import type { BaseSource, IdentifiedBase } from './base.ts';
import type { BaseContext } from './base-context.ts';
import { diskOfImage } from './base-disk.ts';
import { cachedManifest } from './cached-manifest.ts';

type ImageSource = Extract<BaseSource, { image: string }>;

/**
 * A container image, known by its digest. One that is named by digest is fetched when the engine lacks it; a tag
 * is asked for anew each time, and what it stands for today is what gets recorded.
 */
export async function imageBase(
  name: string,
  { image: ref }: ImageSource,
  context: BaseContext,
): Promise<IdentifiedBase> {
  const image = await resolveImage(ref, context);
  const repository = ref.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const pinned = image.repoDigests.find((known) => known.startsWith(`${repository}@`));
  return {
    name,
    source: `image ${pinned ?? (ref === image.id ? ref : `${ref} (${image.id})`)}`,
    digest: image.id,
    async prepare() {
      for (const path of image.volumes) {
        context.log.note(`${name} declares ${path} a volume: what is written there will not be in the image`);
      }
      const { digest: tree, manifest } = await cachedManifest(
        join(context.cache, image.id.replace('sha256:', '')),
        () => context.images.readTree(image.id, context.bake, context.scope, context.signal),
        context.signal,
      );
      const { id, diffIds: layers, architecture, run } = image;
      return {
        image: id,
        layers,
        architecture,
        run,
        tree,
        manifest: async () => manifest,
        epoch: epochOf(image),
        disk: (size) => diskOfImage({ image: id, tree, epoch: epochOf(image) }, size, context),
      };
    },
  };
}

async function resolveImage(ref: string, { images, log, signal }: BaseContext): Promise<OciImage> {
  const byDigest = ref.includes('sha256:');
  const present = await images.inspect(ref, signal);
  if (byDigest && present !== undefined) return present;
  try {
    log.note(`asking the registry for ${ref}`);
    await images.pull(ref, signal);
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Fault ? cause.details : [];
    if (reason.some((line) => /verification failed|digest mismatch|unexpected digest/i.test(line))) {
      throw new Fault('DIGEST_MISMATCH', `the registry's ${ref} is not what its digest says`, {
        details: reason,
        hint: 'The registry or something on the way to it is broken, or not to be trusted.',
        cause,
      });
    }
    if (present === undefined) {
      throw new Fault(
        'BASE_FAILED',
        `the base image ${ref} is neither in the engine nor to be had from its registry`,
        {
          details: reason,
          hint: byDigest
            ? 'See whether the registry has that digest.'
            : 'See whether the name is right and the registry answers.',
          cause,
        },
      );
    }
    log.note(
      `the registry did not give ${ref} (${reason.join('; ')}): the engine's own ${present.id} is taken`,
    );
    return present;
  }
  const pulled = await images.inspect(ref, signal);
  if (pulled === undefined) throw new Fault('BASE_FAILED', `the engine fetched ${ref} and does not have it`);
  return pulled;
}

/** When the image was made, in seconds since 1970; some tools write a time before that. */
function epochOf({ created }: OciImage): number {
  const seconds = Math.floor(Date.parse(created) / 1000);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : 0;
}
