import type { AmiCopy } from '../../catalogue/ami-copies.ts';
import type { ImageForm } from '../../catalogue/record.ts';
import type { AmiId } from '../../core/form-id.ts';

/** One AMI of an image, in its region. */
export interface RegionAmi {
  readonly region: string;
  /** 12 digits; nothing where nobody noted it. */
  readonly account: string | undefined;
  readonly id: AmiId;
  /** Those that the record or the note of the copy names. */
  readonly snapshots: readonly string[];
}

/** All AMIs of an image: that of its forms and the copies of it, lost ones too, of which something may be left. */
export function amisOf(forms: readonly ImageForm[], copies: readonly AmiCopy[]): RegionAmi[] {
  const first = forms.find((form) => form.kind === 'ami');
  const account = first?.account;
  const all = first === undefined ? copies : [first, ...copies];
  return all.map(({ region, id, snapshots }) => ({ region, account, id, snapshots }));
}

/** AMIs that are asked about at once: those of one account in one region. */
export interface PlacedAmis<T extends RegionAmi = RegionAmi> {
  readonly region: string;
  readonly account: string | undefined;
  readonly amis: readonly T[];
}

/** AMIs by where they are. */
export function byPlace<T extends RegionAmi>(all: readonly T[]): PlacedAmis<T>[] {
  const places = new Map<string, PlacedAmis<T> & { amis: T[] }>();
  for (const ami of all) {
    const { region, account } = ami;
    const key = `${region} ${account}`;
    const place = places.get(key) ?? { region, account, amis: [] };
    place.amis.push(ami);
    places.set(key, place);
  }
  return [...places.values()];
}
