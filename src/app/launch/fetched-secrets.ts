import { parametersPath } from '../../config/ec2.ts';
import { Fault } from '../../core/fault.ts';
import type { Secret } from '../../core/secret.ts';
import type { CloudPlace } from '../../platforms/launcher.ts';
import type { LaunchPorts } from './launch-ports.ts';
import type { OpenedEnvironment } from './open-environment.ts';

/** Asserts that an image's secrets come to it: by ssh, or because it fetches them by itself; `CONFIG_INVALID`. */
export function assertHandedOut(
  image: string,
  { name, config: { ec2 } }: Pick<OpenedEnvironment, 'name' | 'config'>,
): void {
  if (ec2?.ssh !== undefined || ec2?.secrets !== undefined) return;
  throw new Fault('CONFIG_INVALID', `${image} declares secrets, and nothing hands them out in ${name}`, {
    details: ['secrets come by ssh, and `ec2:` of its environment.yaml has no `ssh:`'],
    hint: 'Say `ssh:` there, or `secrets: parameters` if the image fetches them by itself from Parameter Store.',
  });
}

/**
 * The names of the secrets that an image fetches by itself, in an environment that says so, which must be in Parameter
 * Store as the environment has them now: `DATA_INVALID`. Nothing where they are handed out.
 */
export async function fetchedSecrets(
  image: string,
  secrets: ReadonlyMap<string, Secret>,
  { name, config: { ec2 } }: Pick<OpenedEnvironment, 'name' | 'config'>,
  { parameters }: Pick<LaunchPorts, 'parameters'>,
  signal: AbortSignal,
): Promise<Required<Pick<CloudPlace, 'fetches'>> | undefined> {
  if (ec2?.secrets === undefined) return undefined;
  const fetches = [...secrets.keys()];
  if (fetches.length === 0) return { fetches };
  const path = parametersPath(name, ec2);
  const there = await (await parameters(ec2.region)).list(path, signal);
  const missing = fetches.filter((secret) => !there.has(secret));
  const stale = fetches.filter(
    (secret) => there.has(secret) && there.get(secret)?.value.reveal() !== secrets.get(secret)?.reveal(),
  );
  if (missing.length + stale.length === 0) return { fetches };
  const details = [
    ...missing.map((secret) => `${path}/${secret} is not there`),
    ...stale.map((secret) => `${path}/${secret} has another value than the environment’s file of secrets`),
  ];
  throw new Fault(
    'DATA_INVALID',
    `Parameter Store in ${ec2.region} has not all secrets that ${image} fetches there`,
    { details, hint: `Push them first: \`launch secrets push --env ${name}\`.` },
  );
}
