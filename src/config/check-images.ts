import { platformOf } from './environment.ts';
import type { LoadedEnvironment } from './environments.ts';
import { suggestion } from './nearest.ts';
import type { Problem } from './problem.ts';
import type { LoadedTemplate, Workspace } from './workspace.ts';

/** Images of environments that no template of the workspace makes, or that cannot run where the environment wants them. */
export function checkImages(
  environments: Iterable<LoadedEnvironment>,
  { templates, templateNames }: Pick<Workspace, 'templates' | 'templateNames'>,
): Problem[] {
  return [...environments].flatMap((environment) =>
    Object.keys(environment.config.images).flatMap((name) => {
      if (templateNames.includes(name)) return checkPlatform(environment, name, templates.get(name));
      const hint = suggestion(name, templateNames, 'the templates are');
      const message = `there is no template \`${name}\``;
      return environment.loaded.problemAt(['images', name], { code: 'unknown-template', message, hint });
    }),
  );
}

function checkPlatform(
  { config, loaded }: LoadedEnvironment,
  name: string,
  template: LoadedTemplate | undefined,
): Problem[] {
  const platform = platformOf(config, name);
  if (platform === 'docker' || template?.value.container.init !== 'none') return [];
  const own = config.images[name]?.platform === undefined ? [] : ['platform'];
  const message = `\`${name}\` has no init, and ${platform} runs machines that boot`;
  const hint = `say \`platform: docker\` for it here, or \`container: { init: systemd }\` in its template`;
  return [loaded.problemAt(['images', name, ...own], { code: 'wrong-value', message, hint })];
}
