import type { ImageRecord } from '../catalogue/record.ts';
import type { Catalogue } from '../catalogue/store.ts';
import { Fault } from '../core/fault.ts';
import { readManifest } from '../tree/manifest.ts';
import type { BaseSource, IdentifiedBase, ReadyBase } from './base.ts';
import type { BaseContext } from './base-context.ts';
import { diskOfImage } from './base-disk.ts';

type BakeSource = Extract<BaseSource, { bake: string }>;

/** Another template's latest image, as this catalogue has it. */
export async function bakeBase(
  name: string,
  { bake: template }: BakeSource,
  catalogue: Catalogue,
  context: BaseContext,
): Promise<IdentifiedBase> {
  const record = await catalogue.latest(template);
  if (record === undefined) {
    throw new Fault('BASE_FAILED', `the base ${name} is the image of ${template}, which has none yet`, {
      hint: `Bake it first: \`bake image ${template}\`.`,
    });
  }
  return {
    name,
    source: `bake ${record.name}`,
    digest: record.digest,
    image: record.name,
    ...(record.resumed === undefined ? {} : { resumed: { base: record.name, ...record.resumed } }),
    async prepare() {
      const revoked = await catalogue.revocationOf(record);
      if (revoked !== undefined)
        context.log.note(
          `its base ${record.name} is revoked, so that no environment takes what is baked on it: ${revoked.reason}`,
        );
      return await ready(record, catalogue, context);
    },
  };
}

async function ready(record: ImageRecord, catalogue: Catalogue, context: BaseContext): Promise<ReadyBase> {
  const { images, scope, signal } = context;
  // From here on it must not be pruned.
  scope.intend({ kind: 'uses', image: record.name, digest: record.digest });
  const form = record.forms.find((one) => one.kind === 'oci');
  const image = form === undefined ? undefined : await images.inspect(form.digest, signal);
  if (image === undefined) {
    throw new Fault(
      'BASE_FAILED',
      `${record.name} has a record, but its container image is not in the engine`,
      {
        hint: `Bake it again: \`bake image ${record.template}\`.`,
      },
    );
  }
  const manifest = () => readManifest(catalogue.manifestPath(record.digest), record.digest);
  const { id, diffIds: layers, architecture, run, created } = image;
  const epoch = Math.floor(Date.parse(created) / 1000);
  return {
    image: id,
    layers,
    architecture,
    run,
    tree: record.digest,
    manifest,
    epoch,
    disk: (size) => diskOfImage({ image: id, tree: record.digest, epoch }, size, context),
  };
}
