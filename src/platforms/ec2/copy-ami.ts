import { Fault } from '../../core/fault.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { CopySpec, RegionalAmi } from '../ami-region.ts';
import type { Aws } from './aws.ts';
import { awsCode } from './aws-errors.ts';
import { findAmi } from './find-ami.ts';
import { setTags } from './set-tags.ts';
import { type Tags, tagSpecifications } from './tags.ts';
import { type Pace, until } from './until.ts';

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
  onCopy: (id: AmiId) => void,
  signal: AbortSignal,
  paces = { copied: COPIED, taken: TAKEN },
): Promise<RegionalAmi> {
  const { source } = spec;
  const tags = ownTags(spec.tags);
  const what = `${aws.region} took no copy of ${source.id}, as it has ${MOST_COPIES} at work already`;
  const id = await until(what, () => begin(aws, { ...spec, tags }, signal), paces.taken, signal);
  onCopy(id);
  const copy = await copied(aws, id, paces.copied, signal);
  // What AWS did not tag at creation, or tagged otherwise.
  await setTags(aws, [id, ...copy.snapshots], tags, signal);
  return { ...copy, tags };
}

/** Nothing while the region has as many copies at work as it takes. */
async function begin(aws: Aws, spec: CopySpec, signal: AbortSignal): Promise<AmiId | undefined> {
  const { source, token, tags, key } = spec;
  const { CopyImageCommand } = await import('@aws-sdk/client-ec2');
  const command = new CopyImageCommand({
    Name: source.name,
    ...(source.description === '' ? {} : { Description: source.description }),
    SourceImageId: source.id,
    SourceRegion: source.region,
    ClientToken: token,
    ...(key === undefined ? {} : { Encrypted: true, KmsKeyId: key }),
    TagSpecifications: tagSpecifications(['image', 'snapshot'], tags),
  });
  try {
    const { ImageId } = await aws.make(
      'ec2:CopyImage',
      (abortSignal) => aws.ec2.send(command, { abortSignal }),
      signal,
    );
    return ImageId as AmiId;
  } catch (error) {
    const name = awsCode((error as Error).cause);
    if (name === 'ResourceLimitExceeded') return undefined;
    if (name !== 'InvalidAMIName.Duplicate') throw error;
    throw new Fault('CLOUD_FAILED', `${aws.region} has another AMI that is called ${source.name}`, {
      hint: '`bake gc --platform ec2` removes what runs that were killed have left; else remove it by hand.',
      cause: error,
    });
  }
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
  return await until(`the copy ${id} in ${aws.region} is not there`, ask, pace, signal);
}

/** Without those that services of AWS have given the source: nobody else may set them. */
function ownTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !/^aws:/i.test(name)));
}
