/** What names the thing that AWS does not find, by AWS's code. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'InvalidSubnetID.NotFound': '`ec2.subnets` of the environment, or `instance.subnet` of the template',
  'InvalidGroup.NotFound': '`ec2.security-groups` of the environment',
  'InvalidKeyPair.NotFound': '`ec2.key-name` of the environment',
  'InvalidAllocationID.NotFound': '`elastic-ips` of the image in the environment',
};
const PROFILE = '`ec2.instance-profile` of the environment, or `instance.profile` of the template';

/** Where what AWS does not find, or not take, is written; nothing for other errors. */
export function whereToLook(name: string, message: string): string | undefined {
  const isProfile = name === 'InvalidParameterValue' && /iam ?instance ?profile/i.test(message);
  const place = isProfile ? PROFILE : NAMED_BY[name];
  return place === undefined ? undefined : `Look at ${place}: it has to be there in this region and account.`;
}
