import { join } from 'node:path';
import { copyIn } from '../../catalogue/ami-copies.ts';
import type { AmiImageForm, ImageRecord } from '../../catalogue/record.ts';
import { Fault } from '../../core/fault.ts';
import { newBakeId } from '../../core/ids.ts';
import { withLock } from '../../core/lock.ts';
import type { Scope } from '../../core/scope.ts';
import type { RegionalAmi } from '../../platforms/ami-region.ts';
import { stillThere } from '../prune/still-there.ts';
import { CLOUD_CLEANUP_MS, recordedScope } from '../recorded-scope.ts';
import { copyToRegion } from './copy-to-region.ts';
import type { DistributePorts, DistributionSettings } from './distribute-ports.ts';
import type { Distribution, RegionOutcome } from './distribution.ts';

/** One image's distribution. */
export interface Distributing extends DistributePorts {
  readonly record: ImageRecord;
  readonly form: AmiImageForm;
  readonly settings: DistributionSettings;
  /** Its id, which what it makes carries as `kiln.bake`. */
  readonly run: string;
  readonly scope: Scope;
  /** The AMI that copies are made of; asked for once. */
  readonly source: () => Promise<RegionalAmi>;
  /** Hears what is waited for, a line each. */
  readonly say: (message: string) => void;
}

/**
 * Brings the AMI of an image to the regions that its template declares, and lets those use it who are declared. What is
 * there already is left; a region that fails leaves the others alone, and is told. An abort is told so too: what was
 * copied until then is the image's.
 *
 * `FORM_MISSING`, `IMAGE_REVOKED`, `NOT_PROMOTED`, `USAGE` for a region that has and gets none.
 */
export async function distributeAmi(
  record: ImageRecord,
  settings: DistributionSettings,
  only: readonly string[],
  ports: DistributePorts,
  signal: AbortSignal,
): Promise<Distribution> {
  const form = await distributable(record, ports);
  const what = `distribution of ${record.name}`;
  const say = (message: string) => ports.note(message, 0, 1);
  const waits = (owner: number) => say(`another ${what} is at work (process ${owner}): waiting for it`);
  const lock = join(ports.home, 'distributions', `${record.name}.lock`);
  return await withLock(
    lock,
    signal,
    async () => {
      const run = newBakeId();
      await using scope = recordedScope(ports.home, { run, what }, ports.onCleanup, CLOUD_CLEANUP_MS);
      scope.intend({ kind: 'uses', image: record.name, digest: record.digest });
      await stillThere(record.name, { ...ports, say }, signal);
      const regions = await wantedRegions(record, form, settings, only, ports);
      const source = sourceOf(form, ports, signal);
      let done = 0;
      const told = (message: string) => ports.note(message, done, regions.length);
      const all = { ...ports, record, form, settings, run, scope, source, say: told };
      const outcomes = await Promise.all(
        regions.map(async (region) => {
          const outcome = await distributeTo(region, all, signal);
          ports.note(outcomeText(outcome), ++done, regions.length);
          return outcome;
        }),
      );
      return { image: record.name, regions: outcomes };
    },
    waits,
  );
}

async function distributable(record: ImageRecord, { catalogue }: DistributePorts): Promise<AmiImageForm> {
  const { name, resumed, template } = record;
  const form = record.forms.find((one) => one.kind === 'ami');
  if (form === undefined) {
    throw new Fault('FORM_MISSING', `${name} has no AMI`, {
      hint: `\`bake image ${template} --forms ami\` makes one.`,
    });
  }
  if (resumed !== undefined) {
    throw new Fault('NOT_PROMOTED', `${name} was baked from a checkpoint, and only dev may run it`, {
      hint: `\`bake image ${template}\` bakes one from clean.`,
    });
  }
  const revoked = await catalogue.revocationOf(record);
  if (revoked === undefined) return form;
  const { image, reason, by, at } = revoked;
  throw new Fault('IMAGE_REVOKED', `${name} goes nowhere, as ${image} was revoked`, {
    details: [`by ${by} on ${at.slice(0, 10)}: ${reason}`],
  });
}

/** Where it was made, where its template wants it, and where it is all the same. */
async function wantedRegions(
  record: ImageRecord,
  { region: home }: AmiImageForm,
  { copy = {} }: DistributionSettings,
  only: readonly string[],
  { catalogue }: DistributePorts,
): Promise<readonly string[]> {
  const noted = (await catalogue.copies(record)).filter(({ lost }) => lost === undefined);
  const others = new Set([...Object.keys(copy), ...noted.map(({ region }) => region)]);
  others.delete(home);
  const regions = [home, ...[...others].sort()];
  const stranger = only.find((region) => !regions.includes(region));
  if (stranger !== undefined) {
    throw new Fault('USAGE', `${record.template} declares no copy in ${stranger}`, {
      hint: `Add it to \`ami.copy\` of templates/${record.template}.yaml; it has ${regions.join(', ')}.`,
    });
  }
  return only.length === 0 ? regions : regions.filter((region) => only.includes(region));
}

function sourceOf({ region, id }: AmiImageForm, { amis }: DistributePorts, signal: AbortSignal) {
  let asked: Promise<RegionalAmi> | undefined;
  async function ask(): Promise<RegionalAmi> {
    const home = await amis(region);
    const found = await home.find(id, signal);
    if (found?.state === 'available') return found;
    const what =
      found === undefined
        ? `AWS has no ${id} in ${region} of the account of ${home.identity}`
        : `${id} in ${region} is ${found.state}`;
    throw new Fault('CLOUD_FAILED', what, {
      hint: 'Use the account that it was baked with; an AMI that is lost cannot be copied, so bake a new image.',
    });
  }
  return () => {
    asked ??= ask();
    return asked;
  };
}

/** Never throws: what fails is the outcome of this region alone. */
async function distributeTo(region: string, all: Distributing, signal: AbortSignal): Promise<RegionOutcome> {
  const { record, form, settings, amis } = all;
  const { share, 'deprecate-after': deprecated } = settings;
  const outcome: { -readonly [K in keyof RegionOutcome]: RegionOutcome[K] } & { changed: string[] } = {
    region,
    state: region === form.region ? 'original' : 'there',
    changed: [],
  };
  try {
    signal.throwIfAborted();
    const ami = await amiIn(region, all, signal, outcome);
    if (ami === undefined) return { ...outcome, state: 'gone' };
    outcome.id = ami.id;
    const at = await amis(region);
    if (share !== undefined) {
      const { accounts, organizations, 'organizational-units': units, snapshots } = share;
      const shares = { accounts, organizations, units, snapshots };
      outcome.changed.push(...(await at.share(ami, shares, signal)));
    }
    if (deprecated !== undefined) {
      const until = new Date(Date.parse(record.created) + deprecated);
      if (await at.deprecate(ami, until, signal))
        outcome.changed.push(`deprecated from ${until.toISOString().slice(0, 10)} on`);
    }
  } catch (error) {
    outcome.state = 'failed';
    outcome.error = signal.aborted ? signal.reason : error;
  }
  return outcome;
}

/** The AMI of a region, copied there if there is none; nothing where none is declared. */
async function amiIn(
  region: string,
  all: Distributing,
  signal: AbortSignal,
  outcome: { state: RegionOutcome['state']; undeclared?: true },
): Promise<RegionalAmi | undefined> {
  const { record, form, settings, catalogue, amis } = all;
  if (region === form.region) return await all.source();
  const declared = settings.copy?.[region];
  if (declared === undefined) outcome.undeclared = true;
  const noted = copyIn(await catalogue.copies(record), region);
  if (noted !== undefined) {
    const found = await (await amis(region)).find(noted.id, signal);
    if (found?.state === 'available') return found;
    if (found?.state === 'disabled') {
      throw new Fault('CLOUD_FAILED', `${noted.id} in ${region} was disabled`, {
        hint: `Somebody has: \`aws ec2 enable-image --region ${region} --image-id ${noted.id}\` undoes it.`,
      });
    }
    // Where the source is one's own the account is the right one, so that what is not seen is not there.
    await all.source();
    await catalogue.noteCopy(record, {
      what: 'lost',
      region,
      id: noted.id,
      at: new Date().toISOString(),
    });
  }
  // Another process has found out meanwhile, or this one now.
  if (declared === undefined) return undefined;
  const copy = await copyToRegion(region, declared['kms-key'], all, signal);
  outcome.state = 'copied';
  return copy;
}

function outcomeText({ region, id, state, changed, error }: RegionOutcome): string {
  if (state === 'failed')
    return `${region} failed: ${error instanceof Error ? error.message : String(error)}`;
  if (state === 'gone') return `${region}: its copy is there no more, and is not declared`;
  const what = state === 'copied' ? `copied as ${id}` : `${id} is there`;
  return [`${region}: ${what}`, ...changed].join('; ');
}
