import { CreateSnapshotCommand, CreateVolumeCommand, RegisterImageCommand } from '@aws-sdk/client-ec2';
import type { AmiId } from '../../src/core/form-id.ts';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { findAmi } from '../../src/platforms/ec2/find-ami.ts';

/** An AMI with nothing in it, as quickly as an emulator makes one; without tags. */
export async function registeredAmi(
  aws: Aws,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly id: AmiId; readonly snapshots: readonly string[] }> {
  const { VolumeId } = await aws.ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: `${aws.region}a`, Size: 1 }),
  );
  const { SnapshotId } = await aws.ec2.send(new CreateSnapshotCommand({ VolumeId }));
  const { ImageId } = await aws.ec2.send(
    new RegisterImageCommand({
      Name: name,
      Architecture: 'x86_64',
      RootDeviceName: '/dev/xvda',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }],
    }),
  );
  const id = ImageId as AmiId;
  // The emulator makes a snapshot of its own.
  const { snapshots } = (await findAmi(aws, id, signal)) ?? { snapshots: [] };
  return { id, snapshots };
}
