import type { RegionalAmi } from '../../platforms/ami-region.ts';
import type { Distributing } from './distribute-ami.ts';

/** Copies an image's AMI to a region and notes it beside the record; it goes with the scope until then. */
export async function copyToRegion(
  region: string,
  key: string | undefined,
  { record, form, settings, catalogue, amis, run, scope, source: find, say }: Distributing,
  signal: AbortSignal,
): Promise<RegionalAmi> {
  const at = await amis(region);
  const source = { ...(await find()), region: form.region };
  const tags = { ...source.tags, ...settings.tags };
  const spec = { source, run, tags, note: say, ...(key === undefined ? {} : { key }) };
  const { keep, ...copy } = await at.copy(spec, scope, signal);
  const { id, snapshots } = copy;
  const now = new Date().toISOString();
  await catalogue.noteCopy(record, { what: 'copied', region, id, snapshots, run, at: now });
  keep();
  return copy;
}
