import type { Image } from '@aws-sdk/client-ec2';
import { Fault } from '../../core/fault.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { Aws } from './aws.ts';
import { describeImages } from './describe.ts';

/** Which of somebody's AMIs is looked for; the name has `*` and `?` as wildcards. */
export interface WantedAmi {
  readonly owner: string;
  readonly name: string;
  readonly architecture: string;
}

/** An AMI that instances can be started from. */
export interface FoundAmi {
  readonly id: AmiId;
  readonly region: string;
  readonly name: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly rootDevice: string;
  /** All of its disks, with their sizes in GiB. */
  readonly disks: readonly { readonly device: string; readonly size: number }[];
}

/** The newest AMI that can be launched and that its owner has not deprecated; `BASE_FAILED` when there is none. */
export async function findVendorAmi(aws: Aws, wanted: WantedAmi, signal: AbortSignal): Promise<FoundAmi> {
  const { owner, name, architecture } = wanted;
  const found = newestAmi(await allOf(aws, wanted, signal), Date.now());
  if (found !== undefined) return { ...describe(found), region: aws.region };
  throw new Fault(
    'BASE_FAILED',
    `there is no AMI ${name} of ${owner} for ${architecture} in ${aws.region} that could be launched`,
    { hint: 'See that the owner publishes it in this region, and that none but deprecated ones are left.' },
  );
}

/** The last that was made, of those that are available, on EBS and not deprecated; `now` in milliseconds since 1970. */
export function newestAmi(images: readonly Image[], now: number): Image | undefined {
  return images
    .filter(
      ({ State, RootDeviceType, DeprecationTime }) =>
        State === 'available' && RootDeviceType === 'ebs' && !isOver(DeprecationTime, now),
    )
    .sort((a, b) => madeAt(b) - madeAt(a))[0];
}

async function allOf(
  aws: Aws,
  { owner, name, architecture }: WantedAmi,
  signal: AbortSignal,
): Promise<Image[]> {
  const filter = (Name: string, value: string) => ({ Name, Values: [value] });
  const filters = [
    filter('name', name),
    filter('architecture', architecture),
    filter('state', 'available'),
    filter('virtualization-type', 'hvm'),
  ];
  return await describeImages(aws, { owner, filters }, signal);
}

function describe(image: Image): Omit<FoundAmi, 'region'> {
  const { ImageId = '', Name = '', RootDeviceName = '', BlockDeviceMappings = [] } = image;
  return {
    id: ImageId as AmiId,
    name: Name,
    created: Math.floor(madeAt(image) / 1000),
    rootDevice: RootDeviceName,
    disks: BlockDeviceMappings.flatMap(({ DeviceName, Ebs }) =>
      DeviceName === undefined || Ebs === undefined
        ? []
        : [{ device: DeviceName, size: Ebs.VolumeSize ?? 1 }],
    ),
  };
}

function madeAt({ CreationDate = '' }: Image): number {
  return Date.parse(CreationDate) || 0;
}

function isOver(time: string | undefined, now: number): boolean {
  return time !== undefined && Date.parse(time) <= now;
}
