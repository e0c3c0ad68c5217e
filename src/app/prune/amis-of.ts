import type { AmiCopy } from '../../catalogue/ami-copies.ts';
import type { ImageForm } from '../../catalogue/record.ts';
import type { AmiId } from '../../core/form-id.ts';

/** One AMI of an image, in its region. */
export interface RegionAmi {
  readonly region: string;
  readonly id: AmiId;
  /** Those that the record or the note of the copy names. */
  readonly snapshots: readonly string[];
}

/** All AMIs of an image: those of its forms and the copies of them, lost ones too, of which something may be left. */
export function amisOf(forms: readonly ImageForm[], copies: readonly AmiCopy[]): RegionAmi[] {
  return [...forms, ...copies].flatMap((one) => {
    if ('kind' in one && one.kind !== 'ami') return [];
    const { region, id, snapshots } = one;
    return [{ region, id, snapshots }];
  });
}

/** The same by region. */
export function byRegion<T extends { readonly region: string }>(
  amis: readonly T[],
): ReadonlyMap<string, T[]> {
  const regions = new Map<string, T[]>();
  for (const ami of amis) {
    const known = regions.get(ami.region);
    if (known === undefined) regions.set(ami.region, [ami]);
    else known.push(ami);
  }
  return regions;
}
