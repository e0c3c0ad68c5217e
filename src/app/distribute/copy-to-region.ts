import { Fault } from '../../core/fault.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { Intent } from '../../core/intention.ts';
import type { AmiRegion, RegionalAmi } from '../../platforms/ami-region.ts';
import type { Distributing } from './distribute-ami.ts';

/** What AWS refuses has made nothing. */
const REFUSED: ReadonlySet<string> = new Set(['CLOUD_DENIED', 'CLOUD_LOCKED', 'CLOUD_FULL']);

/**
 * Copies an image's AMI to a region and notes it beside the record; it goes with the scope until then. In the ledger is
 * the region before anything is made there, and the copy before it is waited for.
 */
export async function copyToRegion(
  region: string,
  key: string | undefined,
  { record, form, settings, catalogue, amis, run, scope, source: find }: Distributing,
  signal: AbortSignal,
): Promise<RegionalAmi> {
  const at = await amis(region);
  const source = { ...(await find()), region: form.region };
  const tags = { ...source.tags, ...settings.tags, 'kiln.bake': run };
  const cloud = scope.intend({ kind: 'cloud', region, bake: run });
  const made: { id?: AmiId; intent?: Intent } = {};
  const kept = scope.defer(`copy of ${form.id} in ${region}`, (closing) =>
    removeCopy(at, run, made.id, closing),
  );
  const settle = () => {
    kept();
    made.intent?.settle();
    cloud.settle();
  };
  function onCopy(id: AmiId): void {
    made.id = id;
    made.intent = scope.intend({ kind: 'ami', region, id });
  }
  try {
    const spec = { source, token: `${run}-${region}`, tags, ...(key === undefined ? {} : { key }) };
    const copy = await at.copy(spec, onCopy, signal);
    const { id, snapshots } = copy;
    const now = new Date().toISOString();
    await catalogue.noteCopy(record, { what: 'copied', region, id, snapshots, run, at: now });
    settle();
    return copy;
  } catch (error) {
    if (made.id === undefined && error instanceof Fault && REFUSED.has(error.code)) settle();
    throw error;
  }
}

/** Its id may never have been told. */
async function removeCopy(
  at: AmiRegion,
  run: string,
  id: AmiId | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (id !== undefined) {
    const { snapshots } = (await at.find(id, signal)) ?? { snapshots: [] };
    await at.remove({ id, snapshots }, signal);
  }
  await at.removeOf(run, signal);
}
