import { type Ec2Config, parametersPath } from '../../config/ec2.ts';
import { Fault } from '../../core/fault.ts';
import type { CloudPlace } from '../../platforms/launcher.ts';
import type { ImageRuntime } from './image-runtime.ts';
import { nodeOf } from './node.ts';
import type { OpenedEnvironment } from './open-environment.ts';

/** Where at AWS, and as what, an instance of a template runs in an environment; `CONFIG_INVALID` when nothing says of which type. */
export function cloudPlace(
  { name, config }: Pick<OpenedEnvironment, 'name' | 'config'>,
  template: string,
  slot: number,
  { instance }: Pick<ImageRuntime, 'instance'>,
): CloudPlace {
  const ec2 = config.ec2 as Ec2Config;
  const own = config.images[template]?.ec2;
  const instanceType = own?.['instance-type'] ?? instance?.type ?? ec2['instance-type'];
  if (instanceType === undefined) {
    throw new Fault('CONFIG_INVALID', `nothing says which instance type ${nodeOf({ template, slot })} has`, {
      hint: `Say \`instance-type: t3.small\` in \`ec2:\` of ${name}, or \`instance: { type: t3.small }\` in the template.`,
    });
  }
  const elasticIp = own?.['elastic-ips'][slot - 1];
  const { 'instance-profile': profile, 'key-name': keyName } = ec2;
  return {
    region: ec2.region,
    subnets: ec2.subnets,
    securityGroups: ec2['security-groups'],
    instanceType,
    ...(profile === undefined ? {} : { profile }),
    ...(keyName === undefined ? {} : { keyName }),
    ...(elasticIp === undefined ? {} : { elasticIp }),
    parameters: parametersPath(name, ec2),
  };
}
