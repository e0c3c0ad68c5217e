import type { CreateVolumePermission, LaunchPermission } from '@aws-sdk/client-ec2';
import type { AmiShares, RegionalAmi } from '../ami-region.ts';
import type { Aws } from './aws.ts';

/** The group that AWS knows. */
const EVERYBODY = 'all';

/** See `AmiRegion.share`. */
export async function shareAmi(
  aws: Aws,
  { id, snapshots }: Pick<RegionalAmi, 'id' | 'snapshots'>,
  shares: AmiShares,
  signal: AbortSignal,
): Promise<string[]> {
  const { accounts, organizations, units } = shares;
  const changed = await launchPermissions(aws, id, [...accounts, ...organizations, ...units], signal);
  for (const snapshot of snapshots)
    changed.push(...(await volumePermissions(aws, snapshot, shares.snapshots, signal)));
  return changed;
}

async function launchPermissions(
  aws: Aws,
  ImageId: string,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const { DescribeImageAttributeCommand, ModifyImageAttributeCommand } = await import('@aws-sdk/client-ec2');
  const asked = new DescribeImageAttributeCommand({ ImageId, Attribute: 'launchPermission' });
  const { LaunchPermissions = [] } = await aws.ask(asked, signal);
  const { Add, Remove } = difference(LaunchPermissions.map(nameOf), wanted);
  if (Add.length + Remove.length === 0) return [];
  const command = new ModifyImageAttributeCommand({
    ImageId,
    LaunchPermission: { Add: Add.map(permissionOf), Remove: Remove.map(permissionOf) },
  });
  await aws.make(command, signal);
  return [
    ...Add.map((name) => `${name} may launch it`),
    ...Remove.map((name) => `${name} may launch it no more`),
  ];
}

async function volumePermissions(
  aws: Aws,
  SnapshotId: string,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const { DescribeSnapshotAttributeCommand, ModifySnapshotAttributeCommand } = await import(
    '@aws-sdk/client-ec2'
  );
  const asked = new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission' });
  const { CreateVolumePermissions = [] } = await aws.ask(asked, signal);
  const { Add, Remove } = difference(CreateVolumePermissions.map(nameOf), wanted);
  if (Add.length + Remove.length === 0) return [];
  for (const [OperationType, names] of [['add', Add] as const, ['remove', Remove] as const]) {
    if (names.length === 0) continue;
    const command = new ModifySnapshotAttributeCommand({
      SnapshotId,
      Attribute: 'createVolumePermission',
      OperationType,
      UserIds: names.filter((name) => name !== EVERYBODY),
      ...(names.includes(EVERYBODY) ? { GroupNames: [EVERYBODY] } : {}),
    });
    await aws.make(command, signal);
  }
  return [
    ...Add.map((name) => `${name} may read ${SnapshotId}`),
    ...Remove.map((name) => `${name} may read ${SnapshotId} no more`),
  ];
}

function difference(present: readonly string[], wanted: readonly string[]) {
  return {
    Add: [...new Set(wanted)].filter((name) => !present.includes(name)),
    Remove: present.filter((name) => name !== '' && !wanted.includes(name)),
  };
}

/** An account, an organization's or a unit's ARN, or the group `all`. */
function nameOf(permission: LaunchPermission & CreateVolumePermission): string {
  const { UserId, OrganizationArn, OrganizationalUnitArn, Group } = permission;
  return UserId ?? OrganizationArn ?? OrganizationalUnitArn ?? Group ?? '';
}

function permissionOf(name: string): LaunchPermission {
  if (name === EVERYBODY) return { Group: EVERYBODY };
  if (!name.startsWith('arn:')) return { UserId: name };
  return name.includes(':organization/') ? { OrganizationArn: name } : { OrganizationalUnitArn: name };
}
