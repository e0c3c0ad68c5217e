import type { ToldLaunches } from '../../catalogue/launch-history.ts';
import type { ImageForm } from '../../catalogue/record.ts';
import { type Keep, retain } from '../../catalogue/retention.ts';
import { askPlatforms } from '../launch/ask-platforms.ts';
import { amiNeeds } from './ami-needs.ts';
import { amisOf } from './amis-of.ts';
import { type KeepRules, keepText } from './keep-rules.ts';
import { measureFiles } from './measure-files.ts';
import { holdBack, type Needs, needed } from './protect.ts';
import type { PrunePorts } from './prune-ports.ts';
import { type ReadRecord, readRecords } from './read-records.ts';

/** One image that goes, or would. */
export interface ImageToPrune {
  /** `web@3` */
  readonly name: string;
  readonly template: string;
  readonly digest: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Bytes of its tree's files. */
  readonly bytes: number;
  readonly forms: readonly ImageForm['kind'][];
  /** Bytes on this host's disk of the files that nothing else needs; what an engine frees is not in it. */
  readonly files: number;
  /** Why the rules do not keep it: `not in last 10, daily 7`. */
  readonly why: string;
  readonly revoked?: true;
  /** Its AMIs, which go with their snapshots; absent where it has none. */
  readonly amis?: readonly { readonly region: string; readonly id: string }[];
}

/** One image that stays though the rules let it go. */
export interface HeldImage {
  readonly name: string;
  readonly template: string;
  readonly created: string;
  /** `runs in prod`, `rollback target of staging`, `base of app@9`; at least one. */
  readonly why: readonly string[];
}

/** What is pruned and what is not, decided and not done. */
export interface PrunePlan {
  /** By template, the oldest first. */
  readonly remove: readonly ImageToPrune[];
  readonly held: readonly HeldImage[];
  /** How many images of the templates that were looked at the rules keep. */
  readonly kept: number;
  /** Templates of the workspace that say nothing, so that nothing of them is pruned. */
  readonly unlimited: readonly string[];
  /** Templates that have images and are none of the workspace: nothing of them is pruned. */
  readonly unknown: readonly string[];
  /** Platforms that could not be asked what they run; what may run there stays. */
  readonly silent: readonly { readonly platform: string; readonly why: string; readonly mayRun: boolean }[];
  /** Histories with lines that cannot be read: where a rollback leads is told by the others, here as there. */
  readonly unread: readonly { readonly environment: string; readonly lines: number }[];
  /** Images whose record is damaged; nothing is pruned as long as there is one. */
  readonly damaged: readonly string[];
}

/** A plan with the records of what goes. */
export interface DecidedPrune {
  readonly plan: PrunePlan;
  readonly records: readonly ReadRecord[];
}

/** Decides by the rules of each template and by who needs what; changes nothing. */
export async function planPrune(
  rules: KeepRules,
  named: boolean,
  ports: PrunePorts,
  signal: AbortSignal,
): Promise<DecidedPrune> {
  const { records, revoked, damaged } = await readRecords(ports.catalogue, ports.progress, signal);
  const why = new Map<string, string>();
  let kept = 0;
  for (const [template, keep] of rules) {
    if (keep === undefined) continue;
    const own = records.filter((record) => record.template === template);
    for (const { image, reason } of letGo(own, keep)) {
      if (reason === undefined) kept += 1;
      else why.set(image.name, reason);
    }
  }
  const letGoOf = records.filter(({ name }) => why.has(name));
  const needs = letGoOf.length === 0 ? NOBODY : await whoNeeds(letGoOf, ports, signal);
  const reasons = needed({ ...needs, records, damaged });
  const held = holdBack(records, new Set(why.keys()), reasons);
  const goes = records.filter(({ name }) => why.has(name) && !held.has(name)).sort(oldestFirst);
  const measured = await measureFiles(goes, records, ports.home);

  const own = await amisByImage(goes, ports);
  const templates = new Set(records.map(({ template }) => template));
  const plan: PrunePlan = {
    remove: goes.map((record) => ({
      name: record.name,
      template: record.template,
      digest: record.digest,
      created: record.created,
      bytes: record.bytes,
      forms: record.forms.map(({ kind }) => kind),
      files: measured.get(record.name) ?? 0,
      why: why.get(record.name) ?? '',
      ...(revoked.has(record.name) ? { revoked: true as const } : {}),
      ...(own.has(record.name) ? { amis: own.get(record.name) ?? [] } : {}),
    })),
    held: records
      .filter(({ name }) => held.has(name))
      .sort(oldestFirst)
      .map(({ name, template, created }) => ({ name, template, created, why: held.get(name) ?? [] })),
    kept,
    unlimited: [...rules].flatMap(([template, keep]) => (keep === undefined ? [template] : [])),
    unknown: named ? [] : [...templates].filter((template) => !rules.has(template)).sort(),
    silent: needs.silent.map(({ platform, fault, mayRun }) => ({ platform, why: fault.message, mayRun })),
    unread: [...needs.histories].flatMap(([environment, told]) =>
      told.damaged > 0 ? [{ environment, lines: told.damaged }] : [],
    ),
    damaged,
  };
  return { plan, records: goes };
}

/**
 * Why the rules let each image of a template go, or nothing where they keep it. What was baked from a checkpoint takes
 * nobody's place, as only dev may run it: it stays as long as it is the newest.
 */
function letGo(own: readonly ReadRecord[], keep: Keep): { image: ReadRecord; reason?: string }[] {
  const newest = own.reduce((highest, { version }) => Math.max(highest, version), 0);
  const whole = own.filter(({ resumed }) => resumed === undefined);
  const resumed = own.filter((image) => image.resumed !== undefined);
  return [
    ...retain(whole, keep).map(({ image, kept }) =>
      kept.length > 0 ? { image } : { image, reason: `not in ${keepText(keep)}` },
    ),
    ...resumed.map((image) =>
      image.version === newest
        ? { image }
        : { image, reason: 'baked from a checkpoint, and not the newest any more' },
    ),
  ];
}

/** Where nothing goes, nobody has to be asked. */
const NOBODY: Omit<Needs, 'records' | 'damaged'> = {
  instances: [],
  silent: [],
  histories: new Map(),
  declared: new Set(),
  inUse: new Map(),
  amis: new Map(),
};

async function whoNeeds(
  letGo: readonly ReadRecord[],
  ports: PrunePorts,
  signal: AbortSignal,
): Promise<typeof NOBODY> {
  ports.progress('asking what runs', 0);
  const [asked, histories, declared, inUse, amis] = await Promise.all([
    askPlatforms(ports.platforms, signal),
    readHistories(ports),
    ports.declared(signal),
    ports.inUse(),
    amiNeeds(letGo, ports, signal),
  ]);
  return { ...asked, histories, declared, inUse, amis };
}

async function amisByImage(goes: readonly ReadRecord[], { catalogue }: PrunePorts) {
  const found = new Map<string, { readonly region: string; readonly id: string }[]>();
  for (const record of goes) {
    if (!record.forms.some(({ kind }) => kind === 'ami')) continue;
    const amis = amisOf(record.forms, await catalogue.copies(record));
    found.set(
      record.name,
      amis.map(({ region, id }) => ({ region, id })),
    );
  }
  return found;
}

async function readHistories({ history }: PrunePorts): Promise<ReadonlyMap<string, ToldLaunches>> {
  const histories = new Map<string, ToldLaunches>();
  for (const environment of await history.environments())
    histories.set(environment, await history.read(environment));
  return histories;
}

function oldestFirst(a: ReadRecord, b: ReadRecord): number {
  if (a.template !== b.template) return a.template < b.template ? -1 : 1;
  return a.version - b.version;
}
