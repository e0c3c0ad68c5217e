import type { Image } from '@aws-sdk/client-ec2';
import { Fault } from '../../core/fault.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { Aws } from './aws.ts';
import { onceKnown, type Pace, TELL_MS, tellingOf, until } from './until.ts';

/** Waits until an AMI can be launched; `CLOUD_FAILED` with AWS's reason when it never will be. */
export async function awaitImage(
  aws: Aws,
  id: AmiId,
  { pace, note = () => {} }: { readonly pace: Pace; readonly note?: (message: string) => void },
  signal: AbortSignal,
): Promise<Image> {
  const { DescribeImagesCommand } = await import('@aws-sdk/client-ec2');
  const describe = async () => {
    const { Images = [] } = await aws.ask(new DescribeImagesCommand({ ImageIds: [id] }), signal);
    return Images[0];
  };
  const telling = tellingOf(TELL_MS, TELL_MS);
  const available = async () => {
    const image = await onceKnown(describe, signal);
    if (image?.State === 'available') return image;
    if (image?.State !== undefined && image.State !== 'pending' && image.State !== 'transient') {
      const why = image.StateReason?.Message ?? `it is ${image.State}`;
      throw new Fault('CLOUD_FAILED', `AWS could not make the AMI ${id}: ${why}`, {
        hint: 'Run the command again; a disk that is encrypted needs a key that the account may use.',
      });
    }
    const minutes = telling();
    if (minutes !== undefined) note(`AWS makes the image ${id} since ${minutes} min`);
    return undefined;
  };
  return await until(`the AMI ${id} is available`, available, pace, signal);
}
