import type { Digest } from '../core/digest.ts';
import { parseRef } from './parse-ref.ts';
import type { ResumedRecord } from './record.ts';
import type { Revocation } from './revocation.ts';
import { timeSpan } from './time-span.ts';

/** The one environment that takes what was baked from a checkpoint. */
const DEVELOPMENT = 'dev';

/** One reason why an image may not go to an environment. */
export interface Refusal {
  readonly rule:
    | 'not-running'
    | 'mixed'
    | 'unhealthy'
    | 'never-healthy'
    | 'soak'
    | 'revoked'
    | 'unverified'
    | 'resumed'
    | 'max-age';
  /** To be said after the image's name: `it was never healthy in staging`. */
  readonly message: string;
  /** What to do so that it is not refused, one sentence. */
  readonly hint: string;
  /** False where there is no image that could be launched all the same, or where none ever may be. */
  readonly overridable: boolean;
}

/** What an environment lets in. Times in milliseconds. */
export interface PromotionRules {
  readonly name: string;
  /** The environment where an image must be healthy before. */
  readonly after?: string | undefined;
  /** How long it must have run there. */
  readonly soak?: number | undefined;
  readonly maxAge?: number | undefined;
}

/** One instance of a template in an environment. */
export interface RunningImage {
  /** `web@7` */
  readonly image: string;
  readonly digest: Digest;
  readonly serving: boolean;
  readonly healthy: boolean;
  /** Why it is not healthy. */
  readonly why?: string;
  /** ISO time. */
  readonly startedAt: string;
}

/** What an image's way to an environment is judged by. */
export interface PromotionFacts {
  readonly environment: PromotionRules;
  readonly template: string;
  /** The image that is to go there; absent when there is none to take. */
  readonly image?: {
    readonly name: string;
    readonly digest: Digest;
    readonly created: string;
    /** ISO time at which a bake from clean came to this very content once more: its age counts from then. */
    readonly confirmed?: string;
    /** None of its forms was started before it was published. */
    readonly unverified?: boolean;
    /** It was not baked from a clean machine. */
    readonly resumed?: ResumedRecord;
  };
  readonly revoked?: Revocation;
  /** What the environment before runs of the template now; none where nothing hangs on it. */
  readonly running: readonly RunningImage[];
  /**
   * What the history of the environment before says of an image that was asked for: whether it was ever healthy
   * there, and for how long at most. Absent when the image is simply what runs there.
   */
  readonly asked?: { readonly wasHealthy: boolean; readonly ranFor: number };
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Every reason against an image, those of where it comes from first; none lets it in. */
export function judge(facts: PromotionFacts): Refusal[] {
  const { after } = facts.environment;
  const origin =
    after === undefined ? [] : facts.asked === undefined ? runs(facts, after) : ran(facts, after);
  return [...origin, ...unverified(facts, after), ...resumed(facts), ...revoked(facts), ...tooOld(facts)];
}

/** An image is taken from where it runs: all of it must run there, and well. */
function runs(facts: PromotionFacts, after: string): Refusal[] {
  const { running, template } = facts;
  if (running.length === 0) {
    const hint = `Launch it there first: \`launch ${template} --env ${after}\`.`;
    return [{ rule: 'not-running', message: `${after} runs no ${template}`, hint, overridable: false }];
  }
  if (new Set(running.map(({ digest }) => digest)).size > 1) {
    const message = `${after} runs ${listed(running.map(({ image }) => image))} at once`;
    const hint = `Let it run one of them: \`launch ${template} --env ${after}\`.`;
    return [{ rule: 'mixed', message, hint, overridable: false }];
  }
  const bad = running.filter((instance) => !isUp(instance));
  if (bad.length > 0) {
    const message = `it is not healthy in ${after} now: ${listed(bad.map(whyDown))}`;
    const hint = `See \`launch status --env ${after}\`.`;
    return [{ rule: 'unhealthy', message, hint, overridable: true }];
  }
  return tooShort(facts, after, timeUp(running, facts.now));
}

/** An image that was asked for must have been well there at some time. */
function ran(facts: PromotionFacts, after: string): Refusal[] {
  const { image, running, template, asked, now } = facts;
  const up = running.filter((instance) => instance.digest === image?.digest && isUp(instance));
  if (asked?.wasHealthy !== true && up.length === 0) {
    const hint = `Launch it there first: \`launch ${template} --env ${after}${image === undefined ? '' : ` --image ${image.name}`}\`.`;
    return [{ rule: 'never-healthy', message: `it was never healthy in ${after}`, hint, overridable: true }];
  }
  return tooShort(facts, after, Math.max(asked?.ranFor ?? 0, up.length === 0 ? 0 : timeUp(up, now)));
}

function tooShort(
  { environment: { name, soak }, now }: PromotionFacts,
  after: string,
  ran: number,
): Refusal[] {
  if (soak === undefined || ran >= soak) return [];
  const message = `it has run in ${after} for ${timeSpan(ran)}, and ${name} asks for ${timeSpan(soak)}`;
  const hint = `Let it run there: it may come at ${minute(new Date(now + soak - ran))} if it still does.`;
  return [{ rule: 'soak', message, hint, overridable: true }];
}

/** That it runs healthily in the first environment proves one form of it there, and no other. */
function unverified(
  { image, environment: { name }, template }: PromotionFacts,
  after: string | undefined,
): Refusal[] {
  if (image?.unverified !== true || after === undefined) return [];
  const message = `it was never started before it was published, and ${name} is not the first environment`;
  const hint = `Bake it with every gate: \`bake image ${template}\`.`;
  return [{ rule: 'unverified', message, hint, overridable: true }];
}

/** Nothing proves that a clean machine comes out like it, so no reason lets it go further. */
function resumed({ image, environment: { name }, template }: PromotionFacts): Refusal[] {
  const from = image?.resumed;
  if (from === undefined || name === DEVELOPMENT) return [];
  const { step, bake, base } = from;
  const what = base === undefined ? 'it' : `its base ${base}`;
  const message = `${what} was baked from the checkpoint converge:${step} of bake ${bake}, and only ${DEVELOPMENT} takes that`;
  const templates = base === undefined ? template : `${parseRef(base).template} ${template}`;
  const hint = `Bake it whole: \`bake image ${templates}\`.`;
  return [{ rule: 'resumed', message, hint, overridable: false }];
}

function revoked({ revoked: revocation, image, template }: PromotionFacts): Refusal[] {
  if (revocation === undefined || image === undefined) return [];
  const { reason, by, at } = revocation;
  const same = revocation.digest === image.digest;
  const what =
    revocation.image === image.name
      ? 'it was'
      : `it ${same ? 'has the very bytes of' : 'is based on'} ${revocation.image}, which was`;
  const message = `${what} revoked by ${by} on ${minute(new Date(at))}: ${reason}`;
  const hint = `Bake a new one, \`bake image ${template}\`, or take another with --image.`;
  return [{ rule: 'revoked', message, hint, overridable: true }];
}

function tooOld({ environment: { name, maxAge }, image, template, now }: PromotionFacts): Refusal[] {
  if (maxAge === undefined || image === undefined) return [];
  const { created, confirmed } = image;
  const age = now - Date.parse(confirmed ?? created);
  if (age <= maxAge) return [];
  const old = `${timeSpan(age)}${confirmed === undefined ? ' old' : ' since a bake confirmed it'}`;
  const message = `it is ${old}, and ${name} takes none older than ${timeSpan(maxAge)}`;
  return [
    { rule: 'max-age', message, hint: `Bake a new one: \`bake image ${template}\`.`, overridable: true },
  ];
}

function isUp({ serving, healthy }: RunningImage): boolean {
  return serving && healthy;
}

/** For how long all of them have run; less than nothing by an engine's clock that is ahead of ours. */
function timeUp(running: readonly RunningImage[], now: number): number {
  return now - Math.max(...running.map(({ startedAt }) => Date.parse(startedAt)));
}

function whyDown({ serving, healthy, why }: RunningImage): string {
  return why ?? (serving || !healthy ? 'its checks fail' : 'it is out of reach');
}

function listed(texts: readonly string[]): string {
  return [...new Set(texts)].join(', ');
}

/** `2026-11-22 22:13Z` */
function minute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
