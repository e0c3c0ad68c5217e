import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../core/atomic-file.ts';
import type { Digest } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import type { OciImage } from '../forms/oci/oci-store.ts';
import { scanTree } from '../tree/capture.ts';
import { type Manifest, readManifest, writeManifest } from '../tree/manifest.ts';
import type { BaseSource, IdentifiedBase } from './base.ts';
import type { BaseContext } from './base-context.ts';

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
      const { digest: tree, manifest } = await treeOfImage(image.id, context);
      const { id, diffIds: layers, architecture, run } = image;
      return {
        image: id,
        layers,
        architecture,
        run,
        tree,
        manifest: async () => manifest,
        epoch: epochOf(image),
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

/** The image's content manifest, read once for each image and kept. */
async function treeOfImage(
  id: Digest,
  { bake, images, cache, scope, signal }: BaseContext,
): Promise<{ digest: Digest; manifest: Manifest }> {
  const folder = join(cache, id.replace('sha256:', ''));
  const file = join(folder, 'manifest.ndjson.gz');
  const known = await readFile(join(folder, 'tree'), 'utf8').catch(() => undefined);
  const kept =
    known === undefined ? undefined : await readManifest(file, known as Digest).catch(() => undefined);
  if (known !== undefined && kept !== undefined) return { digest: known as Digest, manifest: kept };
  const source = await images.readTree(id, bake, scope, signal);
  const { digest, manifest } = await scanTree(source, signal);
  await writeManifest(file, manifest);
  await writeFileAtomically(join(folder, 'tree'), digest);
  return { digest, manifest };
}

/** When the image was made, in seconds since 1970; some tools write a time before that. */
function epochOf({ created }: OciImage): number {
  const seconds = Math.floor(Date.parse(created) / 1000);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : 0;
}
