import type { Catalogue } from '../../catalogue/store.ts';
import type { Leftover } from './leftover.ts';

/**
 * Records whose bytes are none, which are set aside where they lie: until then the newest image of a template cannot be
 * told. Those of a newer kiln, and those that cannot be read at all, are left alone.
 */
export async function leftRecords(
  { list, setAside }: Pick<Catalogue, 'list' | 'setAside'>,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for await (const listed of list()) {
    signal.throwIfAborted();
    if (listed.kind !== 'damaged' || listed.defect !== 'torn') continue;
    const { template, version, fault } = listed;
    left.push({
      what: 'damaged record',
      where: fault.details[0] ?? `${template}@${version}`,
      aside: true,
      remove: async () => void (await setAside(template, version)),
    });
  }
  return left;
}
