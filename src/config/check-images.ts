import type { LoadedEnvironment } from './environments.ts';
import { suggestion } from './nearest.ts';
import type { Problem } from './problem.ts';

/** Images of environments that no template of the workspace makes. */
export function checkImages(
  environments: Iterable<LoadedEnvironment>,
  templateNames: readonly string[],
): Problem[] {
  return [...environments].flatMap(({ config, loaded }) => {
    const unknown = Object.keys(config.images).filter((name) => !templateNames.includes(name));
    return unknown.map((name) => {
      const hint = suggestion(name, templateNames, 'the templates are');
      const message = `there is no template \`${name}\``;
      return loaded.problemAt(['images', name], { code: 'unknown-template', message, hint });
    });
  });
}
