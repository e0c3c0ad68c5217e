import type { Filter, Image, Instance, Reservation, Snapshot } from '@aws-sdk/client-ec2';
import { allPages } from './all-pages.ts';
import type { Aws } from './aws.ts';

const PAGE = 1000;

/** An instance with the account that it is in, 12 digits. */
export type OwnedInstance = Instance & Pick<Reservation, 'OwnerId'>;

/** All instances that filters fit, whoever's they are; what is not there is no error, as it is where ids are named. */
export async function describeInstances(
  aws: Aws,
  Filters: Filter[],
  signal: AbortSignal,
): Promise<OwnedInstance[]> {
  const { DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
  return await allPages(async (NextToken) => {
    const command = new DescribeInstancesCommand({ Filters, MaxResults: PAGE, NextToken });
    const { Reservations = [], NextToken: next } = await aws.ask(command, signal);
    const items = Reservations.flatMap(({ OwnerId, Instances = [] }) =>
      Instances.map((one) => ({ ...one, OwnerId })),
    );
    return { items, next };
  });
}

/**
 * All AMIs that filters fit: of one owner, as AWS names it, or of all whose AMIs this account sees. A vendor's are those
 * that are neither deprecated nor disabled.
 */
export async function describeImages(
  aws: Aws,
  { owner, filters }: { readonly owner?: string; readonly filters: Filter[] },
  signal: AbortSignal,
): Promise<Image[]> {
  const { DescribeImagesCommand } = await import('@aws-sdk/client-ec2');
  const isVendors = owner !== undefined && owner !== 'self';
  const input = {
    ...(owner === undefined ? {} : { Owners: [owner] }),
    ...(isVendors ? {} : { IncludeDeprecated: true, IncludeDisabled: true }),
    ...{ Filters: filters, MaxResults: PAGE },
  };
  return await allPages(async (NextToken) => {
    const command = new DescribeImagesCommand({ ...input, NextToken });
    const { Images = [], NextToken: next } = await aws.ask(command, signal);
    return { items: Images, next };
  });
}

/** All snapshots of this account that filters fit. */
export async function describeSnapshots(
  aws: Aws,
  Filters: Filter[],
  signal: AbortSignal,
): Promise<Snapshot[]> {
  const { DescribeSnapshotsCommand } = await import('@aws-sdk/client-ec2');
  return await allPages(async (NextToken) => {
    const command = new DescribeSnapshotsCommand({
      OwnerIds: ['self'],
      ...{ Filters, MaxResults: PAGE, NextToken },
    });
    const { Snapshots = [], NextToken: next } = await aws.ask(command, signal);
    return { items: Snapshots, next };
  });
}
