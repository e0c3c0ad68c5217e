import type { Catalogue } from '../catalogue/store.ts';
import { amiBase } from './ami-base.ts';
import { bakeBase } from './bake-base.ts';
import type { BaseOptions, BaseSource, IdentifiedBase } from './base.ts';
import type { BaseContext } from './base-context.ts';
import { debianBase } from './debian-base.ts';
import { diskBase } from './disk-base.ts';
import { imageBase } from './image-base.ts';

/** Resolves a base to a digest. Nothing is made or fetched for a Debian suite; a container image's tag and an
 * AMI's name are asked for. */
export async function identifyBase(
  name: string,
  base: BaseSource,
  catalogue: Catalogue,
  context: BaseContext,
  options: BaseOptions,
): Promise<IdentifiedBase> {
  if ('debian' in base) return await debianBase(name, base, options, context);
  if ('image' in base) return await imageBase(name, base, context);
  if ('disk' in base) return await diskBase(name, base, context);
  if ('ami' in base) return await amiBase(name, base.ami, options.region, context);
  return await bakeBase(name, base, catalogue, context);
}
