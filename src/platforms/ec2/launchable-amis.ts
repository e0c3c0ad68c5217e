import type { LaunchableAmis } from '../launchable-amis.ts';
import { connectAws } from './aws.ts';

/** Asks by a filter, for which one that is not there is an empty list. */
export function launchableAmis(): LaunchableAmis {
  return {
    async state(region, id, signal) {
      const { DescribeImagesCommand } = await import('@aws-sdk/client-ec2');
      const aws = await connectAws(region);
      const command = new DescribeImagesCommand({ Filters: [{ Name: 'image-id', Values: [id] }] });
      const { Images = [] } = await aws.ask(
        'ec2:DescribeImages',
        (abortSignal) => aws.ec2.send(command, { abortSignal }),
        signal,
      );
      return Images[0]?.State;
    },
  };
}
