import type { ImageRecord } from '../../catalogue/record.ts';
import type { Revocation } from '../../catalogue/revocation.ts';
import { timeSpan } from '../../catalogue/time-span.ts';
import { assertValid } from '../../config/assert-valid.ts';
import { problemsOf, requireTemplate, type Workspace } from '../../config/workspace.ts';
import type { Reporter } from '../../core/events.ts';
import { Fault } from '../../core/fault.ts';
import { type BakeOutcome, bakeOne } from '../bake-one.ts';
import { assertBakeable } from '../bakeable.ts';
import type { BakeryPorts } from '../bakery.ts';
import type { NightlyJob } from './plan-nightly.ts';
import type { NightlyOutcome } from './report.ts';

/** What a template's rebuild works with. */
export interface RebuildAround {
  readonly workspace: Workspace;
  readonly bakery: BakeryPorts;
  readonly reporter: Reporter;
  /** An image that is younger, in ms, is left alone, unless it starts from one that was published now. */
  readonly ifOlderThan?: number;
  readonly now: () => Date;
}

/** Rebuilds one template from clean; `base` is what became of the template whose image it starts from. */
export async function rebuild(
  job: NightlyJob,
  base: NightlyOutcome | undefined,
  around: RebuildAround,
  signal: AbortSignal,
): Promise<NightlyOutcome> {
  const skipped = whySkip(job, base, around, signal);
  if (skipped !== undefined) return { template: job.name, ms: 0, state: 'skipped', ...skipped };
  const { workspace, bakery, reporter } = around;
  const started = performance.now();
  const outcome = await bake();
  const common = {
    template: job.name,
    ms: Math.round(performance.now() - started),
    ...(outcome.log === undefined ? {} : { log: outcome.log }),
  };
  if ('error' in outcome) return { ...common, state: 'failed', error: outcome.error };
  const { record, since, unchanged, distribution } = outcome;
  const revoked = await bakery.catalogue.revocationOf(record);
  if (revoked !== undefined) return { ...common, state: 'failed', error: isRevoked(record, revoked) };
  const missing = (distribution?.regions ?? []).flatMap(({ region, state, error }) =>
    state === 'failed' ? [{ region, error }] : [],
  );
  const image = {
    image: record.name,
    digest: record.digest,
    bytes: record.bytes,
    ...(missing.length === 0 ? {} : { missing }),
  };
  if (unchanged) return { ...common, state: 'unchanged', ...image };
  return { ...common, state: 'published', ...image, ...(since === undefined ? {} : { since }) };

  async function bake(): Promise<BakeOutcome> {
    try {
      assertValid(problemsOf(workspace, job.name));
      const template = requireTemplate(workspace, job.name).value;
      assertBakeable(template, workspace);
      const options = { onError: 'cleanup', ifChanged: true } as const;
      return await bakeOne({ workspace, template, bakery }, options, { reporter }, signal);
    } catch (error) {
      return { name: job.name, error };
    }
  }
}

/** Nothing that starts from it, and no environment, could use it. */
function isRevoked({ name, template, digest }: ImageRecord, revoked: Revocation): Fault {
  const { image, reason, by, at } = revoked;
  const same = revoked.digest === digest ? 'the very bytes of' : 'based on';
  return new Fault(
    'IMAGE_REVOKED',
    `${template} came out as ${name}, which is ${image === name ? '' : `${same} ${image}, which is `}revoked`,
    {
      details: [`by ${by} on ${at.slice(0, 10)}: ${reason}`],
      hint: 'Mend what it was revoked for: the same bytes stay revoked.',
    },
  );
}

function whySkip(
  { newest }: NightlyJob,
  base: NightlyOutcome | undefined,
  { ifOlderThan, now }: RebuildAround,
  signal: AbortSignal,
): { readonly why: string; readonly failed?: string } | undefined {
  if (signal.aborted) return { why: 'the night was interrupted' };
  if (base?.state === 'failed') return { why: `its base ${base.template} failed`, failed: base.template };
  if (base?.state === 'skipped' && base.failed !== undefined)
    return { why: `its base ${base.template} was skipped, as ${base.failed} failed`, failed: base.failed };
  if (ifOlderThan === undefined || newest === undefined || base?.state === 'published') return undefined;
  const age = now().getTime() - Date.parse(newest);
  return age < ifOlderThan ? { why: `it was baked or confirmed ${timeSpan(age)} ago` } : undefined;
}
