import { configuredPartition } from '../platforms/ec2/partition.ts';
import { arnOf, type Permission, permissionsFor, type Use } from '../platforms/ec2/permissions.ts';
import { BAKE_TAG } from '../platforms/ec2/tags.ts';

/** One statement of a policy, as IAM writes it. */
export interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** The least policy for some uses, in the partition that is configured. */
export async function configuredPolicy(uses: readonly Use[]): Promise<Policy> {
  return awsPolicy(uses, await configuredPartition());
}

/** The least that an account has to allow for some uses: one statement for each kind of things under one condition. */
export function awsPolicy(uses: readonly Use[], partition = 'aws'): Policy {
  const statements = new Map<string, { actions: Set<string>; resources: string[]; of: Permission }>();
  for (const permission of permissionsFor(uses)) {
    const { action, on, only } = permission;
    const resources = on.map((resource) => arnOf(resource, partition)).sort();
    const key = JSON.stringify([resources, only]);
    const known = statements.get(key) ?? { actions: new Set(), resources, of: permission };
    known.actions.add(action);
    statements.set(key, known);
  }
  return {
    Version: '2012-10-17',
    Statement: [...statements.values()].map(({ actions, resources, of }) => ({
      Effect: 'Allow',
      Action: [...actions].sort(),
      Resource: resources.length === 0 ? '*' : resources,
      ...condition(of),
    })),
  };
}

function condition({ only }: Permission): Pick<Statement, 'Condition'> {
  if (only === undefined) return {};
  if (only === 'tagged') return { Condition: { StringLike: { [`aws:RequestTag/${BAKE_TAG}`]: '?*' } } };
  if (only === 'ours') return { Condition: { StringLike: { [`aws:ResourceTag/${BAKE_TAG}`]: '?*' } } };
  return { Condition: { StringEquals: { 'ec2:CreateAction': only } } };
}
