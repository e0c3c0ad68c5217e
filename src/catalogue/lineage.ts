import type { BakeKey } from './record.ts';

export type BakeKeyPart = keyof BakeKey['parts'];

const PARTS: readonly BakeKeyPart[] = ['base', 'template', 'bundle', 'checks', 'machine', 'tool'];

/** The parts of the bake key that are not the same: why the later bake could come out differently. */
export function changedKeyParts(before: BakeKey, after: BakeKey): BakeKeyPart[] {
  return PARTS.filter((part) => before.parts[part] !== after.parts[part]);
}
