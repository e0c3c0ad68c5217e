/** What somebody may want AWS to allow: `--for`. */
export const AWS_USES = ['bake', 'launch', 'all'] as const;

export type AwsUse = (typeof AWS_USES)[number];

/** The flags of `bake doctor`. */
export interface DoctorFlags {
  readonly platform?: 'ec2';
  readonly for?: AwsUse;
}

export function awsUses(use: AwsUse = 'all'): ('bake' | 'launch')[] {
  return use === 'all' ? ['bake', 'launch'] : [use];
}
