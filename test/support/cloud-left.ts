import { DescribeImagesCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { openFileCatalogue } from '../../src/catalogue/file-store.ts';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { ec2Leftovers } from '../../src/platforms/ec2/leftovers.ts';

/** What AWS writes into the description of a snapshot that it makes for an AMI. */
const MADE_FOR_AMI = /^(Created by CreateImage|Copied for)/;

/**
 * All that Kiln, or AWS for it, has made in these regions and no record of a catalogue names, a line each: what carries a
 * tag of ours, AMIs of the account, and snapshots that were made for AMIs.
 */
export async function cloudLeft(
  aws: Aws,
  { home, regions }: { readonly home: string; readonly regions: readonly string[] },
  signal: AbortSignal,
): Promise<string[]> {
  const published = await publishedIn(home);
  const left: string[] = [];
  for (const region of regions) {
    const here = aws.in(region);
    const things = await ec2Leftovers(here).tagged(region, undefined, signal);
    const { Images = [] } = await here.ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
    const { Snapshots = [] } = await here.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
    const lines = [
      ...things.map(({ kind, id }) => `${region} ${kind} ${id}`),
      ...Images.map(({ ImageId }) => `${region} AMI ${ImageId}`),
      ...Snapshots.flatMap(({ SnapshotId, Description = '' }) =>
        MADE_FOR_AMI.test(Description) ? [`${region} snapshot ${SnapshotId}`] : [],
      ),
    ];
    left.push(...lines.filter((line) => !published.has(line)));
  }
  return [...new Set(left)].sort();
}

async function publishedIn(home: string): Promise<ReadonlySet<string>> {
  const catalogue = openFileCatalogue(home);
  const lines = (region: string, id: string, snapshots: readonly string[]) => [
    `${region} AMI ${id}`,
    ...snapshots.map((snapshot) => `${region} snapshot ${snapshot}`),
  ];
  const published: string[] = [];
  for await (const listed of catalogue.list()) {
    if (listed.kind !== 'image') continue;
    for (const form of listed.record.forms)
      if (form.kind === 'ami') published.push(...lines(form.region, form.id, form.snapshots));
    for (const { region, id, snapshots } of await catalogue.copies(listed.record))
      published.push(...lines(region, id, snapshots));
  }
  return new Set(published);
}
