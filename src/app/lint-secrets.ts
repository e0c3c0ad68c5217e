import type { Environments, LoadedEnvironment } from '../config/environments.ts';
import { listed } from '../config/exactly-one.ts';
import { isThere } from '../config/is-there.ts';
import type { Problem } from '../config/problem.ts';
import { readSecretNames } from '../config/secret-names.ts';
import type { Workspace } from '../config/workspace.ts';

/** Which secrets the environments lack that images declared there cannot do without, by their names alone. */
export async function lintSecrets(
  templates: Workspace['templates'],
  { environments }: Environments,
  signal: AbortSignal,
): Promise<Problem[]> {
  const found = await Promise.all(
    [...environments.values()].map((one) => lintEnvironment(one, templates, signal)),
  );
  return found.flat();
}

async function lintEnvironment(
  environment: LoadedEnvironment,
  templates: Workspace['templates'],
  signal: AbortSignal,
): Promise<Problem[]> {
  const { name, config, loaded, root, secretsFile, shown } = environment;
  const file = `${shown}/secrets.yaml`;
  const isMade = await isThere(secretsFile);
  const { names, problems } = isMade
    ? await readSecretNames(root, `${name}/secrets.yaml`, signal)
    : { names: [], problems: [] };
  if (problems.length > 0) return [...problems];
  return Object.keys(config.images).flatMap((template) => {
    const declared = Object.entries(templates.get(template)?.value.secrets ?? {});
    const missing = declared.filter(([secret, { required }]) => required && !names.includes(secret));
    const [first] = missing;
    if (first === undefined) return [];
    const secrets = missing.map(([secret]) => secret);
    const needs = `\`${template}\` needs the ${secrets.length === 1 ? 'secret' : 'secrets'} ${listed(secrets, 'and')}`;
    const message = isMade ? `${needs}, which ${file} has not` : `${needs}, but there is no ${file}`;
    const hint = isMade
      ? `launch secrets set ${first[0]} --env ${name}`
      : `launch secrets init --env ${name}`;
    return [loaded.problemAt(['images', template], { code: 'missing-secret', message, hint })];
  });
}
