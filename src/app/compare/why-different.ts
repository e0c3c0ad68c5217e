import { type BakeKeyPart, changedKeyParts } from '../../catalogue/lineage.ts';
import type { BaseRecord, ImageRecord } from '../../catalogue/record.ts';
import { changedBundle } from './changed-bundle.ts';
import { type NamedChange, namedChanges } from './named-changes.ts';

/** One part of the bake key that differs: why the later bake could come out differently. */
export interface Cause {
  readonly part: BakeKeyPart;
  /** A sentence for people: `the base is another: hardened@3 → hardened@4`. */
  readonly text: string;
  /** What of it differs, where the records know: files of the bundle, checks. */
  readonly changes?: readonly NamedChange[];
}

/** Why two bakes could differ, as far as their records know. Nothing where all that went in was the same. */
export function whyDifferent(before: ImageRecord, after: ImageRecord): Cause[] {
  return changedKeyParts(before.bakeKey, after.bakeKey).map((part) => ({
    part,
    ...CAUSES[part](before, after),
  }));
}

type Explain = (before: ImageRecord, after: ImageRecord) => Omit<Cause, 'part'>;

const CAUSES: Readonly<Record<BakeKeyPart, Explain>> = {
  base: (before, after) => ({ text: `the base is another: ${baseText(before.base, after.base)}` }),
  template: (before, after) => ({ text: templateText(before, after) }),
  bundle: (before, after) => changedBundle(before.bundle, after.bundle),
  checks: changedChecks,
  machine: ({ bakeKey: { parts: old } }, { bakeKey: { parts: now } }) => ({
    text: `it was baked in another kind of machine: ${old.machine} → ${now.machine}`,
  }),
  tool: ({ bakeKey: { parts: old } }, { bakeKey: { parts: now } }) => ({
    text: `${old.tool} → ${now.tool.replace(/^kiln /, '')}`,
  }),
};

function baseText(before: BaseRecord, after: BaseRecord): string {
  if (before.image !== undefined && after.image !== undefined && before.image !== after.image)
    return `${before.image} → ${after.image}`;
  const named = before.name === after.name ? '' : `${before.name} → ${after.name}, `;
  if (before.source !== after.source) return `${named}${before.source} → ${after.source}`;
  return `${named}${after.source}, ${sameSourceText(before, after)}`;
}

/** One source, two digests. */
function sameSourceText({ epoch: old }: BaseRecord, { epoch: now, source }: BaseRecord): string {
  if (!source.startsWith('debian ')) return 'whose bytes are others';
  if (old === undefined || now === undefined) return 'with other packages on offer or asked for';
  if (old === now)
    return 'of the same package lists, but made otherwise (other packages asked for, or another mmdebstrap)';
  // Lists may come out several times a day.
  const length = old.slice(0, 10) === now.slice(0, 10) ? 16 : 10;
  const shown = (iso: string) => `${iso.slice(0, length).replace('T', ' ')}${length > 10 ? 'Z' : ''}`;
  return `packages of ${shown(old)} → ${shown(now)}`;
}

/** The key's part is of the template as it was asked for: with the command line's machine and forms. */
function templateText(before: ImageRecord, after: ImageRecord): string {
  const forms = (record: ImageRecord) => record.forms.map(({ kind }) => kind).join(', ');
  const asked =
    before.bakeKey.parts.machine !== after.bakeKey.parts.machine || forms(before) !== forms(after);
  const which = forms(before) === forms(after) ? '' : ` (forms: ${forms(before)} → ${forms(after)})`;
  return `the template${asked ? ' or the command line' : ''} says something else${which}`;
}

function changedChecks({ runtime: old }: ImageRecord, { runtime: now }: ImageRecord): Omit<Cause, 'part'> {
  if (old === undefined || now === undefined)
    return { text: 'the checks or the times of the probe are others' };
  const changes = namedChanges(checksOf(old.checks), checksOf(now.checks));
  const times = JSON.stringify(old.probe) === JSON.stringify(now.probe) ? [] : ['the times of the probe'];
  const what = [...(changes.length === 0 ? [] : ['the checks']), ...times].join(' and ');
  return {
    text: `${what === '' ? 'the checks' : what} are others`,
    ...(changes.length === 0 ? {} : { changes }),
  };
}

/** `service nginx` and what is expected of it. */
function checksOf(checks: NonNullable<ImageRecord['runtime']>['checks']): Record<string, string> {
  const all = Object.entries(checks).flatMap(([kind, named]) =>
    Object.entries(named).map(([name, expected]) => [`${kind} ${name}`, JSON.stringify(expected)] as const),
  );
  return Object.fromEntries(all);
}
