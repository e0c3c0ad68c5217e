import { Fault } from '../../core/fault.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { Scope } from '../../core/scope.ts';
import type { CopySpec, RegionalAmi, RegionalCopy } from '../ami-region.ts';
import type { Aws } from './aws.ts';
import { awsCode, firstLine } from './aws-errors.ts';
import { findAmi } from './find-ami.ts';
import { makeImage } from './make-image.ts';
import { setTags } from './set-tags.ts';
import { BAKE_TAG, IMAGE_TAG, type Tags, tagSpecifications } from './tags.ts';
import { type Pace, TELL_MS, tellingOf, until } from './until.ts';

/** Snapshots that AWS copies to one region at once: "Amazon EBS endpoints and quotas". */
export const MOST_COPIES = 20;

/** The copy of a large disk to a far region takes hours. */
const COPIED: Pace = { first: 2_000, longest: 60_000, within: 12 * 3_600_000 };
/** Others of the account may be copying: their copies take as long. */
const TAKEN: Pace = { first: 15_000, longest: 120_000, within: 12 * 3_600_000 };
/** So long may a copy that was begun not be listed yet. */
const UNSEEN_MS = 10 * 60_000;

/** See `AmiRegion.copy`. */
export async function copyAmi(
  aws: Aws,
  spec: CopySpec,
  scope: Scope,
  signal: AbortSignal,
  paces = { copied: COPIED, taken: TAKEN, tell: TELL_MS },
): Promise<RegionalCopy> {
  const { source, run } = spec;
  const tags = { ...ownTags(spec.tags), [BAKE_TAG]: run };
  const what = `${aws.region} has fewer than ${MOST_COPIES} copies at work, and takes that of ${source.id}`;
  const full = tellingNow(aws, spec, paces.tell);
  // As long as it is not there it is no image's: whoever has no record of it would take it for published.
  const { [IMAGE_TAG]: _image, ...atFirst } = tags as Tags;
  const asked = { ...spec, tags: atFirst };
  const begun = () => until(what, () => begin(aws, asked, full, signal), paces.taken, signal);
  const of = { name: source.name, bake: run, label: `copy of ${source.id}` };
  const { id, keep } = await makeImage(aws, of, begun, scope, signal).catch(nameTaken(aws, source));
  const copy = await copied(aws, id, paces.copied, signal);
  // What AWS did not tag at creation, or tagged otherwise; and of which image it is, now that it is a whole one.
  await setTags(aws, [id, ...copy.snapshots], tags, signal);
  return { ...copy, tags, keep };
}

/** Tells, now and then, why a copy is not begun yet. */
function tellingNow(
  { region }: Aws,
  { source, note = () => {} }: CopySpec,
  every: number,
): (error: Error) => void {
  const telling = tellingOf(0, every);
  return (error) => {
    const minutes = telling();
    if (minutes === undefined) return;
    const since = minutes === 0 ? '' : ` since ${minutes} min`;
    note(
      `${region} takes no copy of ${source.id}${since}, so it is asked again: ${firstLine(error.message)}`,
    );
  };
}

/** Nothing, and `full` hears why, while the region has as many copies at work as it takes. */
async function begin(
  aws: Aws,
  spec: CopySpec,
  full: (error: Error) => void,
  signal: AbortSignal,
): Promise<AmiId | undefined> {
  const { source, run, tags, key } = spec;
  const { CopyImageCommand } = await import('@aws-sdk/client-ec2');
  const command = new CopyImageCommand({
    Name: source.name,
    ...(source.description === '' ? {} : { Description: source.description }),
    SourceImageId: source.id,
    SourceRegion: source.region,
    // The same call with the same token makes nothing new.
    ClientToken: `${run}-${aws.region}`,
    ...(key === undefined ? {} : { Encrypted: true, KmsKeyId: key }),
    TagSpecifications: tagSpecifications(['image', 'snapshot'], tags),
  });
  try {
    const { ImageId } = await aws.make(command, signal);
    return ImageId as AmiId;
  } catch (error) {
    const { cause } = error as Error;
    if (awsCode(cause) !== 'ResourceLimitExceeded') throw error;
    full(cause as Error);
    return undefined;
  }
}

function nameTaken({ region }: Aws, { name }: RegionalAmi): (error: unknown) => never {
  return (error) => {
    if (awsCode((error as Error).cause) !== 'InvalidAMIName.Duplicate') throw error;
    throw new Fault('CLOUD_FAILED', `${region} has another AMI that is called ${name}`, {
      hint: '`bake gc --platform ec2` removes what runs that were killed have left; else remove it by hand.',
      cause: error,
    });
  };
}

async function copied(aws: Aws, id: AmiId, pace: Pace, signal: AbortSignal): Promise<RegionalAmi> {
  const began = performance.now();
  const ask = async () => {
    const found = await findAmi(aws, id, signal);
    if (found?.state === 'available') return found;
    if (found?.state === 'pending' || found?.state === 'transient') return undefined;
    if (found === undefined && performance.now() - began < UNSEEN_MS) return undefined;
    const state = found === undefined ? 'is there no more' : `is ${found.state}`;
    const why = found?.why === undefined ? '' : `: ${found.why}`;
    throw new Fault('CLOUD_FAILED', `the copy ${id} in ${aws.region} ${state}${why}`, {
      hint: 'A key that the region does not know, or that may not be used, is told only now: see `kms-key`.',
    });
  };
  return await until(`the copy ${id} in ${aws.region} is there`, ask, pace, signal);
}

/** Without those that services of AWS have given the source: nobody else may set them. */
function ownTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !/^aws:/i.test(name)));
}
