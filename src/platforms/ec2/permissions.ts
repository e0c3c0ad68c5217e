/** `bake` is all that `bake` does: images, copies, prune, gc; `copy` the part of it that a region has copies for. */
export type Use = 'bake' | 'copy' | 'launch';

/** One action that an account has to allow, as the Service Authorization Reference of EC2, EBS and SSM has it. */
export interface Permission {
  /** As IAM writes it. */
  readonly action: string;
  readonly for: readonly Use[];
  /** What cannot be done without it. */
  readonly why: string;
  /** Types of resources; none where the action knows none, and then it is all. */
  readonly on: readonly Resource[];
  /**
   * `tagged`: only with our tag in the request; `ours`: only what has it. A list of actions: only as a part of one of
   * them, which is what tagging at creation is.
   */
  readonly only?: 'tagged' | 'ours' | readonly string[];
}

export type Resource =
  | 'elastic-ip'
  | 'image'
  | 'instance'
  | 'key-pair'
  | 'launch-template'
  | 'network-interface'
  | 'parameter'
  | 'security-group'
  | 'security-group-rule'
  | 'snapshot'
  | 'spot-instances-request'
  | 'subnet'
  | 'volume'
  | 'vpc';

const BOTH = ['bake', 'launch'] as const;
const BAKE = ['bake'] as const;
const COPY = ['bake', 'copy'] as const;
const ALL = ['bake', 'copy', 'launch'] as const;
const LAUNCH = ['launch'] as const;

/** Everything that is asked of AWS, in one table: `bake policy` prints it, and `bake doctor` asks for it. */
export const PERMISSIONS: readonly Permission[] = [
  // what is asked changes nothing, and knows no resources
  { action: 'ec2:DescribeAddresses', for: LAUNCH, why: 'moving an Elastic IP', on: [] },
  { action: 'ec2:DescribeImageAttribute', for: COPY, why: 'sharing AMIs', on: [] },
  { action: 'ec2:DescribeImages', for: ALL, why: 'finding AMIs', on: [] },
  { action: 'ec2:DescribeInstanceStatus', for: LAUNCH, why: 'asking instances without ssh', on: [] },
  { action: 'ec2:DescribeInstances', for: ALL, why: 'finding instances', on: [] },
  { action: 'ec2:DescribeKeyPairs', for: BAKE, why: 'bake gc', on: [] },
  { action: 'ec2:DescribeLaunchTemplateVersions', for: ALL, why: 'launching, and pruning AMIs', on: [] },
  { action: 'ec2:DescribeLaunchTemplates', for: ALL, why: 'launching, and pruning AMIs', on: [] },
  { action: 'ec2:DescribeRegions', for: BAKE, why: 'bake gc', on: [] },
  { action: 'ec2:DescribeSecurityGroups', for: BAKE, why: 'bake gc', on: [] },
  { action: 'ec2:DescribeSnapshotAttribute', for: COPY, why: 'sharing AMIs', on: [] },
  { action: 'ec2:DescribeSnapshots', for: COPY, why: 'making AMIs', on: [] },
  { action: 'ec2:DescribeSubnets', for: BAKE, why: 'machine: instance', on: [] },
  { action: 'ec2:DescribeVolumes', for: BAKE, why: 'bake gc', on: [] },
  { action: 'ec2:DescribeVpcs', for: BAKE, why: 'machine: instance', on: [] },

  // an AMI from the tree
  { action: 'ebs:StartSnapshot', for: BAKE, why: 'writing disks of AMIs', on: ['snapshot'], only: 'tagged' },
  { action: 'ebs:PutSnapshotBlock', for: BAKE, why: 'writing disks of AMIs', on: ['snapshot'], only: 'ours' },
  { action: 'ebs:CompleteSnapshot', for: BAKE, why: 'writing disks of AMIs', on: ['snapshot'], only: 'ours' },
  { action: 'ebs:ListSnapshotBlocks', for: BAKE, why: 'verifying AMIs', on: ['snapshot'], only: 'ours' },
  { action: 'ebs:GetSnapshotBlock', for: BAKE, why: 'verifying AMIs', on: ['snapshot'], only: 'ours' },
  { action: 'ec2:RegisterImage', for: BAKE, why: 'making AMIs', on: ['image'], only: 'tagged' },
  { action: 'ec2:RegisterImage', for: BAKE, why: 'making AMIs', on: ['snapshot'], only: 'ours' },

  // an instance to bake in, and one that is launched
  {
    action: 'ec2:RunInstances',
    for: BOTH,
    why: 'starting instances',
    on: ['instance', 'volume'],
    only: 'tagged',
  },
  {
    action: 'ec2:RunInstances',
    for: BOTH,
    why: 'starting instances',
    on: ['image', 'key-pair', 'network-interface', 'security-group', 'subnet'],
  },
  { action: 'ec2:RunInstances', for: BAKE, why: 'spot', on: ['spot-instances-request'], only: 'tagged' },
  {
    action: 'ec2:RunInstances',
    for: LAUNCH,
    why: 'starting instances',
    on: ['launch-template'],
    only: 'ours',
  },
  {
    action: 'ec2:GetConsoleOutput',
    for: BOTH,
    why: 'saying why an instance did not boot',
    on: ['instance'],
    only: 'ours',
  },
  { action: 'ec2:StopInstances', for: BAKE, why: 'machine: instance', on: ['instance'], only: 'ours' },
  { action: 'ec2:TerminateInstances', for: BOTH, why: 'removing instances', on: ['instance'], only: 'ours' },
  { action: 'ec2:ImportKeyPair', for: BAKE, why: 'machine: instance', on: ['key-pair'], only: 'tagged' },
  { action: 'ec2:DeleteKeyPair', for: BAKE, why: 'machine: instance', on: ['key-pair'], only: 'ours' },
  {
    action: 'ec2:CreateSecurityGroup',
    for: BAKE,
    why: 'machine: instance',
    on: ['security-group'],
    only: 'tagged',
  },
  { action: 'ec2:CreateSecurityGroup', for: BAKE, why: 'machine: instance', on: ['vpc'] },
  {
    action: 'ec2:AuthorizeSecurityGroupIngress',
    for: BAKE,
    why: 'machine: instance',
    on: ['security-group'],
    only: 'ours',
  },
  {
    action: 'ec2:AuthorizeSecurityGroupIngress',
    for: BAKE,
    why: 'machine: instance',
    on: ['security-group-rule'],
    only: 'tagged',
  },
  {
    action: 'ec2:DeleteSecurityGroup',
    for: BAKE,
    why: 'machine: instance',
    on: ['security-group'],
    only: 'ours',
  },
  { action: 'ec2:CreateImage', for: BAKE, why: 'machine: instance', on: ['instance'], only: 'ours' },
  {
    action: 'ec2:CreateImage',
    for: BAKE,
    why: 'machine: instance',
    on: ['image', 'snapshot'],
    only: 'tagged',
  },

  // an AMI's copies, its sharing and its end
  { action: 'ec2:CopyImage', for: COPY, why: 'copying AMIs to regions', on: ['image', 'snapshot'] },
  {
    action: 'ec2:ModifyImageAttribute',
    for: COPY,
    why: 'IMDSv2 and sharing of AMIs',
    on: ['image'],
    only: 'ours',
  },
  { action: 'ec2:ModifySnapshotAttribute', for: COPY, why: 'sharing AMIs', on: ['snapshot'], only: 'ours' },
  { action: 'ec2:EnableImageDeprecation', for: COPY, why: 'deprecating AMIs', on: ['image'], only: 'ours' },
  { action: 'ec2:DeregisterImage', for: COPY, why: 'removing AMIs', on: ['image'], only: 'ours' },
  { action: 'ec2:DeleteSnapshot', for: COPY, why: 'removing AMIs', on: ['snapshot'], only: 'ours' },
  { action: 'ec2:DeleteVolume', for: BAKE, why: 'bake gc', on: ['volume'], only: 'ours' },

  // where instances are launched from, and what reaches them
  {
    action: 'ec2:CreateLaunchTemplate',
    for: LAUNCH,
    why: 'launching',
    on: ['launch-template'],
    only: 'tagged',
  },
  {
    action: 'ec2:CreateLaunchTemplateVersion',
    for: LAUNCH,
    why: 'launching',
    on: ['launch-template'],
    only: 'ours',
  },
  {
    action: 'ec2:ModifyLaunchTemplate',
    for: LAUNCH,
    why: 'launching',
    on: ['launch-template'],
    only: 'ours',
  },
  {
    action: 'ec2:DeleteLaunchTemplate',
    for: BOTH,
    why: 'launch stop, bake gc',
    on: ['launch-template'],
    only: 'ours',
  },
  {
    action: 'ec2:DeleteLaunchTemplateVersions',
    for: BOTH,
    why: 'launches that fail, bake gc',
    on: ['launch-template'],
    only: 'ours',
  },
  {
    action: 'ec2:AssociateAddress',
    for: LAUNCH,
    why: 'moving an Elastic IP',
    on: ['elastic-ip', 'network-interface'],
  },
  {
    action: 'ec2:AssociateAddress',
    for: LAUNCH,
    why: 'moving an Elastic IP',
    on: ['instance'],
    only: 'ours',
  },

  // secrets, below the path that environments have them at unless they say otherwise
  { action: 'ssm:DescribeParameters', for: LAUNCH, why: 'launch secrets push', on: [] },
  { action: 'ssm:GetParametersByPath', for: LAUNCH, why: 'launch secrets push', on: ['parameter'] },
  { action: 'ssm:ListTagsForResource', for: LAUNCH, why: 'launch secrets push', on: ['parameter'] },
  { action: 'ssm:PutParameter', for: LAUNCH, why: 'launch secrets push', on: ['parameter'] },
  { action: 'ssm:AddTagsToResource', for: LAUNCH, why: 'launch secrets push', on: ['parameter'] },
  { action: 'ssm:DeleteParameter', for: LAUNCH, why: 'launch secrets push', on: ['parameter'] },

  // tags: at creation, then on what is ours
  {
    action: 'ec2:CreateTags',
    for: COPY,
    why: 'telling what is ours',
    on: [
      ...([
        'image',
        'instance',
        'key-pair',
        'network-interface',
        'security-group',
        'security-group-rule',
      ] as const),
      ...(['snapshot', 'spot-instances-request', 'volume'] as const),
    ],
    only: [
      ...[
        'AuthorizeSecurityGroupIngress',
        'CopyImage',
        'CreateImage',
        'CreateSecurityGroup',
        'ImportKeyPair',
      ],
      ...['RegisterImage', 'RunInstances', 'StartSnapshot'],
    ],
  },
  {
    action: 'ec2:CreateTags',
    for: LAUNCH,
    why: 'telling what is ours',
    on: ['instance', 'volume', 'launch-template'],
    only: ['RunInstances', 'CreateLaunchTemplate'],
  },
  {
    action: 'ec2:CreateTags',
    for: ALL,
    why: 'publishing, and serving',
    on: ['image', 'instance', 'snapshot'],
    only: 'ours',
  },
];

/** Those of PERMISSIONS that any of some uses needs. */
export function permissionsFor(uses: readonly Use[]): readonly Permission[] {
  return PERMISSIONS.filter(({ for: own }) => own.some((use) => uses.includes(use)));
}

/** As in `arn:aws:ec2:*::image/*`: images and snapshots have no account in their names. */
export function arnOf(resource: Resource, partition: string): string {
  if (resource === 'parameter') return `arn:${partition}:ssm:*:*:parameter/kiln/*`;
  const account = resource === 'image' || resource === 'snapshot' ? '' : '*';
  return `arn:${partition}:ec2:*:${account}:${resource}/*`;
}
