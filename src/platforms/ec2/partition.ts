import { Fault } from '../../core/fault.ts';
import { connectAws } from './aws.ts';

/** Beginnings of the names of regions outside `aws`, as the SDK's table of partitions (`partitions.json`) has them. */
const PARTITIONS: readonly (readonly [beginning: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['eusc-', 'aws-eusc'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
];

/** The second part of ARNs in a region. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([beginning]) => region.startsWith(beginning))?.[1] ?? 'aws';
}

/** That of AWS_REGION, or of the profile's region; `aws` without one. Nothing is asked of AWS. */
export async function configuredPartition(): Promise<string> {
  try {
    return partitionOf((await connectAws()).region);
  } catch (error) {
    if (error instanceof Fault && error.code === 'CONFIG_INVALID') return 'aws';
    throw error;
  }
}
