import type { LaunchHistory } from '../../catalogue/launch-history.ts';
import { firstHealthy, longestRun } from '../../catalogue/launch-questions.ts';
import {
  judge,
  type PromotionFacts,
  type PromotionRules,
  type RunningImage,
} from '../../catalogue/promotion.ts';
import type { ImageForm, ImageRecord } from '../../catalogue/record.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import { Fault } from '../../core/fault.ts';
import type { PlatformName } from '../../platforms/platform.ts';
import { formFor } from './form-for.ts';
import { notPromoted } from './not-promoted.ts';

/** Which image is to go where. */
export interface ImageRequest {
  readonly environment: PromotionRules & { readonly platform: PlatformName };
  readonly template: string;
  /** A certain image, `web@7`, instead of the one that is due. */
  readonly wanted?: string | undefined;
  /** Why refusals are to be passed over. */
  readonly override?: string | undefined;
  readonly now: Date;
}

/** What is asked to choose an image. */
export interface ChoosePorts {
  readonly catalogue: Pick<Catalogue, 'get' | 'revocationOf' | 'confirmations'>;
  readonly history: Pick<LaunchHistory, 'read'>;
  /** All instances of a template in an environment; asked only where something hangs on it. */
  readonly running: (
    environment: string,
    template: string,
    signal: AbortSignal,
  ) => Promise<readonly RunningImage[]>;
}

/** The image that may be launched. */
export interface ChosenImage {
  readonly record: ImageRecord;
  /** What the environment's platform runs. */
  readonly form: ImageForm;
  /** Why this one: `newest`, `staging runs it`, `asked for`. */
  readonly reason: string;
  /** What was refused, and let pass by the override. */
  readonly overridden: readonly string[];
}

/**
 * Chooses the image of a template that may go to an environment, by the environment's rules: the first environment
 * takes the newest image, any other what the one before it runs healthily now; an image that is asked for must have
 * been healthy there at some time.
 *
 * Throws `NOT_PROMOTED` with every reason, unless all are overridden; `IMAGE_UNKNOWN`, `FORM_MISSING`,
 * `RECORD_DAMAGED` and `IMAGE_ALTERED` always; `USAGE` for an override without a reason.
 */
export async function chooseImage(
  request: ImageRequest,
  ports: ChoosePorts,
  signal: AbortSignal,
): Promise<ChosenImage> {
  const { environment, template, override, now } = request;
  if (override?.trim() === '') {
    throw new Fault('USAGE', '--override needs a reason, which the history keeps', {
      hint: 'Say why it must be: `--override "the fix for the outage of today"`.',
    });
  }
  const { record, reason, ...origin } = await candidate(request, ports, signal);
  const revoked = record === undefined ? undefined : await ports.catalogue.revocationOf(record);
  const asksAge = record !== undefined && environment.maxAge !== undefined;
  const at = asksAge ? (await ports.catalogue.confirmations(record)).at(-1)?.at : undefined;
  const refusals = judge({
    environment,
    template,
    now: now.getTime(),
    ...origin,
    ...(record === undefined ? {} : { image: { ...record, ...(at === undefined ? {} : { confirmed: at }) } }),
    ...(revoked === undefined ? {} : { revoked }),
  });
  const passed = override !== undefined && refusals.every(({ overridable }) => overridable);
  if (record === undefined || (refusals.length > 0 && !passed)) throw notPromoted(request, record, refusals);
  const form = formFor(record, environment.platform);
  return { record, form, reason, overridden: refusals.map(({ message }) => message) };
}

/** The image that is due or asked for, and what is known of its way; without a record there is none to take. */
type Candidate = Pick<PromotionFacts, 'running' | 'asked'> & {
  readonly record?: ImageRecord;
  readonly reason: string;
};

async function candidate(request: ImageRequest, ports: ChoosePorts, signal: AbortSignal): Promise<Candidate> {
  const { environment, template, wanted } = request;
  const { after } = environment;
  if (wanted !== undefined) return await askedFor(request, wanted, ports, signal);
  if (after === undefined)
    return { record: await ports.catalogue.get(template), reason: 'newest', running: [] };
  const running = await ports.running(after, template, signal);
  const [one] = running;
  const reason = `${after} runs it`;
  if (one === undefined || running.some(({ digest }) => digest !== one.digest)) return { reason, running };
  return { record: await recordOf(one, after, ports.catalogue), reason, running };
}

async function askedFor(
  { environment: { after, soak }, template, now }: ImageRequest,
  wanted: string,
  { catalogue, history, running }: ChoosePorts,
  signal: AbortSignal,
): Promise<Candidate> {
  const record = await catalogue.get(wanted);
  if (record.template !== template) {
    throw new Fault('USAGE', `${record.name} is no image of ${template}`, {
      hint: `\`bake list ${template}\` shows those that are; --image goes with one NAME.`,
    });
  }
  const { digest } = record;
  const reason = 'asked for';
  if (after === undefined) return { record, reason, running: [] };
  const { launches } = await history.read(after);
  const wasHealthy = firstHealthy(launches, digest) !== undefined;
  const past = longestRun(launches, template, digest, undefined);
  if (wasHealthy && past >= (soak ?? 0))
    return { record, reason, running: [], asked: { wasHealthy, ranFor: past } };
  const there = await running(after, template, signal);
  // What nothing came after in the history is not over as long as it runs.
  const until = there.some((instance) => instance.digest === digest && instance.serving)
    ? now.getTime()
    : undefined;
  const ranFor = longestRun(launches, template, digest, until);
  return { record, reason, running: there, asked: { wasHealthy, ranFor } };
}

async function recordOf(
  { image, digest }: RunningImage,
  after: string,
  catalogue: ChoosePorts['catalogue'],
): Promise<ImageRecord> {
  const record = await catalogue.get(image).catch((error: unknown) => {
    if (!(error instanceof Fault) || (error.code !== 'IMAGE_UNKNOWN' && error.code !== 'USAGE')) throw error;
    throw new Fault('IMAGE_UNKNOWN', `${after} runs ${image}, of which this catalogue has no record`, {
      hint: 'Work with the catalogue that it is from ($KILN_HOME); `bake list` shows what is in this one.',
      cause: error,
    });
  });
  if (record.digest === digest) return record;
  throw new Fault('IMAGE_ALTERED', `what ${after} runs as ${image} is not the ${image} of the catalogue`, {
    details: [`${after} runs ${digest}`, `the record says ${record.digest}`],
    hint: 'Work with the catalogue that it is from ($KILN_HOME), or launch it there again.',
  });
}
